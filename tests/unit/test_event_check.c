/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which ring records are events: each member out of its range, each length that lies. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../enforcer/alert.h"

static const struct rf_event good_event = {
    .kind = RF_KIND_FILE, .what = RF_OP_READ, .path_len = 2, .new_len = 3, .exe_len = 4};

/* Damages one member and looks whether it is noticed. */
#define REFUSED(member, value)                                                                     \
	do {                                                                                       \
		struct rf_event bad = good;                                                        \
		bad.member = (value);                                                              \
		assert_int_equal(event_check(&bad, size), -EINVAL);                                \
	} while (0)

static void test_event_check(void **state)
{
	struct rf_event good = good_event;
	size_t size = sizeof(good) + 2 + 3 + 4;

	(void)state;
	assert_int_equal(event_check(&good, size), 0);
	assert_int_equal(event_check(&good, size - 1), -EINVAL);
	assert_int_equal(event_check(&good, size + 1), -EINVAL);
	assert_int_equal(event_check(&good, sizeof(good) - 1), -EINVAL);
	assert_int_equal(event_check(&good, 0), -EINVAL);
	REFUSED(path_len, 3);
	REFUSED(new_len, UINT16_MAX);
	REFUSED(exe_len, 0);
	REFUSED(kind, 0);
	REFUSED(kind, RF_KIND_SYSCALL + 1);
	REFUSED(what, _RF_OP_MAX);
	REFUSED(action, RF_ACTION_AUDIT + 1);
	REFUSED(reason, _RF_REASON_MAX);
	REFUSED(path_state, _RF_PATH_STATE_MAX);
	REFUSED(new_state, _RF_PATH_STATE_MAX);
	REFUSED(error, -1);
	REFUSED(error, 4096);
	good.kind = RF_KIND_PRIVILEGE;
	good.what = _RF_PRIV_MAX - 1;
	assert_int_equal(event_check(&good, size), 0);
	REFUSED(what, _RF_PRIV_MAX);
}

static void test_event_check_limits(void **state)
{
	struct rf_event r = {.kind = RF_KIND_FILE};

	(void)state;
	r.path_len = RF_PATH_MAX;
	assert_int_equal(event_check(&r, sizeof(r) + RF_PATH_MAX), 0);
	r.path_len = RF_PATH_MAX + 1;
	assert_int_equal(event_check(&r, sizeof(r) + RF_PATH_MAX + 1), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_event_check),
	    cmocka_unit_test(test_event_check_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
