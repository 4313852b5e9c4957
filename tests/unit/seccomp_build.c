/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "seccomp_build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../seccomp/names.h"

void built_done(struct built *b)
{
	policy_free(b->policy);
	free(b->insns);
}

int try_build(const char *sections, bool audit, bool must, struct built *ret_built)
{
	struct diag d;
	char *text;
	struct built b = {0};
	int r;

	assert_true(asprintf(&text, "version: 1\nname: t\nmode: enforce\n%s", sections) > 0);
	diag_init(&d, "t.yaml");
	r = policy_read("t.yaml", text, strlen(text), &d, &b.policy);
	if (r < 0) {
		diag_print(&d, stderr);
		fail_msg("not a policy:\n%s", text);
	}
	r = filter_build(b.policy, audit, &d, &b.insns, &b.len);
	assert_true((r < 0) == (d.errors > 0));
	if (r < 0 && must)
		diag_print(&d, stderr);
	diag_done(&d);
	free(text);
	if (r < 0)
		built_done(&b);
	else
		*ret_built = b;
	return r;
}

struct built build(const char *sections, bool audit)
{
	struct built b = {0};

	if (try_build(sections, audit, true, &b) < 0)
		fail_msg("does not compile:\n%s", sections);
	return b;
}

uint32_t ask(const struct built *b, const char *name, uint64_t a0, uint64_t a1, uint64_t a2)
{
	struct syscall_call call = {
	    .nr = (uint32_t)syscall_number(name), .arch = native_arch(), .args = {a0, a1, a2}};

	assert_true(syscall_number(name) >= 0);
	return filter_simulate(b->insns, b->len, &call);
}
