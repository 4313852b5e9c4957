/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * open-denied ROW PATH PAUSE: open() of a file that is refused, with PAUSE milliseconds of sleep
 * between one and the next: a second lets each have an alert of its own, none at all makes noise
 * that is throttled, when the burst is over. In the caller's own time, so that the one who reads
 * the alerts does not count.
 */
#include "bench.h"

#define CLOCK CLOCK_THREAD_CPUTIME_ID
#define FEW   30   /* seconds are not free for those who look every second */
#define BURST 2000 /* more than THROTTLE_DEFAULT lets through at once (enforcer/throttle.h) */

static void open_in_vain(const char *path)
{
	must(open(path, O_RDONLY) < 0 && errno == EACCES, path);
}

int main(int argc, char **argv)
{
	long best = NONE, clock = clock_cost(CLOCK);
	long pause;

	wants(argc, 3, "open-denied ROW PATH PAUSE");
	pause = atol(argv[3]);
	for (int i = 0; i < BURST && !pause; i++)
		open_in_vain(argv[2]);
	for (int i = 0; i < (pause ? FEW : BATCHES); i++) {
		long start;

		if (pause)
			usleep((useconds_t)pause * 1000);
		start = clock_now(CLOCK);
		open_in_vain(argv[2]);
		best = least(best, clock_now(CLOCK) - start - clock);
	}
	report(argv[1], best);
	return 0;
}
