/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts by policy that outlive domains: nothing is lost, and there is no end of names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../enforcer/tally.h"

static const struct rf_count some[2] = {{10, 5, 3, 2}, {4, 1, 2, 1}};

static struct tally tally;

static int clear(void **state)
{
	(void)state;
	tally_done(&tally);
	return 0;
}

static void test_one_name_is_one_policy(void **state)
{
	struct tally_policy *a = tally_find(&tally, "a"), *b = tally_find(&tally, "b");

	(void)state;
	assert_ptr_not_equal(a, b);
	assert_ptr_equal(tally_find(&tally, "a"), a);
	assert_int_equal(tally_size(&tally), 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(tally_place(&tally, tally_at(&tally, i)), i);
	assert_ptr_equal(tally_at(&tally, 1), b);
	assert_null(tally_at(&tally, 2)->name);
}

static void test_names_are_shown_safely(void **state)
{
	(void)state;
	assert_string_equal(tally_find(&tally, "a\nb\xff")->name, "a\\x0ab\\xff");
	assert_ptr_not_equal(tally_find(&tally, "a\\x0ab\\xff"), tally_find(&tally, "a\nb\xff"));
}

static void test_ended_domains_add_up(void **state)
{
	struct tally_policy *p = tally_find(&tally, "p");

	(void)state;
	tally_end(p, some);
	tally_end(p, some);
	assert_int_equal(p->ended[RF_ACTION_DENY].total, 20);
	assert_int_equal(p->ended[RF_ACTION_DENY].delivered, 10);
	assert_int_equal(p->ended[RF_ACTION_DENY].repeated, 6);
	assert_int_equal(p->ended[RF_ACTION_DENY].lost, 4);
	assert_int_equal(p->ended[RF_ACTION_AUDIT].total, 8);
	assert_int_equal(p->ended[RF_ACTION_AUDIT].lost, 2);
}

static void test_alerts_count_for_those_they_tell_of(void **state)
{
	const struct rf_event read = {.kind = RF_KIND_FILE, .what = RF_OP_READ, .repeated = 41};
	const struct rf_event mount = {.kind = RF_KIND_PRIVILEGE, .what = RF_PRIV_MOUNT};
	const struct rf_event call = {
	    .kind = RF_KIND_SYSCALL, .syscall = 62, .action = RF_ACTION_AUDIT};
	const __u64 exec =
	    RF_THROTTLE_KEY(7, RF_KIND_FILE, RF_ACTION_AUDIT, RF_REASON_POLICY, RF_OP_EXEC, 3);
	const __u64 calls =
	    RF_THROTTLE_KEY(7, RF_KIND_SYSCALL, RF_ACTION_DENY, RF_REASON_POLICY, 1, 62);
	const __u64 joint =
	    RF_THROTTLE_KEY(0, 0, RF_ACTION_DENY, RF_REASON_POLICY, 0, RF_THROTTLE_CALLS);
	struct tally_policy *p = tally_find(&tally, "p");

	(void)state;
	tally_event(p, &read);
	tally_event(p, &mount);
	tally_event(p, &mount);
	tally_event(p, &call);
	tally_repeated(p, exec, 5);
	tally_repeated(p, calls, 6);
	tally_repeated(p, joint, 7);
	assert_int_equal(p->told[RF_ACTION_DENY][RF_OP_READ], 42);
	assert_int_equal(p->told[RF_ACTION_DENY][TALLY_PRIVILEGES + RF_PRIV_MOUNT], 2);
	assert_int_equal(p->told[RF_ACTION_AUDIT][TALLY_SYSCALL], 1);
	assert_int_equal(p->told[RF_ACTION_AUDIT][RF_OP_EXEC], 5);
	assert_int_equal(p->told[RF_ACTION_DENY][TALLY_SYSCALL], 6);
	assert_int_equal(p->told[RF_ACTION_DENY][TALLY_UNKNOWN], 7);
}

static void test_operations_are_called_as_in_alerts(void **state)
{
	(void)state;
	assert_string_equal(tally_operation(RF_OP_READ).text, "file.read");
	assert_string_equal(tally_operation(RF_OP_CONNECT).text, "file.connect");
	assert_string_equal(tally_operation(TALLY_PRIVILEGES).text, "privilege.mount");
	assert_string_equal(tally_operation(TALLY_SYSCALL - 1).text, "privilege.cgroup");
	assert_string_equal(tally_operation(TALLY_SYSCALL).text, "syscall");
	assert_string_equal(tally_operation(TALLY_UNKNOWN).text, "unknown");
}

static void test_too_many_names_are_counted_together(void **state)
{
	char name[TALLY_NAME_MAX + 2];
	struct tally_policy *first, *others;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	others = tally_find(&tally, name);
	assert_null(others->name);
	assert_ptr_equal(tally_find(&tally, TALLY_OTHERS), others);
	assert_non_null(tally_find(&tally, name + 1)->name); /* the longest there may be */
	for (unsigned i = 1; i < TALLY_POLICIES; i++) {
		snprintf(name, sizeof(name), "%u", i);
		assert_non_null(tally_find(&tally, name)->name);
	}
	first = tally_find(&tally, "1");
	assert_ptr_equal(tally_find(&tally, "one more"), others);
	assert_ptr_equal(tally_find(&tally, "another"), others);
	assert_ptr_equal(tally_find(&tally, "1"), first);
	assert_int_equal(tally_size(&tally), TALLY_POLICIES + 1);
	tally_end(others, some);
	assert_int_equal(tally_at(&tally, tally_place(&tally, others))->ended[0].total, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_one_name_is_one_policy, clear),
	    cmocka_unit_test_teardown(test_names_are_shown_safely, clear),
	    cmocka_unit_test_teardown(test_ended_domains_add_up, clear),
	    cmocka_unit_test_teardown(test_alerts_count_for_those_they_tell_of, clear),
	    cmocka_unit_test_teardown(test_operations_are_called_as_in_alerts, clear),
	    cmocka_unit_test_teardown(test_too_many_names_are_counted_together, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
