/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * open-cold ROW PREFIX N: open(O_RDONLY) of PREFIX0/file to PREFIX(N-1)/file, each once, so that
 * each is the first in its directory.
 */
#include "bench.h"

#define COLD_CALLS 50

int main(int argc, char **argv)
{
	long best = NONE, clock = clock_cost(CLOCK_MONOTONIC);
	char path[256];
	int n;

	wants(argc, 3, "open-cold ROW PREFIX N");
	n = atoi(argv[3]);
	for (int at = 0; at + COLD_CALLS <= n; at += COLD_CALLS) {
		long sum = 0;

		for (int i = 0; i < COLD_CALLS; i++) {
			snprintf(path, sizeof(path), "%s%d/file", argv[2], at + i);
			sum += timed_open(path, clock);
		}
		best = least(best, sum);
	}
	report(argv[1], best / COLD_CALLS);
	return 0;
}
