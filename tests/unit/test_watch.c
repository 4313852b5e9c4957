/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is a change to a directory's files, and when changes are over. The clock is the test's. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../enforcer/log.h"
#include "../../enforcer/watch.h"

static char top[64], dir[80], away[80];

static const char *file(const char *in, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", in, name);
	return path;
}

static void write_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
}

static int setup(void **state)
{
	static FILE *nowhere;

	(void)state;
	nowhere = nowhere ? nowhere : fopen("/dev/null", "w");
	log_to(nowhere);
	snprintf(top, sizeof(top), "/tmp/ringfence-watch-XXXXXX");
	assert_non_null(mkdtemp(top));
	snprintf(dir, sizeof(dir), "%s/policies", top);
	snprintf(away, sizeof(away), "%s/away", top);
	return mkdir(dir, 0700);
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	log_to(NULL);
	snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

/* Is a change noticed, and told when it is over? */
static bool changes(struct watch *w, __u64 now)
{
	watch_read(w, now);
	return !watch_take(w, now + WATCH_QUIET_MS - 1) && watch_take(w, now + WATCH_QUIET_MS);
}

static void each_change_is_told_once(void **state)
{
	struct watch w;

	(void)state;
	write_file(file(dir, "before.yaml"));
	assert_int_equal(watch_open(dir, &w), 0);
	assert_false(changes(&w, 1000));
	write_file(file(dir, "web.yaml"));
	assert_true(changes(&w, 2000));
	assert_false(changes(&w, 4000));
	rename(file(dir, "web.yaml"), away);
	assert_true(changes(&w, 5000));
	rename(away, file(dir, "web.yaml"));
	assert_true(changes(&w, 6000));
	unlink(file(dir, "web.yaml"));
	assert_true(changes(&w, 7000));
	assert_int_equal(symlink("elsewhere", file(dir, "..data")), 0);
	assert_true(changes(&w, 8000));
	assert_int_equal(chmod(file(dir, "before.yaml"), 0644), 0);
	assert_true(changes(&w, 9000));
	/* Only looked at. */
	close(open(file(dir, "before.yaml"), O_RDONLY | O_CLOEXEC));
	assert_false(changes(&w, 10000));
	watch_close(&w);
}

static void changes_that_go_on_are_told_at_last(void **state)
{
	struct watch w;
	__u64 now;

	(void)state;
	assert_int_equal(watch_open(dir, &w), 0);
	for (now = 1000; now < 1000 + WATCH_LATE_MS; now += WATCH_QUIET_MS / 2) {
		write_file(file(dir, "web.yaml"));
		watch_read(&w, now);
		assert_false(watch_take(&w, now));
	}
	assert_true(watch_take(&w, now));
	assert_false(watch_take(&w, now + 10 * WATCH_LATE_MS));
	watch_close(&w);
}

static void a_directory_that_comes_and_goes(void **state)
{
	struct watch w;

	(void)state;
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(watch_open(dir, &w), 0);
	assert_false(changes(&w, 1000));
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_true(changes(&w, 2000));
	write_file(file(dir, "web.yaml"));
	assert_true(changes(&w, 3000));
	/* Another one takes its place: the old one is nobody's any more. */
	assert_int_equal(rename(dir, away), 0);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_true(changes(&w, 4000));
	write_file(file(away, "web.yaml"));
	assert_false(changes(&w, 5000));
	write_file(file(dir, "web.yaml"));
	assert_true(changes(&w, 6000));
	assert_int_equal(unlink(file(dir, "web.yaml")) || rmdir(dir), 0);
	assert_true(changes(&w, 7000));
	assert_false(changes(&w, 8000));
	watch_close(&w);
}

static void a_directory_above_is_replaced(void **state)
{
	struct watch w;
	char deep[100];

	(void)state;
	snprintf(deep, sizeof(deep), "%s/deep", dir);
	assert_int_equal(mkdir(deep, 0700), 0);
	assert_int_equal(watch_open(deep, &w), 0);
	assert_int_equal(rename(dir, away), 0);
	assert_int_equal(mkdir(dir, 0700) || mkdir(deep, 0700), 0);
	assert_true(changes(&w, 1000));
	assert_false(changes(&w, 2000));
	write_file(file(deep, "web.yaml"));
	assert_true(changes(&w, 3000));
	watch_close(&w);
}

/* As ConfigMaps are changed: the link is another one, and the directory before is left as it was.
 */
static void a_link_on_the_way_leads_elsewhere(void **state)
{
	char link[80], other[80], fresh[80];
	struct watch w;

	(void)state;
	snprintf(link, sizeof(link), "%s/link", top);
	snprintf(other, sizeof(other), "%s/other", top);
	snprintf(fresh, sizeof(fresh), "%s/fresh", top);
	assert_int_equal(symlink("policies", link) || mkdir(other, 0700), 0);
	assert_int_equal(watch_open(link, &w), 0);
	write_file(file(dir, "web.yaml"));
	assert_true(changes(&w, 1000));
	assert_int_equal(symlink("other", fresh) || rename(fresh, link), 0);
	assert_true(changes(&w, 2000));
	assert_false(changes(&w, 3000));
	write_file(file(other, "web.yaml"));
	assert_true(changes(&w, 4000));
	write_file(file(dir, "web.yaml"));
	assert_false(changes(&w, 5000));
	watch_close(&w);
}

static void nothing_is_watched(void **state)
{
	struct watch w = WATCH_NONE;

	(void)state;
	watch_read(&w, 1000);
	assert_false(watch_take(&w, 10000));
	watch_close(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(each_change_is_told_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(changes_that_go_on_are_told_at_last, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_directory_that_comes_and_goes, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_directory_above_is_replaced, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_link_on_the_way_leads_elsewhere, setup, teardown),
	    cmocka_unit_test(nothing_is_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
