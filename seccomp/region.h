/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of argument values, as unions of regions: see region.c.
 */
#ifndef SECCOMP_REGION_H
#define SECCOMP_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "condition.h"

#define REGION_ARGS 6u

/* The calls whose arguments have these bits: (args[i] & mask[i]) == value[i], for all i. */
struct region {
	uint64_t mask[REGION_ARGS], value[REGION_ARGS];
};

/* A union. `failed`: out of memory, or too many; checked once, at the end. */
struct regions {
	struct region *items;
	size_t n, room;
	int failed; /* 0, -ENOMEM or -E2BIG */
};

/* More regions of one system call than this are refused: no filter would be read by anybody. */
#define REGIONS_MAX 4096u

extern const struct region region_all;

void regions_add(struct regions *list, const struct region *r);
void regions_done(struct regions *list);

/* The common part; false: there is none. `ret` may be `a` or `b`. */
bool region_meet(const struct region *a, const struct region *b, struct region *ret);

/* Adds what of `a` is not in `b` to `out`, in pieces that do not overlap. */
void region_subtract(const struct region *a, const struct region *b, struct regions *out);

/* Adds the calls for which all of the tests hold. */
void regions_add_tests(struct regions *out, const struct arg_test *tests, size_t n);

#endif
