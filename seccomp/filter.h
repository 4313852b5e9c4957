/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the syscalls and privileges sections to a seccomp-BPF program, and back
 * again to words: which rule refused this call?
 */
#ifndef SECCOMP_FILTER_H
#define SECCOMP_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../policy/policy.h"

/*
 * Precedence, whatever the order of the text: an entry of `deny` (by name or group); a privilege
 * that is not granted (EPERM; of personality, only what changes something; of a number unknown to
 * libseccomp that no entry of an allow-list has, ENOSYS); an entry of `allow` that names the call;
 * an entry of `allow` for a group that has the call, if no entry names it (so a named entry with
 * conditions narrows what a group gives); clone3 (ENOSYS); in an allow-list, a number unknown to
 * libseccomp (ENOSYS), and elsewhere, where files are governed, a call that no hook sees (ENOSYS);
 * `otherwise`. A deny entry answers as `otherwise` does, or EPERM where `otherwise` lets pass.
 */

/*
 * Resolves every name, group, constant and errno of the syscalls section and reports the unknown
 * ones (with the nearest known), pointer arguments, conflicts and doubles, all in `d`.
 * Returns 0, -EINVAL, -ENOMEM.
 */
int syscalls_check(const struct policy *p, struct diag *d);

/* Warnings: a system call rule that makes a file rule useless, and the like. */
int syscalls_lint(const struct policy *p, struct diag *d);

/*
 * Builds the filter: see seccomp/filter.c for its shape. `audit` (the policy's mode, or forced)
 * turns refusals into SECCOMP_RET_LOG (clone3's ENOSYS into allow). The result is malloc'ed and the
 * caller's. There is always a filter, because privileges are always governed.
 */
int filter_build(const struct policy *p, bool audit, struct diag *d, struct sock_filter **ret_insns,
		 size_t *ret_len);

/* What `struct seccomp_data` says, without kernel headers' anonymity. */
struct syscall_call {
	uint32_t nr;
	uint32_t arch; /* AUDIT_ARCH_* */
	uint64_t ip;
	uint64_t args[6];
};

/*
 * Runs the emitted filter on a call, as the kernel would (a classic BPF interpreter for the
 * instructions seccomp admits). Returns SECCOMP_RET_* with data. A program the kernel would
 * refuse yields SECCOMP_RET_KILL_PROCESS.
 */
uint32_t filter_simulate(const struct sock_filter *insns, size_t len,
			 const struct syscall_call *call);

/*
 * Which part of the policy decides `call`, evaluated on the model, independent of the filter:
 * the tests hold the two against each other.
 */
enum syscall_blame_kind {
	BLAME_ALLOW,	 /* an allow entry */
	BLAME_DENY,	 /* a deny entry */
	BLAME_PRIVILEGE, /* a privilege that is not granted */
	BLAME_OTHERWISE,
	BLAME_ARCH,    /* foreign architecture or x32: killed */
	BLAME_UNKNOWN, /* newer than the known table: ENOSYS */
	BLAME_CLONE3,  /* ENOSYS so that libc falls back to clone */
	BLAME_UNGOVERNED,
};

struct syscall_blame {
	enum syscall_blame_kind kind;
	struct mark mark;	     /* of the entry; line 0 when there is none */
	enum rf_privilege privilege; /* for BLAME_PRIVILEGE */
	uint32_t verdict;	     /* SECCOMP_RET_* in enforce mode */
};

struct syscall_blame syscall_blame(const struct policy *p, const struct syscall_call *call);

/* Name and number of the native architecture. syscall_name() returns NULL when unknown; the
 * text is the caller's. syscall_number() returns -1. */
char *syscall_name(uint32_t arch, uint32_t nr);
int syscall_number(const char *name);

/* Groups: "@file-io" and the like; see seccomp/groups.c. */
struct syscall_group {
	const char *name; /* with the @ */
	const char *help;
	const char *const *members; /* NULL-terminated; may name groups */
};

extern const struct syscall_group syscall_groups[];
extern const size_t n_syscall_groups;
#define SYSCALL_GROUPS_MAX 64 /* there are fewer: a test proves it */
const struct syscall_group *syscall_group_find(const char *name);

/*
 * Installs the filter on all threads of the caller (TSYNC, LOG) after no_new_privs. Returns 0 or
 * negative errno; a thread that could not be synchronised is -EBUSY. The only function of the
 * folder that changes anything.
 */
int filter_install(const struct sock_filter *insns, size_t len);

/* Value of a symbolic constant or a `|` of several, or a number as written in a policy. */
int constant_value(const char *text, uint64_t *ret_value); /* 0, or -EINVAL */
/* Number of an errno name, 0 when unknown. */
int errno_number(const char *name);
const char *errno_word(int number); /* "EPERM", NULL when unknown */

#endif
