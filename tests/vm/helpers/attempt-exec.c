/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries the ways to have the machine code of a file run, or mapped so that it could. */
#include "attempt.h"

#include <pthread.h>
#include <spawn.h>
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

/* The caller goes on living, whatever it comes to: it answers. */
static int try_spawn(char **a)
{
	int status, r = posix_spawn(&attempt_child, a[0], NULL, NULL, a, environ);

	if (r)
		return -r;
	return waitpid(attempt_child, &status, 0) < 0 ? -errno : status;
}

static int try_vfork(char **a)
{
	volatile int error = 0;
	int status;

	attempt_child = vfork();
	if (attempt_child == 0) {
		execve(a[0], a, environ);
		error = -errno;
		_exit(0);
	}
	if (attempt_child < 0 || waitpid(attempt_child, &status, 0) < 0)
		return -errno;
	return error ? error : status;
}

struct thread_exec {
	char **arguments;
	int error;
};

static void *exec_in_thread(void *arg)
{
	struct thread_exec *t = arg;

	t->error = exec_now(t->arguments);
	return NULL;
}

static int exec_by_thread(char **a)
{
	struct thread_exec t = {.arguments = a};
	pthread_t thread;
	int r = pthread_create(&thread, NULL, exec_in_thread, &t);

	if (r)
		return -r;
	pthread_join(thread, NULL);
	return t.error;
}

static int try_thread(char **a)
{
	return in_child(exec_by_thread, a);
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

/* By its entry in /proc/self/fd. */
static int exec_proc(char **a)
{
	int fd = open(a[0], O_PATH | O_CLOEXEC);
	char name[64];

	if (fd < 0)
		return -errno;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	execv(name, a);
	return -errno;
}

static int try_exec_proc(char **a)
{
	return in_child(exec_proc, a);
}

static int exec_open(int fd, char **a)
{
	if (fd < 0)
		return -errno;
	execveat(fd, "", a, environ, AT_EMPTY_PATH);
	return -errno;
}

static int exec_unlinked(char **a)
{
	int fd = open(a[0], O_PATH | O_CLOEXEC);

	return fd < 0 || unlink(a[0]) ? -errno : exec_open(fd, a);
}

static int try_exec_unlinked(char **a)
{
	return in_child(exec_unlinked, a);
}

static int copy_to(int to, const char *path)
{
	int from = open(path, O_RDONLY | O_CLOEXEC);
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

/* A copy of the file in memory that has no name. */
static int copy_to_memfd(const char *path)
{
	return copy_to(memfd_create("copy", MFD_CLOEXEC), path);
}

static int exec_memfd(char **a)
{
	return exec_open(copy_to_memfd(a[0]), a);
}

/* Sealed, as runtimes do to themselves; and called by a name that some rule may allow. */
static int exec_memfd_sealed(char **a)
{
	int fd = copy_to(memfd_create(a[1], MFD_CLOEXEC | MFD_ALLOW_SEALING), a[0]);

	if (fd < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW))
		return -errno;
	return exec_open(fd, a);
}

static int try_exec_memfd_sealed(char **a)
{
	return in_child(exec_memfd_sealed, a);
}

static int exec_memfd_huge(char **a)
{
	return exec_open(memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB), a);
}

static int try_exec_memfd_huge(char **a)
{
	return in_child(exec_memfd_huge, a);
}

/* a[0] is the interpreter of a script that is nowhere but in memory. */
static int exec_memfd_script(char **a)
{
	int fd = memfd_create("script", 0);

	return fd < 0 || dprintf(fd, "#!%s\n", a[0]) < 0 ? -errno : exec_open(fd, a);
}

static int try_exec_memfd_script(char **a)
{
	return in_child(exec_memfd_script, a);
}

/* A copy of a[0] in a file without a name of directory a[1]. */
static int exec_tmpfile(char **a)
{
	int fd = copy_to(open(a[1], O_TMPFILE | O_RDWR | O_CLOEXEC, 0700), a[0]);

	return exec_open(fd, a);
}

static int try_exec_tmpfile(char **a)
{
	return in_child(exec_tmpfile, a);
}

static int try_exec_memfd(char **a)
{
	return in_child(exec_memfd, a);
}

/* a[1], a copy of a[0]. */
static int exec_copy(char **a)
{
	int fd = copy_to(open(a[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700), a[0]);

	if (fd < 0 || close(fd))
		return -errno;
	return exec_now(a + 1);
}

static int try_exec_copy(char **a)
{
	return in_child(exec_copy, a);
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
    {"exec-with2", 3, try_exec},
    {"exec-with3", 4, try_exec},
    {"spawn", 1, try_spawn},
    {"vfork", 1, try_vfork},
    {"thread", 1, try_thread},
    {"execveat", 2, try_execveat},
    {"exec-proc", 1, try_exec_proc},
    {"exec-unlinked", 1, try_exec_unlinked},
    {"exec-copy", 2, try_exec_copy},
    {"exec-tmpfile", 2, try_exec_tmpfile},
    {"exec-memfd-sealed", 2, try_exec_memfd_sealed},
    {"exec-memfd-huge", 1, try_exec_memfd_huge},
    {"exec-memfd-script", 1, try_exec_memfd_script},
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
