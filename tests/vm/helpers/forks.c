/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * forks N OPEN DENIED: N children at once, half of them by fork, half by a bare clone; each tries
 * to open both paths. Prints how many got OPEN, and how many were refused DENIED with EACCES.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int try_both(char **argv)
{
	int opened = open(argv[2], O_RDONLY) >= 0;
	int refused = open(argv[3], O_RDONLY) < 0 && errno == EACCES;

	return opened | refused << 1;
}

int main(int argc, char **argv)
{
	long n = argc == 4 ? atol(argv[1]) : 0, opened = 0, refused = 0;
	int status, gate[2];

	if (!n || pipe(gate))
		return 2;
	for (long i = 0; i < n; i++) {
		pid_t pid =
		    i % 2 ? fork() : (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
		char byte;

		if (pid == 0) {
			close(gate[1]);
			/* All live at the same time: they go when the gate opens. */
			_exit(read(gate[0], &byte, 1) == 0 ? try_both(argv) : 4);
		}
		if (pid < 0)
			return 3;
	}
	close(gate[1]);
	while (wait(&status) > 0) {
		opened += WIFEXITED(status) && (WEXITSTATUS(status) & 1);
		refused += WIFEXITED(status) && (WEXITSTATUS(status) & 2) == 2;
	}
	printf("%ld %ld\n", opened, refused);
	return 0;
}
