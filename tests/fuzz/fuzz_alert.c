/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arbitrary bytes as a ring record: event_check() refuses, or both forms of
 * the alert come out, each one line, and the JSON one parses and gives the
 * path's bytes back.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../enforcer/alert.h"
#include "../../enforcer/escape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rf_image_head head;
static struct image_rule rules[2] = {
    [1] = {.pattern = (char *)"/x", .marks = {[EFFECT_DENY][RF_OP_READ] = {3, 1}}}};
static struct image image = {
    .file = (char *)"p.yaml", .name = (char *)"p", .head = &head, .rules = rules, .n_rules = 2};
static const struct policy policy = {.file = (char *)"p.yaml", .name = (char *)"p"};
static const struct alert_context with_source = {
    .container = "c", .policy = &policy, .image = &image};
static const struct alert_context without = {0};

static void check(int holds)
{
	if (!holds)
		abort();
}

static char *one_line(json_t *alert, int text)
{
	char *line = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&line, &len);

	check(out && (text ? alert_write_text(out, alert) : alert_write_json(out, alert)) == 0);
	fclose(out);
	check(len > 0 && strlen(line) == len && strchr(line, '\n') == line + len - 1);
	return line;
}

static void check_alert(const struct alert_context *ctx, const struct rf_event *ev)
{
	json_t *alert = alert_json(ctx, ev);
	char *text, *line, *bytes = NULL;
	json_t *read;
	size_t len = 0;

	check(alert != NULL);
	text = one_line(alert, 1);
	line = one_line(alert, 0);
	read = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	check(read && json_equal(read, alert));
	if (ev->path_len) {
		const char *path = json_string_value(json_object_get(read, "path"));

		check(path && escape_undo(path, &bytes, &len) == 0);
		check(len == ev->path_len && memcmp(bytes, ev + 1, len) == 0);
		free(bytes);
	}
	json_decref(read);
	json_decref(alert);
	free(line);
	free(text);
}

/* Lengths that fit what is there: by chance they would seldom, and little would be tried. */
static void fit_lengths(struct rf_event *ev, size_t size)
{
	size_t texts = size - sizeof(*ev);

	ev->path_len = (__u16)(texts / 2 % (RF_PATH_MAX + 1));
	ev->new_len = (__u16)(texts / 4 % (RF_PATH_MAX + 1));
	ev->exe_len = (__u16)(texts - ev->path_len - ev->new_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy: aligned as the ring is, and with its end where the sanitizer sees it. */
	struct rf_event *ev = malloc(size ? size : 1);

	check(ev != NULL);
	memcpy(ev, data, size);
	if (size >= sizeof(*ev) && ev->seq % 2)
		fit_lengths(ev, size);
	if (event_check(ev, size) == 0) {
		memcpy(head.hash, ev->hash, sizeof(ev->hash));
		check_alert(&with_source, ev);
		check_alert(&without, ev);
	}
	free(ev);
	return 0;
}
