/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The values a condition can be written with: see constants.c.
 */
#ifndef SECCOMP_CONSTANTS_H
#define SECCOMP_CONSTANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct constant {
	uint64_t value;	 /* two's complement */
	bool negative;	 /* written or defined as less than zero */
	const char *bad; /* on failure: the part that is not understood, within the text */
	size_t bad_len;
};

/* Reads a number or constants joined by `|`. Returns 0, or -EINVAL with only .bad filled. */
int constant_parse(const char *text, struct constant *ret_constant);

/* The symbolic name nearest to the `len` bytes at `text`, NULL when none is near. */
const char *constant_nearest(const char *text, size_t len);

struct constant_name {
	const char *name;
	int64_t value;
};

/* Sorted by name; see constant_names.c. */
extern const struct constant_name constant_names[];
extern const size_t n_constant_names;

#endif
