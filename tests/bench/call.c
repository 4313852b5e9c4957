/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * call cached|checked: calls that do next to nothing. A filter lets getppid() pass whatever its
 * arguments, which the kernel notes in a bitmap; it looks at the argument of
 * sched_get_priority_max().
 */
#include <sys/syscall.h>

#include "bench.h"

static void measure(const char *row, long number, long argument)
{
	long best = NONE;

	for (int batch = 0; batch < BATCHES; batch++) {
		long start = now();

		for (int i = 0; i < CALLS; i++)
			must(syscall(number, argument) >= 0, row);
		best = least(best, now() - start);
	}
	report(row, best / CALLS);
}

int main(int argc, char **argv)
{
	wants(argc, 1, "call cached|checked");
	if (!strcmp(argv[1], "cached"))
		measure("call.cached", SYS_getppid, 0);
	else
		measure("call.checked", SYS_sched_get_priority_max, 1);
	return 0;
}
