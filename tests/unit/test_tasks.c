/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether anybody is confined, where the kernel cannot be asked. (What it answers: tests/vm.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../enforcer/tasks.h"

static char dir[] = "/tmp/ringfence-tasks-XXXXXX";

static void touch(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static void drop(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(unlink(path), 0);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static void nothing_pinned(void **state)
{
	(void)state;
	assert_false(tasks_remain("/tmp/ringfence-no-such-directory", 0));
	assert_false(tasks_remain("/tmp/ringfence-no-such-directory", 7));
	assert_false(tasks_remain(dir, 0));
	assert_false(tasks_remain(dir, 7));
}

static void pins_and_nobody_to_ask(void **state)
{
	(void)state;
	touch("rf_file_open");
	assert_true(tasks_remain(dir, 0));
	assert_true(tasks_remain(dir, 7));
	drop("rf_file_open");
}

/* An answer without its last line is none. */
static void an_answer_cut_short(void **state)
{
	(void)state;
	touch(TASKS_ITERATOR);
	assert_true(tasks_remain(dir, 0));
	assert_true(tasks_remain(dir, 7));
	drop(TASKS_ITERATOR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_pinned),
	    cmocka_unit_test(pins_and_nobody_to_ask),
	    cmocka_unit_test(an_answer_cut_short),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
