/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which policy files are trusted. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../policy/policy.h"

static const char good[] = "version: 1\nname: n\nmode: enforce\nprivileges: {allow: []}\n";

struct folder {
	char path[64];
	char file[80];
};

static int make_folder(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));
	int fd;

	if (!f)
		return -1;
	strcpy(f->path, "/tmp/ringfence-test-XXXXXX");
	if (!mkdtemp(f->path))
		return -1;
	snprintf(f->file, sizeof(f->file), "%s/p.yaml", f->path);
	fd = open(f->file, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, good, strlen(good)) != (ssize_t)strlen(good) || close(fd) < 0)
		return -1;
	*state = f;
	return 0;
}

static int remove_folder(void **state)
{
	struct folder *f = *state;

	unlink(f->file);
	rmdir(f->path);
	free(f);
	return 0;
}

/* Reads `path`; `why` is in the first error, NULL: there is none. */
static void assert_read(const char *path, const char *why)
{
	struct policy *p = NULL;
	struct diag d;
	int r;

	diag_init(&d, path);
	r = policy_read_file(path, &d, &p, NULL, NULL, NULL);
	assert_int_equal(r, why ? -EINVAL : 0);
	assert_int_equal(d.errors, why ? 1 : 0);
	if (why && !strstr(d.entries[0].text, why))
		fail_msg("'%s' does not say '%s'", d.entries[0].text, why);
	if (!why) {
		assert_string_equal(p->file, path);
		assert_string_equal(p->name, "n");
	}
	policy_free(p);
	diag_done(&d);
}

static void a_file_of_ones_own_is_read(void **state)
{
	struct folder *f = *state;

	assert_read(f->file, NULL);
	assert_int_equal(chmod(f->file, 0644), 0);
	assert_read(f->file, NULL);
	assert_int_equal(chmod(f->file, 0444), 0);
	assert_read(f->file, NULL);
}

static void a_file_that_others_can_write_is_refused(void **state)
{
	struct folder *f = *state;

	assert_int_equal(chmod(f->file, 0664), 0);
	assert_read(f->file, "can be written by its group");
	assert_int_equal(chmod(f->file, 0646), 0);
	assert_read(f->file, "can be written by everybody");
	assert_int_equal(chmod(f->file, 0644), 0);
	assert_read(f->file, NULL);
}

static void a_file_of_another_user_is_refused(void **state)
{
	struct folder *f = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(f->file, 4321, 0), 0);
	assert_read(f->file, "belongs to user 4321");
	assert_int_equal(chown(f->file, 0, 0), 0);
	assert_read(f->file, NULL);
}

static void links_and_files_of_other_kinds_are_refused(void **state)
{
	struct folder *f = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char other[80];
	int fd;

	snprintf(other, sizeof(other), "%s/other", f->path);
	assert_read(other, "No such file");
	assert_int_equal(symlink(f->file, other), 0);
	assert_read(other, "is a symbolic link");
	unlink(other);
	assert_int_equal(mkfifo(other, 0600), 0);
	assert_read(other, "is not a regular file"); /* and did not wait for a writer */
	unlink(other);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(address.sun_path, other);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_read(other, "is not a regular file");
	close(fd);
	unlink(other);
	assert_read(f->path, "is not a regular file");
	assert_read("/dev/zero", "is not a regular file");
}

static void folders_on_the_way_are_trusted(void **state)
{
	struct folder *f = *state;
	char inner[96], file[128], around[160], link[96];

	snprintf(inner, sizeof(inner), "%s/inner", f->path);
	snprintf(file, sizeof(file), "%s/p.yaml", inner);
	snprintf(around, sizeof(around), "%s/..//./inner/../inner/p.yaml", inner);
	snprintf(link, sizeof(link), "%s/link", f->path);
	assert_int_equal(mkdir(inner, 0755), 0);
	assert_int_equal(rename(f->file, file), 0);
	assert_read(file, NULL);
	assert_read(around, NULL);
	/* Whoever can write to a folder can replace what is in it, or a folder above. */
	assert_int_equal(chmod(inner, 0777), 0);
	assert_read(file, "is in a folder that everybody can write");
	assert_int_equal(chmod(inner, 0775), 0);
	assert_read(file, "is in a folder that its group can write");
	assert_int_equal(chmod(inner, 01777), 0);
	assert_read(file, NULL);
	assert_int_equal(chmod(inner, 0755), 0);
	assert_int_equal(chmod(f->path, 0777), 0);
	assert_read(file, "is in a folder that everybody can write");
	assert_int_equal(chmod(f->path, 0700), 0);
	assert_int_equal(rename(file, f->file), 0);
	assert_int_equal(rmdir(inner), 0);
}

static void links_on_the_way_are_trusted(void **state)
{
	struct folder *f = *state;
	char link[96], file[128];

	snprintf(link, sizeof(link), "%s/link", f->path);
	snprintf(file, sizeof(file), "%s/p.yaml", link);
	assert_int_equal(symlink(f->path, link), 0);
	assert_read(file, NULL);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("../.././//tmp/../proc/self/cwd", link), 0);
	assert_read(file, "No such file");
	if (geteuid() == 0) {
		assert_int_equal(lchown(link, 12345, 12345), 0);
		assert_read(file, "a symbolic link of user 12345");
		assert_int_equal(chown(f->path, 12345, 0), 0);
		assert_read(f->file, "in a folder of user 12345");
		assert_int_equal(chown(f->path, 0, 0), 0);
	}
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink(link, link), 0);
	assert_read(file, "is a symbolic link");
	assert_int_equal(unlink(link), 0);
}

static void size_is_bounded(void **state)
{
	struct folder *f = *state;

	assert_int_equal(truncate(f->file, POLICY_TEXT_MAX), 0);
	assert_read(f->file, "NUL byte");
	assert_int_equal(truncate(f->file, POLICY_TEXT_MAX + 1), 0);
	assert_read(f->file, "is 16777217 bytes long, more than 16777216");
	assert_int_equal(truncate(f->file, 0), 0);
	assert_read(f->file, "the file is empty");
	/* A file that says it is empty and is not. */
	assert_read("/proc/self/stat", "must be a mapping");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_file_of_ones_own_is_read, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(a_file_that_others_can_write_is_refused, make_folder,
					    remove_folder),
	    cmocka_unit_test_setup_teardown(a_file_of_another_user_is_refused, make_folder,
					    remove_folder),
	    cmocka_unit_test_setup_teardown(links_and_files_of_other_kinds_are_refused, make_folder,
					    remove_folder),
	    cmocka_unit_test_setup_teardown(folders_on_the_way_are_trusted, make_folder,
					    remove_folder),
	    cmocka_unit_test_setup_teardown(links_on_the_way_are_trusted, make_folder,
					    remove_folder),
	    cmocka_unit_test_setup_teardown(size_is_bounded, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
