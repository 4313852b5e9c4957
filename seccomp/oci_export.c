/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a profile to an OCI object.
 *
 * The specification has no order and does not say which of two entries for one
 * call wins, and libseccomp, which the runtimes give them to, goes by its own.
 * So no two entries that say different things apply to the same arguments: of
 * each case only what no earlier case has taken is written, and nothing is
 * written that the default says anyway, which libseccomp would refuse.
 *
 * Conditions are as oci_args.c writes them. Calls without conditions are gathered by action, sorted
 * by name.
 *
 * The object is for this architecture alone. The runtimes have others, and x32,
 * killed then, as a policy's own filter has; but not in audit mode.
 */
#include "oci.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "oci_args.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_errno(uint32_t verdict)
{
	return (verdict & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;
}

static bool has_data(uint32_t verdict)
{
	uint32_t action = verdict & SECCOMP_RET_ACTION_FULL;

	return action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE;
}

static json_t *entry(json_t *names, uint32_t verdict, json_t *args)
{
	json_t *o = json_pack("{s:o, s:s, s:o*}", "names", names, "action",
			      oci_action_word(verdict), "args", args);

	if (o && has_data(verdict) &&
	    json_object_set_new(o, "errnoRet", json_integer(verdict & SECCOMP_RET_DATA))) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/* Case `i` of a call, as a region; the one after the last is what is left. */
static const struct region *region_at(const struct profile_call *c, size_t i)
{
	return i < c->n ? &c->cases[i].region : &region_all;
}

static uint32_t verdict_at(const struct profile_call *c, size_t i)
{
	return i < c->n ? c->cases[i].verdict : c->rest;
}

/* Adds what no earlier case has taken of case `at`. */
static void add_left_over(const struct profile_call *c, size_t at, struct regions *ret)
{
	struct regions left = {0}, next;

	regions_add(&left, region_at(c, at));
	for (size_t i = 0; i < at && left.n && !left.failed; i++) {
		if (c->cases[i].verdict == verdict_at(c, at))
			continue;
		next = (struct regions){0};
		for (size_t k = 0; k < left.n; k++)
			region_subtract(&left.items[k], &c->cases[i].region, &next);
		next.failed = next.failed ? next.failed : left.failed;
		regions_done(&left);
		left = next;
	}
	for (size_t i = 0; i < left.n; i++)
		regions_add(ret, &left.items[i]);
	ret->failed = ret->failed ? ret->failed : left.failed;
	regions_done(&left);
}

/* Entries for the cases of one call that have this verdict. 0, -ENOMEM, -E2BIG, -ERANGE. */
static int write_verdict(const struct profile_call *c, const char *name, uint32_t verdict,
			 json_t *list)
{
	json_t *all = json_array();
	struct regions regions = {0};
	int r;

	for (size_t i = 0; i <= c->n; i++)
		if (verdict_at(c, i) == verdict)
			add_left_over(c, i, &regions);
	r = all ? regions.failed : -ENOMEM;
	if (!r)
		r = oci_args_write(&regions, all);
	for (size_t i = 0; i < json_array_size(all) && !r; i++)
		if (json_array_append_new(list, entry(json_pack("[s]", name), verdict,
						      json_incref(json_array_get(all, i)))))
			r = -ENOMEM;
	regions_done(&regions);
	json_decref(all);
	return r;
}

/*
 * libseccomp (2.5.4) was seen not to end over rules of one call that compare an order and have two
 * arguments: the entries from `first` on must be without an order, or with one argument each.
 */
static bool may_not_end(const json_t *list, size_t first)
{
	bool ordered = false, two = false;

	for (; first < json_array_size(list); first++) {
		const json_t *args = json_object_get(json_array_get(list, first), "args");

		two = two || json_array_size(args) > 1;
		for (size_t i = 0; i < json_array_size(args); i++) {
			const json_t *op = json_object_get(json_array_get(args, i), "op");
			const char *word = json_string_value(op);

			ordered =
			    ordered || !strcmp(word, "SCMP_CMP_LE") || !strcmp(word, "SCMP_CMP_GT");
		}
	}
	return ordered && two;
}

/* Each verdict once, but for what the default says. As write_verdict(), or -EDOM. */
static int write_cases(const struct profile *p, const char *name, const struct profile_call *c,
		       json_t *list)
{
	const size_t first = json_array_size(list);
	int r = 0;

	for (size_t i = 0; i <= c->n && !r; i++) {
		bool seen = verdict_at(c, i) == p->otherwise;

		for (size_t k = 0; k < i && !seen; k++)
			seen = verdict_at(c, k) == verdict_at(c, i);
		if (!seen)
			r = write_verdict(c, name, verdict_at(c, i), list);
	}
	if (!r && may_not_end(list, first))
		r = -EDOM;
	return r;
}

/* A case counts where it says other than what is left. */
static bool is_conditional(const struct profile_call *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->cases[i].verdict != c->rest)
			return true;
	return false;
}

/* Why the conditions on a call are not written, at the place where the policy names it. */
static int unwritten(int r, const struct policy *policy, const char *call, struct diag *d)
{
	const struct mark at = policy ? profile_mark(policy, call) : (struct mark){0};

	if (r == -ENOMEM)
		return r;
	if (r == -E2BIG)
		return profile_too_many(policy, call, d);
	if (r == -EDOM) {
		diag_error(d, at, "the conditions on '%s' are too much for libseccomp", call);
		return diag_hint(d, "where 64 bits are compared with ne, lt, le, gt or ge, let the "
				    "entries of the call have one condition each");
	}
	diag_error(d, at, "the conditions on '%s' need numbers from 2^63 on", call);
	return diag_hint(d, "runtimes compare an argument once in an entry, and JSON has no such "
			    "numbers: on 64 bits compare with eq, in, ne, or with one bound");
}

static int write_conditional(const struct profile *p, const struct policy *policy, struct diag *d,
			     json_t *list)
{
	int r = 0;

	for (uint32_t nr = 0; nr < SYSCALL_NUMBERS_MAX && r != -ENOMEM; nr++) {
		const struct profile_call *c = &p->calls[nr];
		char *name;
		int each;

		if (!is_conditional(c))
			continue;
		name = syscall_name(native_arch(), nr);
		each = name ? write_cases(p, name, c, list) : -ENOMEM;
		if (each < 0)
			r = unwritten(each, policy, name, d); /* report them all */
		free(name);
	}
	return r;
}

/* Names with this verdict whatever their arguments. */
static size_t collect(const struct profile *p, uint32_t verdict, char **names)
{
	size_t n = 0;

	for (uint32_t nr = 0; nr < SYSCALL_NUMBERS_MAX; nr++) {
		const struct profile_call *c = &p->calls[nr];

		if (c->rest != verdict || is_conditional(c))
			continue;
		names[n] = syscall_name(native_arch(), nr);
		n += names[n] != NULL;
	}
	qsort(names, n, sizeof(*names), by_text);
	return n;
}

static int write_plain(const struct profile *p, uint32_t verdict, json_t *list)
{
	char **names = calloc(SYSCALL_NUMBERS_MAX, sizeof(*names));
	json_t *array = json_array();
	size_t n = names ? collect(p, verdict, names) : 0;
	int fails = !names || !array;

	for (size_t i = 0; i < n; i++) {
		fails |= json_array_append_new(array, json_string(names[i]));
		free(names[i]);
	}
	free(names);
	if (n && !fails)
		return json_array_append_new(list, entry(array, verdict, NULL)) ? -ENOMEM : 0;
	json_decref(array);
	return fails ? -ENOMEM : 0;
}

/* Each verdict once, in the order of the numbers it is first seen at. */
static int write_all_plain(const struct profile *p, json_t *list)
{
	int r = 0;

	for (uint32_t nr = 0; nr < SYSCALL_NUMBERS_MAX && !r; nr++) {
		uint32_t verdict = p->calls[nr].rest;
		bool seen = verdict == p->otherwise || is_conditional(&p->calls[nr]);

		for (uint32_t i = 0; i < nr && !seen; i++)
			seen = p->calls[i].rest == verdict && !is_conditional(&p->calls[i]);
		if (!seen)
			r = write_plain(p, verdict, list);
	}
	return r;
}

static json_t *architectures(void)
{
	return json_pack("[s]", native_arch() == SCMP_ARCH_X86_64 ? "SCMP_ARCH_X86_64"
								  : "SCMP_ARCH_AARCH64");
}

/*
 * In audit mode a policy kills nothing: the other architectures that the kernel has. Not where the
 * filter would be too long with them, or libseccomp does not take it: the conditions on one call of
 * theirs are those on several of ours. The caller's is replaced.
 */
static int add_architectures(json_t **o, const struct policy *policy, struct diag *d)
{
	bool x86 = native_arch() == SCMP_ARCH_X86_64;
	json_t *with = json_deep_copy(*o);
	json_t *list = json_object_get(with, "architectures");
	int r = with ? 0 : -ENOMEM;

	if (!r &&
	    (json_array_append_new(list, json_string(x86 ? "SCMP_ARCH_X86" : "SCMP_ARCH_ARM")) ||
	     (x86 && json_array_append_new(list, json_string("SCMP_ARCH_X32")))))
		r = -ENOMEM;
	if (!r && !oci_fits(with)) {
		json_decref(with);
		return oci_warn_native(d, policy ? policy->syscalls.mark : (struct mark){0});
	}
	if (!r)
		json_decref(*o);
	else
		json_decref(with);
	*o = r ? *o : with;
	return r;
}

static json_t *object_of(const struct profile *p, json_t *list)
{
	json_t *o = json_pack("{s:s, s:o, s:O}", "defaultAction", oci_action_word(p->otherwise),
			      "architectures", architectures(), "syscalls", list);

	if (o && is_errno(p->otherwise) &&
	    json_object_set_new(o, "defaultErrnoRet",
				json_integer(p->otherwise & SECCOMP_RET_DATA))) {
		json_decref(o);
		o = NULL;
	}
	return o;
}

int oci_profile_write(const struct profile *p, const struct policy *policy, struct diag *d,
		      json_t **ret_object)
{
	json_t *list = json_array(), *o = NULL;
	int r = list ? write_all_plain(p, list) : -ENOMEM;

	if (!r)
		r = write_conditional(p, policy, d, list);
	if (!r) {
		o = object_of(p, list);
		r = o ? 0 : -ENOMEM;
	}
	json_decref(list);
	if (!r && p->audit)
		r = add_architectures(&o, policy, d);
	if (!r)
		*ret_object = o;
	else
		json_decref(o);
	return r;
}
