/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame of the programs that try things under a policy. Each reads lines from standard input,
 *
 *   ID WORD ARGUMENT...
 *
 * tries what the word stands for, and prints "ID RESULT PID": "ok", the name of the errno, "exit-N"
 * or the name of a signal for what a child came to, and the child's pid, or "-". One run under one
 * policy so serves many tests. While it tries, the task's name is ID, so that an alert tells by its
 * `comm` which attempt it is about; children inherit the name, until they execute something.
 */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 8

struct attempt {
	const char *word;
	int n_arguments;
	/* 0, a negative errno, or the wait status of a child. */
	int (*make)(char **arguments);
};

static pid_t attempt_child; /* of the attempt at hand, 0: none */

/* A system call's answer: -1 and errno, or no failure. */
static inline int answer(long r)
{
	return r < 0 ? -errno : 0;
}

/* The same for a call that makes a descriptor, of no further use. */
static inline int answer_fd(int fd)
{
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static inline long number(const char *text)
{
	return (long)strtoul(text, NULL, 0);
}

/*
 * Makes an attempt in a child. Its answer comes back through shared memory, so that the exit status
 * is free for a program that the child executes.
 */
static inline int in_child(int (*make)(char **), char **arguments)
{
	int *error =
	    mmap(NULL, sizeof(*error), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, r;

	if (error == MAP_FAILED)
		return -errno;
	attempt_child = fork();
	if (attempt_child == 0) {
		*error = make(arguments);
		_exit(0);
	}
	if (attempt_child < 0 || waitpid(attempt_child, &status, 0) < 0)
		return -errno;
	r = *error ? *error : status;
	munmap(error, sizeof(*error));
	return r;
}

static inline void print_result(const char *id, int r)
{
	if (!r)
		printf("%s ok", id);
	else if (r < 0)
		printf("%s %s", id, strerrorname_np(-r));
	else if (WIFSIGNALED(r))
		printf("%s SIG%s", id, sigabbrev_np(WTERMSIG(r)));
	else
		printf("%s exit-%d", id, WEXITSTATUS(r));
	if (attempt_child)
		printf(" %d\n", attempt_child);
	else
		printf(" -\n");
	fflush(stdout);
}

static inline void bad_line(const char *id, const char *what)
{
	printf("%s %s -\n", id, what);
	fflush(stdout);
}

static inline void make_attempt(const struct attempt *attempts, char **words, int n)
{
	const struct attempt *a = attempts;

	while (a->word && strcmp(a->word, words[1]) != 0)
		a++;
	if (!a->word) {
		bad_line(words[0], "unknown-word");
		return;
	}
	if (n - 2 != a->n_arguments) {
		bad_line(words[0], "bad-arguments");
		return;
	}
	attempt_child = 0;
	prctl(PR_SET_NAME, words[0]);
	print_result(words[0], a->make(words + 2));
}

/* Makes all attempts of the script; `attempts` ends with a NULL word. */
static inline int make_attempts(const struct attempt *attempts)
{
	char *line = NULL, *words[ARGUMENTS_MAX + 3], *rest;
	size_t size = 0;
	int n;

	while (getline(&line, &size, stdin) > 0) {
		n = 0;
		for (char *w = strtok_r(line, " \t\n", &rest); w && n < ARGUMENTS_MAX + 2;
		     w = strtok_r(NULL, " \t\n", &rest))
			words[n++] = w;
		words[n] = NULL;
		if (n == 1)
			bad_line(words[0], "no-word");
		else if (n)
			make_attempt(attempts, words, n);
	}
	free(line);
	return 0;
}

/* Flags of open(), words joined by commas. */
static inline int open_flags(const char *text)
{
	static const struct {
		const char *word;
		int flag;
	} flags[] = {{"rdonly", O_RDONLY},    {"wronly", O_WRONLY}, {"rdwr", O_RDWR},
		     {"mode3", O_ACCMODE},    {"append", O_APPEND}, {"creat", O_CREAT},
		     {"excl", O_EXCL},	      {"trunc", O_TRUNC},   {"tmpfile", O_TMPFILE},
		     {"dir", O_DIRECTORY},    {"path", O_PATH},	    {"nofollow", O_NOFOLLOW},
		     {"nonblock", O_NONBLOCK}};
	int all = O_CLOEXEC | O_NOCTTY;

	for (const char *at = text; *at; at += strcspn(at, ","), at += *at == ',')
		for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
			if (strcspn(at, ",") == strlen(flags[i].word) &&
			    !strncmp(at, flags[i].word, strlen(flags[i].word)))
				all |= flags[i].flag;
	return all;
}

#endif
