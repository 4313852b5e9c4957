/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * open-hot ROW PATH: open(O_RDONLY) and close() of one file over and over.
 */
#include <fcntl.h>
#include <unistd.h>

#include "bench.h"

int main(int argc, char **argv)
{
	long best = NONE;

	wants(argc, 2, "open-hot ROW PATH");
	for (int batch = 0; batch < BATCHES; batch++) {
		long start = now();

		for (int i = 0; i < CALLS; i++) {
			int fd = open(argv[2], O_RDONLY);

			must(fd >= 0, argv[2]);
			close(fd);
		}
		best = least(best, now() - start);
	}
	report(argv[1], best / CALLS);
	return 0;
}
