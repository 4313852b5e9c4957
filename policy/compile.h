/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File rules to the words of an image: globs, automaton, minimal automaton,
 * double array.
 */
#ifndef POLICY_COMPILE_H
#define POLICY_COMPILE_H

#include "pack.h"
#include "rules.h"

struct compiled {
	struct packed packed;
	uint8_t class_of[256]; /* RF_CLASS_FIRST and up */
	uint32_t classes;      /* RF_CLASS_FIRST included */
};

/*
 * `otherwise` as in the image's head. What is too big is an error in `d`, at the rule that takes
 * the most, with limit and number. Returns 0, -EINVAL, -ENOMEM.
 */
int compile_rules(const struct rule_list *list, uint32_t otherwise, struct mark files,
		  struct diag *d, struct compiled *ret_compiled);

#endif
