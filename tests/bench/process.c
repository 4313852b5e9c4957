/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process NOTHING: fork() of a child that ends at once, and the same of one that executes NOTHING,
 * a static program that ends at once; each until it was waited for. Single ones, because a hundred
 * take longer than the timer's tick.
 */
#include <sys/wait.h>

#include "bench.h"

static char *nothing[2];

static void child_ends(void)
{
	_exit(0);
}

static void child_executes(void)
{
	execv(nothing[0], nothing);
	_exit(1);
}

static void measure(const char *row, void (*child)(void))
{
	long best = NONE;

	for (int i = 0; i < BATCHES; i++) {
		long start = now();
		int status = 1;
		pid_t pid = fork();

		must(pid >= 0, "fork");
		if (!pid)
			child();
		must(waitpid(pid, &status, 0) == pid && !status, "child");
		best = least(best, now() - start);
	}
	report(row, best);
}

int main(int argc, char **argv)
{
	wants(argc, 1, "process NOTHING");
	nothing[0] = argv[1];
	measure("fork+exit", child_ends);
	measure("fork+execve+exit", child_executes);
	return 0;
}
