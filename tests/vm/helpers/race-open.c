/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * race-open DIR THREADS ROUNDS WHAT:PATTERN...
 *
 * Each thread makes each attempt in each round; "%" in a pattern stands for the thread's number of
 * two digits, and "t%" is the thread's name, which alerts show as `comm`. WHAT is
 *
 *   open      open for reading
 *   connect   connect a datagram socket to the socket of that path, which is made at the start; the
 *             kernel asks with the peer locked, where nobody can be preempted
 *   look      open a file of the directory that /proc has for a process of the same domain; the
 *             kernel asks with that task locked
 *
 *   touch     change its times; a file of the thread's own is made for it
 *   system    make the system call getpriority, whatever the pattern is
 *
 * Says DIR/go before, and DIR/stop after. Prints a tally for each pattern.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "race.h"

#define ATTEMPTS_MAX 8

static struct attempt {
	char what;
	const char *pattern;
	struct tally tally;
} attempts[ATTEMPTS_MAX];

static int n_attempts;
static long rounds;
static pid_t neighbour;

static void fill_in(char *ret, size_t size, const char *pattern, int number)
{
	const char *at = strchr(pattern, '%');

	if (at)
		snprintf(ret, size, "%.*s%02d%s", (int)(at - pattern), pattern, number, at + 1);
	else
		snprintf(ret, size, "%s", pattern);
}

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	return un;
}

static int try_connect(const char *path)
{
	struct sockaddr_un un = address(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0 || !connect(fd, (struct sockaddr *)&un, sizeof(un)))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int try_look(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", neighbour, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* What did not fail gives the tally something to close. */
static int no_descriptor(int r)
{
	return r < 0 ? r : dup(0);
}

static int try_one(const struct attempt *a, const char *path)
{
	switch (a->what) {
	case 'c':
		return try_connect(path);
	case 'l':
		return try_look(path);
	case 't':
		return no_descriptor(utimensat(AT_FDCWD, path, NULL, 0));
	case 's':
		return no_descriptor((int)syscall(SYS_getpriority, 0, 0));
	default:
		return open(path, O_RDONLY | O_CLOEXEC);
	}
}

static void opener(int number)
{
	char name[16], paths[ATTEMPTS_MAX][256];

	snprintf(name, sizeof(name), "t%02d", number);
	prctl(PR_SET_NAME, name);
	for (int i = 0; i < n_attempts; i++) {
		fill_in(paths[i], sizeof(paths[i]), attempts[i].pattern, number);
		if (attempts[i].what == 't')
			close(open(paths[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
	}
	for (long r = 0; r < rounds; r++)
		for (int i = 0; i < n_attempts; i++)
			tally(&attempts[i].tally, try_one(&attempts[i], paths[i]));
}

static void prepare(struct attempt *a, char *text)
{
	struct sockaddr_un un;
	char *colon = strchr(text, ':');
	int fd;

	if (!colon || n_attempts == ATTEMPTS_MAX)
		exit(2);
	a->what = text[0];
	a->pattern = colon + 1;
	a->tally.what = text;
	n_attempts++;
	if (a->what != 'c')
		return;
	un = address(a->pattern);
	unlink(a->pattern);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&un, sizeof(un))) {
		perror(a->pattern);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	int threads = argc > 4 ? atoi(argv[2]) : 0;

	alarm(RACE_LIMIT);
	rounds = argc > 4 ? atol(argv[3]) : 0;
	if (threads < 1 || threads > RACE_THREADS_MAX || rounds < 1)
		return 2;
	for (int i = 4; i < argc; i++)
		prepare(&attempts[n_attempts], argv[i]);
	neighbour = fork();
	if (neighbour == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(RACE_LIMIT);
		for (;;)
			pause();
	}
	set_flag(argv[1], "go");
	race(threads, opener);
	set_flag(argv[1], "stop");
	kill(neighbour, SIGKILL);
	for (int i = 0; i < n_attempts; i++)
		print_tally(&attempts[i].tally);
	return 0;
}
