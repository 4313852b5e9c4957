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
 * Conditions are SCMP_CMP_MASKED_EQ, or SCMP_CMP_EQ where 64 bits count: see
 * region.c. Calls without conditions are gathered by action, sorted by name.
 *
 * The object is for this architecture alone. The runtimes have others, and x32,
 * killed then, as a policy's own filter has.
 */
#include "oci.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

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

/* 0, -ENOMEM, -ERANGE. */
static int args_of(const struct region *r, json_t **ret_args)
{
	json_t *args = json_array();
	int fails = !args;

	for (unsigned i = 0; i < REGION_ARGS; i++) {
		bool whole = r->mask[i] == UINT64_MAX;

		if (!r->mask[i])
			continue;
		if (r->value[i] > INT64_MAX || (!whole && r->mask[i] > INT64_MAX)) {
			json_decref(args);
			return -ERANGE;
		}
		fails |= json_array_append_new(
		    args, whole ? json_pack("{s:i, s:I, s:s}", "index", i, "value",
					    (json_int_t)r->value[i], "op", "SCMP_CMP_EQ")
				: json_pack("{s:i, s:I, s:I, s:s}", "index", i, "value",
					    (json_int_t)r->mask[i], "valueTwo",
					    (json_int_t)r->value[i], "op", "SCMP_CMP_MASKED_EQ"));
	}
	if (fails) {
		json_decref(args);
		return -ENOMEM;
	}
	*ret_args = args;
	return 0;
}

/* What no earlier case has taken of the region. */
static void left_over(const struct profile_call *c, size_t earlier, const struct region *region,
		      uint32_t verdict, struct regions *ret)
{
	struct regions left = {0}, next;

	regions_add(&left, region);
	for (size_t i = 0; i < earlier && left.n && !left.failed; i++) {
		if (c->cases[i].verdict == verdict)
			continue;
		next = (struct regions){0};
		for (size_t k = 0; k < left.n; k++)
			region_subtract(&left.items[k], &c->cases[i].region, &next);
		next.failed = next.failed ? next.failed : left.failed;
		regions_done(&left);
		left = next;
	}
	*ret = left;
}

/* Entries for one case, which are none where the default says the same. */
static int write_case(const struct profile *p, const char *name, const struct profile_call *c,
		      size_t at, json_t *list)
{
	const struct region region = at < c->n ? c->cases[at].region : region_all;
	uint32_t verdict = at < c->n ? c->cases[at].verdict : c->rest;
	struct regions left;
	json_t *args;
	int r;

	if (verdict == p->otherwise)
		return 0;
	left_over(c, at, &region, verdict, &left);
	r = left.failed;
	for (size_t i = 0; i < left.n && !r; i++) {
		r = args_of(&left.items[i], &args);
		if (!r)
			r = json_array_append_new(list,
						  entry(json_pack("[s]", name), verdict, args))
				? -ENOMEM
				: 0;
	}
	regions_done(&left);
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

static int write_conditional(const struct profile *p, json_t *list, uint32_t *ret_nr)
{
	int r = 0;

	for (uint32_t nr = 0; nr < SYSCALL_NUMBERS_MAX && !r; nr++) {
		const struct profile_call *c = &p->calls[nr];
		char *name;

		if (!is_conditional(c))
			continue;
		name = syscall_name(native_arch(), nr);
		if (!name)
			return -ENOMEM;
		for (size_t i = 0; i <= c->n && !r; i++)
			r = write_case(p, name, c, i, list);
		free(name);
		*ret_nr = nr;
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

static const char *arch_word(void)
{
	return native_arch() == SCMP_ARCH_X86_64 ? "SCMP_ARCH_X86_64" : "SCMP_ARCH_AARCH64";
}

int oci_profile_write(const struct profile *p, json_t **ret_object, uint32_t *ret_nr)
{
	json_t *list = json_array(), *o;
	int r = list ? write_all_plain(p, list) : -ENOMEM;

	if (!r)
		r = write_conditional(p, list, ret_nr);
	if (r < 0) {
		json_decref(list);
		return r;
	}
	o = json_pack("{s:s, s:[s], s:o}", "defaultAction", oci_action_word(p->otherwise),
		      "architectures", arch_word(), "syscalls", list);
	if (o && is_errno(p->otherwise) &&
	    json_object_set_new(o, "defaultErrnoRet",
				json_integer(p->otherwise & SECCOMP_RET_DATA))) {
		json_decref(o);
		o = NULL;
	}
	*ret_object = o;
	return o ? 0 : -ENOMEM;
}
