/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes as people write them, and those a ring can have. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../enforcer/size.h"

static void units(void **state)
{
	size_t n = 0;

	(void)state;
	assert_int_equal(size_parse("1000", &n), 0);
	assert_int_equal(n, 1000);
	assert_int_equal(size_parse("3K", &n), 0);
	assert_int_equal(n, 3072);
	assert_int_equal(size_parse("2M", &n), 0);
	assert_int_equal(n, 2u << 20);
}

static void no_sizes(void **state)
{
	static const char *const texts[] = {"",
					    "K",
					    "-1",
					    " 1",
					    "1k",
					    "1KB",
					    "1 K",
					    "0x1",
					    "99999999999999999999",
					    "18446744073709551615K"};
	size_t n = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(size_parse(texts[i], &n), -EINVAL);
	assert_int_equal(n, 7);
}

static void sizes_of_rings(void **state)
{
	static const char *const yes[] = {"4096", "4K", "1M", "64M"};
	static const char *const no[] = {"0", "2K", "4095", "5K", "12K", "128M", "many"};
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		assert_int_equal(ring_size_parse(yes[i], &n), 0);
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++)
		assert_int_equal(ring_size_parse(no[i], &n), -EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(units),
	    cmocka_unit_test(no_sizes),
	    cmocka_unit_test(sizes_of_rings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
