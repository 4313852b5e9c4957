/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts a program N times, so many at a time, and counts the exit statuses: "STATUS TIMES", a line
 * each.
 *
 *   many-starts N AT-A-TIME PROGRAM ARGUMENT...
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int n, at_a_time, running = 0, started = 0, status, times[257] = {0};

	if (argc < 4)
		return 125;
	n = atoi(argv[1]);
	at_a_time = atoi(argv[2]);
	while (started < n || running) {
		if (started < n && running < at_a_time) {
			pid_t pid = fork();

			if (pid == 0) {
				execv(argv[3], argv + 3);
				_exit(126);
			}
			if (pid < 0)
				return 125;
			started++;
			running++;
		} else {
			if (wait(&status) < 0)
				return 125;
			running--;
			times[WIFEXITED(status) ? WEXITSTATUS(status) : 256]++;
		}
	}
	for (int i = 0; i <= 256; i++)
		if (times[i])
			printf("%d %d\n", i, times[i]);
	return 0;
}
