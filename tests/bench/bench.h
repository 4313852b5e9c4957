/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the measuring programs share. Each prints lines of "ROW FIGURE", figures in nanoseconds of
 * the monotonic clock, as the least of many batches: in the exact virtual machine (tests/vm/vm.sh
 * --exact) one guest instruction is one nanosecond, and the least batch is one that no timer
 * interrupted.
 */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCHES 100
#define CALLS	100

static inline long clock_now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static inline long now(void)
{
	return clock_now(CLOCK_MONOTONIC);
}

static inline long least(long a, long b)
{
	return a < b ? a : b;
}

#define NONE (1L << 62)

/* What a pair of looks at the clock costs by itself: taken off where single calls are timed. */
static inline long clock_cost(clockid_t clock)
{
	long cost = NONE;

	for (int i = 0; i < BATCHES; i++) {
		long start = clock_now(clock);

		cost = least(cost, clock_now(clock) - start);
	}
	return cost;
}

static inline void report(const char *row, long figure)
{
	printf("%s %ld\n", row, figure);
	fflush(stdout);
}

/* A figure of something that failed would be a lie. */
static inline void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

/* What one open(O_RDONLY) takes; closing is not counted. `clock` is clock_cost(). */
static inline long timed_open(const char *path, long clock)
{
	long start = now(), time;
	int fd = open(path, O_RDONLY);

	time = now() - start - clock;
	must(fd >= 0, path);
	close(fd);
	return time;
}

static inline void wants(int argc, int n, const char *usage)
{
	if (argc == n + 1)
		return;
	fprintf(stderr, "usage: %s\n", usage);
	exit(2);
}

#endif
