/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which entries of a profile are meant for the container at hand.
 *
 * docker and podman resolve `includes` and `excludes` when a container is made:
 * entries for capabilities it has, for an architecture, for a kernel. Here the
 * capabilities are the caller's to name, the architecture is this one, and the
 * kernel is at least the oldest that ringfence runs on.
 */
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>

#include "names.h"
#include "oci.h"

#define NOWHERE	      ((struct mark){0})
#define KERNEL_MAJOR  6
#define KERNEL_MINOR  1
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct who {
	const char *const *caps; /* NULL-terminated */
	struct diag *d;
};

static bool has_cap(const struct who *w, const char *cap)
{
	for (size_t i = 0; cap && w->caps[i]; i++)
		if (!strcmp(w->caps[i], cap))
			return true;
	return false;
}

static bool is_native(const struct who *w, const char *arch)
{
	(void)w;
	return arch && !strcmp(arch, native_arch() == SCMP_ARCH_X86_64 ? "amd64" : "arm64");
}

/* How many members of the list `key` are as `is` says. */
static size_t count(const struct who *w, const json_t *o, const char *key,
		    bool (*is)(const struct who *, const char *))
{
	const json_t *list = json_object_get(o, key);
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(list); i++)
		n += is(w, json_string_value(json_array_get(list, i)));
	return n;
}

/* Is every kernel that we run on at least the one named? */
static bool is_kernel_old(const json_t *o)
{
	const char *text = json_string_value(json_object_get(o, "minKernel"));
	unsigned major = 0, minor = 0;

	if (!text || sscanf(text, "%u.%u", &major, &minor) < 1)
		return !json_object_get(o, "minKernel");
	return major < KERNEL_MAJOR || (major == KERNEL_MAJOR && minor <= KERNEL_MINOR);
}

static void left_out(const struct who *w, const struct oci_rule *rule, const json_t *includes)
{
	const json_t *caps = json_object_get(includes, "caps");
	const char *cap = json_string_value(json_array_get(caps, 0));
	size_t n = oci_rule_names(rule);

	if (!is_kernel_old(includes)) {
		diag_warn(
		    w->d, NOWHERE,
		    "syscalls[%zu]: %zu name%s left out, for kernels that ringfence need not have",
		    rule->at, n, n == 1 ? "" : "s");
		return;
	}
	diag_warn(w->d, NOWHERE, "syscalls[%zu]: %zu name%s left out, for containers with %s",
		  rule->at, n, n == 1 ? "" : "s", cap ? shown(cap).text : "other capabilities");
	if (cap)
		diag_hint(w->d, "--cap %s takes %s", shown(cap).text, n == 1 ? "it" : "them");
}

static bool applies(const struct who *w, const struct oci_rule *rule)
{
	const json_t *in = json_object_get(rule->entry, "includes");
	const json_t *ex = json_object_get(rule->entry, "excludes");
	size_t arches = json_array_size(json_object_get(in, "arches"));

	if (count(w, ex, "caps", has_cap) || count(w, ex, "arches", is_native))
		return false;
	if (json_object_get(ex, "minKernel") && is_kernel_old(ex))
		return false;
	if (arches && !count(w, in, "arches", is_native))
		return false;
	if (count(w, in, "caps", has_cap) == json_array_size(json_object_get(in, "caps")) &&
	    is_kernel_old(in))
		return true;
	left_out(w, rule, in);
	return false;
}

/* Members that are not known may narrow or widen what they are in. */
static bool knows_all(const struct who *w, const json_t *o, const char *where,
		      const char *const *known, size_t n)
{
	const char *key;
	json_t *value;
	bool all = true;

	json_object_foreach((json_t *)o, key, value)
	{
		bool found = false;

		for (size_t i = 0; i < n; i++)
			found = found || !strcmp(known[i], key);
		if (found)
			continue;
		diag_warn(w->d, NOWHERE, "%s%s: not known, and not taken", where, shown(key).text);
		all = false;
	}
	return all;
}

static bool is_understood(const struct who *w, const struct oci_rule *rule)
{
	static const char *const entry[] = {"name", "names",   "action",   "errnoRet", "errno",
					    "args", "comment", "includes", "excludes"};
	static const char *const filters[] = {"caps", "arches", "minKernel"};
	char where[64];
	bool all;

	snprintf(where, sizeof(where), "syscalls[%zu].", rule->at);
	all = knows_all(w, rule->entry, where, entry, ARRAY_SIZE(entry));
	snprintf(where, sizeof(where), "syscalls[%zu].includes.", rule->at);
	all &= knows_all(w, json_object_get(rule->entry, "includes"), where, filters,
			 ARRAY_SIZE(filters));
	snprintf(where, sizeof(where), "syscalls[%zu].excludes.", rule->at);
	all &= knows_all(w, json_object_get(rule->entry, "excludes"), where, filters,
			 ARRAY_SIZE(filters));
	return all;
}

bool oci_rule_applies(const struct oci_rule *rule, const char *const *caps, struct diag *d)
{
	const struct who w = {caps, d};
	uint32_t action = rule->verdict & SECCOMP_RET_ACTION_FULL;

	/* Of what is not understood, what allows is left out, and what refuses is taken. */
	if (!is_understood(&w, rule))
		return action != SECCOMP_RET_ALLOW;
	return applies(&w, rule);
}
