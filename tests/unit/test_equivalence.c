/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does the filter mean what the policy says? Policies, written by hand and
 * drawn at random, are compiled; then the filter is run, and the policy is
 * read, for every number, foreign architectures, and arguments around every
 * value the policy names. The two must agree to the bit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <elf.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../seccomp/argtypes.h"
#include "../../seccomp/names.h"
#include "seccomp_build.h"

static uint32_t audit_verdict(const struct syscall_blame *blame)
{
	if (blame->kind == BLAME_CLONE3 || blame->verdict == SECCOMP_RET_ALLOW)
		return SECCOMP_RET_ALLOW;
	return SECCOMP_RET_LOG;
}

static void compare(const struct built *b, bool audit, const struct syscall_call *call)
{
	struct syscall_blame blame = syscall_blame(b->policy, call);
	uint32_t want = audit ? audit_verdict(&blame) : blame.verdict;
	uint32_t got = filter_simulate(b->insns, b->len, call);

	if (got != want)
		fail_msg("arch %#x nr %u (%#llx %#llx %#llx %#llx %#llx %#llx) %s: filter %#x, "
			 "policy %#x (blame %d at %u:%u)",
			 call->arch, call->nr, (unsigned long long)call->args[0],
			 (unsigned long long)call->args[1], (unsigned long long)call->args[2],
			 (unsigned long long)call->args[3], (unsigned long long)call->args[4],
			 (unsigned long long)call->args[5], audit ? "audit" : "enforce", got, want,
			 blame.kind, blame.mark.line, blame.mark.col);
}

/* xorshift64*: the same policies and arguments on every run. */
static uint64_t draw(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1dull;
}

/* A value near `v`, or with something in the half an int argument does not have. */
static uint64_t near(uint64_t v, uint64_t *seed)
{
	uint64_t r = draw(seed);

	switch (r % 9) {
	case 0:
		return v + 1;
	case 1:
		return v - 1;
	case 2:
		return v | (r & 0xffffffff00000000);
	case 3:
		return v | (r & 0xffff0000);
	case 4:
		return v ^ (1ull << (r >> 8) % 64);
	case 5:
		return (r >> 8) % 16;
	case 6:
		return r;
	default:
		return v;
	}
}

/* Arguments for one call: each near a value that some condition on that argument names. */
static void draw_args(const struct policy *p, const char *name, struct syscall_call *call,
		      uint64_t *seed)
{
	const struct syscall_section *s = &p->syscalls;
	unsigned seen[6] = {0};

	for (size_t i = 0; i < s->n_allow + s->n_deny; i++) {
		const struct syscall_rule *r =
		    i < s->n_allow ? &s->allow[i] : &s->deny[i - s->n_allow];

		for (size_t c = 0; c < r->n_conditions && !strcmp(r->name.text, name); c++) {
			const struct arg_condition *k = &r->conditions[c];
			uint64_t v = 0;

			/* Each condition on an argument has the same chance. */
			if (draw(seed) % ++seen[k->arg])
				continue;
			constant_value(k->values[draw(seed) % k->n_values].text, &v);
			call->args[k->arg] = near(v, seed);
		}
	}
}

static bool is_named_with_conditions(const struct policy *p, const char *name)
{
	const struct syscall_section *s = &p->syscalls;

	for (size_t i = 0; i < s->n_allow + s->n_deny; i++) {
		const struct syscall_rule *r =
		    i < s->n_allow ? &s->allow[i] : &s->deny[i - s->n_allow];

		if (r->n_conditions && !strcmp(r->name.text, name))
			return true;
	}
	return false;
}

static void compare_number(const struct built *b, bool audit, uint32_t nr, uint64_t *seed)
{
	char *name = syscall_name(native_arch(), nr);
	struct syscall_call call = {.nr = nr, .arch = native_arch()};

	compare(b, audit, &call);
	memset(call.args, 0xff, sizeof(call.args));
	compare(b, audit, &call);
	for (int i = 0; name && i < 150 && is_named_with_conditions(b->policy, name); i++) {
		memset(call.args, 0, sizeof(call.args));
		draw_args(b->policy, name, &call, seed);
		compare(b, audit, &call);
	}
	free(name);
}

/* The only call that a privilege guards by its argument. */
static void compare_personality(const struct built *b, bool audit)
{
	static const uint64_t values[] = {
	    0,		1,	    8,		0x20000,     0x40000,	    0x400000,
	    0xfffffffe, 0xffffffff, 1ULL << 32, ~0ULL << 32, 1ULL << 32 | 8};
	struct syscall_call call = {.nr = (uint32_t)syscall_number("personality"),
				    .arch = native_arch()};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		call.args[0] = values[i];
		compare(b, audit, &call);
	}
}

static void compare_all(const struct built *b, bool audit, uint64_t *seed)
{
	static const uint32_t odd[] = {
	    0x3fffffff, 0x7fffffff, 0x80000000, 0x80000001, 0xbfffffff,
	    0xc0000000, 0xc0000002, 0xfffffffe, 0xffffffff,
	};
	static const uint32_t foreign[] = {
	    AUDIT_ARCH_I386,  AUDIT_ARCH_AARCH64,	   AUDIT_ARCH_ARM,
	    AUDIT_ARCH_S390X, EM_X86_64 | __AUDIT_ARCH_LE, 0};

	for (uint32_t nr = 0; nr < 1024; nr++)
		compare_number(b, audit, nr, seed);
	for (uint32_t nr = 0; nr < 600; nr++)
		compare_number(b, audit, X32_BIT + nr, seed);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		compare_number(b, audit, odd[i], seed);
	compare_personality(b, audit);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		for (uint32_t nr = 0; nr < 400; nr += 3)
			compare(b, audit, &(struct syscall_call){.nr = nr, .arch = foreign[i]});
}

static void equivalent(const char *syscalls, uint64_t *seed)
{
	for (int audit = 0; audit < 2; audit++) {
		struct built b = build(syscalls, audit);

		compare_all(&b, audit, seed);
		built_done(&b);
	}
}

static void written_policies_are_equivalent(void **state)
{
	static const char *const policies[] = {
	    "privileges: {allow: []}\n",
	    "privileges: {allow: [io_uring, userns, mount]}\n",
	    "privileges: {allow: [personality]}\n",
	    "syscalls: {otherwise: {errno: ENOSYS}, allow: [personality]}\n",
	    "syscalls: {otherwise: {errno: ENOSYS}, allow: [{name: personality, arg0: {le: 8}}]}\n",
	    "syscalls: {otherwise: allow}\n",
	    "syscalls: {otherwise: log}\n",
	    "syscalls: {otherwise: kill}\n",
	    "syscalls: {otherwise: {errno: EACCES}, allow: [\"@container\"]}\n",
	    "syscalls: {otherwise: kill, allow: [\"@base\", clone3, mseal], deny: [read]}\n",
	    "syscalls: {otherwise: allow, deny: [clone3, \"@ipc\"]}\n"
	    "privileges: {allow: [userns]}\n",
	    "syscalls: {otherwise: {errno: EPERM}, allow: [io_uring_setup, keyctl, ptrace]}\n"
	    "privileges: {allow: [keyring]}\n",
	    "syscalls:\n  otherwise: {errno: EPERM}\n  allow:\n    - clone\n    - \"@base\"\n"
	    "  deny:\n    - name: clone\n      arg0: {mask: CLONE_NEWUSER, eq: CLONE_NEWUSER}\n",
	    "syscalls:\n  otherwise: log\n  allow:\n    - {name: clone3, arg1: {le: 88}}\n"
	    "    - {name: mseal, arg2: {eq: 0}}\n  deny: [{name: clone3, arg1: {eq: 64}}]\n",
	    "syscalls:\n  otherwise: kill\n  allow:\n    - {name: clone3, arg1: {le: 88}}\n"
	    "    - {name: mseal, arg2: {eq: 0}}\n    - {name: chmod, arg1: {eq: 0o644}}\n",
	};
	uint64_t seed = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++)
		equivalent(policies[i], &seed);
}

/* ---- random policies -------------------------------------------------- */

static const char *const call_pool[] = {
    "socket", "clone",	"mmap",	  "prctl",	 "fcntl",   "ioctl",	       "chmod",	 "mkdir",
    "kill",   "clone3", "lseek",  "mprotect",	 "setns",   "io_uring_setup",  "keyctl", "mseal",
    "futex",  "openat", "getpid", "personality", "unshare", "perf_event_open", "execve", "ptrace",
};

static const char *const value_pool[] = {
    "0",
    "1",
    "2",
    "7",
    "8",
    "0o755",
    "255",
    "65535",
    "0xffffffff",
    "0x80000000",
    "AF_UNIX",
    "O_RDONLY|O_CREAT",
    "CLONE_NEWUSER",
    "10",
    "0x100000000",
    "0x7fffffff00000001",
    "0xffffffffffffffff",
    "-1",
    "-100",
    "PROT_EXEC",
    "4096",
};

#define PICK(pool, seed) (pool[draw(seed) % (sizeof(pool) / sizeof(pool[0]))])

/* A value that fits the argument, so that few policies are drawn in vain. */
static const char *pick_value(uint64_t mask, uint64_t *seed)
{
	while (true) {
		const char *text = PICK(value_pool, seed);
		uint64_t v = 0;

		constant_value(text, &v);
		if (!(v & ~mask))
			return text;
	}
}

/* A condition on the argument, if it can have one; sometimes one that is in error. */
static void write_condition(FILE *out, const char *call, unsigned arg, uint64_t *seed)
{
	static const char *const ops[] = {"eq", "ne", "lt", "le", "gt", "ge"};
	uint64_t mask = argument_mask(argument_type(call, arg));
	const char *value = mask ? pick_value(mask, seed) : "0";

	if (!mask && draw(seed) % 50)
		return;
	switch (mask ? draw(seed) % 4 : 3) {
	case 0:
		fprintf(out, ", arg%u: {mask: %s, eq: %s}", arg, value,
			draw(seed) % 3 ? value : "0");
		break;
	case 1:
		fprintf(out, ", arg%u: {in: [%s, %s, %s]}", arg, value, pick_value(mask, seed),
			pick_value(mask, seed));
		break;
	default:
		fprintf(out, ", arg%u: {%s: %s}", arg, PICK(ops, seed), value);
	}
}

static void write_list(FILE *out, const char *key, uint64_t *seed)
{
	size_t n = draw(seed) % 5;

	fprintf(out, "  %s:\n", key);
	fprintf(out, "    - %s\n", PICK(call_pool, seed));
	if (draw(seed) % 3 == 0)
		fprintf(out, "    - \"%s\"\n", syscall_groups[draw(seed) % n_syscall_groups].name);
	for (size_t i = 0; i < n; i++) {
		const char *call = PICK(call_pool, seed);

		fprintf(out, "    - {name: %s", call);
		for (unsigned arg = 0; arg < 6; arg++)
			if (draw(seed) % 2)
				write_condition(out, call, arg, seed);
		fprintf(out, "}\n");
	}
}

static char *random_policy(uint64_t *seed)
{
	static const char *const otherwise[] = {
	    "allow", "log", "kill", "{errno: EPERM}", "{errno: ENOSYS}", "{errno: EACCES}"};
	static const char *const privilege_lists[] = {"", "userns", "io_uring, keyring",
						      "userns, perf, ptrace", "personality"};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	fprintf(out, "syscalls:\n  otherwise: %s\n", PICK(otherwise, seed));
	if (draw(seed) % 5)
		write_list(out, "allow", seed);
	if (draw(seed) % 3)
		write_list(out, "deny", seed);
	fprintf(out, "privileges: {allow: [%s]}\n", PICK(privilege_lists, seed));
	assert_int_equal(fclose(out), 0);
	return text;
}

static void random_policies_are_equivalent(void **state)
{
	uint64_t seed = 0x5eed;
	unsigned done = 0, conditional = 0, drawn;

	(void)state;
	for (drawn = 0; done < 400 && drawn < 20000; drawn++) {
		char *text = random_policy(&seed);
		struct built b = {0};
		bool audit = done % 4 == 3;

		if (!try_build(text, audit, false, &b)) {
			compare_all(&b, audit, &seed);
			conditional += strstr(text, "arg") != NULL;
			done++;
			built_done(&b);
		}
		free(text);
	}
	assert_int_equal(done, 400);
	assert_true(conditional > 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(written_policies_are_equivalent),
	    cmocka_unit_test(random_policies_are_equivalent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
