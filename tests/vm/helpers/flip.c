/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flip open|exec|link GOOD BAD NEW: a race about a path in memory.
 *
 * One thread makes the call on a path while another writes GOOD and BAD, of the same length, over
 * it in turn. It goes on until both have been met often enough, or for so many rounds and no
 * longer. Prints "CALL DONE REFUSED LEAKED": calls that succeeded, calls that were refused
 * (EACCES), and successes that gave what is BAD's: a file that begins with "canary", or a program
 * that does not exit with 0. NEW is the name a link gets.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS_MAX 200000
#define ENOUGH	   40

static char path[256];
static const char *good, *bad, *new_name;
static volatile int over;

static void *flip(void *unused)
{
	size_t size = strlen(good) + 1;

	while (!over) {
		for (int i = 0; i < 100; i++)
			memcpy(path, bad, size);
		__asm__ volatile("" ::: "memory");
		for (int i = 0; i < 100; i++)
			memcpy(path, good, size);
		__asm__ volatile("" ::: "memory");
	}
	return unused;
}

static int is_canary(int fd)
{
	char text[6] = "";

	return read(fd, text, sizeof(text)) == sizeof(text) && !memcmp(text, "canary", 6);
}

/* 0: done; -1: failed, errno; 1: done, and leaked. */
static int by_open(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -1;
	r = is_canary(fd);
	close(fd);
	return r;
}

static int by_link(void)
{
	int fd, r;

	if (link(path, new_name))
		return -1;
	fd = open(new_name, O_RDONLY | O_CLOEXEC);
	/* Not to be opened: then it is not the good one's. */
	r = fd < 0 || is_canary(fd);
	if (fd >= 0)
		close(fd);
	unlink(new_name);
	return r;
}

/* The child of vfork() has the parent's memory, in which the other thread goes on writing. */
static int by_exec(void)
{
	static volatile int error;
	int status;
	pid_t pid;

	error = 0;
	pid = vfork();
	if (pid == 0) {
		execl(path, "program", (char *)NULL);
		error = errno;
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		exit(1);
	errno = error;
	return error ? -1 : status != 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *word;
		int (*call)(void);
	} calls[] = {{"open", by_open}, {"exec", by_exec}, {"link", by_link}};
	unsigned done = 0, refused = 0, leaked = 0, which = 0;
	pthread_t other;

	if (argc != 5 || strlen(argv[2]) != strlen(argv[3]) || strlen(argv[2]) >= sizeof(path))
		return 2;
	while (which < 3 && strcmp(calls[which].word, argv[1]) != 0)
		which++;
	if (which == 3)
		return 2;
	good = argv[2], bad = argv[3], new_name = argv[4];
	strcpy(path, good);
	if (pthread_create(&other, NULL, flip, NULL))
		return 1;
	for (int i = 0; i < ROUNDS_MAX && (done < ENOUGH || refused < ENOUGH); i++) {
		int r = calls[which].call();

		done += r >= 0;
		leaked += r > 0;
		refused += r < 0 && errno == EACCES;
	}
	over = 1;
	pthread_join(other, NULL);
	printf("%s %u %u %u\n", argv[1], done, refused, leaked);
	return 0;
}
