/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * map LIBRARY: mmap(PROT_READ | PROT_EXEC) and munmap() of a library, as a loader does it.
 */
#include <sys/mman.h>

#include "bench.h"

#define MAPPED 65536

int main(int argc, char **argv)
{
	long best = NONE;
	int fd;

	wants(argc, 1, "map LIBRARY");
	fd = open(argv[1], O_RDONLY);
	must(fd >= 0, argv[1]);
	for (int batch = 0; batch < BATCHES; batch++) {
		long start = now();

		for (int i = 0; i < CALLS; i++) {
			void *at = mmap(NULL, MAPPED, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

			must(at != MAP_FAILED && !munmap(at, MAPPED), "mmap");
		}
		best = least(best, now() - start);
	}
	report("mmap", best / CALLS);
	return 0;
}
