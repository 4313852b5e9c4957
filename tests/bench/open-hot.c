/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * open-hot ROW PATH: open(O_RDONLY) of one file over and over.
 */
#include "bench.h"

int main(int argc, char **argv)
{
	long best = NONE, clock = clock_cost(CLOCK_MONOTONIC);

	wants(argc, 2, "open-hot ROW PATH");
	for (int batch = 0; batch < BATCHES; batch++) {
		long sum = 0;

		for (int i = 0; i < CALLS; i++)
			sum += timed_open(argv[2], clock);
		best = least(best, sum);
	}
	report(argv[1], best / CALLS);
	return 0;
}
