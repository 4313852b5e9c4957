/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an attacker who runs code in an nginx worker would try first. Preloaded
 * into nginx; acts once, in the first process that waits for connections and
 * is not the master, and writes one line an attempt, "NAME ok" or
 * "NAME ERRNO", to standard error, which nginx sends to its error log.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *name, int failed)
{
	dprintf(2, "%s %s\n", name, failed ? strerrorname_np(errno) : "ok");
}

static void try_open(const char *name, const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	tell(name, fd < 0);
	if (fd >= 0)
		close(fd);
}

static void try_exec(const char *name, const char *path)
{
	char *const argv[] = {(char *)path, "-c", ":", NULL};
	pid_t pid = fork();

	if (pid == 0) {
		execv(path, argv);
		tell(name, 1);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void try_everything(void)
{
	try_open("read-own", "/etc/nginx/nginx.conf", O_RDONLY);
	try_open("read-shadow", "/etc/shadow", O_RDONLY);
	try_open("create-etc", "/etc/planted", O_WRONLY | O_CREAT);
	try_exec("exec-shell", "/bin/sh");
	tell("mount", mount("none", "/mnt", "tmpfs", 0, NULL));
	tell("ptrace", ptrace(PTRACE_ATTACH, getppid(), 0, 0));
	tell("syscall", (int)syscall(SYS_vhangup));
	dprintf(2, "attempts-over\n");
}

int epoll_wait(int fd, struct epoll_event *events, int n, int timeout)
{
	static int (*real)(int, struct epoll_event *, int, int);
	static int done;

	if (!real)
		real = (int (*)(int, struct epoll_event *, int, int))dlsym(RTLD_NEXT, "epoll_wait");
	if (!done) {
		done = 1;
		try_everything();
	}
	return real(fd, events, n, timeout);
}
