/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filters as the OCI runtime specification writes them: `linux.seccomp` of a
 * container's config.json. Profiles of docker and podman are the same but for
 * conditions that their reader resolves: see oci_import.c.
 */
#ifndef SECCOMP_OCI_H
#define SECCOMP_OCI_H

#include <jansson.h>
#include <seccomp.h>

#include "profile.h"

/* One comparison of an argument, as written. */
struct oci_arg {
	unsigned index;
	enum scmp_compare op;
	uint64_t value, value_two;
};

#define OCI_ARGS_MAX 32u

/* One entry of `syscalls`. */
struct oci_rule {
	const json_t *entry; /* borrowed */
	size_t at;	     /* its place in the list, from 0 */
	const json_t *names; /* borrowed: a list of strings; NULL: the one in `name` */
	const char *name;
	uint32_t verdict; /* SECCOMP_RET_* with data */
	struct oci_arg args[OCI_ARGS_MAX];
	size_t n_args;
};

/* Number of names, and each. */
size_t oci_rule_names(const struct oci_rule *r);
const char *oci_rule_name(const struct oci_rule *r, size_t i);

/*
 * The specification lets an argument be compared once in an entry; where one is compared more
 * often, the runtimes take each comparison for an entry of its own. True in that case.
 */
bool oci_rule_is_any(const struct oci_rule *r);

/*
 * The parts of the object `o`. What is not as it should be goes to `d`, which names the member
 * (`syscalls[3].action`). 0, -EINVAL, -ENOMEM.
 */
int oci_read_otherwise(const json_t *o, struct diag *d, uint32_t *ret_verdict);
int oci_read_rule(const json_t *entry, size_t at, struct diag *d, struct oci_rule *ret_rule);

/* The word for an action, and back into a verdict without data. NULL, -1: unknown. */
const char *oci_action_word(uint32_t verdict);
int64_t oci_action_from_word(const char *word);

/*
 * Is the entry for a container with these capabilities (NULL-terminated), on this architecture and
 * on every kernel that ringfence runs on? Where that depends on the kernel, what refuses applies.
 * What is left out is told to `d`. 0; -EINVAL: who it is for cannot be read, see `d`.
 */
int oci_rule_applies(const struct oci_rule *rule, const char *const *caps, struct diag *d,
		     bool *ret_applies);

/* The comparison as a test, whose one value is put into `value`. False: it never holds. */
bool oci_arg_test(const char *call, const struct oci_arg *a, uint64_t *value,
		  struct arg_test *ret_test);

/*
 * The section `syscalls` of a policy that says what the profile `o` says, as JSON: the caller's to
 * write as YAML, numbers being strings. Warns of what does not translate. `caps`: those of the
 * container, NULL-terminated. 0, -EINVAL (see `d`), -ENOMEM.
 */
int oci_import(const json_t *o, const char *const *caps, struct diag *d, json_t **ret_section);

/*
 * What the object decides of native calls: where entries overlap the stricter one, as ours are
 * made not to. Calls that this architecture does not have are left out, as the runtimes do. 0,
 * -EINVAL (see `d`), -ENOMEM.
 */
int oci_profile_read(const json_t *o, struct diag *d, struct profile *ret_profile);

/*
 * Writes the profile as an object of the caller's. What runtimes or the kernel would not take is
 * told to `d`, at the place where `policy` (or NULL) names the call. 0, -EINVAL, -ENOMEM.
 */
int oci_profile_write(const struct profile *p, const struct policy *policy, struct diag *d,
		      json_t **ret_object);

/*
 * Does the kernel take the filter that a runtime makes of the object? 0; -ENOMEM; -EINVAL, told to
 * `d`, at the place where `policy` (or NULL) names the call that takes the most.
 */
int oci_check_size(const json_t *o, const struct policy *policy, struct diag *d);
/* The same, telling nothing. */
bool oci_fits(const json_t *o);
/* Warns that in audit mode an object is for this architecture alone, for want of room. 0. */
int oci_warn_native(struct diag *d, struct mark at);

/*
 * The object that decides as the stricter of the policy and of `theirs`, which may be NULL. What is
 * wrong with either goes to its own diagnostics. 0, -EINVAL, -ENOMEM.
 */
int oci_merge(const struct policy *policy, const json_t *theirs, struct diag *policy_diag,
	      struct diag *theirs_diag, json_t **ret_object);

#endif
