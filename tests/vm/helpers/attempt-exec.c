/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries the ways to have the machine code of a file run, or mapped so that it could. */
#include "attempt.h"

#include <sys/personality.h>

static int exec_now(char **a)
{
	execv(a[0], a);
	return -errno;
}

static int try_exec(char **a)
{
	return in_child(exec_now, a);
}

static int exec_at(char **a)
{
	char *const argv[] = {a[1], NULL};
	int dir = open(a[0], O_PATH | O_DIRECTORY);

	if (dir < 0)
		return -errno;
	execveat(dir, a[1], argv, environ, 0);
	return -errno;
}

static int try_execveat(char **a)
{
	return in_child(exec_at, a);
}

static int exec_fd(char **a)
{
	int fd = open(a[0], O_PATH | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	execveat(fd, "", a, environ, AT_EMPTY_PATH);
	return -errno;
}

static int try_fexecve(char **a)
{
	return in_child(exec_fd, a);
}

/* A copy of the file in memory that has no name. */
static int copy_to_memfd(const char *path)
{
	int from = open(path, O_RDONLY | O_CLOEXEC), to = memfd_create("copy", MFD_CLOEXEC);
	char buffer[65536];
	ssize_t n;

	if (from < 0 || to < 0)
		return -1;
	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)n) != n)
			return -1;
	close(from);
	return n < 0 ? -1 : to;
}

static int exec_memfd(char **a)
{
	int fd = copy_to_memfd(a[0]);

	if (fd < 0)
		return -errno;
	execveat(fd, "", a, environ, AT_EMPTY_PATH);
	return -errno;
}

static int try_exec_memfd(char **a)
{
	return in_child(exec_memfd, a);
}

static int map(int fd, int prot, int flags)
{
	void *at;

	if (fd < 0)
		return -errno;
	at = mmap(NULL, 4096, prot, flags, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return -errno;
	return answer(munmap(at, 4096));
}

static int try_map(char **a)
{
	return map(open(a[0], O_RDONLY), PROT_READ | PROT_EXEC, MAP_PRIVATE);
}

static int try_map_shared(char **a)
{
	return map(open(a[0], O_RDONLY), PROT_EXEC, MAP_SHARED);
}

static int try_map_memfd(char **a)
{
	return map(copy_to_memfd(a[0]), PROT_READ | PROT_EXEC, MAP_PRIVATE);
}

static int map_implied(char **a)
{
	if (personality(READ_IMPLIES_EXEC) < 0)
		return -errno;
	return map(open(a[0], O_RDONLY), PROT_READ, MAP_PRIVATE);
}

static int try_map_implied(char **a)
{
	return in_child(map_implied, a);
}

static int protect(int fd, int flags)
{
	void *at = mmap(NULL, 4096, PROT_READ, flags, fd, 0);
	int r;

	if (at == MAP_FAILED)
		return -errno;
	r = answer(mprotect(at, 4096, PROT_READ | PROT_EXEC));
	munmap(at, 4096);
	return r;
}

static int try_protect(char **a)
{
	int fd = open(a[0], O_RDONLY), r;

	if (fd < 0)
		return -errno;
	r = protect(fd, MAP_PRIVATE);
	close(fd);
	return r;
}

static int try_protect_anonymous(char **a)
{
	(void)a;
	return protect(-1, MAP_PRIVATE | MAP_ANONYMOUS);
}

static const struct attempt attempts[] = {
    {"exec", 1, try_exec},
    {"exec-with", 2, try_exec}, /* a program and its argument */
    {"execveat", 2, try_execveat},
    {"fexecve", 1, try_fexecve},
    {"exec-memfd", 1, try_exec_memfd},
    {"map", 1, try_map},
    {"map-shared", 1, try_map_shared},
    {"map-memfd", 1, try_map_memfd},
    {"map-implied", 1, try_map_implied},
    {"protect", 1, try_protect},
    {"protect-anonymous", 0, try_protect_anonymous},
    {},
};

int main(void)
{
	return make_attempts(attempts);
}
