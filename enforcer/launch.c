/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The child is born in its cgroup (CLONE_INTO_CGROUP) and waits on a pipe
 * while the parent registers it; end of file means the parent gave up, or
 * died, and then nothing is executed. Order after that: close descriptors,
 * find the command in PATH (which needs no policy), install the filter, and
 * execve at once: the BPF programs judge that execve and arm the task.
 */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../seccomp/filter.h"
#include "cmd.h"
#include "util.h"

/* clone3() itself: glibc's fork() cannot put the child into a cgroup. Linux 5.7. */
static pid_t fork_into(int cgroup_fd, int *ret_pidfd)
{
	struct clone_args args = {
	    .flags = CLONE_PIDFD | CLONE_INTO_CGROUP,
	    .pidfd = (uint64_t)(uintptr_t)ret_pidfd,
	    .exit_signal = SIGCHLD,
	    .cgroup = (uint64_t)cgroup_fd,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/* 0, or the error that execve() would have. */
static int check_executable(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return errno;
	return !S_ISREG(st.st_mode) || access(path, X_OK) ? EACCES : 0;
}

/*
 * The command as execve() wants it: with a slash as it is, else the first in PATH that can be
 * executed, as execvp() does. An empty element is the working directory. NULL, with errno.
 */
static char *find_command(const char *name)
{
	const char *at = getenv("PATH"), *end;
	int error = ENOENT;
	char *path;

	if (strchr(name, '/'))
		return strdup(name);
	for (at = at ? at : "/usr/bin:/bin"; *name; at = end + 1) {
		end = strchrnul(at, ':');
		if (asprintf(&path, "%.*s/%s", end > at ? (int)(end - at) : 1, end > at ? at : ".",
			     name) < 0)
			return NULL;
		switch (check_executable(path)) {
		case 0:
			return path;
		case EACCES:
			error = EACCES;
		}
		free(path);
		if (!*end)
			break;
	}
	errno = error;
	return NULL;
}

static _Noreturn void be_command(const struct launch_options *o, struct launch_report *report,
				 int go)
{
	_free_ char *path = NULL;
	char byte;
	int r;

	if (read(go, &byte, 1) != 1)
		_exit(EXIT_CANNOT);
	report->stage = LAUNCH_DESCRIPTORS;
	if (close_range(3 + o->preserve_fds, ~0U, 0)) {
		report->error = errno;
		_exit(EXIT_CANNOT);
	}
	sigprocmask(SIG_SETMASK, o->signals, NULL);
	report->stage = LAUNCH_NO_COMMAND;
	path = find_command(o->argv[0]);
	if (!path) {
		report->error = errno;
		_exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXEC);
	}
	report->stage = LAUNCH_FILTER;
	r = filter_install(o->filter, o->filter_len);
	if (r < 0) {
		report->error = -r;
		_exit(EXIT_CANNOT);
	}
	report->stage = LAUNCH_EXEC;
	execve(path, o->argv, environ);
	report->error = errno;
	_exit(errno == ENOENT || errno == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXEC);
}

int launch_fork(const struct launch_options *o, const struct cgroup *cg, struct launch *ret)
{
	_cleanup_(launch_done) struct launch l = LAUNCH_NONE;
	int go[2];

	l.report = mmap(NULL, sizeof(*l.report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (l.report == MAP_FAILED) {
		l.report = NULL;
		return -errno;
	}
	/* The read end must survive close_range() only until the byte is read: it comes first. */
	if (pipe2(go, O_CLOEXEC))
		return -errno;
	l.go = go[1];
	l.pid = fork_into(cg->fd, &l.pidfd);
	if (l.pid == 0) {
		close(go[1]);
		be_command(o, l.report, go[0]);
	}
	close(go[0]);
	if (l.pid < 0)
		return -errno;
	*ret = l;
	l = LAUNCH_NONE;
	return 0;
}

int launch_go(struct launch *l)
{
	int r = write(l->go, "", 1) == 1 ? 0 : -errno;

	close(take_fd(&l->go));
	return r;
}

void launch_done(struct launch *l)
{
	close_fd(&l->go);
	close_fd(&l->pidfd);
	if (l->report)
		munmap(l->report, sizeof(*l->report));
	*l = LAUNCH_NONE;
}
