/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the filter says of the calls that matter, whom a verdict is blamed on,
 * that one meaning gives one filter, and how long a filter may be. That filter
 * and policy agree everywhere is test_equivalence.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../../seccomp/names.h"
#include "seccomp_build.h"

#define EPERM_VERDICT  (SECCOMP_RET_ERRNO | EPERM)
#define ENOSYS_VERDICT (SECCOMP_RET_ERRNO | ENOSYS)

/* ---- the shape of the filter ------------------------------------------ */

static void verdicts_are_as_documented(void **state)
{
	struct built b =
	    build("syscalls:\n  otherwise: {errno: EACCES}\n"
		  "  allow: [\"@container\", {name: socket, arg0: {in: [AF_UNIX, AF_INET]}},"
		  " io_uring_setup]\n"
		  "  deny: [getppid, {name: kill, arg1: {eq: SIGKILL}}]\n",
		  false);

	(void)state;
	assert_int_equal(ask(&b, "getpid", 0, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&b, "getppid", 0, 0, 0), SECCOMP_RET_ERRNO | EACCES);
	assert_int_equal(ask(&b, "kexec_load", 0, 0, 0), EPERM_VERDICT);
	assert_int_equal(ask(&b, "io_uring_setup", 0, 0, 0), EPERM_VERDICT);
	assert_int_equal(ask(&b, "sysfs", 0, 0, 0), SECCOMP_RET_ERRNO | EACCES);
	assert_int_equal(ask(&b, "clone3", 0, 0, 0), ENOSYS_VERDICT);
	assert_int_equal(ask(&b, "clone", 0, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&b, "kill", 1, 9, 0), SECCOMP_RET_ERRNO | EACCES);
	assert_int_equal(ask(&b, "kill", 1, 15, 0), SECCOMP_RET_ALLOW);
	/* An entry with conditions narrows what the group gives. */
	assert_int_equal(ask(&b, "socket", AF_INET, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&b, "socket", AF_NETLINK, 0, 0), SECCOMP_RET_ERRNO | EACCES);
	/* Garbage in the half that the kernel does not look at changes nothing. */
	assert_int_equal(ask(&b, "kill", 1, 0xdead00000009, 0), SECCOMP_RET_ERRNO | EACCES);
	assert_int_equal(ask(&b, "socket", 0xdead00000000 | AF_INET, 0, 0), SECCOMP_RET_ALLOW);
	built_done(&b);
}

static uint32_t ask_number(const struct built *b, uint32_t arch, uint32_t nr)
{
	return filter_simulate(b->insns, b->len, &(struct syscall_call){.nr = nr, .arch = arch});
}

static void numbers_are_as_documented(void **state)
{
	struct built list =
	    build("syscalls: {otherwise: {errno: EPERM}, allow: [\"@container\"]}\n", false);
	struct built open = build("privileges: {allow: []}\n", false);
	struct built audit = build("syscalls: {otherwise: kill}\n", true);
	uint32_t arch = native_arch();

	(void)state;
	assert_int_equal(ask_number(&list, arch, 1000), ENOSYS_VERDICT);
	assert_int_equal(ask_number(&list, arch, 400), ENOSYS_VERDICT); /* a gap */
	assert_int_equal(ask_number(&list, arch, UINT32_MAX), ENOSYS_VERDICT);
	assert_int_equal(ask_number(&open, arch, 1000), SECCOMP_RET_ALLOW);
	assert_int_equal(ask_number(&open, arch, UINT32_MAX), SECCOMP_RET_ALLOW);
	assert_int_equal(ask_number(&open, AUDIT_ARCH_I386, 20), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(ask_number(&audit, AUDIT_ARCH_I386, 20), SECCOMP_RET_LOG);
	assert_int_equal(ask_number(&audit, arch, 1000), SECCOMP_RET_LOG);
	assert_int_equal(ask(&audit, "clone3", 0, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&audit, "read", 0, 0, 0), SECCOMP_RET_LOG);
	assert_int_equal(ask(&open, "clone3", 0, 0, 0), ENOSYS_VERDICT);
	if (native_has_x32()) {
		assert_int_equal(ask_number(&open, arch, X32_BIT), SECCOMP_RET_KILL_PROCESS);
		assert_int_equal(ask_number(&open, arch, 511), SECCOMP_RET_ALLOW);
		assert_int_equal(ask_number(&open, arch, 512), SECCOMP_RET_KILL_PROCESS);
		assert_int_equal(ask_number(&open, arch, 547), SECCOMP_RET_KILL_PROCESS);
		assert_int_equal(ask_number(&open, arch, 548), SECCOMP_RET_ALLOW);
		assert_int_equal(ask_number(&audit, arch, X32_BIT), SECCOMP_RET_LOG);
	}
	built_done(&list);
	built_done(&open);
	built_done(&audit);
}

static void blame_names_the_place(void **state)
{
	struct built b = build("syscalls:\n  otherwise: {errno: EPERM}\n  allow:\n    - \"@base\"\n"
			       "    - {name: kill, arg1: {eq: 0}}\n  deny: [ptrace]\n"
			       "privileges: {allow: [ptrace]}\n",
			       false);
	static const struct {
		const char *call;
		enum syscall_blame_kind kind;
		unsigned line;
	} facts[] = {
	    {"read", BLAME_ALLOW, 7},	 {"kill", BLAME_ALLOW, 8},
	    {"ptrace", BLAME_DENY, 9},	 {"mount", BLAME_OTHERWISE, 5},
	    {"clone3", BLAME_CLONE3, 0}, {"keyctl", BLAME_PRIVILEGE, 10},
	};
	struct syscall_call far = {.nr = 999, .arch = native_arch()}, alien = {.arch = 1};

	(void)state;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		struct syscall_call call = {.nr = (uint32_t)syscall_number(facts[i].call),
					    .arch = native_arch()};
		struct syscall_blame blame = syscall_blame(b.policy, &call);

		assert_int_equal(blame.kind, facts[i].kind);
		assert_int_equal(blame.mark.line, facts[i].line);
		if (blame.kind == BLAME_PRIVILEGE)
			assert_int_equal(blame.privilege, RF_PRIV_KEYRING);
	}
	assert_int_equal(syscall_blame(b.policy, &far).kind, BLAME_UNKNOWN);
	assert_int_equal(syscall_blame(b.policy, &alien).kind, BLAME_ARCH);
	b.policy->syscalls.present = false;
	assert_int_equal(syscall_blame(b.policy, &far).kind, BLAME_UNGOVERNED);
	built_done(&b);
}

/* ---- one meaning, one filter ------------------------------------------ */

static void same_filter(const char *one, const char *other, bool same)
{
	struct built a = build(one, false), b = build(other, false);
	bool equal = a.len == b.len && !memcmp(a.insns, b.insns, a.len * sizeof(*a.insns));

	if (equal != same)
		fail_msg("%s:\n%s%s", same ? "differ" : "are the same", one, other);
	built_done(&a);
	built_done(&b);
}

static void spelling_does_not_matter(void **state)
{
	static const char kill_rule[] = "syscalls: {otherwise: kill, allow: [read]}\n";

	(void)state;
	same_filter(kill_rule, kill_rule, true);
	same_filter(kill_rule, "syscalls: {otherwise: kill, allow: [write]}\n", false);
	same_filter("syscalls: {otherwise: kill, allow: [read, write, \"@ipc\"], deny: [futex]}\n",
		    "syscalls: {deny: [futex], allow: [\"@ipc\", write, read], otherwise: kill}\n",
		    true);
	same_filter(
	    "syscalls: {otherwise: kill, allow: [{name: kill, arg1: {eq: 9}, arg0: {gt: 5}},"
	    " {name: kill, arg1: {in: [3, 2, 3]}}]}\n",
	    "syscalls: {otherwise: kill, allow: [{name: kill, arg1: {in: [0x2, SIGQUIT]}},"
	    " {name: kill, arg0: {ge: 6}, arg1: {in: [SIGKILL]}}]}\n",
	    true);
	same_filter("syscalls: {otherwise: kill, allow: [{name: kill, arg1: {le: 7}}]}\n",
		    "syscalls: {otherwise: kill, allow: [{name: kill, arg1: {lt: 8}}]}\n", true);
	same_filter("syscalls: {otherwise: kill, allow: [{name: kill, arg1: {le: 7}}]}\n",
		    "syscalls: {otherwise: kill, allow: [{name: kill, arg1: {lt: 7}}]}\n", false);
	/* A call that is allowed whatever its arguments needs no tests. */
	same_filter("syscalls: {otherwise: kill, allow: [kill, {name: kill, arg1: {lt: 8}}]}\n",
		    "syscalls: {otherwise: kill, allow: [kill]}\n", true);
	same_filter("syscalls: {otherwise: kill, allow: [\"@signals\", kill]}\n",
		    "syscalls: {otherwise: kill, allow: [\"@signals\"]}\n", true);
}

static char *long_list(size_t n)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	fprintf(out, "syscalls: {otherwise: kill, allow: [{name: socket, arg2: {in: [0");
	for (size_t i = 1; i < n; i++)
		fprintf(out, ", %zu", i * 2);
	fprintf(out, "]}}]}\n");
	assert_int_equal(fclose(out), 0);
	return text;
}

/* Long tests need long jumps; too long a filter is refused with the number. */
static void length_is_limited(void **state)
{
	char *fits = long_list(3900), *too_long = long_list(4100);
	struct built b = build(fits, false), none = {0};

	(void)state;
	assert_true(b.len > 3900 && b.len <= BPF_MAXINSNS);
	assert_int_equal(ask(&b, "socket", 0, 0, 7798), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&b, "socket", 0, 0, 7797), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(ask(&b, "socket", 0, 0, 7800), SECCOMP_RET_KILL_PROCESS);
	for (uint64_t i = 0; i < 3900; i++) {
		assert_int_equal(ask(&b, "socket", 0, 0, i * 2), SECCOMP_RET_ALLOW);
		if (i % 16 == 0)
			assert_int_equal(ask(&b, "socket", 0, 0, i * 2 + 1),
					 SECCOMP_RET_KILL_PROCESS);
	}
	assert_int_equal(ask(&b, "read", 0, 0, 7798), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(try_build(too_long, false, false, &none), -EINVAL);
	built_done(&b);
	free(fits);
	free(too_long);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(verdicts_are_as_documented),
	    cmocka_unit_test(numbers_are_as_documented),
	    cmocka_unit_test(blame_names_the_place),
	    cmocka_unit_test(spelling_does_not_matter),
	    cmocka_unit_test(length_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
