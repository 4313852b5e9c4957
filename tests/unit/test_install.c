/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filters on this kernel, each in a child of its own: a refused call is
 * refused and its allowed twin is not, a killed one kills, threads that were
 * there before are under the filter too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "seccomp_build.h"

#define CHECK(condition) ((condition) ? (void)0 : _exit(__LINE__ % 200 + 1))

/* Runs `child` under the filter of `sections`; returns its wait status. */
static int run_under(const char *sections, void (*child)(const struct built *))
{
	struct built b = build(sections, false);
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		struct rlimit no_core = {0};

		setrlimit(RLIMIT_CORE, &no_core);
		child(&b);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	built_done(&b);
	return status;
}

static void exits(const char *sections, void (*child)(const struct built *))
{
	int status = run_under(sections, child);

	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status))
		fail_msg("the check at a line that is %d modulo 200 failed",
			 WEXITSTATUS(status) - 1);
}

static void dies(const char *sections, void (*child)(const struct built *))
{
	int status = run_under(sections, child);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void install(const struct built *b)
{
	CHECK(filter_install(b->insns, b->len) == 0);
	CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
}

static const char deny_getppid[] = "syscalls: {otherwise: allow, deny: [getppid]}\n";
static const char allow_container[] =
    "syscalls:\n"
    "  otherwise: {errno: EACCES}\n"
    "  allow:\n"
    "    - \"@container\"\n"
    "    - {name: socket, arg0: {in: [AF_UNIX, AF_INET]}}\n"
    "  deny:\n"
    "    - getppid\n"
    "    - {name: clone, arg0: {mask: CLONE_NEWUSER, eq: CLONE_NEWUSER}}\n";

static long call(long nr, long a, long b, long c)
{
	long r = syscall(nr, a, b, c);

	return r < 0 ? -errno : r;
}

static void refused_and_twin(const struct built *b)
{
	CHECK(call(SYS_getppid, 0, 0, 0) > 0);
	install(b);
	CHECK(call(SYS_getppid, 0, 0, 0) == -EPERM);
	CHECK(call(SYS_getpid, 0, 0, 0) == getpid());
}

static void deny_refuses(void **state)
{
	(void)state;
	exits(deny_getppid, refused_and_twin);
}

static void *nothing(void *data)
{
	return data;
}

static void allow_list(const struct built *b)
{
	pthread_t thread;
	void *result = NULL;
	pid_t pid;

	install(b);
	CHECK(call(SYS_getppid, 0, 0, 0) == -EACCES);
	CHECK(call(SYS_getpid, 0, 0, 0) > 0);
	CHECK(call(SYS_keyctl, 0, 0, 0) == -EPERM);	    /* a privilege */
	CHECK(call(SYS_io_uring_setup, 0, 0, 0) == -EPERM); /* a privilege */
	CHECK(call(SYS_sysfs, -1, 0, 0) == -EACCES);
	CHECK(call(SYS_clone3, 0, 0, 0) == -ENOSYS);
	CHECK(call(1000, 0, 0, 0) == -ENOSYS);
	CHECK(call(-1, 0, 0, 0) == -ENOSYS);
	CHECK(call(SYS_socket, AF_UNIX, SOCK_STREAM, 0) >= 0);
	CHECK(call(SYS_socket, AF_NETLINK, SOCK_RAW, 0) == -EACCES);
	CHECK(call(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0) == -EACCES);
	/* The upper half does not hide the flag: the kernel drops it, so does the filter. */
	CHECK(call(SYS_clone, (long)0x100000000 | CLONE_NEWUSER | SIGCHLD, 0, 0) == -EACCES);
	/* Threads and processes can be made, by way of clone. */
	CHECK(pthread_create(&thread, NULL, nothing, &pid) == 0);
	CHECK(pthread_join(thread, &result) == 0 && result == &pid);
	pid = fork();
	if (!pid)
		_exit(7);
	CHECK(pid > 0 && waitpid(pid, NULL, 0) == pid);
}

static void container_list_works(void **state)
{
	(void)state;
	exits(allow_container, allow_list);
}

static void getppid_once(const struct built *b)
{
	install(b);
	call(SYS_getppid, 0, 0, 0);
}

static void kill_kills(void **state)
{
	static const char kill_getppid[] =
	    "syscalls: {otherwise: kill, allow: [\"@container\"], deny: [getppid]}\n";
	static const char no_deny[] = "syscalls: {otherwise: kill, allow: [\"@container\"]}\n";

	(void)state;
	dies(kill_getppid, getppid_once);
	exits(no_deny, getppid_once);
}

#ifdef __x86_64__
/* 20 is getpid there and writev here, which fails on descriptor -1. */
static void int80(const struct built *b)
{
	long r = 20;

	if (b)
		install(b);
	__asm__ volatile("int $0x80"
			 : "+a"(r)
			 : "b"(-1), "c"(0), "d"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	CHECK(r == getpid());
}

static void int80_dies(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		signal(SIGSEGV, SIG_DFL); /* cmocka's handler would report a failure of its own */
		int80(NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	/* Where the kernel has no 32-bit calls there is nothing to refuse. */
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		print_error("skipped: this kernel has no 32-bit system calls\n");
		skip();
	}
	dies(deny_getppid, int80);
}

static void x32(const struct built *b)
{
	install(b);
	call(0x40000000 | SYS_getpid, 0, 0, 0);
}

static void x32_getppid_dies(void **state)
{
	(void)state;
	dies(deny_getppid, x32);
}
#endif

/* ---- threads ---------------------------------------------------------- */

struct other_thread {
	pthread_barrier_t before, after;
	const struct built *own; /* a filter of its own, or NULL */
	long result;
};

static void *other_thread_run(void *data)
{
	struct other_thread *t = data;

	if (t->own) {
		struct sock_fprog program = {.len = (unsigned short)t->own->len,
					     .filter = t->own->insns};

		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		CHECK(!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
	}
	pthread_barrier_wait(&t->before);
	pthread_barrier_wait(&t->after);
	t->result = call(SYS_getppid, 0, 0, 0);
	return NULL;
}

/* Installs `b` while another thread runs; returns what that was and the other's getppid(). */
static int install_beside(const struct built *b, const struct built *own, long *ret_result)
{
	struct other_thread t = {.own = own};
	pthread_t thread;
	int r;

	CHECK(!pthread_barrier_init(&t.before, NULL, 2));
	CHECK(!pthread_barrier_init(&t.after, NULL, 2));
	CHECK(!pthread_create(&thread, NULL, other_thread_run, &t));
	pthread_barrier_wait(&t.before);
	r = filter_install(b->insns, b->len);
	pthread_barrier_wait(&t.after);
	CHECK(!pthread_join(thread, NULL));
	*ret_result = t.result;
	return r;
}

static void threads_follow(const struct built *b)
{
	long result;

	CHECK(install_beside(b, NULL, &result) == 0);
	CHECK(result == -EPERM);
}

static void thread_that_cannot_follow(const struct built *b)
{
	long result;

	CHECK(install_beside(b, b, &result) == -EBUSY);
	/* All or none: the caller is not under the filter. */
	CHECK(call(SYS_getppid, 0, 0, 0) > 0);
}

static void threads_are_synchronised(void **state)
{
	(void)state;
	exits(deny_getppid, threads_follow);
	exits(deny_getppid, thread_that_cannot_follow);
}

/* ---- what is refused, and what lasts ---------------------------------- */

static void not_a_program(const struct built *b)
{
	struct sock_filter bad = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);

	CHECK(filter_install(b->insns, 0) == -EINVAL);
	CHECK(filter_install(b->insns, 5000) == -EINVAL);
	CHECK(filter_install(&bad, 1) == -EINVAL);
	CHECK(call(SYS_getppid, 0, 0, 0) > 0);
}

static void bad_programs_are_refused(void **state)
{
	(void)state;
	exits(deny_getppid, not_a_program);
}

static void fork_inherits(const struct built *b)
{
	int status;
	pid_t pid;

	install(b);
	pid = fork();
	if (!pid)
		_exit(call(SYS_getppid, 0, 0, 0) == -EPERM ? 42 : 1);
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 42);
	/* And a second filter cannot take anything back. */
	CHECK(filter_install(b->insns, b->len) == 0);
	CHECK(call(SYS_getppid, 0, 0, 0) == -EPERM);
}

static void filters_last(void **state)
{
	(void)state;
	exits(deny_getppid, fork_inherits);
}

static void programs_start(const struct built *b)
{
	char *const argv[] = {(char *)"sh", (char *)"-c",
			      (char *)"x=$(echo hi | cat); test $x = hi", NULL};

	install(b);
	execv("/bin/sh", argv);
	_exit(99);
}

static void ordinary_programs_start(void **state)
{
	(void)state;
	exits(allow_container, programs_start);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(deny_refuses),
	    cmocka_unit_test(container_list_works),
	    cmocka_unit_test(kill_kills),
#ifdef __x86_64__
	    cmocka_unit_test(int80_dies),
	    cmocka_unit_test(x32_getppid_dies),
#endif
	    cmocka_unit_test(threads_are_synchronised),
	    cmocka_unit_test(bad_programs_are_refused),
	    cmocka_unit_test(filters_last),
	    cmocka_unit_test(ordinary_programs_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
