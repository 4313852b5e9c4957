/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the whole of an OCI seccomp object decides.
 *
 * Comparisons are read with the bits that the kernel looks at (argtypes.c), not
 * with the 64 that libseccomp compares: "not 16" then does not let pass what
 * the kernel takes for 16. Where the two differ, this is the stricter reading.
 */
#include "oci.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "argtypes.h"
#include "names.h"

/* lt, le, gt, ge: see oci_arg_test(). */
static bool ordered_test(const struct oci_arg *a, uint64_t mask, struct arg_test *t)
{
	bool below = a->op == SCMP_CMP_LT || a->op == SCMP_CMP_LE;
	bool next = a->op == SCMP_CMP_LE || a->op == SCMP_CMP_GT;

	/* Every value the argument can have is below the number. */
	if (a->value > mask || (next && a->value == mask))
		return below;
	t->kind = below ? TEST_BELOW : TEST_AT_LEAST;
	t->values[0] += next;
	return true;
}

bool oci_arg_test(const char *call, const struct oci_arg *a, uint64_t *value, struct arg_test *ret)
{
	const uint64_t type = argument_mask(argument_type(call, a->index));
	/* A pointer, or unknown: as libseccomp does it. */
	const uint64_t mask = type ? type : UINT64_MAX;

	*value = a->value;
	*ret = (struct arg_test){
	    .arg = a->index, .kind = TEST_ALWAYS, .mask = mask, .values = value, .n_values = 1};
	switch (a->op) {
	case SCMP_CMP_EQ:
		ret->kind = TEST_IN;
		return !(*value & ~mask);
	case SCMP_CMP_NE:
		if (!(*value & ~mask))
			ret->kind = TEST_NOT_IN;
		return true;
	case SCMP_CMP_MASKED_EQ:
		ret->kind = TEST_IN;
		ret->mask = a->value & mask;
		*value = a->value_two;
		return !(*value & ~ret->mask);
	default:
		return ordered_test(a, mask, ret);
	}
}

/* The arguments that the rule is about. */
static void add_rule_regions(const struct oci_rule *rule, const char *call, struct regions *out)
{
	struct arg_test tests[OCI_ARGS_MAX];
	uint64_t values[OCI_ARGS_MAX];
	bool any = oci_rule_is_any(rule), all = true;

	for (size_t i = 0; i < rule->n_args; i++) {
		bool possible = oci_arg_test(call, &rule->args[i], &values[i], &tests[i]);

		if (any && possible)
			regions_add_tests(out, &tests[i], 1);
		all = all && possible;
	}
	if (!any && all)
		regions_add_tests(out, tests, rule->n_args);
}

/* The entries that answer with `verdict`, for the calls they name. */
static int add_rules(const json_t *list, uint32_t verdict, struct diag *d, struct profile *p)
{
	struct oci_rule rule;

	for (size_t at = 0; at < json_array_size(list); at++) {
		if (oci_read_rule(json_array_get(list, at), at, d, &rule) < 0)
			return -EINVAL;
		if (rule.verdict != verdict)
			continue;
		for (size_t i = 0; i < oci_rule_names(&rule); i++) {
			const char *name = oci_rule_name(&rule, i);
			struct regions regions = {0};
			int nr = syscall_number(name);

			if (nr < 0 || nr >= (int)SYSCALL_NUMBERS_MAX)
				continue;
			add_rule_regions(&rule, name, &regions);
			profile_add(p, (uint32_t)nr, &regions, verdict);
			regions_done(&regions);
		}
	}
	return profile_finish(p);
}

/* The verdicts of the entries, each once, the strictest first. */
static int collect_verdicts(const json_t *list, struct diag *d, uint32_t *verdicts, size_t *ret_n)
{
	size_t n = 0;
	int r = 0;

	for (size_t at = 0; at < json_array_size(list); at++) {
		struct oci_rule rule;
		size_t i = 0, k;

		if (oci_read_rule(json_array_get(list, at), at, d, &rule) < 0) {
			r = -EINVAL;
			continue;
		}
		while (i < n && verdicts[i] != rule.verdict &&
		       verdict_stricter(verdicts[i], rule.verdict) == verdicts[i])
			i++;
		for (k = i; k < n && verdicts[k] != rule.verdict; k++)
			;
		if (k < n)
			continue;
		memmove(&verdicts[i + 1], &verdicts[i], (n - i) * sizeof(*verdicts));
		verdicts[i] = rule.verdict;
		n++;
	}
	*ret_n = n;
	return r;
}

int oci_profile_read(const json_t *o, struct diag *d, struct profile *ret_profile)
{
	const json_t *list = json_object_get(o, "syscalls");
	uint32_t otherwise, *verdicts;
	struct profile p;
	size_t n;
	int r = oci_read_otherwise(o, d, &otherwise);

	if (list && !json_is_null(list) && !json_is_array(list))
		r = diag_error(d, (struct mark){0}, "syscalls: not a list");
	if (r < 0)
		return r;
	verdicts = calloc(json_array_size(list) + 1, sizeof(*verdicts));
	r = verdicts ? profile_init(&p, otherwise) : -ENOMEM;
	if (r < 0) {
		free(verdicts);
		return r;
	}
	r = collect_verdicts(list, d, verdicts, &n);
	for (size_t i = 0; i < n && !r; i++)
		r = add_rules(list, verdicts[i], d, &p);
	free(verdicts);
	if (r == -E2BIG)
		r = diag_error(d, (struct mark){0}, "syscalls: more than %u cases of one call",
			       REGIONS_MAX);
	if (r < 0) {
		profile_done(&p);
		return r;
	}
	*ret_profile = p;
	return 0;
}
