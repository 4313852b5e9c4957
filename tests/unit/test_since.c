/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Points in time: what is one, and that they order with the times of alerts. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../enforcer/since.h"

#define NOW 1700000000 /* 2023-11-14T22:13:20Z */

static void assert_since(const char *text, const char *expected)
{
	char got[SINCE_SIZE];

	assert_int_equal(since_parse(text, NOW, got), 0);
	assert_string_equal(got, expected);
}

static void test_good(void **state)
{
	(void)state;
	assert_since("2023-11-14", "2023-11-14T00:00:00");
	assert_since("2023-11-14T22:13:20", "2023-11-14T22:13:20");
	assert_since("2024-02-29T00:00:01Z", "2024-02-29T00:00:01");
	assert_since("0s", "2023-11-14T22:13:20");
	assert_since("90s", "2023-11-14T22:11:50");
	assert_since("10m", "2023-11-14T22:03:20");
	assert_since("2h", "2023-11-14T20:13:20");
	assert_since("7d", "2023-11-07T22:13:20");
}

static void test_bad(void **state)
{
	static const char *const bad[] = {"",
					  "now",
					  "10",
					  "m",
					  "-1h",
					  "1w",
					  "1h30m",
					  "1 h",
					  "2023-11-31",
					  "23",
					  "99999999d",
					  "+5m",
					  "0x10s",
					  "2023-11-14T22:13:20z",
					  "2023-13-01",
					  "2023-11-14T22:13:20+01:00",
					  "99999999999999999999s"};
	char got[SINCE_SIZE] = "kept";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (since_parse(bad[i], NOW, got) != -EINVAL)
			fail_msg("'%s' is taken for %s", bad[i], got);
}

/* A whole second is before all of its nanoseconds. */
static void test_order(void **state)
{
	char got[SINCE_SIZE];

	(void)state;
	assert_int_equal(since_parse("2023-11-14T22:13:20Z", NOW, got), 0);
	assert_true(strcmp("2023-11-14T22:13:20.000000000Z", got) > 0);
	assert_true(strcmp("2023-11-14T22:13:19.999999999Z", got) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
