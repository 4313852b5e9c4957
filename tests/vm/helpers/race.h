/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame of the programs that race: threads that begin together, counts of what opens came to,
 * and a way for one program to wait for another by files in a directory. Everything is bounded, by
 * rounds where something is counted, by an alarm where something is waited for.
 */
#ifndef RACE_H
#define RACE_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RACE_THREADS_MAX 64
#define RACE_LIMIT	 400 /* seconds, until SIGALRM ends the program */

/* What became of a kind of attempt. */
struct tally {
	const char *what;
	atomic_long passed, refused, absent, other;
	atomic_int last; /* an errno among `other` */
};

/* `r`: not negative, or -1 and errno. Closes what was opened. */
static inline void tally(struct tally *t, int r)
{
	if (r >= 0) {
		t->passed++;
		close(r);
	} else if (errno == EACCES || errno == EPERM) {
		t->refused++;
	} else if (errno == ENOENT) {
		t->absent++;
	} else {
		t->other++;
		t->last = errno;
	}
}

static inline void print_tally(struct tally *t)
{
	printf("%s passed %ld refused %ld absent %ld other %ld%s%s\n", t->what, t->passed,
	       t->refused, t->absent, t->other, t->other ? " " : "",
	       t->other ? strerrorname_np(t->last) : "");
}

struct racer {
	void (*run)(int number);
	int number;
};

static pthread_barrier_t race_start;

static inline void *race_one(void *arg)
{
	struct racer *r = arg;

	pthread_barrier_wait(&race_start);
	r->run(r->number);
	return NULL;
}

/* Starts `n` threads with numbers from 0 on; they begin when the last one is there. */
static inline void start_racers(pthread_t *threads, struct racer *racers, int n,
				void (*run)(int number))
{
	pthread_barrier_init(&race_start, NULL, (unsigned)n);
	for (int i = 0; i < n; i++) {
		racers[i] = (struct racer){.run = run, .number = i};
		if (pthread_create(&threads[i], NULL, race_one, &racers[i])) {
			perror("pthread_create");
			exit(2);
		}
	}
}

/* Runs them to their end. */
static inline void race(int n, void (*run)(int number))
{
	pthread_t threads[RACE_THREADS_MAX];
	struct racer racers[RACE_THREADS_MAX];

	start_racers(threads, racers, n, run);
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

static inline void set_flag(const char *dir, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
}

static inline bool has_flag(const char *dir, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

static inline void await_flag(const char *dir, const char *name)
{
	while (!has_flag(dir, name))
		usleep(10000);
}

#endif
