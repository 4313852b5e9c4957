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
#include <stdio.h>
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
	struct diag d;

	diag_init(&d, "t");
	if (oci_profile_write(p, NULL, &d, &o)) {
		diag_print(&d, stderr);
		fail_msg("cannot be written");
	}
	diag_done(&d);
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
	json_object_del(o, "architectures"); /* three would be too long for one of the policies */
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
    "syscalls:\n  otherwise: {errno: EPERM}\n  allow: [{name: mmap, arg1: {lt: 4096}},"
    " {name: lseek, arg1: {ne: 16}}, {name: prctl, arg2: {le: 40}},"
    " {name: mprotect, arg2: {ge: 9}}]\n  deny: [{name: prctl, arg2: {gt: 0x20000}}]\n",
};

static void a_policy_decides_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		same_after_export(policies[i], false);
		same_after_export(policies[i], true);
	}
}

/* Numbers of other architectures are not for who only watches to kill. */
static void audit_kills_nothing(void **state)
{
	struct built b = build(policies[0], false);
	struct profile p;
	struct loaded l;
	json_t *o;

	(void)state;
	b.policy->mode = RF_MODE_AUDIT;
	p = profile_of(b.policy);
	o = write_profile(&p);
	l = oci_load(o);
	for (uint32_t nr = 0; nr < SYSCALL_NUMBERS_MAX; nr++) {
		struct syscall_call call = {.nr = nr, .arch = AUDIT_ARCH_I386};
		uint32_t i386 = loaded_ask(&l, &call), x32;

		call = (struct syscall_call){.nr = nr | X32_BIT, .arch = native_arch()};
		x32 = loaded_ask(&l, &call);
		assert_true(i386 == SECCOMP_RET_ALLOW || i386 == SECCOMP_RET_LOG);
		assert_true(x32 == SECCOMP_RET_ALLOW || x32 == SECCOMP_RET_LOG);
	}
	loaded_done(&l);
	json_decref(o);
	profile_done(&p);
	built_done(&b);
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
		merge(policies[i], policies[(i + 4) % (sizeof(policies) / sizeof(policies[0]))]);
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

/* Each side is told of what is wrong with it; 0: it merges. */
static void blames(const char *sections, const char *theirs, unsigned policy, unsigned bundle)
{
	struct built b = build(sections, false);
	json_t *o = json_loads(theirs, 0, NULL), *merged = NULL;
	struct diag own, other;
	int r;

	assert_non_null(o);
	diag_init(&own, "policy");
	diag_init(&other, "bundle");
	r = oci_merge(b.policy, o, &own, &other, &merged);
	assert_int_equal(r, policy || bundle ? -EINVAL : 0);
	assert_int_equal(own.errors, policy);
	assert_int_equal(other.errors, bundle);
	diag_done(&own);
	diag_done(&other);
	json_decref(merged);
	json_decref(o);
	built_done(&b);
}

static void merging_blames_who_it_is(void **state)
{
#define BELOW(n) "{name: mmap, arg1: {lt: " #n "}}"
#define THEIRS(args)                                                                               \
	"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"mmap\"], "          \
	"\"action\": \"SCMP_ACT_ERRNO\", \"args\": [" args "]}]}"
	static const char plain[] =
	    "syscalls: {otherwise: {errno: EPERM}, allow: [" BELOW(4096) "]}\n";
	static const char two_ends[] = "syscalls: {otherwise: {errno: EPERM}, allow: [" BELOW(
	    4096) "], deny: [" BELOW(16) "]}\n";
	static const char shorter[] =
	    THEIRS("{\"index\": 1, \"value\": 9, \"op\": \"SCMP_CMP_GT\"}");
	static const char from[] = THEIRS("{\"index\": 1, \"value\": 16, \"op\": \"SCMP_CMP_LT\"}");

	(void)state;
	blames(plain, shorter, 0, 0);
	blames(plain, from, 0, 1);
	blames(two_ends, shorter, 1, 0);
	blames("syscalls: {otherwise: {errno: EPERM}, allow: [\"@container\", {name: socket, arg0: "
	       "{ne: 16},"
	       " arg1: {ne: 3}}, {name: ioctl, arg0: {ne: 0}, arg1: {ne: 1}}]}\n",
	       shorter, 1, 0);
	blames(plain, "{\"defaultAction\": \"SCMP_ACT_MAYBE\"}", 0, 1);
}

/* ---- limits ---------------------------------------------------------- */

/* The messages that writing a policy makes; the caller's. */
static char *trouble(const char *sections)
{
	struct built b = build(sections, false);
	json_t *o = NULL;
	struct profile p = {0};
	struct diag d;
	char *said;
	size_t size;
	FILE *out = open_memstream(&said, &size);
	int r;

	assert_non_null(out);
	diag_init(&d, "t");
	r = profile_from_policy(b.policy, &d, &p);
	if (!r)
		r = oci_profile_write(&p, b.policy, &d, &o);
	if (!r)
		r = oci_check_size(o, b.policy, &d);
	assert_int_equal(r, d.errors ? -EINVAL : 0);
	diag_print(&d, out);
	assert_int_equal(fclose(out), 0);
	diag_done(&d);
	json_decref(o);
	profile_done(&p);
	built_done(&b);
	return said;
}

static void refused(const char *sections, const char *message)
{
	char *said = trouble(sections);

	if (strncmp(said, message, strlen(message)) || !*said != !*message)
		fail_msg("%s\nsaid    %s\nwanted  %s", sections, said, message);
	free(said);
}

#define CALLS "syscalls:\n  otherwise: kill\n"

/* On 64 bits, what has one end is one comparison, and what has two ends cannot be said. */
static void sixty_four_bits(void **state)
{
	(void)state;
	refused(CALLS "  allow: [{name: lseek, arg1: {in: [1, 2]}}, {name: mmap, arg1: {lt: 4096}},"
		      " {name: mprotect, arg2: {ge: 7}}, {name: prctl, arg1: {ne: 3}}]\n",
		"");
	refused(CALLS "  allow: [read,\n    {name: mmap, arg1: {lt: 4096}}]\n"
		      "  deny: [{name: mmap, arg1: {lt: 16}}]\n",
		"t:7:12: error: the conditions on 'mmap' need numbers from 2^63 on\n"
		"  hint: ");
	refused(CALLS "  allow: [{name: mmap, arg1: {ne: 0xffffffffffffffff}}]\n",
		"t:6:18: error: the conditions on 'mmap' need numbers from 2^63 on\n");
}

/* libseccomp may never come back from the first. */
static void what_libseccomp_hangs_on_is_refused(void **state)
{
	(void)state;
	refused(CALLS "  allow: [{name: mmap, arg0: {le: 1}, arg2: {in: [4294967312,"
		      " 9223372036854775807]}}]\n",
		"t:6:18: error: the conditions on 'mmap' are too much for libseccomp\n  hint: ");
	refused(CALLS "  allow: [{name: mmap, arg0: {le: 1}}, {name: mprotect, arg0: {eq: 1},"
		      " arg2: {in: [4294967312, 9223372036854775807]}}]\n",
		"");
}

/* The kernel takes so many instructions. */
static void long_filters_are_refused(void **state)
{
	(void)state;
	refused(CALLS "  allow: [\"@container\", {name: socket, arg0: {ne: 16}, arg1: {ne: 3}},"
		      "\n    {name: ioctl, arg0: {ne: 0}, arg1: {ne: 1}}]\n",
		"t:7:12: error: runtimes make ");
	refused(CALLS "  allow: [\"@container\", {name: socket, arg0: {ne: 16}}]\n", "");
}

/* Too many pairs of conditions: an error, not a filter that nobody can load. */
static void too_many_cases_are_refused(void **state)
{
	char *list = NULL, *text;
	size_t size;
	FILE *f = open_memstream(&list, &size);

	(void)state;
	refused(CALLS "  allow: [{name: dup3, arg0: {ne: 0}, arg1: {ne: 0}, arg2: {ne: 0}}]\n",
		"t:6:18: error: the conditions on 'dup3' come to more than 4096 cases\n  hint: ");
	assert_non_null(f);
	for (unsigned i = 0; i < 999; i++)
		fprintf(f, "%s%u", i ? ", " : "", i * 2);
	assert_int_equal(fclose(f), 0);
	assert_true(asprintf(&text,
			     CALLS "  allow: [{name: dup3, arg0: {in: [%s]}}]\n"
				   "  deny: [{name: dup3, arg1: {in: [%s]}}]\n",
			     list, list) > 0);
	refused(text, "t:6:18: error: the conditions on 'dup3' come to more than 4096 cases\n");
	free(text);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_policy_decides_the_same),
	    cmocka_unit_test(foreign_calls_are_killed),
	    cmocka_unit_test(audit_kills_nothing),
	    cmocka_unit_test(merging_takes_the_stricter),
	    cmocka_unit_test(merging_blames_who_it_is),
	    cmocka_unit_test(actions_have_the_order_of_the_kernel),
	    cmocka_unit_test(sixty_four_bits),
	    cmocka_unit_test(what_libseccomp_hangs_on_is_refused),
	    cmocka_unit_test(long_filters_are_refused),
	    cmocka_unit_test(too_many_cases_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
