/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens what it is asked to: reads lines "MODE PATH" on standard input and answers each with "ok"
 * or the number of the error. MODE is r, w, a, or d for a directory; x maps it executable, too; e
 * executes it.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int flags_of(char mode)
{
	switch (mode) {
	case 'r':
	case 'x':
		return O_RDONLY;
	case 'w':
		return O_WRONLY;
	case 'a':
		return O_WRONLY | O_APPEND;
	default:
		return O_RDONLY | O_DIRECTORY;
	}
}

/* What is empty is no program, which is not what is asked here. */
static int execute(const char *path)
{
	char *argv[] = {(char *)path, NULL}, *envp[] = {NULL};
	pid_t pid;
	int error = posix_spawn(&pid, path, NULL, NULL, argv, envp);

	if (!error)
		waitpid(pid, NULL, 0);
	return error == ENOEXEC ? 0 : error;
}

static int map(int fd)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	return at == MAP_FAILED ? errno : munmap(at, 4096);
}

static int use(char mode, const char *path)
{
	int fd, error;

	if (mode == 'e')
		return execute(path);
	fd = open(path, flags_of(mode) | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno;
	error = mode == 'x' ? map(fd) : 0;
	close(fd);
	return error;
}

int main(void)
{
	char line[8192];

	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		int error;

		line[strcspn(line, "\n")] = '\0';
		error = use(line[0], line + 2);
		if (error)
			printf("%d\n", error);
		else
			puts("ok");
	}
	return 0;
}
