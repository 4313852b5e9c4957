/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * open-denied ROW PATH PAUSE: open() of a file that is refused, with PAUSE milliseconds of sleep
 * between one and the next: a second lets each have an alert of its own, none at all makes noise
 * that is throttled. In the caller's own time, so that the one who reads the alerts does not count.
 */
#include "bench.h"

#define CLOCK CLOCK_THREAD_CPUTIME_ID
#define FEW   30 /* seconds are not free for those who look every second */

int main(int argc, char **argv)
{
	long best = NONE, clock = clock_cost(CLOCK);
	long pause;

	wants(argc, 3, "open-denied ROW PATH PAUSE");
	pause = atol(argv[3]);
	for (int i = 0; i < (pause ? FEW : BATCHES); i++) {
		long start;

		if (pause)
			usleep((useconds_t)pause * 1000);
		start = clock_now(CLOCK);
		must(open(argv[2], O_RDONLY) < 0 && errno == EACCES, argv[2]);
		best = least(best, clock_now(CLOCK) - start - clock);
	}
	report(argv[1], best);
	return 0;
}
