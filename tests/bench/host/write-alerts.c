/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * write-alerts N: writes the alert of a refused open of a path of 100 bytes N times to standard
 * output, as the enforcer does with what comes from the ring; what one more takes is what an alert
 * costs (tests/bench/host.sh counts). On standard error: the bytes its event takes in the ring.
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../enforcer/alert.h"
#include "../../../enforcer/sink.h"
#include "../../../policy/policy.h"

#define PATH                                                                                       \
	"/srv/an/application/with/a/path/that/is/neither/short/nor/long/but/of/a/hundred/bytes/"   \
	"exactly/f"
#define EXE "/usr/local/bin/some-server"

_Static_assert(sizeof(PATH) - 1 <= 100, "the path's length");

static struct rf_image_head head = {.hash = {1, 2, 3, 4, 5, 6, 7, 8}};
static struct image_rule rules[2] = {
    [1] = {.pattern = (char *)"/srv/**", .marks = {[EFFECT_DENY][RF_OP_READ] = {12, 5}}}};
static struct image image = {.file = (char *)"policy.yaml",
			     .name = (char *)"policy",
			     .head = &head,
			     .rules = rules,
			     .n_rules = 2};
static const struct policy policy = {.file = (char *)"policy.yaml", .name = (char *)"policy"};
static const struct alert_context context = {
    .container = "container", .policy = &policy, .image = &image};

static struct {
	struct rf_event ev;
	char texts[100 + sizeof(EXE) - 1];
} record = {.ev = {.time_ns = 1000000000,
		   .cgroup = 4242,
		   .hash = {1, 2, 3, 4, 5, 6, 7, 8},
		   .pid = 1234,
		   .tid = 1234,
		   .ppid = 1,
		   .uid = 33,
		   .error = 13,
		   .rule = 1,
		   .kind = RF_KIND_FILE,
		   .what = RF_OP_READ,
		   .path_state = RF_PATH_ATTACHED,
		   .path_len = 100,
		   .exe_len = sizeof(EXE) - 1,
		   .comm = "some-server"}};

int main(int argc, char **argv)
{
	const size_t size = sizeof(record.ev) + sizeof(record.texts);
	struct sink sink;

	if (sink_open("-", false, &sink) < 0)
		return 1;
	memset(record.texts, 'x', 100);
	memcpy(record.texts, PATH, sizeof(PATH) - 1);
	memcpy(record.texts + 100, EXE, sizeof(EXE) - 1);
	for (int i = argc == 2 ? atoi(argv[1]) : 0; i > 0; i--) {
		json_t *alert;

		record.ev.seq++;
		if (event_check(&record.ev, size) < 0)
			return 1;
		alert = alert_json(&context, &record.ev);
		sink_write(&sink, alert);
		json_decref(alert);
	}
	if (sink.unwritten)
		return 1;
	sink_close(&sink);
	fprintf(stderr, "%zu\n", (size + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8);
	return 0;
}
