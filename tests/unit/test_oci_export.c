/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a runtime makes of an exported policy decides as the policy's own
 * filter; and of two profiles merged, as the stricter of both.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../../seccomp/names.h"
#include "../../seccomp/oci.h"
#include "oci_load.h"
#include "seccomp_build.h"

static struct profile profile_of(const struct policy *policy)
{
	struct profile p;
	struct diag d;

	diag_init(&d, "t");
	assert_int_equal(profile_from_policy(policy, &d, &p), 0);
	diag_done(&d);
	return p;
}

static json_t *write_profile(const struct profile *p)
{
	json_t *o = NULL;
	uint32_t nr;

	assert_int_equal(oci_profile_write(p, &o, &nr), 0);
	return o;
}

/* Numbers that an exported filter answers as the policy's own does. */
static bool is_comparable(uint32_t nr)
{
	return syscall_is_known(nr) == 1 && (nr < X32_FIRST || nr > X32_LAST);
}

static const uint64_t interesting[] = {
    0,		 1,
    2,		 3,
    8,		 9,
    10,		 15,
    16,		 17,
    31,		 32,
    40,		 4096,
    0x10000000,	 0x20000,
    0x7e020000,	 0x7fffffff,
    0x80000000,	 0xffffffff,
    0x100000010, 0xdead00000009,
    UINT64_MAX,
};
#define N_INTERESTING (sizeof(interesting) / sizeof(interesting[0]))

/* Calls `each` for arguments that matter; one will do where the call has no conditions. */
static void for_arguments(bool conditional, void (*each)(const uint64_t *args, void *data),
			  void *data)
{
	if (!conditional) {
		each(interesting, data);
		return;
	}
	for (size_t i = 0; i < N_INTERESTING; i++)
		for (size_t k = 0; k < N_INTERESTING; k++) {
			const uint64_t a = interesting[i], b = interesting[k];

			each((const uint64_t[6]){a, b, a ^ b, b, a, b}, data);
			each((const uint64_t[6]){a, 0, b, 0, 0, 0}, data);
		}
}

struct pair {
	uint32_t nr;
	const struct built *built;
	const struct loaded *loaded;
	const char *what;
};

static void compare(const uint64_t *args, void *data)
{
	const struct pair *p = data;
	struct syscall_call call = {.nr = p->nr, .arch = native_arch()};
	uint32_t got, want;

	memcpy(call.args, args, sizeof(call.args));
	want = filter_simulate(p->built->insns, p->built->len, &call);
	got = loaded_ask(p->loaded, &call);
	if (got != want)
		fail_msg("%s: call %u(%#llx, %#llx, %#llx) is %#x, exported %#x", p->what, call.nr,
			 (unsigned long long)args[0], (unsigned long long)args[1],
			 (unsigned long long)args[2], want, got);
}

static void same_after_export(const char *sections, bool audit)
{
	struct built b = build(sections, audit);
	struct profile p;
	struct loaded l;
	json_t *o;

	if (audit)
		b.policy->mode = RF_MODE_AUDIT;
	p = profile_of(b.policy);
	o = write_profile(&p);
	l = oci_load(o);
	for (uint32_t nr = 0; nr < SYSCALL_NUMBERS_MAX; nr++)
		if (is_comparable(nr))
			for_arguments(p.calls[nr].n, compare, &(struct pair){nr, &b, &l, sections});
	loaded_done(&l);
	json_decref(o);
	profile_done(&p);
	built_done(&b);
}

static const char *const policies[] = {
    "privileges: {allow: []}\n",
    "syscalls: {otherwise: kill, allow: [\"@container\"]}\n",
    "syscalls: {otherwise: log, deny: [ptrace]}\nprivileges: {allow: [userns]}\n",
    "syscalls:\n  otherwise: {errno: ENOSYS}\n  allow: [\"@container\", clone3]\n  deny: "
    "[getppid]\n",
    "syscalls:\n  otherwise: {errno: EPERM}\n  allow: [\"@container\","
    " {name: socket, arg0: {in: [AF_UNIX, AF_INET]}}]\n  deny: [{name: kill, arg1: {eq: 9}}]\n",
    "syscalls:\n  otherwise: {errno: EACCES}\n  allow: [{name: socket, arg0: {ne: 16}},"
    " {name: kill, arg0: {gt: 1}, arg1: {lt: 32}}, {name: kill, arg1: {in: [9, 15]}}]\n",
    "syscalls:\n  otherwise: allow\n  deny: [{name: socket, arg0: {eq: 16}, arg2: {eq: 9}},"
    " {name: clone, arg0: {mask: 0x7e020000, eq: 0}}, {name: dup2, arg0: {ge: 3}, arg1: {le: "
    "9}}]\n",
    "syscalls:\n  otherwise: {errno: EPERM}\n  allow: [fchmod, {name: socket, arg0: {ne: 1},"
    " arg2: {ne: 9}}]\n  deny: [{name: fchmod, arg1: {mask: 0o4000, eq: 0o4000}}]\n",
};

static void a_policy_decides_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		same_after_export(policies[i], false);
		same_after_export(policies[i], true);
	}
}

static void foreign_calls_are_killed(void **state)
{
	struct built b = build(policies[0], false);
	struct profile p = profile_of(b.policy);
	json_t *o = write_profile(&p);
	struct loaded l = oci_load(o);
	struct syscall_call call = {.nr = 20, .arch = AUDIT_ARCH_I386};

	(void)state;
	assert_int_equal(loaded_ask(&l, &call) & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_KILL_THREAD);
	call = (struct syscall_call){.nr = X32_BIT, .arch = native_arch()};
	assert_int_equal(loaded_ask(&l, &call) & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_KILL_THREAD);
	call.nr = 0;
	assert_int_equal(loaded_ask(&l, &call), SECCOMP_RET_ALLOW);
	assert_int_equal(json_array_size(json_object_get(o, "architectures")), 1);
	loaded_done(&l);
	json_decref(o);
	profile_done(&p);
	built_done(&b);
}

/* ---- the stricter of two --------------------------------------------- */

struct merged {
	uint32_t nr;
	struct profile one, other, both;
	struct loaded loaded;
};

static void stricter(const uint64_t *args, void *data)
{
	const struct merged *m = data;
	struct syscall_call call = {.nr = m->nr, .arch = native_arch()};
	uint32_t want, got;

	memcpy(call.args, args, sizeof(call.args));
	want = verdict_stricter(profile_ask(&m->one, &call), profile_ask(&m->other, &call));
	got = profile_ask(&m->both, &call);
	if (got != want || loaded_ask(&m->loaded, &call) != want)
		fail_msg("call %u(%#llx, %#llx, %#llx) is %#x, loaded %#x, wanted %#x", call.nr,
			 (unsigned long long)args[0], (unsigned long long)args[1],
			 (unsigned long long)args[2], got, loaded_ask(&m->loaded, &call), want);
}

static void merge(const char *one, const char *other)
{
	struct built a = build(one, false), b = build(other, false);
	struct merged m = {.one = profile_of(a.policy), .other = profile_of(b.policy)};
	json_t *o;

	assert_int_equal(profile_merge(&m.one, &m.other, &m.both), 0);
	o = write_profile(&m.both);
	m.loaded = oci_load(o);
	for (m.nr = 0; m.nr < SYSCALL_NUMBERS_MAX; m.nr++)
		if (is_comparable(m.nr))
			for_arguments(m.both.calls[m.nr].n, stricter, &m);
	loaded_done(&m.loaded);
	json_decref(o);
	profile_done(&m.one);
	profile_done(&m.other);
	profile_done(&m.both);
	built_done(&a);
	built_done(&b);
}

static void merging_takes_the_stricter(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++)
		merge(policies[i], policies[(i + 4) % 8]);
	merge(policies[5], policies[7]);
}

static void actions_have_the_order_of_the_kernel(void **state)
{
	static const uint32_t order[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD,
					 SECCOMP_RET_TRAP,	   SECCOMP_RET_ERRNO | 1,
					 SECCOMP_RET_USER_NOTIF,   SECCOMP_RET_TRACE,
					 SECCOMP_RET_LOG,	   SECCOMP_RET_ALLOW};

	(void)state;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		for (size_t k = i; k < sizeof(order) / sizeof(order[0]); k++) {
			assert_int_equal(verdict_stricter(order[i], order[k]), order[i]);
			assert_int_equal(verdict_stricter(order[k], order[i]), order[i]);
		}
	assert_int_equal(verdict_stricter(SECCOMP_RET_ERRNO | 1, SECCOMP_RET_ERRNO | 2),
			 SECCOMP_RET_ERRNO | 1);
}

/* ---- limits ---------------------------------------------------------- */

static void what_json_cannot_say_is_refused(void **state)
{
	struct built b = build("syscalls: {otherwise: kill, allow: [{name: lseek,"
			       " arg1: {ne: 0}}]}\n",
			       false);
	struct profile p = profile_of(b.policy);
	json_t *o = NULL;
	uint32_t nr = 0;

	(void)state;
	assert_int_equal(oci_profile_write(&p, &o, &nr), -ERANGE);
	assert_int_equal(nr, syscall_number("lseek"));
	assert_null(o);
	profile_done(&p);
	built_done(&b);
}

/* Too many pairs of conditions: an error, not a filter that nobody can load. */
static void too_many_cases_are_refused(void **state)
{
	struct built b = build("syscalls: {otherwise: kill, allow: [{name: dup3, arg0: {ne: 0},"
			       " arg1: {ne: 0}, arg2: {ne: 0}}]}\n",
			       false);
	struct profile p;
	struct diag d;

	(void)state;
	diag_init(&d, "t");
	assert_int_equal(profile_from_policy(b.policy, &d, &p), -EINVAL);
	assert_int_equal(d.errors, 1);
	diag_done(&d);
	built_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_policy_decides_the_same),
	    cmocka_unit_test(foreign_calls_are_killed),
	    cmocka_unit_test(merging_takes_the_stricter),
	    cmocka_unit_test(actions_have_the_order_of_the_kernel),
	    cmocka_unit_test(what_json_cannot_say_is_refused),
	    cmocka_unit_test(too_many_cases_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
