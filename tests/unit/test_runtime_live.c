/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directories of containers: whose they are, and when one may be taken for a new container. In
 * a /run of our own, which root can have, before runtimes that know a container or do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "../../enforcer/runtime_live.h"

#define KNOWS	      "/bin/true" /* whatever id it is asked for */
#define KNOWS_NOTHING "/bin/false"

static bool own_run;

static int make_run(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNS))
		return 0;
	own_run = !mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) &&
		  !mount("run", "/run", "tmpfs", 0, "");
	return 0;
}

static void need_run(void)
{
	if (!own_run)
		skip();
}

static bool has(const struct runtime_dir *d, const char *file)
{
	return !faccessat(d->fd, file, F_OK, 0);
}

static void write_file(const struct runtime_dir *d, const char *file, const char *text)
{
	assert_int_equal(runtime_dir_write(d, file, text, strlen(text)), 0);
}

static void claims(const char *runtime, const char *root, int want)
{
	struct runtime_dir d = RUNTIME_DIR_NONE;

	assert_int_equal(runtime_live_claim(runtime, root, "c1", &d), want);
	assert_true(want || (d.fd >= 0 && !has(&d, RUNTIME_FILE_CONFIG)));
	runtime_dir_done(&d);
}

/* Leaves the directory of a container c1 behind. */
static void leave(struct runtime_dir *ret)
{
	assert_int_equal(runtime_live_claim(KNOWS_NOTHING, "/r", "c1", ret), 0);
	write_file(ret, RUNTIME_FILE_CONFIG, "{}");
	runtime_dir_done(ret);
	assert_int_equal(runtime_dir_open("/r", "c1", ret), 0);
}

static void a_container_that_lives_keeps_its_directory(void **state)
{
	struct runtime_dir d;

	(void)state;
	need_run();
	leave(&d);
	claims(KNOWS, "/r", -EEXIST);
	assert_int_equal(runtime_live_forget(KNOWS, "/r", "c1"), -EEXIST);
	assert_false(runtime_live_gone(&d, KNOWS, "/r", "c1"));
	assert_true(has(&d, RUNTIME_FILE_CONFIG));
	runtime_dir_remove(&d);
}

static void what_one_that_is_gone_has_left_is_removed(void **state)
{
	struct runtime_dir d;

	(void)state;
	need_run();
	leave(&d);
	/* A domain whose programs are gone holds nobody. */
	write_file(&d, RUNTIME_FILE_REGISTERED, "/sys/fs/bpf/ringfence/none 1 1\n");
	assert_true(runtime_live_gone(&d, KNOWS_NOTHING, "/r", "c1"));
	runtime_dir_done(&d);
	claims(KNOWS_NOTHING, "/r", 0);
	assert_int_equal(runtime_live_forget(KNOWS_NOTHING, "/r", "c1"), 0);
	assert_int_equal(runtime_dir_open("/r", "c1", &d), -ENOENT);
	assert_int_equal(runtime_live_forget(KNOWS_NOTHING, "/r", "c1"), 0);
}

static void one_that_is_being_made_is_left_alone(void **state)
{
	struct runtime_dir d = RUNTIME_DIR_NONE;

	(void)state;
	need_run();
	assert_int_equal(runtime_live_claim(KNOWS_NOTHING, "/r", "c1", &d), 0);
	claims(KNOWS_NOTHING, "/r", -EBUSY);
	assert_int_equal(runtime_live_forget(KNOWS_NOTHING, "/r", "c1"), -EBUSY);
	runtime_dir_remove(&d);
}

static void a_root_is_one_under_all_its_names(void **state)
{
	static const char *const names[] = {"/r/", "//r", "/./r", "/r/.", "r", "./r//"};
	struct runtime_dir d, other;

	(void)state;
	need_run();
	assert_int_equal(chdir("/"), 0);
	leave(&d);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(runtime_dir_open(names[i], "c1", &other), 0);
		assert_string_equal(other.path, d.path);
		runtime_dir_done(&other);
	}
	assert_int_equal(runtime_dir_open("/r/r", "c1", &other), -ENOENT);
	assert_int_equal(runtime_dir_open(NULL, "c1", &other), -ENOENT);
	runtime_dir_remove(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_container_that_lives_keeps_its_directory),
	    cmocka_unit_test(what_one_that_is_gone_has_left_is_removed),
	    cmocka_unit_test(one_that_is_being_made_is_left_alone),
	    cmocka_unit_test(a_root_is_one_under_all_its_names),
	};

	return cmocka_run_group_tests(tests, make_run, NULL);
}
