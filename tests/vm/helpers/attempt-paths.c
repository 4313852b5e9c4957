/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries to open files by the many ways there are to say which one. All open for reading only,
 * unless said. */
#include "attempt.h"

#include <linux/openat2.h>
#include <sys/syscall.h>

static int try_open(char **a)
{
	return answer_fd(open(a[1], open_flags(a[0])));
}

static int try_unlink(char **a)
{
	return answer(unlink(a[0]));
}

static int try_list(char **a)
{
	return answer_fd(open(a[0], O_RDONLY | O_DIRECTORY));
}

static int try_chroot(char **a)
{
	return answer(chroot(a[0]));
}

/* From a directory: chdir, fchdir, openat, openat2. */
static int try_chdir(char **a)
{
	return chdir(a[0]) ? -errno : answer_fd(open(a[1], O_RDONLY));
}

static int try_fchdir(char **a)
{
	int fd = open(a[0], O_PATH | O_DIRECTORY), r;

	if (fd < 0)
		return -errno;
	r = fchdir(fd) ? -errno : answer_fd(open(a[1], O_RDONLY));
	close(fd);
	return r;
}

static int try_openat(char **a)
{
	int fd = open(a[0], O_PATH | O_DIRECTORY), r;

	if (fd < 0)
		return -errno;
	r = answer_fd(openat(fd, a[1], O_RDONLY));
	close(fd);
	return r;
}

static int try_openat2(char **a)
{
	const struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_BENEATH};
	int fd = open(a[0], O_PATH | O_DIRECTORY), r;

	if (fd < 0)
		return -errno;
	r = answer_fd((int)syscall(SYS_openat2, fd, a[1], &how, sizeof(how)));
	close(fd);
	return r;
}

/* Descriptor a[0] is a directory, opened before confinement. */
static int try_open_fd(char **a)
{
	return answer_fd(openat((int)number(a[0]), a[1], O_RDONLY));
}

/* Opens a[1] with flags a[0], and its entry in /proc/self/fd with flags a[2]. */
static int reopen(char **a, const char *unlinked)
{
	int fd = open(a[1], open_flags(a[0])), r;
	char name[64];

	if (fd < 0)
		return -errno;
	if (unlinked && unlink(unlinked))
		return -errno;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	r = answer_fd(open(name, open_flags(a[2])));
	close(fd);
	return r;
}

static int try_reopen(char **a)
{
	return reopen(a, NULL);
}

static int try_reopen_unlinked(char **a)
{
	return reopen(a, a[1]);
}

/* Opens a[3] in the directory that is a[2] steps by the name a[1] below a[0]. */
static int try_deep(char **a)
{
	int fd = open(a[0], O_PATH | O_DIRECTORY), next;

	for (long n = number(a[2]); fd >= 0 && n > 0; n--) {
		next = openat(fd, a[1], O_PATH | O_DIRECTORY);
		if (next < 0)
			return -errno;
		close(fd);
		fd = next;
	}
	if (fd < 0)
		return -errno;
	next = openat(fd, a[3], O_RDONLY);
	close(fd);
	return answer_fd(next);
}

/* The task's own directory in /proc, by its number. */
static int try_own_number(char **a)
{
	char name[128];

	snprintf(name, sizeof(name), "/proc/%d/%s", getpid(), a[0]);
	return answer_fd(open(name, O_RDONLY));
}

static int try_own_number_child(char **a)
{
	return in_child(try_own_number, a);
}

/* The parent's directory, for which there is no other name than its number. */
static int open_parent(char **a)
{
	char name[128];

	snprintf(name, sizeof(name), "/proc/%d/%s", getppid(), a[0]);
	return answer_fd(open(name, O_RDONLY));
}

static int try_parent_number(char **a)
{
	return in_child(open_parent, a);
}

static const struct attempt attempts[] = {
    {"open", 2, try_open},
    {"list", 1, try_list},
    {"unlink", 1, try_unlink},
    {"chroot", 1, try_chroot},
    {"chdir", 2, try_chdir},
    {"fchdir", 2, try_fchdir},
    {"openat", 2, try_openat},
    {"openat2", 2, try_openat2},
    {"open-fd", 2, try_open_fd},
    {"reopen", 3, try_reopen},
    {"reopen-unlinked", 3, try_reopen_unlinked},
    {"deep", 4, try_deep},
    {"own-number", 1, try_own_number},
    {"own-number-child", 1, try_own_number_child},
    {"parent-number", 1, try_parent_number},
    {},
};

int main(void)
{
	return make_attempts(attempts);
}
