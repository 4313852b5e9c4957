/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls that libseccomp's table has no name for yet: of each it is said
 * here what governs it, and that is so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "../../seccomp/names.h"
#include "seccomp_build.h"

enum governed {
	BY_NOBODY,    /* it tells, or changes the caller alone */
	BY_HOOKS,     /* those of the calls it is another form of */
	BY_PRIVILEGE, /* `mount` */
	BY_FILTER,    /* nothing else sees it */
};

static const struct {
	const char *call;
	enum governed governed;
} recent[] = {
    {"statmount", BY_NOBODY},	      {"listmount", BY_NOBODY},
    {"lsm_get_self_attr", BY_NOBODY}, {"lsm_set_self_attr", BY_NOBODY},
    {"lsm_list_modules", BY_NOBODY},  {"mseal", BY_NOBODY},
    {"setxattrat", BY_HOOKS},	      {"getxattrat", BY_NOBODY},
    {"listxattrat", BY_NOBODY},	      {"removexattrat", BY_HOOKS},
    {"open_tree_attr", BY_PRIVILEGE}, {"file_getattr", BY_NOBODY},
    {"file_setattr", BY_FILTER},
};
#define N_RECENT (sizeof(recent) / sizeof(recent[0]))

static void each_is_judged(void **state)
{
	(void)state;
	for (uint32_t nr = 0; nr < SYSCALL_NUMBERS_MAX; nr++) {
		char *name = syscall_name(native_arch(), nr);
		bool found = syscall_is_known(nr) != 0;

		for (size_t i = 0; i < N_RECENT && name; i++)
			found = found || !strcmp(name, recent[i].call);
		if (name && !found)
			fail_msg("%s: what governs it?", name);
		free(name);
	}
}

/* The filter, and what explains it. */
static void answers(const struct built *b, const char *call, uint32_t verdict)
{
	struct syscall_call c = {.nr = (uint32_t)syscall_number(call), .arch = native_arch()};

	if (ask(b, call, 0, 0, 0) != verdict)
		fail_msg("%s: %#x", call, ask(b, call, 0, 0, 0));
	assert_int_equal(syscall_blame(b->policy, &c).verdict, verdict);
}

#define FILES "files: {otherwise: allow, rules: [{path: /etc/passwd, deny: [setattr]}]}\n"

static void where_all_is_allowed(void **state)
{
	static const uint32_t wanted[] = {[BY_NOBODY] = SECCOMP_RET_ALLOW,
					  [BY_HOOKS] = SECCOMP_RET_ALLOW,
					  [BY_PRIVILEGE] = SECCOMP_RET_ERRNO | EPERM,
					  [BY_FILTER] = SECCOMP_RET_ERRNO | ENOSYS};
	struct built b = build("syscalls: {otherwise: allow, deny: [swapon]}\n" FILES, false);
	struct built granted = build("privileges: {allow: [mount]}\n", false);

	(void)state;
	for (size_t i = 0; i < N_RECENT; i++) {
		answers(&b, recent[i].call, wanted[recent[i].governed]);
		answers(&granted, recent[i].call, SECCOMP_RET_ALLOW);
	}
	built_done(&b);
	built_done(&granted);
}

static void in_an_allow_list(void **state)
{
	struct built b = build("syscalls: {otherwise: kill, allow: [read]}\n" FILES, false);
	struct built named = build("syscalls: {otherwise: kill, allow: [open_tree_attr,"
				   " file_setattr]}\n" FILES,
				   false);
	struct built granted = build("syscalls: {otherwise: kill, allow: [open_tree_attr]}\n"
				     "privileges: {allow: [mount]}\n",
				     false);
	struct built denied = build("syscalls: {otherwise: kill, deny: [open_tree_attr]}\n", false);

	(void)state;
	answers(&b, "open_tree", SECCOMP_RET_ERRNO | EPERM);
	/* As long as libseccomp does not know them. */
	if (!syscall_is_known((uint32_t)syscall_number("open_tree_attr")))
		answers(&b, "open_tree_attr", SECCOMP_RET_ERRNO | ENOSYS);
	if (!syscall_is_known((uint32_t)syscall_number("file_setattr")))
		answers(&b, "file_setattr", SECCOMP_RET_ERRNO | ENOSYS);
	answers(&named, "open_tree_attr", SECCOMP_RET_ERRNO | EPERM);
	answers(&named, "file_setattr", SECCOMP_RET_ALLOW);
	answers(&granted, "open_tree_attr", SECCOMP_RET_ALLOW);
	answers(&denied, "open_tree_attr", SECCOMP_RET_KILL_PROCESS);
	built_done(&b);
	built_done(&named);
	built_done(&granted);
	built_done(&denied);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_is_judged),
	    cmocka_unit_test(where_all_is_allowed),
	    cmocka_unit_test(in_an_allow_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
