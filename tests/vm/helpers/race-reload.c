/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * race-reload DIR THREADS [SECONDS]
 *
 * Asks again and again for what stays the same whatever policy is in force, and for what does not,
 * until DIR/stop is there. What is allowed is asked for more often: that is what the directory
 * cache answers. Says DIR/go before. Prints a tally for each of the files of DIR:
 *
 *   both      allowed by either policy       one, other   by one of them alone
 *   neither   denied by either               alias        another name of neither
 *
 * and "moved", a rename within DIR that either policy allows.
 */
#include "race.h"

#define ALLOWED_IN_A_ROW 40

static const char *dir;
static struct tally both = {.what = "both"}, neither = {.what = "neither"},
		    alias = {.what = "alias"}, one = {.what = "one"}, other = {.what = "other"},
		    moved = {.what = "moved"};

static void open_one(struct tally *t)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, t->what);
	tally(t, open(path, O_RDONLY | O_CLOEXEC));
}

static void move(int number)
{
	char from[256], to[256];
	int r;

	snprintf(from, sizeof(from), "%s/moves-%d", dir, number);
	snprintf(to, sizeof(to), "%s/moved-%d", dir, number);
	close(open(from, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	r = rename(from, to);
	tally(&moved, r < 0 ? r : dup(0));
}

static void ask(int number)
{
	while (!has_flag(dir, "stop")) {
		for (int i = 0; i < ALLOWED_IN_A_ROW; i++)
			open_one(&both);
		open_one(&neither);
		open_one(&alias);
		open_one(&one);
		open_one(&other);
		move(number);
	}
}

int main(int argc, char **argv)
{
	struct tally *all[] = {&both, &neither, &alias, &one, &other, &moved};
	int threads = argc == 3 || argc == 4 ? atoi(argv[2]) : 0;

	if (threads < 1 || threads > RACE_THREADS_MAX)
		return 2;
	dir = argv[1];
	alarm(argc == 4 ? (unsigned)atoi(argv[3]) : RACE_LIMIT);
	set_flag(dir, "go");
	race(threads, ask);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		print_tally(all[i]);
	return 0;
}
