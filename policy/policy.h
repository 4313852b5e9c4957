/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model of a policy: what the text says, with the place of every part,
 * and nothing resolved that needs another stage (system call names and
 * constants are resolved by seccomp/). Filled by the reader, then const.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lsm/abi.h"
#include "diag.h"

/* A word of the policy with its place; text is NUL-terminated, no NUL inside. */
struct word {
	char *text;
	struct mark mark;
};

enum syscall_action_kind {
	SYSCALL_DENY_ERRNO, /* .name of the errno in `errno_name` */
	SYSCALL_ALLOW,
	SYSCALL_LOG,
	SYSCALL_KILL,
};

struct syscall_action {
	enum syscall_action_kind kind;
	struct word errno_name; /* "EPERM"; resolved in seccomp/ */
	struct mark mark;
};

enum arg_op {
	ARG_EQ,
	ARG_NE,
	ARG_LT,
	ARG_LE,
	ARG_GT,
	ARG_GE,
	ARG_IN,	    /* values[0..n_values) */
	ARG_MASKED, /* (arg & values[0]) == values[1]; `{mask: M, eq: V}` */
};

/*
 * A condition on one argument. Values are kept as written: a number (decimal,
 * 0x hexadecimal, 0o octal, negative) or symbolic constants joined by `|`.
 */
struct arg_condition {
	unsigned arg; /* 0..5 */
	enum arg_op op;
	struct word *values;
	size_t n_values;
	struct mark mark;
};

/* One entry of syscalls.allow or .deny: a name or "@group", all conditions must hold. */
struct syscall_rule {
	struct word name;
	struct arg_condition *conditions;
	size_t n_conditions;
};

struct syscall_section {
	bool present;
	struct mark mark;
	struct syscall_action otherwise;
	struct syscall_rule *allow, *deny;
	size_t n_allow, n_deny;
};

/* One entry of files.rules: all its paths get all its masks (RF_OP_BIT()). */
struct file_rule {
	struct word *paths;
	size_t n_paths;
	uint32_t allow, deny, audit; /* as written; implied operations are the compiler's */
	struct mark mark;	     /* of the entry */
	/* the place of each mask's key, for blame: a row blames allow_mark etc. */
	struct mark allow_mark, deny_mark, audit_mark;
};

struct file_section {
	bool present;
	struct mark mark;
	bool otherwise_allow;
	struct file_rule *rules;
	size_t n_rules;
};

struct privilege_section {
	bool present; /* governed even when absent: then nothing is granted */
	struct mark mark;
	uint32_t granted; /* RF_PRIV_BIT() */
	struct mark granted_mark[_RF_PRIV_MAX];
};

struct policy {
	char *file; /* as the user named it */
	char *name;
	enum rf_mode mode;
	struct mark mode_mark;
	struct syscall_section syscalls;
	struct file_section files;
	struct privilege_section privileges;
};

void policy_free(struct policy *p); /* takes NULL and half-filled ones */
void syscall_rule_done(struct syscall_rule *rule);

/*
 * Reads a policy text of `size` bytes named `file` (borrowed for messages, copied into the
 * result). Adds every error found to `d`. Returns 0, or -EINVAL (see `d`), or -ENOMEM.
 * Does not look at warnings: policy_lint() does.
 */
int policy_read(const char *file, const char *text, size_t size, struct diag *d,
		struct policy **ret_policy);

/*
 * The same. Where the text is wrong but has a section `syscalls`, and `ret_rest` is given, it gets
 * what was read, without the entries that are wrong, beside the -EINVAL: good for syscalls_check()
 * and nothing else, so that all errors of a file come in one go. The caller frees it.
 */
int policy_read_rest(const char *file, const char *text, size_t size, struct diag *d,
		     struct policy **ret_policy, struct policy **ret_rest);

/*
 * Opens, checks (regular file, owner root or the caller, not writable by group or others, at most
 * POLICY_TEXT_MAX bytes, opened once with O_NONBLOCK|O_CLOEXEC|O_NOFOLLOW and judged by fstat of
 * that descriptor) and reads `path`. The text is the caller's. Errors go to `d`. Returns 0,
 * -EINVAL, -ENOMEM.
 */
int policy_read_text(const char *path, struct diag *d, char **ret_text, size_t *ret_size);

/* The same, and reads it as policy_read_rest() does. Where that goes well, and `ret_text` is given,
 * the text is the caller's. */
int policy_read_file(const char *path, struct diag *d, struct policy **ret_policy,
		     struct policy **ret_rest, char **ret_text, size_t *ret_size);

#define POLICY_TEXT_MAX (16u << 20)

/* Adds warnings about what is legal but likely not meant. See policy/lint.c for the list. */
int policy_lint(const struct policy *p, struct diag *d);

/* The word for an operation ("read"), and back: -1 when unknown. `all`/`modify` are masks. */
const char *op_name(enum rf_op op);
int op_from_name(const char *name);
/* A word as rules use it: an operation, `modify` or `all`; 0 when unknown. */
uint32_t op_mask_from_word(const char *word);

/* The nearest of `words` to `text` by edit distance, NULL when none is near. */
const char *nearest_word(const char *text, const char *const *words, size_t n);

#endif
