/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poke DIRECTORY PATH: for N = 1, 2, ...: waits until DIRECTORY/N exists, without opening anything,
 * makes some attempts, and prints "N OPEN MKDIR UNSHARE CHILD", each "ok" or the name of an errno.
 * It ends when DIRECTORY/end exists. So a program under a policy can be asked again and again while
 * somebody changes what the kernel knows of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *outcome(long r)
{
	return r < 0 ? strerrorname_np(errno) : "ok";
}

/* What a child gets, who was born now: from opening `path`, or from a user namespace without one.
 */
static const char *of_child(const char *path)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		errno = 0;
		_exit((path ? open(path, O_RDONLY) : unshare(CLONE_NEWUSER)) < 0 ? errno : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return strerrorname_np(errno);
	return WEXITSTATUS(status) ? strerrorname_np(WEXITSTATUS(status)) : "ok";
}

static void attempt(int n, const char *dir, const char *path)
{
	char name[256];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	printf("%d %s", n, outcome(fd));
	if (fd >= 0)
		close(fd);
	snprintf(name, sizeof(name), "%s/made-%d", dir, n);
	printf(" %s", outcome(mkdir(name, 0700)));
	printf(" %s", of_child(NULL));
	printf(" %s\n", of_child(path));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char step[256], end[256];

	if (argc != 3)
		return 2;
	snprintf(end, sizeof(end), "%s/end", argv[1]);
	for (int n = 1;; n++) {
		snprintf(step, sizeof(step), "%s/%d", argv[1], n);
		while (access(step, F_OK)) {
			if (!access(end, F_OK))
				return 0;
			usleep(20000);
		}
		attempt(n, argv[1], argv[2]);
	}
}
