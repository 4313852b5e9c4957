/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * total ROW RUNS COMMAND...: what a whole program takes, and all that it starts, as the least of
 * RUNS.
 */
#include <sys/wait.h>

#include "bench.h"

int main(int argc, char **argv)
{
	long best = NONE;

	if (argc < 4)
		wants(argc, 3, "total ROW RUNS COMMAND...");
	for (int i = 0; i < atoi(argv[2]); i++) {
		long start = now();
		int status = 1;
		pid_t pid = fork();

		must(pid >= 0, "fork");
		if (!pid) {
			execv(argv[3], argv + 3);
			_exit(127);
		}
		must(waitpid(pid, &status, 0) == pid && !status, argv[3]);
		best = least(best, now() - start);
	}
	report(argv[1], best);
	return 0;
}
