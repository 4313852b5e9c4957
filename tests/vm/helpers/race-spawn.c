/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tasks that are born while others execute:
 *
 *   race-spawn probe CANARY OPEN            "ok" if CANARY is refused and OPEN is not, else "LEAK"
 * or "broken" race-spawn storm ROUNDS CANARY OPEN     confined: threads that make children in every
 * way there is, each of which probes; some execute first race-spawn enter PROCS ROUNDS CANARY OPEN
 *                                           not confined: in each round a process with many threads
 *                                           enters the cgroup of file PROCS; some of its threads
 *                                           start probes while one that is not the first executes
 *                                           the probe, which ends all others
 *
 * Every probe writes one line to standard output; "made N" at the end says how many were started
 * by those who lived to count.
 */
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "race.h"

#define WAYS  6
#define STACK 65536

static const char *program, *canary, *open_path;
static long rounds;
static atomic_long made;

/* Without stdio: it also runs in tasks that share their memory with others. */
static void say(const char *text)
{
	if (write(1, text, strlen(text)) < 0)
		_exit(3);
}

static int probe(void *unused)
{
	int fd = open(canary, O_RDONLY | O_CLOEXEC);
	int error = errno, good = open(open_path, O_RDONLY | O_CLOEXEC);

	(void)unused;
	if (fd >= 0)
		say("LEAK\n");
	else
		say(error == EACCES && good >= 0 ? "ok\n" : "broken\n");
	if (fd >= 0)
		close(fd);
	if (good >= 0)
		close(good);
	return 0;
}

static void *probe_thread(void *unused)
{
	probe(unused);
	return NULL;
}

static char *const *probe_arguments(void)
{
	static char *arguments[5];

	arguments[0] = (char *)program;
	arguments[1] = (char *)"probe";
	arguments[2] = (char *)canary;
	arguments[3] = (char *)open_path;
	return arguments;
}

static void *execute(void *unused)
{
	(void)unused;
	execv(program, probe_arguments());
	say("broken\n");
	_exit(3);
}

static void await_child(pid_t pid)
{
	if (pid > 0 && waitpid(pid, NULL, __WALL) == pid)
		made++;
	else
		say("broken\n");
}

static void spawn_probe(void)
{
	pid_t pid = -1;

	if (posix_spawn(&pid, program, NULL, NULL, probe_arguments(), environ))
		pid = -1;
	await_child(pid);
}

/* Shares memory and descriptors, but is a process of its own. */
static void clone_probe(int flags)
{
	char *stack = malloc(STACK);

	if (!stack)
		exit(2);
	await_child(clone(probe, stack + STACK, flags | SIGCHLD, NULL));
	free(stack);
}

/* A process of several threads, of which not the first executes. */
static void execute_in_thread(void)
{
	pid_t pid = fork();
	pthread_t thread;

	if (pid == 0) {
		if (pthread_create(&thread, NULL, execute, NULL))
			_exit(3);
		for (;;)
			if (open(canary, O_RDONLY | O_CLOEXEC) >= 0)
				say("LEAK\n");
	}
	await_child(pid);
}

static void fork_probe(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(probe(NULL));
	await_child(pid);
}

static void thread_probe(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, probe_thread, NULL) || pthread_join(thread, NULL))
		say("broken\n");
	else
		made++;
}

static void storm(int number)
{
	for (long i = 0; i < rounds; i++) {
		switch ((number + i) % WAYS) {
		case 0:
			fork_probe();
			break;
		case 1:
			clone_probe(CLONE_VM | CLONE_FILES);
			break;
		case 2:
			clone_probe(CLONE_VM | CLONE_VFORK);
			break;
		case 3:
			thread_probe();
			break;
		case 4:
			spawn_probe();
			break;
		case 5:
			execute_in_thread();
			break;
		}
	}
}

/* In a process that enters: number 0 executes, the others spawn until that ends them. */
static void enter_racer(int number)
{
	if (number == 0)
		execute(NULL);
	for (;;)
		spawn_probe();
}

static void enter(const char *procs)
{
	char pid[16];
	int fd = open(procs, O_WRONLY | O_CLOEXEC), n;

	n = snprintf(pid, sizeof(pid), "%d", getpid());
	if (fd < 0 || write(fd, pid, (size_t)n) != n) {
		say("broken\n");
		_exit(3);
	}
	race(4, enter_racer);
	_exit(3);
}

static int enter_rounds(const char *procs)
{
	for (long i = 0; i < rounds; i++) {
		pid_t pid = fork();

		if (pid == 0)
			enter(procs);
		await_child(pid);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int first = argc - 3;

	alarm(RACE_LIMIT);
	if (argc < 4)
		return 2;
	program = argv[0];
	canary = argv[argc - 2];
	open_path = argv[argc - 1];
	if (!strcmp(argv[1], "probe"))
		return probe(NULL);
	rounds = atol(argv[first]);
	if (rounds < 1)
		return 2;
	if (!strcmp(argv[1], "storm"))
		race(WAYS, storm);
	else if (enter_rounds(argv[2]))
		return 2;
	printf("made %ld\n", made);
	return 0;
}
