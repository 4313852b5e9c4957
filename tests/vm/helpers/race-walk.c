/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens of files whose ancestors move:
 *
 *   race-walk plant DIR          makes the tree; prints the two names that change below "torn"
 *   race-walk open DIR ROUNDS    confined: opens, and renames one ancestor to and fro meanwhile
 *   race-walk move DIR           not confined: renames, exchanges and mounts from DIR/go to
 * DIR/stop
 *
 * Each tree has "secret/f", the canary, and "pub/f". They are held by descriptors of their
 * directories, so that every attempt arrives, wherever the tree may be; and asked for by all names
 * they may have. What moves:
 *
 *   x, y     one tree, renamed by a confined thread
 *   w, z     two trees, exchanged from outside
 *   m1, m2   a mounted tree, its mount moved from outside
 *   n        a mount that comes and goes
 *   torn     a canary below two names that change one after the other: aa/c, bb/c, bb/d, and back.
 *            aa/d never is; nor is a name that is half aa and half bb
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "race.h"

#define A "aaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccc"
#define D "dddddddd"

static long rounds;
static atomic_bool over;
static atomic_long renames;
static struct tally canary = {.what = "canary"}, named = {.what = "named"},
		    pub = {.what = "public"};
static int secrets[5], pubs[4];

static const char *const names[] = {"x", "y", "w", "z", "m1", "m2"};

static int hold(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		perror(path);
		exit(2);
	}
	return fd;
}

static void opener(int number)
{
	char path[64];

	(void)number;
	for (long i = 0; i < rounds; i++) {
		for (size_t t = 0; t < sizeof(secrets) / sizeof(*secrets); t++)
			tally(&canary, openat(secrets[t], "f", O_RDONLY | O_CLOEXEC));
		for (size_t t = 0; t < sizeof(pubs) / sizeof(*pubs); t++)
			tally(&pub, openat(pubs[t], "f", O_RDONLY | O_CLOEXEC));
		snprintf(path, sizeof(path), "%s/secret/f",
			 names[(size_t)i % (sizeof(names) / sizeof(*names))]);
		tally(&named, open(path, O_RDONLY | O_CLOEXEC));
	}
}

static void renamer(int number)
{
	(void)number;
	while (!over) {
		renames += !rename("x", "y");
		renames += !rename("y", "x");
	}
}

static void racer(int number)
{
	static atomic_int left = 2;

	if (number == 0) {
		renamer(number);
		return;
	}
	opener(number);
	if (--left == 0)
		over = true;
}

static int be_opener(void)
{
	static const char *const trees[] = {"x", "w", "z", "m1"};
	char path[64];

	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/secret", trees[i]);
		secrets[i] = hold(path);
		snprintf(path, sizeof(path), "%s/pub", trees[i]);
		pubs[i] = hold(path);
	}
	secrets[4] = hold("torn/" A "/" C);
	set_flag(".", "go");
	race(3, racer);
	set_flag(".", "stop");
	print_tally(&canary);
	print_tally(&named);
	print_tally(&pub);
	printf("renames %ld\n", renames);
	return 0;
}

static void mover(int number)
{
	while (!has_flag(".", "stop")) {
		switch (number) {
		case 0:
			renames += !renameat2(AT_FDCWD, "w", AT_FDCWD, "z", RENAME_EXCHANGE);
			break;
		case 1:
			renames += !rename("torn/" A, "torn/" B);
			renames += !rename("torn/" B "/" C, "torn/" B "/" D);
			renames += !rename("torn/" B "/" D, "torn/" B "/" C);
			renames += !rename("torn/" B, "torn/" A);
			break;
		case 2:
			renames += !mount("m1", "m2", NULL, MS_MOVE, NULL);
			renames += !mount("m2", "m1", NULL, MS_MOVE, NULL);
			renames += !mount("w", "n", NULL, MS_BIND, NULL) && !umount("n");
			break;
		}
	}
}

static int be_mover(void)
{
	await_flag(".", "go");
	race(3, mover);
	printf("moves %ld\n", renames);
	return 0;
}

static void plant_file(const char *dir, const char *text)
{
	char path[256];
	FILE *f;

	mkdir(dir, 0777);
	snprintf(path, sizeof(path), "%s/f", dir);
	f = fopen(path, "we");
	if (!f || fputs(text, f) < 0 || fclose(f)) {
		perror(path);
		exit(2);
	}
}

static int plant(void)
{
	static const char *const trees[] = {"x", "w", "z", "m1"};
	char path[64];

	mkdir("m1", 0777);
	mkdir("m2", 0777);
	mkdir("n", 0777);
	if (mount("tmpfs", "m1", "tmpfs", 0, NULL)) {
		perror("mount");
		return 2;
	}
	for (int i = 0; i < 4; i++) {
		mkdir(trees[i], 0777);
		snprintf(path, sizeof(path), "%s/secret", trees[i]);
		plant_file(path, "canary\n");
		snprintf(path, sizeof(path), "%s/pub", trees[i]);
		plant_file(path, "content\n");
	}
	mkdir("torn", 0777);
	mkdir("torn/" A, 0777);
	plant_file("torn/" A "/" C, "canary\n");
	puts(A " " B);
	return 0;
}

int main(int argc, char **argv)
{
	umask(0);
	alarm(RACE_LIMIT);
	if (argc < 3 || chdir(argv[2]))
		return 2;
	if (!strcmp(argv[1], "plant"))
		return plant();
	if (!strcmp(argv[1], "move"))
		return be_mover();
	rounds = argc == 4 ? atol(argv[3]) : 0;
	return rounds ? be_opener() : 2;
}
