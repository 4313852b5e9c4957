/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this machine can enforce: one check after another, each with what was
 * seen and, where it is not enough, what to do about it. Nothing is changed.
 */
#ifndef ENFORCER_PROBE_H
#define ENFORCER_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct probe_result {
	const char *name; /* a stable word */
	bool required;	  /* without it nothing is enforced; otherwise a part is missing */
	bool ok;
	char *detail; /* what was seen */
	char *hint;   /* what to do, NULL when ok */
};

/* Runs every check. `ret_results` is freed by probe_free(). Returns 0 or -ENOMEM. */
int probe_all(struct probe_result **ret_results, size_t *ret_n);
void probe_free(struct probe_result *results, size_t n);

/* Is everything required there? */
bool probe_suffices(const struct probe_result *results, size_t n);

/* The checks that failed, with hints, or all of them. */
void probe_print(const struct probe_result *results, size_t n, bool failed_only, FILE *out);

/* After a failure to load: says on stderr what this machine lacks, or where to look. */
void probe_explain(void);

#endif
