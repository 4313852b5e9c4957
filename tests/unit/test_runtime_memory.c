/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which runtime made a container, as it is noted in the container's directory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../enforcer/runtime_memory.h"

static char place[] = "/tmp/ringfence-test-XXXXXX";
static struct runtime_dir dir = RUNTIME_DIR_NONE;

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(place) || chdir(place))
		return -1;
	dir.path = place;
	dir.fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir.fd < 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlinkat(dir.fd, RUNTIME_FILE_RUNTIME, 0);
	close(dir.fd);
	return rmdir(place);
}

static void remembers(const char *path, const char *want)
{
	char *got;

	assert_int_equal(runtime_memory_write(&dir, path), 0);
	got = runtime_memory_read(&dir);
	if (want)
		assert_string_equal(got, want);
	else
		assert_null(got);
	free(got);
}

static void what_was_noted_is_read(void **state)
{
	char whole[64];

	(void)state;
	assert_null(runtime_memory_read(&dir));
	remembers("/bin/sh", "/bin/sh");
	/* The next command may be called from elsewhere. */
	assert_int_equal(symlink("/bin/sh", "crun"), 0);
	snprintf(whole, sizeof(whole), "%s/./crun", place);
	remembers("./crun", whole);
	assert_int_equal(unlink("crun"), 0);
}

static void what_is_no_runtime_any_more_is_not_remembered(void **state)
{
	char whole[8192];

	(void)state;
	remembers("/bin/sh-that-was-removed", NULL);
	memset(whole, '/', sizeof(whole));
	whole[sizeof(whole) - 1] = '\0';
	remembers(whole, NULL);
	assert_int_equal(runtime_dir_write(&dir, RUNTIME_FILE_RUNTIME, "bin/sh", 6), 0);
	assert_null(runtime_memory_read(&dir));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_noted_is_read),
	    cmocka_unit_test(what_is_no_runtime_any_more_is_not_remembered),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
