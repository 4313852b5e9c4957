/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is held back (lsm/throttle.h): bursts and rates, kinds that do not take each other's room, a
 * table that is full, and counts that add up.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../enforcer/throttle.h"
#include "../../lsm/throttle.h"
#include "alert_fixture.h"

#define BURST	 5u
#define INTERVAL 1000u
#define T0	 1000000u

static struct rf_throttles table;

static int set_up(void **state)
{
	table = (struct rf_throttles){.interval = INTERVAL, .slack = (BURST - 1) * INTERVAL};
	return fixture_setup(state);
}

static __u64 key_of_rule(__u32 rule)
{
	return RF_THROTTLE_KEY(0xddccbbaa, RF_KIND_FILE, RF_ACTION_DENY, RF_REASON_POLICY,
			       RF_OP_READ, rule);
}

/* As rf_holds_back() does: 1 when it is let through. */
static int ask(__u64 key, __u64 now)
{
	const struct rf_event ev = {.kind = (__u8)RF_THROTTLE_KIND(key),
				    .action = (__u8)RF_THROTTLE_ACTION(key)};
	__u32 i = rf_find_throttle(&table, key, now);
	struct rf_throttle *t = rf_throttle_at(&table, i ? i : rf_joint_throttle(&ev));

	if (rf_lets_through(t, table.interval, table.slack, now))
		return 1;
	__sync_fetch_and_add(&t->repeated, 1);
	return 0;
}

static unsigned ask_often(__u64 key, __u64 now, unsigned n)
{
	unsigned through = 0;

	for (unsigned i = 0; i < n; i++)
		through += (unsigned)ask(key, now);
	return through;
}

static void test_burst_and_rate(void **state)
{
	__u64 key = key_of_rule(1);

	(void)state;
	assert_int_equal(ask_often(key, T0, 100), BURST);
	assert_int_equal(ask_often(key, T0 + INTERVAL - 1, 100), 0);
	assert_int_equal(ask_often(key, T0 + INTERVAL, 100), 1);
	assert_int_equal(ask_often(key, T0 + 3 * INTERVAL, 100), 2);
	/* After a pause, the burst again; no more, however long it was. */
	assert_int_equal(ask_often(key, T0 + 1000 * INTERVAL, 100), BURST);
	assert_int_equal(table.at[rf_find_throttle(&table, key, T0)].repeated, 500 - 2 * BURST - 3);
}

static void test_kinds_do_not_share(void **state)
{
	(void)state;
	assert_int_equal(ask_often(key_of_rule(1), T0, 100), BURST);
	for (__u32 rule = 2; rule < 20; rule++)
		assert_int_equal(ask_often(key_of_rule(rule), T0, 100), BURST);
	assert_int_equal(ask(key_of_rule(1), T0), 0);
}

/* Of an event, what counts as alike. */
static void test_keys(void **state)
{
	struct rf_event ev = {.kind = RF_KIND_FILE, .what = RF_OP_READ, .rule = 7}, other;
	__u64 key = rf_throttle_key(&ev, 0x1122334455667788ull);

	(void)state;
	assert_int_equal(RF_THROTTLE_IMAGE(key), 0x55667788);
	assert_int_equal(RF_THROTTLE_KIND(key), RF_KIND_FILE);
	assert_int_equal(RF_THROTTLE_SUBJECT(key), 7);
	assert_int_not_equal(rf_throttle_key(&ev, 0), key);
#define DIFFERS(member, value)                                                                     \
	do {                                                                                       \
		other = ev;                                                                        \
		other.member = (value);                                                            \
		assert_int_not_equal(rf_throttle_key(&other, 0x55667788), key);                    \
	} while (0)
	DIFFERS(what, RF_OP_WRITE);
	DIFFERS(rule, 8);
	DIFFERS(action, RF_ACTION_AUDIT);
	DIFFERS(reason, _RF_REASON_MAX - 1);
	DIFFERS(kind, RF_KIND_PRIVILEGE);
	other = ev;
	other.pid = 5;
	assert_int_equal(rf_throttle_key(&other, 0x55667788), key);
	/* System calls: by number, as far as there are any. */
	ev = (struct rf_event){.kind = RF_KIND_SYSCALL, .syscall = 1, .arch = AUDIT_ARCH_X86_64};
	key = rf_throttle_key(&ev, 0);
	ev.syscall = 2;
	assert_int_not_equal(rf_throttle_key(&ev, 0), key);
	ev.syscall = RF_THROTTLE_CALLS;
	key = rf_throttle_key(&ev, 0);
	ev.syscall = UINT32_MAX;
	assert_int_equal(rf_throttle_key(&ev, 0), key);
	ev.arch = AUDIT_ARCH_I386;
	assert_int_not_equal(rf_throttle_key(&ev, 0), key);
}

/* More kinds than there is room for: the rest shares, is still limited, and takes nothing from
 * others. */
static void test_full_table(void **state)
{
	unsigned through = 0, held = 0;
	__u64 key;

	(void)state;
	for (__u32 nr = 0; nr < RF_THROTTLE_CALLS; nr++)
		through += ask_often(RF_THROTTLE_KEY(0, RF_KIND_SYSCALL, RF_ACTION_DENY, 0, 0, nr),
				     T0, 100);
	assert_in_range(through, BURST * RF_THROTTLE_PROBES, BURST * (RF_THROTTLE_ROOM + 1));
	for (__u32 i = 0; i < RF_THROTTLES; i++)
		held += (unsigned)table.at[i].repeated;
	assert_int_equal(through + held, 100 * RF_THROTTLE_CALLS);
	assert_true(table.at[2].repeated > 0); /* the joint one of denied calls */
	assert_int_equal(table.at[0].repeated + table.at[1].repeated + table.at[3].repeated, 0);
	assert_int_equal(ask_often(key_of_rule(1), T0, 100), BURST);
	/* What is idle and has been told makes room. */
	for (__u32 i = 0; i < RF_THROTTLES; i++)
		throttle_take(&table, i, UINT64_MAX, &key);
	assert_int_not_equal(
	    0,
	    rf_find_throttle(&table, RF_THROTTLE_KEY(0, RF_KIND_SYSCALL, RF_ACTION_DENY, 0, 0, 999),
			     T0 * 1000));
}

static void test_take(void **state)
{
	__u64 key = key_of_rule(1), got = 0, sum = 0;

	(void)state;
	ask_often(key, T0, 100);
	/* In the middle of it the next alert will tell. */
	for (__u32 i = 0; i < RF_THROTTLES; i++)
		sum += throttle_take(&table, i, T0 + BURST * INTERVAL - 1, &got);
	assert_int_equal(sum, 0);
	for (__u32 i = 0; i < RF_THROTTLES; i++)
		sum += throttle_take(&table, i, T0 + BURST * INTERVAL, &got);
	assert_int_equal(sum, 100 - BURST);
	assert_int_equal(got, key);
	for (__u32 i = 0; i < RF_THROTTLES; i++)
		sum += throttle_take(&table, i, UINT64_MAX, &got);
	assert_int_equal(sum, 100 - BURST);
}

/* A reader that is killed before it has told leaves a note for the next one. */
static void test_taken_and_not_told(void **state)
{
	__u64 key = key_of_rule(1), got = 0, n = 0;

	(void)state;
	assert_int_equal(throttle_left(&table, &got), 0);
	ask_often(key, T0, 100);
	for (__u32 i = 0; i < RF_THROTTLES && !n; i++)
		n = throttle_take(&table, i, UINT64_MAX, &got);
	assert_int_equal(n, 100 - BURST);
	got = 0;
	assert_int_equal(throttle_left(&table, &got), 100 - BURST);
	assert_int_equal(got, key);
	throttle_told(&table);
	assert_int_equal(throttle_left(&table, &got), 0);
	/* Whoever shares a throttle is not taken for another kind by it. */
	assert_int_equal(ask_often(key, T0 * 2, 100), BURST);
}

#define THREADS	   4
#define ASKED	   20000
#define RULES_USED 3

static void *ask_from_thread(void *arg)
{
	uintptr_t through = 0, at = (uintptr_t)arg;

	for (unsigned i = 0; i < ASKED; i++)
		through += (uintptr_t)ask(key_of_rule((__u32)(i % RULES_USED)), T0 + at + i);
	return (void *)through;
}

static void test_counts_add_up_with_threads(void **state)
{
	pthread_t threads[THREADS];
	uintptr_t through = 0, one;
	__u64 held = 0;

	(void)state;
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_from_thread, (void *)i), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], (void **)&one), 0);
		through += one;
	}
	for (__u32 i = 0; i < RF_THROTTLES; i++)
		held += table.at[i].repeated;
	assert_int_equal(through + held, THREADS * ASKED);
	assert_true(through >= RULES_USED * BURST && held > through);
}

static void test_parse(void **state)
{
	static const char *const bad[] = {
	    "",		 ":",	   "1",	    "1:",   ":1",
	    "0:1",	 "1:0",	   "1:1 ",  " 1:1", "-1:1",
	    "1:1000001", "1:0x10", "1:2:3", "on",   "99999999999999999999:1"};
	struct throttle t = {0};

	(void)state;
	assert_int_equal(throttle_parse("10:3", &t), 0);
	assert_true(t.burst == 10 && t.rate == 3);
	assert_int_equal(throttle_parse("off", &t), 0);
	assert_true(t.rate == 0);
	t.burst = 77;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(throttle_parse(bad[i], &t), -EINVAL);
	assert_int_equal(t.burst, 77);
}

/* The record is that of the kind, with nobody's name on it. */
static void assert_repeated(__u64 key, const char *expected)
{
	json_t *alert = alert_repeated_json(&fixture_ctx, 4242, key, 17), *want;

	assert_non_null(alert);
	assert_true(json_is_string(json_object_get(alert, "time")));
	json_object_del(alert, "time");
	want = json_loads(expected, 0, NULL);
	assert_non_null(want);
	if (!json_equal(alert, want))
		fail_msg("got %s", json_dumps(alert, JSON_COMPACT));
	json_decref(alert);
	json_decref(want);
}

#define HASH "aabbccdd01020304050000000000000000000000000000000000000000000000"
#define REST "\"action\":\"repeated\",\"count\":17,\"container\":\"web\",\"cgroup_id\":4242"

static void test_record(void **state)
{
	(void)state;
	assert_repeated(key_of_rule(1),
			"{\"of\":\"deny\",\"policy\":\"nginx\",\"hash\":\"" HASH
			"\",\"rule\":\"nginx.yaml:14\",\"operation\":\"file.read\"," REST "}");
	/* Of a policy that has been replaced. */
	assert_repeated(
	    RF_THROTTLE_KEY(1, RF_KIND_FILE, RF_ACTION_AUDIT, RF_REASON_OBJECT, RF_OP_EXEC, 1),
	    "{\"of\":\"audit\",\"rule\":\"unknown\",\"reason\":\"object\","
	    "\"operation\":\"file.exec\"," REST "}");
	assert_repeated(RF_THROTTLE_KEY(0xddccbbaa, RF_KIND_SYSCALL, RF_ACTION_DENY, 0, 0, 101),
			"{\"of\":\"deny\",\"policy\":\"nginx\",\"hash\":\"" HASH
			"\",\"operation\":\"syscall\",\"syscall\":\"ptrace\"," REST "}");
	/* Of several kinds. */
	assert_repeated(RF_THROTTLE_KEY(0, 0, RF_ACTION_DENY, 0, 0, RF_THROTTLE_CALLS),
			"{\"of\":\"deny\",\"policy\":\"nginx\"," REST "}");
}

static void test_last_counts(void **state)
{
	const struct rf_domain dom = {
	    .cgroup = 4242,
	    .count = {[RF_ACTION_DENY] = {100, 10, 85, 5}, [RF_ACTION_AUDIT] = {7, 4, 2, 1}}};
	json_t *record = alert_ended_json(&fixture_ctx, &dom);
	json_t *want =
	    json_loads("{\"action\":\"ended\",\"policy\":\"nginx\",\"container\":\"web\","
		       "\"cgroup_id\":4242,\"denied\":100,\"audited\":7,\"delivered\":14,"
		       "\"repeated\":87,\"lost\":6}",
		       0, NULL);

	(void)state;
	assert_non_null(record);
	assert_true(json_is_string(json_object_get(record, "time")));
	json_object_del(record, "time");
	assert_true(json_equal(record, want));
	json_decref(record);
	json_decref(want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_burst_and_rate, set_up),
	    cmocka_unit_test_setup(test_kinds_do_not_share, set_up),
	    cmocka_unit_test_setup(test_keys, set_up),
	    cmocka_unit_test_setup(test_full_table, set_up),
	    cmocka_unit_test_setup(test_take, set_up),
	    cmocka_unit_test_setup(test_taken_and_not_told, set_up),
	    cmocka_unit_test_setup(test_counts_add_up_with_threads, set_up),
	    cmocka_unit_test_setup(test_parse, set_up),
	    cmocka_unit_test_setup(test_record, set_up),
	    cmocka_unit_test_setup(test_last_counts, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
