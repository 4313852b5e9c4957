/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * open-cold ROW PREFIX N: open(O_RDONLY) and close() of PREFIX0/file to PREFIX(N-1)/file, each
 * once, so that each is the first in its directory.
 */
#include <fcntl.h>
#include <unistd.h>

#include "bench.h"

#define COLD_CALLS 50

int main(int argc, char **argv)
{
	static char paths[COLD_CALLS][256];
	long best = NONE;
	int n;

	wants(argc, 3, "open-cold ROW PREFIX N");
	n = atoi(argv[3]);
	for (int at = 0; at + COLD_CALLS <= n; at += COLD_CALLS) {
		long start;

		for (int i = 0; i < COLD_CALLS; i++)
			snprintf(paths[i], sizeof(paths[i]), "%s%d/file", argv[2], at + i);
		start = now();
		for (int i = 0; i < COLD_CALLS; i++) {
			int fd = open(paths[i], O_RDONLY);

			must(fd >= 0, paths[i]);
			close(fd);
		}
		best = least(best, now() - start);
	}
	report(argv[1], best / COLD_CALLS);
	return 0;
}
