/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a ring to the log, to the end of either. Rings need programs that fill them: here libbpf's
 * functions are the ones below, and what is in a ring is a number.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "../../enforcer/log.h"
#include "../../enforcer/alert_reader.h"
#include "alert_fixture.h"

#define SLOT 3u

struct ring_buffer {
	ring_buffer_sample_fn take;
	void *ctx;
};

static struct ring_buffer ring;
static unsigned waiting; /* events in the ring */
static bool is_filled;	 /* by somebody who never ends */
static __u32 ring_size;	 /* 0: nobody knows */
static struct record event;

struct ring_buffer *ring_buffer__new(int fd, ring_buffer_sample_fn take, void *ctx,
				     const struct ring_buffer_opts *opts)
{
	(void)fd;
	(void)opts;
	ring = (struct ring_buffer){take, ctx};
	return &ring;
}

void ring_buffer__free(struct ring_buffer *rb)
{
	(void)rb;
}

int ring_buffer__consume(struct ring_buffer *rb)
{
	while (waiting) {
		int r = rb->take(rb->ctx, &event, record_size(&event));

		waiting -= !is_filled;
		if (r < 0)
			return r;
	}
	return 0;
}

int bpf_obj_get_info_by_fd(int fd, void *info, __u32 *len)
{
	(void)fd;
	(void)len;
	((struct bpf_map_info *)info)->max_entries = ring_size;
	return ring_size ? 0 : -EPERM;
}

/* How many alerts it wrote. */
static unsigned read_to_the_end(__u32 size, unsigned events, bool endless)
{
	struct sink sink = SINK_NONE;
	struct tally_policy tally = {0};
	struct alert_reader r = {.events = -1,
				 .domains = -1,
				 .slot = SLOT,
				 .tally = &tally,
				 .context = fixture_ctx,
				 .sink = &sink,
				 .batch_max = 64};

	ring_size = size;
	waiting = events;
	is_filled = endless;
	event = record(RF_KIND_FILE, RF_OP_READ);
	event.ev.domain = SLOT;
	assert_int_equal(sink_open("/dev/null", false, &sink), 0);
	assert_int_equal(alert_reader_open(&r), 0);
	assert_true(alert_reader_drain(&r));
	assert_int_equal(tally.told[RF_ACTION_DENY][RF_OP_READ], 64);
	alert_reader_finish(&r);
	alert_reader_close(&r);
	sink_close(&sink);
	return (unsigned)tally.told[RF_ACTION_DENY][RF_OP_READ];
}

/* A domain has ended, and nobody comes after its reader. */
static void all_that_a_ring_holds_is_told(void **state)
{
	(void)state;
	assert_int_equal(read_to_the_end(8u << 20, 49000, false), 49000);
	assert_int_equal(waiting, 0);
	assert_int_equal(read_to_the_end(0, 49000, false), 49000);
}

static void a_ring_that_is_being_filled_has_an_end(void **state)
{
	(void)state;
	assert_in_range(read_to_the_end(64u << 10, 1, true), 64 + 390, 64 + 2 * 400);
}

/* The alert of an event that is read by one who has that image. */
static json_t *told_of(__u8 kind, bool start_unknown)
{
	struct sink sink = {.json = true, .out = tmpfile(), .syslog = SYSLOG_SOCKET_NONE};
	struct alert_reader r = {.events = -1,
				 .domains = -1,
				 .slot = SLOT,
				 .context = fixture_ctx,
				 .start_unknown = start_unknown,
				 .sink = &sink};
	json_t *alert;

	assert_non_null(sink.out);
	waiting = 1;
	is_filled = false;
	event = record(kind, RF_OP_READ);
	event.ev.domain = SLOT;
	event.ev.rule = 1;
	event.ev.syscall = 101; /* ptrace */
	assert_int_equal(alert_reader_open(&r), 0);
	alert_reader_close(&r);
	rewind(sink.out);
	alert = json_loadf(sink.out, 0, NULL);
	assert_non_null(alert);
	fclose(sink.out);
	return alert;
}

static void assert_rule(json_t *alert, const char *rule)
{
	assert_string_equal(json_string_value(json_object_get(alert, "rule")), rule);
	json_decref(alert);
}

/* It was made by an image that came later: of no call does it say why it was refused. */
static void no_later_policy_is_blamed_for_a_filter(void **state)
{
	(void)state;
	assert_rule(told_of(RF_KIND_SYSCALL, false), "nginx.yaml:9");
	assert_rule(told_of(RF_KIND_SYSCALL, true), "unknown");
	assert_rule(told_of(RF_KIND_FILE, true), "nginx.yaml:14");
}

/* Some were held back, and the reader before was killed as it was about to tell of them. */
static void what_the_last_reader_did_not_tell_is_told(void **state)
{
	struct rf_throttles *table =
	    mmap(NULL, sizeof(*table), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sink sink = SINK_NONE;
	struct tally_policy tally = {0};
	struct alert_reader r = {.events = -1,
				 .domains = -1,
				 .throttles = table,
				 .tally = &tally,
				 .context = fixture_ctx,
				 .sink = &sink};
	const __u64 key =
	    RF_THROTTLE_KEY(0, RF_KIND_FILE, RF_ACTION_DENY, RF_REASON_POLICY, RF_OP_READ, 1);
	__u64 got;

	(void)state;
	assert_ptr_not_equal(table, MAP_FAILED);
	waiting = 0;
	table->at[RF_THROTTLE_JOINTS] = (struct rf_throttle){.key = key, .repeated = 30};
	assert_int_equal(throttle_take(table, RF_THROTTLE_JOINTS, 1, &got), 30);
	table->at[RF_THROTTLE_JOINTS].repeated = 4;
	assert_int_equal(sink_open("/dev/null", false, &sink), 0);
	assert_int_equal(alert_reader_open(&r), 0);
	assert_int_equal(tally.told[RF_ACTION_DENY][RF_OP_READ], 30);
	assert_int_equal(throttle_left(table, &got), 0);
	alert_reader_finish(&r);
	assert_int_equal(tally.told[RF_ACTION_DENY][RF_OP_READ], 34);
	assert_int_equal(throttle_left(table, &got), 0);
	alert_reader_close(&r);
	sink_close(&sink);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_that_a_ring_holds_is_told),
	    cmocka_unit_test(no_later_policy_is_blamed_for_a_filter),
	    cmocka_unit_test(what_the_last_reader_did_not_tell_is_told),
	    cmocka_unit_test(a_ring_that_is_being_filled_has_an_end),
	};

	return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
