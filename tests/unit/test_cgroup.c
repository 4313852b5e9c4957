/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose cgroup is whose, on the machine at hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../enforcer/cgroup.h"

/* Everybody is below the root, nobody in a cgroup that cannot be, and a process that is not there
 * may be anywhere. */
static void test_has_process(void **state)
{
	char *root = NULL;
	struct stat st;

	(void)state;
	if (cgroup_root(&root) < 0)
		skip();
	assert_int_equal(stat(root, &st), 0);
	assert_true(cgroup_has_process(st.st_ino, getpid()));
	assert_false(cgroup_has_process(UINT64_MAX, getpid()));
	assert_true(cgroup_has_process(UINT64_MAX, -1));
	free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_has_process)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
