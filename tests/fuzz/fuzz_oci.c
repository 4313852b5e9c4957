/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arbitrary JSON for a seccomp profile: it is read or refused; what was read
 * and is written decides the same when it is read again; and what is imported
 * is a section that a policy takes.
 */
#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../enforcer/yaml_write.h"
#include "../../seccomp/names.h"
#include "../../seccomp/oci.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

static void decide_the_same(const struct profile *a, const struct profile *b)
{
	static const uint64_t values[] = {0, 1, 3, 9, 40, 64, 0x7e020000, UINT32_MAX};
	struct syscall_call call = {.arch = native_arch()};

	for (call.nr = 0; call.nr < SYSCALL_NUMBERS_MAX; call.nr++) {
		char *name = a->calls[call.nr].n ? syscall_name(call.arch, call.nr) : NULL;

		for (size_t i = 0; name && i < sizeof(values) / sizeof(values[0]); i++) {
			for (unsigned k = 0; k < REGION_ARGS; k++)
				call.args[k] = values[(i + k) % 8];
			check(profile_ask(a, &call) == profile_ask(b, &call));
		}
		free(name);
	}
}

static void write_and_read(const struct profile *p)
{
	struct profile again;
	json_t *o = NULL;
	struct diag d;
	int r;

	diag_init(&d, "fuzz");
	r = oci_profile_write(p, NULL, &d, &o);
	check(!r || (r == -EINVAL && d.errors));
	if (!r)
		(void)oci_check_size(o, NULL, &d);
	diag_done(&d);
	if (r)
		return;
	diag_init(&d, "fuzz");
	check(oci_profile_read(o, &d, &again) == 0);
	decide_the_same(p, &again);
	profile_done(&again);
	diag_done(&d);
	json_decref(o);
}

static void is_section(json_t *section)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:O}", "version", "1", "name", "fuzz", "mode",
			      "enforce", "syscalls", section);
	struct policy *policy = NULL;
	struct diag d;
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	check(o && f && !yaml_write(o, f) && !fclose(f));
	diag_init(&d, "fuzz");
	if (policy_read("fuzz", text, size, &d, &policy) || syscalls_check(policy, &d)) {
		fputs(text, stderr);
		diag_print(&d, stderr);
		abort();
	}
	policy_free(policy);
	diag_done(&d);
	free(text);
	json_decref(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const caps[] = {"CAP_BPF", NULL};
	json_t *o = json_loadb((const char *)data, size, 0, NULL), *section = NULL;
	struct profile p;
	struct diag d;

	if (!o)
		return 0;
	diag_init(&d, "fuzz");
	if (!oci_profile_read(o, &d, &p)) {
		write_and_read(&p);
		profile_done(&p);
	}
	diag_done(&d);
	diag_init(&d, "fuzz");
	if (!oci_import(o, caps, &d, &section))
		is_section(section);
	diag_done(&d);
	json_decref(section);
	json_decref(o);
	return 0;
}
