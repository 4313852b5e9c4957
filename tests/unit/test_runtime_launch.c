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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(crun_is_known_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
