/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tries to weaken the filter one has: by filters of one's own, by threads, by a supervisor that
 * answers for the kernel, by a tracer that changes the number after the filter may have looked.
 *
 *   own ACTION NR         a filter of one's own says ACTION of NR, then NR is called
 *   notify NR             ACTION is to ask a supervisor, who says "go on"
 *   thread NR             another thread calls
 *   tsync NR              a thread that was there before its leader gave all threads a filter
 *   rewrite NR BECOMES    a tracer changes NR at the stop before the call
 *   rewrite-late NR BECOMES   it does so when its own filter hands it the call
 *   suspend               a tracer asks for seccomp to be suspended
 *   status FIELD VALUE    what /proc/self/status says: EINVAL for something else
 */
#include "attempt.h"
#include "filters.h"

#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>

static int call(long nr)
{
	return answer(syscall(nr, 0, 0, 0));
}

static unsigned action_of(const char *word)
{
	static const struct {
		const char *word;
		unsigned action;
	} actions[] = {{"allow", SECCOMP_RET_ALLOW},	  {"log", SECCOMP_RET_LOG},
		       {"errno0", SECCOMP_RET_ERRNO},	  {"errno", SECCOMP_RET_ERRNO | EXFULL},
		       {"trap", SECCOMP_RET_TRAP},	  {"trace", SECCOMP_RET_TRACE},
		       {"kill", SECCOMP_RET_KILL_PROCESS}};

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (!strcmp(word, actions[i].word))
			return actions[i].action;
	return SECCOMP_RET_KILL_PROCESS;
}

static int own(char **a)
{
	int r = filter_call((unsigned)number(a[1]), action_of(a[0]), 0);

	return r ? r : call(number(a[1]));
}

static int try_own(char **a)
{
	return in_child(own, a);
}

/* Says "go on" to the first question, as if nothing were to be decided. */
static void *supervise(void *listener)
{
	struct seccomp_notif question = {};
	struct seccomp_notif_resp answers = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

	if (ioctl(*(int *)listener, SECCOMP_IOCTL_NOTIF_RECV, &question))
		return NULL;
	answers.id = question.id;
	ioctl(*(int *)listener, SECCOMP_IOCTL_NOTIF_SEND, &answers);
	return NULL;
}

static int notify(char **a)
{
	unsigned nr = (unsigned)number(a[0]);
	int listener = filter_call(nr, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	pthread_t supervisor;
	int r;

	if (listener < 0)
		return listener;
	r = pthread_create(&supervisor, NULL, supervise, &listener);
	return r ? -r : call(nr);
}

static int try_notify(char **a)
{
	return in_child(notify, a);
}

struct thread_call {
	long nr;
	int result;
	volatile int go;
};

static void *call_when_told(void *data)
{
	struct thread_call *c = data;

	while (!c->go)
		usleep(1000);
	c->result = call(c->nr);
	return NULL;
}

static int threaded(char **a, int tsync)
{
	struct thread_call c = {.nr = number(a[0])};
	pthread_t thread;
	int r = pthread_create(&thread, NULL, call_when_told, &c);

	if (r)
		return -r;
	if (tsync)
		r = filter_call((unsigned)c.nr, SECCOMP_RET_ALLOW, SECCOMP_FILTER_FLAG_TSYNC);
	c.go = 1;
	pthread_join(thread, NULL);
	return r ? r : c.result;
}

static int try_thread(char **a)
{
	return threaded(a, 0);
}

static int tsync(char **a)
{
	return threaded(a, 1);
}

static int try_tsync(char **a)
{
	return in_child(tsync, a);
}

/* The traced side: NR, with a filter of its own that hands it to the tracer if `late`. */
static int be_traced(long nr, int late)
{
	int r;

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		return -errno;
	raise(SIGSTOP);
	r = late ? filter_call((unsigned)nr, SECCOMP_RET_TRACE, 0) : 0;
	return r ? r : call(nr);
}

/* The tracer: turns the first call of NR into another; the wait status of the child. */
static int trace(pid_t child, unsigned long nr, unsigned long becomes, int late)
{
	int status, done = 0, signal = 0;
	struct user_regs_struct regs;

	if (waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status))
		return status;
	ptrace(PTRACE_SETOPTIONS, child, NULL,
	       PTRACE_O_EXITKILL | (late ? PTRACE_O_TRACESECCOMP : 0));
	for (;;) {
		ptrace(late || done ? PTRACE_CONT : PTRACE_SYSCALL, child, NULL, signal);
		if (waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status))
			return status;
		signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
		if (signal || done || ptrace(PTRACE_GETREGS, child, NULL, &regs) ||
		    regs.orig_rax != nr)
			continue;
		regs.orig_rax = becomes;
		done = !ptrace(PTRACE_SETREGS, child, NULL, &regs);
	}
}

static int rewrite(char **a, int late)
{
	int *error =
	    mmap(NULL, sizeof(*error), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	if (error == MAP_FAILED)
		return -errno;
	attempt_child = fork();
	if (attempt_child == 0) {
		*error = be_traced(number(a[0]), late);
		_exit(0);
	}
	if (attempt_child < 0)
		return -errno;
	status =
	    trace(attempt_child, (unsigned long)number(a[0]), (unsigned long)number(a[1]), late);
	return *error ? *error : status;
}

static int try_rewrite(char **a)
{
	return rewrite(a, 0);
}

static int try_rewrite_late(char **a)
{
	return rewrite(a, 1);
}

static int try_suspend(char **a)
{
	pid_t child = fork();
	int r;

	(void)a;
	if (child == 0) {
		pause();
		_exit(0);
	}
	r = answer(ptrace(PTRACE_SEIZE, child, NULL, PTRACE_O_SUSPEND_SECCOMP));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return r;
}

static int try_status(char **a)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256], field[64], value[64];
	int r = -ENOENT;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63[^:]: %63s", field, value) == 2 && !strcmp(field, a[0]))
			r = strcmp(value, a[1]) ? -EINVAL : 0;
	if (f)
		fclose(f);
	return r;
}

static const struct attempt attempts[] = {
    {"own", 2, try_own},	 {"notify", 1, try_notify},   {"thread", 1, try_thread},
    {"tsync", 1, try_tsync},	 {"rewrite", 2, try_rewrite}, {"rewrite-late", 2, try_rewrite_late},
    {"suspend", 0, try_suspend}, {"status", 2, try_status},   {},
};

int main(void)
{
	return make_attempts(attempts);
}
