/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stricter of a policy and of the filter that a container has.
 *
 * A policy in audit mode refuses nothing, so calls of other architectures stay
 * with the container's filter, and so do its entries for calls that this
 * architecture lacks, if that can be had.
 */
#include "oci.h"

#include <errno.h>

#include "names.h"

#define NOWHERE ((struct mark){0})

/* What the policy alone comes to. */
static int write_own(const struct policy *policy, struct diag *d, struct profile *ret_profile,
		     json_t **ret)
{
	int r = profile_from_policy(policy, d, ret_profile);

	return r < 0 ? r : oci_profile_write(ret_profile, policy, d, ret);
}

static int write_both(const struct profile *ours, const json_t *theirs, struct diag *d,
		      json_t **ret)
{
	struct profile other = {0}, both = {0};
	int r = oci_profile_read(theirs, d, &other);

	if (r < 0)
		return r;
	r = profile_merge(ours, &other, &both);
	if (r == -E2BIG)
		r = diag_error(d, NOWHERE,
			       "with those of the policy, the conditions on a call come to more "
			       "than %u cases",
			       REGIONS_MAX);
	if (!r)
		r = oci_profile_write(&both, NULL, d, ret);
	if (r == -EINVAL)
		diag_note(d, NOWHERE, "the policy's own can be written");
	profile_done(&both);
	profile_done(&other);
	return r;
}

/* The names of an entry that are no calls here, as a list. NULL: out of memory. */
static json_t *foreign_names(const struct oci_rule *rule)
{
	json_t *names = json_array();

	for (size_t i = 0; names && i < oci_rule_names(rule); i++) {
		const char *name = oci_rule_name(rule, i);

		if (syscall_number(name) >= 0 || !json_array_append_new(names, json_string(name)))
			continue;
		json_decref(names);
		names = NULL;
	}
	return names;
}

/* Adds their entry with those names alone. */
static int keep_foreign_entry(const struct oci_rule *rule, json_t *list)
{
	json_t *names = foreign_names(rule), *entry;
	int r = 0;

	if (!names)
		return -ENOMEM;
	entry = json_array_size(names) ? json_copy((json_t *)(uintptr_t)rule->entry) : NULL;
	if (entry) {
		json_object_del(entry, "name");
		r = json_object_set(entry, "names", names) || json_array_append(list, entry);
	} else if (json_array_size(names)) {
		r = -1;
	}
	json_decref(entry);
	json_decref(names);
	return r ? -ENOMEM : 0;
}

static int add_foreign(const json_t *theirs, struct diag *d, json_t *merged)
{
	const json_t *entries = json_object_get(theirs, "syscalls");
	json_t *arches = json_object_get(theirs, "architectures");
	json_t *list = json_object_get(merged, "syscalls");
	struct oci_rule rule;
	int r = 0;

	json_object_del(merged, "architectures");
	if (arches && json_object_set(merged, "architectures", arches))
		return -ENOMEM;
	for (size_t at = 0; at < json_array_size(entries) && !r; at++) {
		r = oci_read_rule(json_array_get(entries, at), at, d, &rule);
		if (!r)
			r = keep_foreign_entry(&rule, list);
	}
	return r;
}

/* As in add_architectures() of oci_export.c: unless it does not fit. The caller's is replaced. */
static int keep_foreign(const json_t *theirs, const struct policy *policy, struct diag *policy_diag,
			struct diag *d, json_t **merged)
{
	json_t *with = json_deep_copy(*merged);
	int r = with ? add_foreign(theirs, d, with) : -ENOMEM;

	if (!r && !oci_fits(with)) {
		json_decref(with);
		return oci_warn_native(policy_diag, policy->syscalls.mark);
	}
	if (!r)
		json_decref(*merged);
	else
		json_decref(with);
	*merged = r ? *merged : with;
	return r;
}

/* Too long a filter is the policy's where it is so alone. */
static int check_sizes(const json_t *own, const json_t *both, const struct policy *policy,
		       struct diag *policy_diag, struct diag *theirs_diag)
{
	int r = oci_fits(both) ? 0 : oci_check_size(own, policy, policy_diag);

	return r < 0 ? r : oci_check_size(both, NULL, theirs_diag);
}

int oci_merge(const struct policy *policy, const json_t *theirs, struct diag *policy_diag,
	      struct diag *theirs_diag, json_t **ret_object)
{
	struct profile ours = {0};
	json_t *own = NULL, *both = NULL;
	int r = write_own(policy, policy_diag, &ours, &own);

	if (!r && theirs)
		r = write_both(&ours, theirs, theirs_diag, &both);
	if (!r && theirs && ours.audit)
		r = keep_foreign(theirs, policy, policy_diag, theirs_diag, &both);
	if (!r)
		r = both ? check_sizes(own, both, policy, policy_diag, theirs_diag)
			 : oci_check_size(own, policy, policy_diag);
	if (!r)
		*ret_object = json_incref(both ? both : own);
	profile_done(&ours);
	json_decref(own);
	json_decref(both);
	return r;
}
