/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of seccomp/: from the sections of a policy to its filter.
 */
#ifndef TESTS_SECCOMP_BUILD_H
#define TESTS_SECCOMP_BUILD_H

#include "../../seccomp/filter.h"

struct built {
	struct policy *policy;
	struct sock_filter *insns;
	size_t len;
};

void built_done(struct built *b);

/*
 * Reads a policy of the given sections and builds its filter. The text must be a policy; that its
 * words mean something is `must`. Returns 0 or the error of filter_build().
 */
int try_build(const char *sections, bool audit, bool must, struct built *ret_built);

/* The test fails when that fails. */
struct built build(const char *sections, bool audit);

/* The filter's verdict on a call of the native architecture. */
uint32_t ask(const struct built *b, const char *name, uint64_t a0, uint64_t a1, uint64_t a2);

#endif
