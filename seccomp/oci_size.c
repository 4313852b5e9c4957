/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long the filter is that a runtime makes of an OCI object: it is made here
 * in the same way, since the kernel refuses a long one only when the container
 * starts, with a message that says nothing.
 */
#include "oci.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "names.h"

/* SCMP_ACT_NOTIFY came with it. */
#define LIBSECCOMP_API 5

static const struct {
	const char *word;
	uint32_t arch;
} arches[] = {
    {"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64}, {"SCMP_ARCH_X86", SCMP_ARCH_X86},
    {"SCMP_ARCH_X32", SCMP_ARCH_X32},	    {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64},
    {"SCMP_ARCH_ARM", SCMP_ARCH_ARM},
};

static int add_arches(scmp_filter_ctx ctx, const json_t *list)
{
	int r = 0;

	for (size_t i = 0; i < json_array_size(list) && !r; i++) {
		const char *word = json_string_value(json_array_get(list, i));

		for (size_t k = 0; word && k < sizeof(arches) / sizeof(arches[0]) && !r; k++)
			if (!strcmp(arches[k].word, word))
				r = seccomp_arch_add(ctx, arches[k].arch);
		r = r == -EEXIST ? 0 : r;
	}
	return r;
}

/* Where an argument is compared twice, the runtimes make a rule of each comparison. */
static int add_rule(scmp_filter_ctx ctx, const struct oci_rule *rule, const char *name)
{
	struct scmp_arg_cmp cmp[OCI_ARGS_MAX];
	int nr = seccomp_syscall_resolve_name(name), r = 0;
	bool any = oci_rule_is_any(rule);

	if (nr == __NR_SCMP_ERROR)
		return 0;
	for (size_t i = 0; i < rule->n_args; i++)
		cmp[i] = (struct scmp_arg_cmp){.arg = rule->args[i].index,
					       .op = rule->args[i].op,
					       .datum_a = rule->args[i].value,
					       .datum_b = rule->args[i].value_two};
	if (!any)
		return seccomp_rule_add_array(ctx, rule->verdict, nr, (unsigned)rule->n_args, cmp);
	for (size_t i = 0; i < rule->n_args && !r; i++)
		r = seccomp_rule_add_array(ctx, rule->verdict, nr, 1, &cmp[i]);
	return r;
}

static int add_rules(scmp_filter_ctx ctx, const json_t *list, uint32_t otherwise, struct diag *d)
{
	struct oci_rule rule;
	int r = 0;

	for (size_t at = 0; at < json_array_size(list) && !r; at++) {
		if (oci_read_rule(json_array_get(list, at), at, d, &rule) < 0)
			return -EINVAL;
		for (size_t i = 0; i < oci_rule_names(&rule) && !r; i++)
			if (rule.verdict != otherwise)
				r = add_rule(ctx, &rule, oci_rule_name(&rule, i));
	}
	return r;
}

static int export_size(scmp_filter_ctx ctx, uint32_t optimize, size_t *longest)
{
	int fd = memfd_create("filter", MFD_CLOEXEC), r;
	struct stat st;

	if (fd < 0)
		return -errno;
	r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, optimize);
	if (!r)
		r = seccomp_export_bpf(ctx, fd);
	if (!r && fstat(fd, &st) < 0)
		r = -errno;
	close(fd);
	if (!r && (size_t)st.st_size / sizeof(struct sock_filter) > *longest)
		*longest = (size_t)st.st_size / sizeof(struct sock_filter);
	return r;
}

/* Of the longest that runtimes make. 0, -EINVAL (told), or what libseccomp said. */
static int filter_size(const json_t *o, struct diag *d, size_t *ret_instructions)
{
	uint32_t otherwise;
	scmp_filter_ctx ctx;
	size_t longest = 0;
	int r = oci_read_otherwise(o, d, &otherwise);

	if (!r)
		r = seccomp_api_set(LIBSECCOMP_API);
	if (r < 0)
		return r;
	ctx = seccomp_init(otherwise);
	if (!ctx)
		return -ENOMEM;
	r = add_arches(ctx, json_object_get(o, "architectures"));
	if (!r)
		r = add_rules(ctx, json_object_get(o, "syscalls"), otherwise, d);
	/* Some runtimes have the calls as a list, some as a tree. */
	for (uint32_t optimize = 1; optimize <= 2 && !r; optimize++)
		r = export_size(ctx, optimize, &longest);
	seccomp_release(ctx);
	if (!r)
		*ret_instructions = longest;
	return r;
}

/* The call that most entries are for. */
static const char *most_entries(const json_t *list, size_t *ret_n)
{
	const char *most = "", *at = "";
	size_t n = 0;

	*ret_n = 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);
		const char *name =
		    json_string_value(json_array_get(json_object_get(o, "names"), 0));

		if (!json_object_get(o, "args"))
			continue;
		n = strcmp(name, at) ? 1 : n + 1; /* those of one call follow each other */
		at = name;
		if (n > *ret_n) {
			*ret_n = n;
			most = at;
		}
	}
	return most;
}

/* Room for what a runtime puts around the filter: runc's answers for calls that are new. */
#define RUNTIME_ROOM 64

bool oci_fits(const json_t *o)
{
	struct diag scratch;
	int r;

	diag_init(&scratch, "");
	r = oci_check_size(o, NULL, &scratch);
	diag_done(&scratch);
	return !r;
}

int oci_check_size(const json_t *o, const struct policy *policy, struct diag *d)
{
	size_t n = 0, entries;
	const char *call;
	unsigned before = d->errors;
	int r = filter_size(o, d, &n);

	if (r == -ENOMEM || d->errors > before || (!r && n <= BPF_MAXINSNS - RUNTIME_ROOM))
		return r;
	call = most_entries(json_object_get(o, "syscalls"), &entries);
	if (r < 0)
		return diag_error(d, (struct mark){0}, "libseccomp takes no such filter: error %d",
				  -r);
	diag_error(
	    d, policy ? profile_mark(policy, call) : (struct mark){0},
	    "runtimes make %zu instructions of this, the kernel accepts %d and they add up to "
	    "%d: %zu of the entries are for '%s'",
	    n, BPF_MAXINSNS, RUNTIME_ROOM, entries, call);
	return diag_hint(d, "on 32 bits ne, lt, le, gt and ge become many entries: use eq, in and "
			    "mask");
}

int oci_warn_native(struct diag *d, struct mark at)
{
	int r = diag_warn(d, at, "calls of other architectures are killed, in audit mode too");

	return r < 0 ? r
		     : diag_note(d, at,
				 "with them the filter is more than runtimes or the kernel "
				 "take");
}
