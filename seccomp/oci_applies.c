/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which entries of a profile are meant for the container at hand.
 *
 * docker and podman resolve `includes` and `excludes` when a container is made:
 * entries for capabilities it has, for an architecture, for a kernel. Here the
 * capabilities are the caller's to name, the architecture is this one, and the
 * kernel is any from the oldest on that ringfence runs on: where a newer one
 * decides, what refuses is taken, and what allows is not.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
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

/* "N.N". False: it is something else. */
static bool read_kernel(const char *text, unsigned *ret_major, unsigned *ret_minor)
{
	static const char digits[] = "0123456789";
	size_t major = strspn(text, digits), minor;

	if (!major || major > 4 || text[major] != '.')
		return false;
	minor = strspn(text + major + 1, digits);
	if (!minor || minor > 4 || text[major + 1 + minor])
		return false;
	*ret_major = (unsigned)strtoul(text, NULL, 10);
	*ret_minor = (unsigned)strtoul(text + major + 1, NULL, 10);
	return true;
}

static const char *min_kernel(const json_t *o)
{
	return json_string_value(json_object_get(o, "minKernel"));
}

/* Is every kernel that we run on at least the one named? */
static bool is_kernel_old(const json_t *o)
{
	unsigned major, minor;

	return read_kernel(min_kernel(o), &major, &minor) &&
	       (major < KERNEL_MAJOR || (major == KERNEL_MAJOR && minor <= KERNEL_MINOR));
}

static bool refuses(const struct oci_rule *rule)
{
	return (rule->verdict & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ALLOW;
}

static void left_out(const struct who *w, const struct oci_rule *rule, const json_t *includes)
{
	const json_t *caps = json_object_get(includes, "caps");
	const char *cap = json_string_value(json_array_get(caps, 0));
	size_t n = oci_rule_names(rule);

	diag_warn(w->d, NOWHERE, "syscalls[%zu]: %zu name%s left out, for containers with %s",
		  rule->at, n, n == 1 ? "" : "s", cap ? shown(cap).text : "other capabilities");
	if (cap)
		diag_hint(w->d, "--cap %s takes %s", shown(cap).text, n == 1 ? "it" : "them");
}

/* The entry is for some of the kernels that we run on. */
static bool applies_to_kernels(const struct who *w, const struct oci_rule *rule)
{
	size_t n = oci_rule_names(rule);

	diag_warn(w->d, NOWHERE, "syscalls[%zu]: %zu name%s %s, for kernels that ringfence %s",
		  rule->at, n, n == 1 ? "" : "s", refuses(rule) ? "taken" : "left out",
		  refuses(rule) ? "may have" : "need not have");
	return refuses(rule);
}

static bool applies(const struct who *w, const struct oci_rule *rule)
{
	const json_t *in = json_object_get(rule->entry, "includes");
	const json_t *ex = json_object_get(rule->entry, "excludes");
	size_t arches = json_array_size(json_object_get(in, "arches"));

	if (count(w, ex, "caps", has_cap) || count(w, ex, "arches", is_native))
		return false;
	if (min_kernel(ex) && is_kernel_old(ex))
		return false;
	if (arches && !count(w, in, "arches", is_native))
		return false;
	if (count(w, in, "caps", has_cap) != json_array_size(json_object_get(in, "caps"))) {
		left_out(w, rule, in);
		return false;
	}
	if (!min_kernel(ex) && (!min_kernel(in) || is_kernel_old(in)))
		return true;
	return applies_to_kernels(w, rule);
}

/* A list of strings, or nothing. `where`: the object, "syscalls[3].includes." */
static int check_list(const struct who *w, const json_t *o, const char *where, const char *key)
{
	const json_t *list = json_object_get(o, key);

	if (!list || json_is_null(list))
		return 0;
	if (!json_is_array(list))
		return diag_error(w->d, NOWHERE, "%s%s: not a list", where, key);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!json_is_string(json_array_get(list, i)))
			return diag_error(w->d, NOWHERE, "%s%s[%zu]: not a string", where, key, i);
	return 0;
}

/* What is misread might allow: `includes` or `excludes` of an entry, 0 or -EINVAL. */
static int check_filter(const struct who *w, const struct oci_rule *rule, const char *key)
{
	const json_t *o = json_object_get(rule->entry, key), *kernel;
	unsigned major, minor;
	char where[64];
	int r;

	if (!o || json_is_null(o))
		return 0;
	if (!json_is_object(o))
		return diag_error(w->d, NOWHERE, "syscalls[%zu].%s: not an object", rule->at, key);
	snprintf(where, sizeof(where), "syscalls[%zu].%s.", rule->at, key);
	r = check_list(w, o, where, "caps");
	if (check_list(w, o, where, "arches") < 0)
		r = -EINVAL;
	kernel = json_object_get(o, "minKernel");
	if (!kernel || json_is_null(kernel) ||
	    (json_is_string(kernel) && read_kernel(json_string_value(kernel), &major, &minor)))
		return r;
	diag_error(w->d, NOWHERE, "%sminKernel: not the version of a kernel", where);
	return diag_hint(w->d, "it is written as \"6.1\"");
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

int oci_rule_applies(const struct oci_rule *rule, const char *const *caps, struct diag *d,
		     bool *ret_applies)
{
	const struct who w = {caps, d};
	int r = check_filter(&w, rule, "includes");

	if (check_filter(&w, rule, "excludes") < 0)
		r = -EINVAL;
	if (r < 0)
		return r;
	/* Of what is not understood, what allows is left out, and what refuses is taken. */
	*ret_applies = is_understood(&w, rule) ? applies(&w, rule) : refuses(rule);
	return 0;
}
