/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two targets, by the first byte. Even: bytes as a filter and a call, for the
 * interpreter, which must end and stay inside its memory whatever it is given.
 * Odd: bytes as a policy's text, and if that is one, its filter and its meaning
 * must agree on a call made of the same bytes.
 */
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "../../seccomp/filter.h"
#include "../../seccomp/names.h"
#include "../../seccomp/simulate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_program(const struct syscall_call *call, const uint8_t *data, size_t size)
{
	size_t len = size / sizeof(struct sock_filter);
	struct sock_filter *insns = malloc(size + 1);
	uint32_t verdict;

	if (!insns)
		return;
	memcpy(insns, data, size);
	verdict = filter_simulate(insns, len, call);
	if (filter_verify(insns, len) < 0 && verdict != SECCOMP_RET_KILL_PROCESS)
		abort();
	free(insns);
}

static void agree(const struct policy *p, struct diag *d, struct syscall_call call)
{
	struct sock_filter *insns;
	size_t len;

	if (filter_build(p, false, d, &insns, &len) < 0) {
		if (!d->errors)
			abort();
		return;
	}
	for (uint32_t nr = 0; nr < 470; nr++) {
		call.nr = nr;
		if (filter_simulate(insns, len, &call) != syscall_blame(p, &call).verdict)
			abort();
	}
	free(insns);
}

static void fuzz_policy(struct syscall_call call, const uint8_t *data, size_t size)
{
	struct diag d;
	struct policy *p = NULL;

	diag_init(&d, "fuzz");
	if (!policy_read("fuzz", (const char *)data, size, &d, &p)) {
		call.arch = native_arch();
		if (syscalls_check(p, &d) == 0 && syscalls_lint(p, &d) == 0)
			agree(p, &d, call);
		policy_free(p);
	}
	diag_done(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct syscall_call call = {0};
	bool text;

	/* The call comes last, so that the start of a text is the start of the input. */
	if (size < 1 + sizeof(call))
		return 0;
	text = data[0] & 1;
	data++;
	size -= 1 + sizeof(call);
	memcpy(&call, data + size, sizeof(call));
	if (text)
		fuzz_policy(call, data, size);
	else
		fuzz_program(&call, data, size);
	return 0;
}
