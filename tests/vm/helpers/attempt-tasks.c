/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tries things on other tasks: signals, limits, and what a tracer may do. WHOM is a process number,
 * "self", or "child": a process of its own that waits to be done something to.
 *
 *   kill SIGNAL WHOM    tgkill, queue, pidfd: likewise      group SIGNAL PGID
 *   limit nice ioprio sched affinity migrate oom WHOM       seccomp mem madvise kcmp getfd
 *                                                           attach seize readv writev WHOM
 *   traceme                                               by whoever is the parent
 */
#include "attempt.h"

#include <linux/kcmp.h>
#include <sched.h>
#include <sys/pidfd.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_BEST_EFFORT (2 << 13 | 5)

static int signal_number; /* of the attempt at hand */

static int with_pidfd(pid_t pid, int (*use)(int))
{
	int fd = pidfd_open(pid, 0), r;

	if (fd < 0)
		return -errno;
	r = use(fd);
	close(fd);
	return r;
}

/* ---- signals ---------------------------------------------------------- */

static int send_kill(pid_t pid)
{
	return answer(kill(pid, signal_number));
}

static int send_tgkill(pid_t pid)
{
	return answer(tgkill(pid, pid, signal_number));
}

static int send_queue(pid_t pid)
{
	return answer(sigqueue(pid, signal_number, (union sigval){.sival_int = 1}));
}

static int send_by_pidfd(int fd)
{
	return answer(pidfd_send_signal(fd, signal_number, NULL, 0));
}

static int send_pidfd(pid_t pid)
{
	return with_pidfd(pid, send_by_pidfd);
}

static int send_group(pid_t pid)
{
	return answer(kill(-pid, signal_number));
}

/* ---- limits ----------------------------------------------------------- */

static int set_limit(pid_t pid)
{
	struct rlimit now;

	if (prlimit(pid, RLIMIT_CORE, NULL, &now)) /* looking comes first, and is free */
		return -errno;
	now.rlim_cur = 0;
	return answer(prlimit(pid, RLIMIT_CORE, &now, NULL));
}

static int set_nice(pid_t pid)
{
	return answer(setpriority(PRIO_PROCESS, (id_t)pid, 5));
}

static int set_ioprio(pid_t pid)
{
	return answer(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, IOPRIO_BEST_EFFORT));
}

static int set_scheduler(pid_t pid)
{
	return answer(sched_setscheduler(pid, SCHED_BATCH, &(struct sched_param){}));
}

static int set_affinity(pid_t pid)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return answer(sched_setaffinity(pid, sizeof(set), &set));
}

static int migrate(pid_t pid)
{
	unsigned long from = 1, to = 1;

	return answer(syscall(SYS_migrate_pages, pid, 64, &from, &to));
}

static int set_oom(pid_t pid)
{
	char name[64];
	int fd, r;

	snprintf(name, sizeof(name), "/proc/%d/oom_score_adj", pid);
	fd = open(name, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = answer(write(fd, "500", 3));
	close(fd);
	return r;
}

/* ---- tracing ---------------------------------------------------------- */

static int attach(pid_t pid)
{
	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL))
		return -errno;
	waitpid(pid, NULL, __WALL);
	return answer(ptrace(PTRACE_DETACH, pid, NULL, NULL));
}

static int seize(pid_t pid)
{
	return answer(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
}

/* The kernel grants this only to one without a filter who could have gone without. */
static int suspend_seccomp(pid_t pid)
{
	return answer(ptrace(PTRACE_SEIZE, pid, NULL, (void *)PTRACE_O_SUSPEND_SECCOMP));
}

static int read_memory(pid_t pid)
{
	char byte;
	struct iovec local = {&byte, 1}, remote = {&signal_number, 1};
	int r = answer(process_vm_readv(pid, &local, 1, &remote, 1, 0));

	/* In another program the address may mean nothing: that is found after the decision. */
	return r == -EFAULT ? 0 : r;
}

static int write_memory(pid_t pid)
{
	char byte = 0;
	struct iovec local = {&byte, 1}, remote = {&signal_number, 1};
	int r = answer(process_vm_writev(pid, &local, 1, &remote, 1, 0));

	return r == -EFAULT ? 0 : r;
}

static int open_memory(pid_t pid)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/%d/mem", pid);
	return answer_fd(open(name, O_RDONLY | O_CLOEXEC));
}

static int advise_by_pidfd(int fd)
{
	struct iovec remote = {&signal_number, 0};

	return answer(syscall(SYS_process_madvise, fd, &remote, 1, MADV_COLD, 0));
}

static int advise(pid_t pid)
{
	return with_pidfd(pid, advise_by_pidfd);
}

static int compare(pid_t pid)
{
	return answer(syscall(SYS_kcmp, getpid(), pid, KCMP_VM, 0, 0));
}

static int get_by_pidfd(int fd)
{
	return answer_fd(pidfd_getfd(fd, 0, 0));
}

static int get_descriptor(pid_t pid)
{
	return with_pidfd(pid, get_by_pidfd);
}

/* ---- the frame -------------------------------------------------------- */

static int to_child(int (*use)(pid_t))
{
	int r;

	attempt_child = fork();
	if (attempt_child == 0) {
		setpgid(0, 0);
		for (;;)
			pause();
	}
	if (attempt_child < 0)
		return -errno;
	setpgid(attempt_child, attempt_child);
	r = use(attempt_child);
	kill(attempt_child, SIGKILL);
	waitpid(attempt_child, NULL, __WALL);
	return r;
}

static int towards(const char *whom, int (*use)(pid_t))
{
	if (!strcmp(whom, "child"))
		return to_child(use);
	return use(strcmp(whom, "self") ? (pid_t)number(whom) : getpid());
}

static int try_signal(char **a, int (*use)(pid_t))
{
	signal_number = (int)number(a[0]);
	return towards(a[1], use);
}

static int try_kill(char **a)
{
	return try_signal(a, send_kill);
}

static int try_tgkill(char **a)
{
	return try_signal(a, send_tgkill);
}

static int try_queue(char **a)
{
	return try_signal(a, send_queue);
}

static int try_pidfd(char **a)
{
	return try_signal(a, send_pidfd);
}

static int try_group(char **a)
{
	return try_signal(a, send_group);
}

static const struct {
	const char *word;
	int (*use)(pid_t);
} uses[] = {{"limit", set_limit},	{"nice", set_nice},
	    {"ioprio", set_ioprio},	{"sched", set_scheduler},
	    {"affinity", set_affinity}, {"migrate", migrate},
	    {"oom", set_oom},		{"attach", attach},
	    {"seize", seize},		{"seccomp", suspend_seccomp},
	    {"readv", read_memory},	{"writev", write_memory},
	    {"mem", open_memory},	{"madvise", advise},
	    {"kcmp", compare},		{"getfd", get_descriptor}};

/* Of this program itself: its parent is outside. */
static int try_traceme(char **a)
{
	(void)a;
	return answer(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int try_task(char **a)
{
	for (size_t i = 0; i < sizeof(uses) / sizeof(*uses); i++)
		if (!strcmp(uses[i].word, a[0]))
			return towards(a[1], uses[i].use);
	return -ENOTSUP;
}

static const struct attempt attempts[] = {
    {"kill", 2, try_kill},	 {"tgkill", 2, try_tgkill},
    {"queue", 2, try_queue},	 {"pidfd", 2, try_pidfd},
    {"group", 2, try_group},	 {"task", 2, try_task},
    {"traceme", 0, try_traceme}, {},
};

int main(void)
{
	return make_attempts(attempts);
}
