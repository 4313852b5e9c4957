/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is a policy's name, what is a file, and which file a name means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../enforcer/policy_name.h"

static void test_names_and_files(void **state)
{
	static const char *const names[] = {"web", "web.yml", "a", ".yaml-ish", "nginx-1.2_x", ""};
	static const char *const files[] = {"web.yaml", "./web", "a/b", "/etc/p", ".yaml", "/"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_true(policy_is_named(names[i]));
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		assert_false(policy_is_named(files[i]));
}

static void test_valid_names(void **state)
{
	static const char *const good[] = {"web", "W", "0", "_", "nginx-1.2_x", "a..b", "a-", "a."};
	static const char *const bad[] = {"",	 ".",	"..",	    ".a",    "-a",     "a/b", "a b",
					  "a\n", "a\t", "\xc3\xa4", "a\x80", "../web", "a:b", "a*"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(policy_name_is_valid(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(policy_name_is_valid(bad[i]));
}

static void test_the_longest_name(void **state)
{
	char name[POLICY_NAME_MAX + 2];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[POLICY_NAME_MAX] = '\0';
	assert_true(policy_name_is_valid(name));
	name[POLICY_NAME_MAX] = 'a';
	name[POLICY_NAME_MAX + 1] = '\0';
	assert_false(policy_name_is_valid(name));
}

static void test_path(void **state)
{
	char *path = policy_name_path("web");

	(void)state;
	assert_string_equal(path, "/etc/ringfence/policies/web.yaml");
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names_and_files),
	    cmocka_unit_test(test_valid_names),
	    cmocka_unit_test(test_the_longest_name),
	    cmocka_unit_test(test_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
