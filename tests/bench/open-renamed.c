/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * open-renamed ROW PATH DIR: open(O_RDONLY) of PATH, each after a rename of something
 * else, in DIR, which is not counted. A rename anywhere is what a cache of paths must look out for.
 */
#include "bench.h"

int main(int argc, char **argv)
{
	long best = NONE, clock = clock_cost(CLOCK_MONOTONIC);
	char names[2][256];
	int fd;

	wants(argc, 3, "open-renamed ROW PATH DIR");
	for (int i = 0; i < 2; i++)
		snprintf(names[i], sizeof(names[i]), "%s/renamed-%d", argv[3], i);
	fd = creat(names[0], 0600);
	must(fd >= 0 && !close(fd), names[0]);
	for (int batch = 0; batch < BATCHES; batch++) {
		long sum = 0;

		for (int i = 0; i < CALLS; i++) {
			must(!rename(names[i % 2], names[(i + 1) % 2]), "rename");
			sum += timed_open(argv[2], clock);
		}
		best = least(best, sum);
	}
	must(!unlink(names[0]), "unlink");
	report(argv[1], best / CALLS);
	return 0;
}
