/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names DIR: making and removing a file of DIR, renaming one, and asking about one.
 */
#include <sys/stat.h>

#include "bench.h"

static char one[256], two[256];

static void create_and_unlink(int i)
{
	int fd = open(one, O_WRONLY | O_CREAT | O_EXCL, 0600);

	(void)i;
	must(fd >= 0 && !close(fd) && !unlink(one), one);
}

static void rename_it(int i)
{
	must(!rename(i % 2 ? two : one, i % 2 ? one : two), "rename");
}

static void ask(int i)
{
	struct stat st;

	(void)i;
	must(!stat(one, &st), one);
}

static void measure(const char *row, void (*call)(int))
{
	long best = NONE;

	for (int batch = 0; batch < BATCHES; batch++) {
		long start = now();

		for (int i = 0; i < CALLS; i++)
			call(i);
		best = least(best, now() - start);
	}
	report(row, best / CALLS);
}

int main(int argc, char **argv)
{
	int fd;

	wants(argc, 1, "names DIR");
	snprintf(one, sizeof(one), "%s/one", argv[1]);
	snprintf(two, sizeof(two), "%s/two", argv[1]);
	measure("create+unlink", create_and_unlink);
	fd = creat(one, 0600);
	must(fd >= 0 && !close(fd), one);
	measure("rename", rename_it);
	measure("stat", ask);
	must(!unlink(one), one);
	return 0;
}
