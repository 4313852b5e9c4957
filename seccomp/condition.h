/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One argument condition, made ready for code: see condition.c.
 */
#ifndef SECCOMP_CONDITION_H
#define SECCOMP_CONDITION_H

#include "../policy/policy.h"

enum test_kind {
	TEST_IN,       /* (argument & mask) is one of values[] */
	TEST_NOT_IN,   /* it is none of them */
	TEST_AT_LEAST, /* (argument & mask) >= values[0], unsigned */
	TEST_BELOW,    /* (argument & mask) < values[0], unsigned */
	TEST_ALWAYS,   /* true whatever the argument; only between condition.c and resolve.c */
};

struct arg_test {
	unsigned arg;
	enum test_kind kind;
	uint64_t mask;
	uint64_t *values; /* sorted, each once */
	size_t n_values;
};

void arg_test_done(struct arg_test *t);

/* A total order on what tests mean; equal tests are the same code. */
int arg_test_compare(const struct arg_test *a, const struct arg_test *b);

/* Resolves `c`, a condition on `call`. Reports to `d`. Returns 0, -EINVAL, -ENOMEM. */
int arg_test_make(const char *call, const struct arg_condition *c, struct diag *d,
		  struct arg_test *ret_test);

#endif
