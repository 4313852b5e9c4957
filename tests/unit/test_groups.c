/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of system calls: groups, names, argument types. What is data is
 * proven complete and in order here, so that code may search by bisection and
 * policies may trust the words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "../../policy/privilege.h"
#include "../../seccomp/argtypes.h"
#include "../../seccomp/filter.h"
#include "../../seccomp/lookup.h"
#include "../../seccomp/names.h"

/* ---- groups ----------------------------------------------------------- */

static void groups_are_sorted_and_filled(void **state)
{
	(void)state;
	assert_in_range(n_syscall_groups, 10, SYSCALL_GROUPS_MAX);
	for (size_t i = 0; i < n_syscall_groups; i++) {
		const struct syscall_group *g = &syscall_groups[i];

		assert_int_equal(g->name[0], '@');
		assert_true(strlen(g->help) > 10);
		assert_true(g->help[strlen(g->help) - 1] != '.');
		assert_non_null(g->members[0]);
		assert_ptr_equal(syscall_group_find(g->name), g);
		if (i)
			assert_true(strcmp(syscall_groups[i - 1].name, g->name) < 0);
		/* No group brings clone3 along: its flags cannot be seen. */
		for (size_t m = 0; g->members[m]; m++)
			assert_string_not_equal(g->members[m], "clone3");
		for (size_t m = 1; g->members[m]; m++)
			assert_true(strcmp(g->members[m - 1], g->members[m]) < 0);
	}
	assert_null(syscall_group_find("@nonsense"));
}

static void group_members_exist(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_syscall_groups; i++) {
		for (const char *const *m = syscall_groups[i].members; *m; m++) {
			int elsewhere = seccomp_syscall_resolve_name_arch(SCMP_ARCH_AARCH64, *m);

			if (**m == '@') {
				assert_non_null(syscall_group_find(*m));
				assert_string_not_equal(*m, syscall_groups[i].name);
			} else if (syscall_number(*m) < 0 && elsewhere < 0) {
				fail_msg("%s in %s exists nowhere", *m, syscall_groups[i].name);
			}
		}
	}
}

static int count_member(const char *call, int nr, void *data)
{
	bool *has = data;

	assert_int_equal(syscall_number(call), nr);
	assert_in_range(nr, 0, SYSCALL_NUMBERS_MAX - 1);
	has[nr] = true;
	return 0;
}

static bool container_has(const char *call)
{
	bool has[SYSCALL_NUMBERS_MAX] = {0};
	int nr = syscall_number(call);

	assert_int_equal(syscall_name_expand("@container", count_member, has), 0);
	return nr >= 0 && has[nr];
}

/* What a container must not have without being asked. */
static const char *const left_out[] = {
    "acct",
    "add_key",
    "bpf",
    "chroot",
    "clock_adjtime",
    "clock_settime",
    "clone3",
    "delete_module",
    "finit_module",
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "init_module",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "ioperm",
    "iopl",
    "kcmp",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "lookup_dcookie",
    "modify_ldt",
    "mount",
    "mount_setattr",
    "move_mount",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "personality",
    "pidfd_getfd",
    "pivot_root",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "quotactl",
    "quotactl_fd",
    "reboot",
    "request_key",
    "setdomainname",
    "sethostname",
    "setns",
    "settimeofday",
    "swapoff",
    "swapon",
    "syslog",
    "umount2",
    "unshare",
    "userfaultfd",
    "vhangup",
};

static void container_leaves_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
		assert_true(syscall_number(left_out[i]) >= 0);
		if (container_has(left_out[i]))
			fail_msg("@container has %s", left_out[i]);
	}
}

static void container_and_privileges_do_not_meet(void **state)
{
	(void)state;
	for (size_t i = 0; i < _RF_PRIV_MAX; i++) {
		char *list = strdup(privileges[i].syscalls), *save = NULL;

		assert_non_null(list);
		for (char *w = strtok_r(list, " ", &save); w; w = strtok_r(NULL, " ", &save))
			if (container_has(w))
				fail_msg("%s belongs to privilege %s", w, privileges[i].word);
		free(list);
	}
}

static void container_has_what_programs_need(void **state)
{
	static const char *const needed[] = {
	    "accept4",
	    "arch_prctl",
	    "bind",
	    "clock_nanosleep",
	    "clone",
	    "close_range",
	    "copy_file_range",
	    "epoll_pwait",
	    "eventfd2",
	    "execve",
	    "exit_group",
	    "faccessat2",
	    "fadvise64",
	    "getrandom",
	    "inotify_add_watch",
	    "kill",
	    "listen",
	    "membarrier",
	    "memfd_create",
	    "mknod",
	    "openat2",
	    "pidfd_open",
	    "pipe2",
	    "prctl",
	    "prlimit64",
	    "restart_syscall",
	    "rseq",
	    "rt_sigreturn",
	    "sched_setaffinity",
	    "set_robust_list",
	    "setgroups",
	    "signalfd4",
	    "socket",
	    "statx",
	    "timerfd_create",
	    "vfork",
	    "wait4",
	    "waitid",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!container_has(needed[i]))
			fail_msg("@container lacks %s", needed[i]);
}

/* ---- names ------------------------------------------------------------ */

static void names_and_numbers_agree(void **state)
{
	unsigned known = 0, last = 0;

	(void)state;
	for (uint32_t nr = 0; nr < 4 * SYSCALL_NUMBERS_MAX; nr++) {
		char *name = syscall_name(native_arch(), nr);

		if (name)
			assert_int_equal(syscall_number(name), nr);
		assert_true(name || !syscall_is_known(nr));
		if (name)
			last = nr;
		known += name != NULL;
		free(name);
	}
	assert_true(known > 350);
	assert_true(last < SYSCALL_NUMBERS_MAX);
	assert_null(syscall_name(native_arch(), UINT32_MAX));
	assert_null(syscall_name(native_arch(), 0x80000000u));
	assert_int_equal(syscall_number("nonsense"), -1);
	assert_int_equal(syscall_number("socketcall"), -1);
	assert_true(syscall_is_foreign("socketcall"));
	assert_false(syscall_is_foreign("nonsense"));
	assert_false(syscall_is_foreign("read"));
	/* Newer than Debian's table, and nameable all the same. */
	assert_int_equal(syscall_number("mseal"), 462);
}

/* ---- argument types --------------------------------------------------- */

/* Never implemented on 64-bit architectures. */
static bool is_hollow(const char *call)
{
	static const char *const hollow[] = {
	    "_sysctl",	       "afs_syscall", "create_module", "epoll_ctl_old", "epoll_wait_old",
	    "get_kernel_syms", "getpmsg",     "nfsservctl",    "putpmsg",	"query_module",
	    "security",	       "tuxcall",     "uretprobe",     "vserver",
	};

	for (size_t i = 0; i < sizeof(hollow) / sizeof(hollow[0]); i++)
		if (!strcmp(call, hollow[i]))
			return true;
	return false;
}

static void every_call_has_types(void **state)
{
	(void)state;
	for (uint32_t nr = 0; nr < SYSCALL_NUMBERS_MAX; nr++) {
		char *name = syscall_name(native_arch(), nr);

		if (name && is_hollow(name))
			assert_int_equal(argument_count(name), -1);
		else if (name && argument_count(name) < 0)
			fail_msg("the arguments of %s are not known", name);
		if (name)
			assert_in_range(argument_count(name) + 1, 0, 7);
		free(name);
	}
}

static void types_are_the_kernels(void **state)
{
	static const struct {
		const char *call;
		unsigned arg;
		enum arg_type type;
	} facts[] = {
	    {"read", 0, ARG_TYPE_INT},	     {"read", 1, ARG_TYPE_POINTER},
	    {"read", 2, ARG_TYPE_LONG},	     {"read", 3, ARG_TYPE_NONE},
	    {"openat", 1, ARG_TYPE_POINTER}, {"openat", 2, ARG_TYPE_INT},
	    {"openat", 3, ARG_TYPE_MODE},    {"socket", 2, ARG_TYPE_INT},
	    {"clone", 0, ARG_TYPE_INT},	     {"unshare", 0, ARG_TYPE_LONG},
	    {"mmap", 2, ARG_TYPE_LONG},	     {"mmap", 4, ARG_TYPE_INT},
	    {"readv", 0, ARG_TYPE_INT},	     {"ioctl", 1, ARG_TYPE_INT},
	    {"ioctl", 2, ARG_TYPE_VARIES},   {"clone3", 0, ARG_TYPE_POINTER},
	    {"clone3", 1, ARG_TYPE_LONG},    {"getpid", 0, ARG_TYPE_NONE},
	    {"zzz", 0, ARG_TYPE_UNKNOWN},    {"mount", 3, ARG_TYPE_LONG},
	    {"mprotect", 2, ARG_TYPE_LONG},  {"kill", 1, ARG_TYPE_INT},
	    {"prctl", 0, ARG_TYPE_INT},	     {"write", 5, ARG_TYPE_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		assert_int_equal(argument_type(facts[i].call, facts[i].arg), facts[i].type);
	assert_true(argument_mask(ARG_TYPE_INT) == UINT32_MAX);
	assert_true(argument_mask(ARG_TYPE_LONG) == UINT64_MAX);
	assert_true(argument_mask(ARG_TYPE_MODE) == UINT16_MAX);
	assert_true(argument_mask(ARG_TYPE_POINTER) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(groups_are_sorted_and_filled),
	    cmocka_unit_test(group_members_exist),
	    cmocka_unit_test(container_leaves_out),
	    cmocka_unit_test(container_and_privileges_do_not_meet),
	    cmocka_unit_test(container_has_what_programs_need),
	    cmocka_unit_test(names_and_numbers_agree),
	    cmocka_unit_test(every_call_has_types),
	    cmocka_unit_test(types_are_the_kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
