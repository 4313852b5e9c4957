/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is said about a syscalls section: errors for words that mean nothing and
 * conditions that cannot hold, warnings for entries that do nothing. Each text
 * has its place and, where there is something to do, a hint.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../policy/privilege.h"
#include "../../seccomp/filter.h"
#include "../../seccomp/names.h"

/* All messages about the policy of `sections`, as the command line prints them. */
static char *messages(const char *sections, int (*look)(const struct policy *, struct diag *))
{
	struct policy *p = NULL;
	struct diag d;
	char *text, *out;
	size_t size;
	int r;
	FILE *stream = open_memstream(&out, &size);

	assert_non_null(stream);
	assert_true(asprintf(&text, "version: 1\nname: t\nmode: enforce\n%s", sections) > 0);
	diag_init(&d, "t");
	if (policy_read("t", text, strlen(text), &d, &p) < 0) {
		diag_print(&d, stderr);
		fail_msg("not a policy:\n%s", text);
	}
	r = look(p, &d);
	assert_int_equal(r, d.errors ? -EINVAL : 0);
	diag_sort(&d);
	diag_print(&d, stream);
	assert_int_equal(fclose(stream), 0);
	policy_free(p);
	diag_done(&d);
	free(text);
	return out;
}

static void expect(const char *sections, int (*look)(const struct policy *, struct diag *),
		   const char *want)
{
	char *got = messages(sections, look);

	if (strcmp(got, want))
		fail_msg("for\n%s\ngot\n%s\nwanted\n%s", sections, got, want);
	free(got);
}

/* An allow-list of `entries`, one a line from line 7 on. */
static void check(const char *entries, const char *want)
{
	char *text;

	assert_true(
	    asprintf(&text, "syscalls:\n  otherwise: {errno: EPERM}\n  allow:\n%s", entries) > 0);
	expect(text, syscalls_check, want);
	free(text);
}

static void good_entries(void **state)
{
	(void)state;
	check("    - read\n", "");
	check("    - \"@container\"\n    - {name: socket, arg0: {in: [AF_UNIX, 2]}}\n", "");
	check("    - {name: socket, arg0: {eq: 1}}\n    - {name: socket, arg0: {eq: 2}}\n", "");
	check("    - {name: kill, arg0: {eq: -1}}\n", "");
	check("    - {name: lseek, arg1: {ge: 0x7fffffffffffffff}}\n", "");
	check("    - {name: chmod, arg1: {mask: S_ISUID|S_ISGID, eq: 0}}\n", "");
	expect("syscalls: {otherwise: kill}\n", syscalls_check, "");
	expect("privileges: {allow: []}\n", syscalls_check, "");
}

static void unknown_words(void **state)
{
	(void)state;
	check("    - opennat\n", "t:7:7: error: unknown system call 'opennat'\n"
				 "  hint: did you mean 'openat'?\n");
	check("    - zzzzzzzzzzzz\n", "t:7:7: error: unknown system call 'zzzzzzzzzzzz'\n");
	check("    - \"@contaner\"\n", "t:7:7: error: unknown group '@contaner'\n"
				       "  hint: did you mean '@container'?\n");
	check("    - \"@zzzzzzzzzzzz\"\n", "t:7:7: error: unknown group '@zzzzzzzzzzzz'\n"
					   "  hint: `ringfence groups` lists the groups\n");
	check("    - {name: socket, arg0: {eq: AF_INTE}}\n",
	      "t:7:33: error: 'AF_INTE' is neither a number nor a known constant\n"
	      "  hint: did you mean 'AF_INET'?\n");
	expect("syscalls: {otherwise: {errno: EPREM}}\n", syscalls_check,
	       "t:4:31: error: unknown errno 'EPREM'\n  hint: did you mean 'EPERM'?\n");
	/* All of them in one go. */
	check("    - reed\n    - read\n    - wriite\n",
	      "t:7:7: error: unknown system call 'reed'\n  hint: did you mean 'read'?\n"
	      "t:9:7: error: unknown system call 'wriite'\n  hint: did you mean 'write'?\n");
}

#ifdef __x86_64__
static void foreign_calls(void **state)
{
	(void)state;
	check("    - socketcall\n",
	      "t:7:7: error: system call 'socketcall' does not exist on x86_64\n"
	      "  hint: it belongs to another architecture; leave it out\n");
}
#endif

static void listed_twice(void **state)
{
	(void)state;
	check("    - read\n    - write\n    - read\n",
	      "t:9:7: error: 'read' is listed twice\nt:7:7: note: first listed here\n");
	check("    - \"@ipc\"\n    - \"@ipc\"\n",
	      "t:8:7: error: '@ipc' is listed twice\nt:7:7: note: first listed here\n");
	check("    - {name: kill, arg1: {eq: 9}}\n    - {name: kill, arg1: {eq: SIGKILL}}\n",
	      "t:8:14: error: 'kill' is listed twice with the same conditions\n"
	      "t:7:14: note: first listed here\n");
	/* In both lists is no double. */
	expect("syscalls: {otherwise: kill, allow: [read], deny: [read]}\n", syscalls_check, "");
}

static void impossible_conditions(void **state)
{
	(void)state;
	check("    - {name: openat, arg1: {eq: 5}}\n",
	      "t:7:22: error: arg1 of 'openat' is a pointer\n"
	      "  hint: a filter sees only the pointer, not what it points to: use the files "
	      "section for paths\n");
	check("    - {name: getpid, arg0: {eq: 5}}\n",
	      "t:7:22: error: 'getpid' has no arg0\n  hint: it takes no arguments\n");
	check("    - {name: close, arg1: {eq: 5}}\n",
	      "t:7:21: error: 'close' has no arg1\n"
	      "  hint: it takes 1 argument, counted from arg0\n");
	check("    - {name: ioctl, arg2: {eq: 5}}\n",
	      "t:7:21: error: what arg2 of 'ioctl' means depends on another argument\n");
	check("    - {name: \"@ipc\", arg0: {eq: 5}}\n",
	      "t:7:22: error: conditions on a group of system calls\n"
	      "  hint: arguments mean something else in each call: name the call itself\n");
	check("    - {name: clone, arg0: {mask: 1, eq: 3}}\n",
	      "t:7:21: error: this condition can never match\n"
	      "  hint: 'eq' has bits (0x2) that 'mask' takes away\n");
	check("    - {name: close, arg0: {lt: 0}}\n",
	      "t:7:21: error: this condition can never match: no argument is below 0\n");
	check("    - {name: close, arg0: {gt: 0xffffffff}}\n",
	      "t:7:21: error: this condition can never match: no argument is above 4294967295\n");
}

static void impossible_values(void **state)
{
	(void)state;
	check("    - {name: close, arg0: {gt: -1}}\n",
	      "t:7:32: error: 'gt' with a negative number\n"
	      "  hint: filters compare without sign, where -1 is the largest number; name the "
	      "values with eq, ne or in\n");
	check("    - {name: close, arg0: {eq: 0x100000000}}\n",
	      "t:7:32: error: '0x100000000' does not fit an argument of 32 bits\n");
	check("    - {name: close, arg0: {eq: -2147483649}}\n",
	      "t:7:32: error: '-2147483649' does not fit an argument of 32 bits\n");
	check("    - {name: chmod, arg1: {eq: 0x10000}}\n",
	      "t:7:32: error: '0x10000' does not fit an argument of 16 bits\n");
}

/* ---- warnings --------------------------------------------------------- */

#define OTHERWISE "syscalls:\n  otherwise: {errno: EPERM}\n"

static void no_warnings(void **state)
{
	(void)state;
	expect(OTHERWISE "  allow: [\"@container\", {name: socket, arg0: {eq: 1}}]\n"
			 "  deny: [ptrace, {name: kill, arg1: {eq: 9}}]\n",
	       syscalls_lint, "");
	expect("privileges: {allow: []}\n", syscalls_lint, "");
	expect("syscalls: {otherwise: allow, deny: [getppid]}\n", syscalls_lint, "");
	/* Errors are not for lint to tell. */
	expect(OTHERWISE "  allow: [reed]\n", syscalls_lint, "");
	expect(OTHERWISE "  allow: [\"@container\"]\n"
			 "files:\n  otherwise: deny\n  rules:\n    - {path: /**, allow: all}\n",
	       syscalls_lint, "");
}

static void privileges_not_granted(void **state)
{
	(void)state;
	expect(OTHERWISE "  allow: [\"@base\", io_uring_setup, mount]\n", syscalls_lint,
	       "t:6:20: warning: 'io_uring_setup' has no effect: privilege 'io_uring' is not "
	       "granted\n"
	       "  hint: grant it with `privileges: {allow: [io_uring]}`, or leave the entry out\n"
	       "t:6:36: warning: 'mount' has no effect: privilege 'mount' is not granted\n"
	       "  hint: grant it with `privileges: {allow: [mount]}`, or leave the entry out\n");
	expect(OTHERWISE "  allow: [\"@base\", io_uring_setup, mount]\n"
			 "privileges: {allow: [io_uring, mount]}\n",
	       syscalls_lint, "");
	/* One that leaves some arguments to everybody: an entry for none of these. */
	expect(OTHERWISE "  allow: [\"@base\", {name: personality, arg0: {eq: 8}}]\n",
	       syscalls_lint,
	       "t:6:27: warning: 'personality' has no effect: privilege 'personality' is not "
	       "granted\n"
	       "  hint: grant it with `privileges: {allow: [personality]}`, or leave the entry "
	       "out\n");
	expect(OTHERWISE "  allow: [\"@base\", {name: personality, arg0: {in: [0, 8]}}]\n",
	       syscalls_lint, "");
	expect(OTHERWISE "  allow: [\"@base\", {name: personality, arg0: {ge: 9}}]\n",
	       syscalls_lint, "");
	expect(OTHERWISE "  allow: [\"@base\", personality]\n", syscalls_lint, "");
	expect(OTHERWISE "  allow: [\"@base\", {name: personality, arg0: {eq: 8}}]\n"
			 "privileges: {allow: [personality]}\n",
	       syscalls_lint, "");
}

static void calls_that_no_hook_sees(void **state)
{
#define FILES "files: {otherwise: deny, rules: [{path: /**, allow: [exec, setattr]}]}\n"
	(void)state;
	expect(OTHERWISE "  allow: [\"@base\", file_setattr]\n" FILES, syscalls_lint,
	       "t:6:20: warning: rules of files do not hold for 'file_setattr'\n"
	       "  hint: no hook sees it; without the entry it gets ENOSYS, and callers use ioctl, "
	       "which a hook sees\n");
	expect(OTHERWISE "  allow: [\"@base\", file_setattr]\n", syscalls_lint, "");
	expect(OTHERWISE "  allow: [\"@base\", ioctl]\n" FILES, syscalls_lint, "");
}

static void entries_without_effect(void **state)
{
	(void)state;
	expect(OTHERWISE "  allow: [\"@base\", kill]\n  deny: [kill]\n", syscalls_lint,
	       "t:6:20: warning: 'kill' has no effect: it is denied\n"
	       "t:7:10: note: denied here\n");
	expect(OTHERWISE "  allow: [\"@base\", socket]\n  deny: [\"@network-client\"]\n",
	       syscalls_lint,
	       "t:6:20: warning: 'socket' has no effect: it is denied\n"
	       "t:7:10: note: denied here, as part of @network-client\n");
	expect(OTHERWISE "  allow: [\"@base\", kill, {name: kill, arg1: {eq: 9}}]\n", syscalls_lint,
	       "t:6:33: warning: the conditions on 'kill' have no effect: it is allowed without "
	       "conditions too\n"
	       "t:6:20: note: here\n");
	expect(OTHERWISE
	       "  allow: [\"@base\"]\n  deny: [\"@ipc\", {name: semget, arg1: {eq: 9}}]\n",
	       syscalls_lint,
	       "t:7:25: warning: the conditions on 'semget' have no effect: it is denied without "
	       "conditions too\n"
	       "t:7:10: note: here\n");
	expect(OTHERWISE "  allow: [\"@base\", {name: kill, arg1: {ge: 0}}]\n", syscalls_lint,
	       "t:6:33: warning: every argument meets the conditions on 'kill'\n");
}

static void open_lists(void **state)
{
	(void)state;
	expect("syscalls: {otherwise: allow}\n", syscalls_lint,
	       "t:4:12: warning: every system call is allowed but those of privileges\n"
	       "  hint: use an allow-list, for example `otherwise: {errno: EPERM}` and `allow: "
	       "[\"@container\"]`, or leave the section out\n");
	expect("syscalls: {otherwise: allow, allow: [read], deny: [getppid]}\n", syscalls_lint,
	       "t:4:38: warning: the entries of 'allow' have no effect: 'otherwise' allows "
	       "already\n");
}

static void nothing_can_run(void **state)
{
	(void)state;
	expect(OTHERWISE "  allow: [exit_group, rt_sigreturn, restart_syscall]\n", syscalls_lint,
	       "t:4:1: warning: no program can start: execve is not allowed\n"
	       "  hint: the command itself is started under the filter; add \"@base\"\n");
	expect(OTHERWISE "  allow: [\"@base\"]\n  deny: [exit_group]\n", syscalls_lint,
	       "t:4:1: warning: programs will misbehave: 'exit_group' is not allowed\n"
	       "  hint: every program needs it; add \"@base\"\n");
}

static void file_rules_in_vain(void **state)
{
	(void)state;
	expect(OTHERWISE "  allow: [\"@base\"]\n"
			 "files:\n  otherwise: deny\n  rules:\n"
			 "    - path: /tmp/**\n      allow: [read, rename, link]\n",
	       syscalls_lint,
	       "t:11:7: warning: 'rename' is allowed on files, but no system call that asks for "
	       "it is\n"
	       "  hint: calls that would: rename renameat renameat2\n"
	       "t:11:7: warning: 'link' is allowed on files, but no system call that asks for it "
	       "is\n"
	       "  hint: calls that would: link linkat\n");
	expect(OTHERWISE "  allow: [\"@base\", renameat2, linkat]\n"
			 "files:\n  otherwise: deny\n  rules:\n"
			 "    - path: /tmp/**\n      allow: [read, rename, link]\n",
	       syscalls_lint, "");
}

/* The calls a privilege refuses are spelt as the kernel spells them. */
static void privilege_calls_exist(void **state)
{
	unsigned found = 0;

	(void)state;
	for (size_t i = 0; i < _RF_PRIV_MAX; i++) {
		char *list = strdup(privileges[i].syscalls), *save = NULL;

		assert_non_null(list);
		for (char *w = strtok_r(list, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
			if (syscall_number(w) < 0 && !syscall_is_foreign(w))
				fail_msg("privilege %s: no system call '%s'", privileges[i].word,
					 w);
			found++;
		}
		free(list);
	}
	assert_true(found > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_entries),	      cmocka_unit_test(unknown_words),
#ifdef __x86_64__
	    cmocka_unit_test(foreign_calls),
#endif
	    cmocka_unit_test(listed_twice),	      cmocka_unit_test(impossible_conditions),
	    cmocka_unit_test(impossible_values),      cmocka_unit_test(no_warnings),
	    cmocka_unit_test(privileges_not_granted), cmocka_unit_test(calls_that_no_hook_sees),
	    cmocka_unit_test(entries_without_effect), cmocka_unit_test(open_lists),
	    cmocka_unit_test(nothing_can_run),	      cmocka_unit_test(file_rules_in_vain),
	    cmocka_unit_test(privilege_calls_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
