/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file rules of a policy as the compiler needs them: one per pattern, in
 * the order of canonical patterns, whatever the order and the grouping in the
 * text. A rule's number is its place in that order, from 1.
 */
#ifndef POLICY_RULES_H
#define POLICY_RULES_H

#include "effect.h"
#include "image.h"

struct rule_list {
	struct image_rule *rules; /* [0] is unused */
	struct rule_effect *effects;
	struct mark *marks; /* where the pattern is first written */
	const char **texts; /* as it is written there, borrowed */
	size_t n;	    /* rules + 1 */
};

/* Adds what is wrong to `d`. Returns 0, -EINVAL, -ENOMEM. */
int rules_collect(const struct file_section *files, struct diag *d, struct rule_list *ret_list);
void rules_done(struct rule_list *list);
/* Frees n image rules. */
void image_rules_free(struct image_rule *rules, size_t n);

#endif
