/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real runtime: what it is by its name, and what it is given when it is run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../enforcer/runtime_launch.h"

static void crun_is_known_by_its_name(void **state)
{
	static const char *const yes[] = {"/usr/bin/crun", "crun", "/opt/crun-1.8.1", "/x/crun.1"};
	static const char *const no[] = {"/usr/bin/runc",  "/usr/bin/crun-wasm", "/usr/bin/krun",
					 "/usr/bin/crun-", "/usr/bin/crunch",	 "/crun/runc"};

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(runtime_is_crun(yes[i]));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(runtime_is_crun(no[i]));
}

static int run_shell(const char *script)
{
	char *argv[] = {(char *)(uintptr_t) "/bin/sh", (char *)(uintptr_t) "-c",
			(char *)(uintptr_t)script, NULL};

	return runtime_run(argv);
}

static void sockets_are_for_the_runtime(void **state)
{
	char number[16];

	(void)state;
	assert_int_equal(run_shell("test -z \"$LISTEN_PID\""), 0);
	snprintf(number, sizeof(number), "%d", getpid());
	setenv("LISTEN_PID", number, 1);
	assert_int_equal(run_shell("test \"$LISTEN_PID\" = $$"), 0);
	setenv("LISTEN_PID", "1", 1);
	assert_int_equal(run_shell("test \"$LISTEN_PID\" = 1"), 0);
	unsetenv("LISTEN_PID");
}

static void a_runtime_is_asked_for_a_container(void **state)
{
	(void)state;
	assert_true(runtime_knows("/bin/true", NULL, "c1"));
	assert_false(runtime_knows("/bin/false", "/root", "c1"));
	assert_true(runtime_knows("/none", NULL, "c1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(crun_is_known_by_its_name),
	    cmocka_unit_test(sockets_are_for_the_runtime),
	    cmocka_unit_test(a_runtime_is_asked_for_a_container),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
