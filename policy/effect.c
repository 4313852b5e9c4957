/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Precedence is not decided here: a row keeps all three masks, and
 * lsm/match.h puts deny before allow before `otherwise`.
 */
#include <stdbool.h>

#include "effect.h"

void effect_apply(const struct rule_effect *e, uint32_t rule, struct rf_row *row)
{
	for (unsigned op = 0; op < _RF_OP_MAX; op++) {
		uint32_t bit = RF_OP_BIT(op), old = row->rule[op];
		bool was_denied = row->deny & bit, denies = e->deny & bit;

		if (!denies && (was_denied || !(e->audit & bit)))
			continue;
		if (old == RF_RULE_NONE || rule < old || (denies && !was_denied))
			row->rule[op] = (__u16)rule;
	}
	row->allow |= (__u16)e->allow;
	row->deny |= (__u16)e->deny;
	row->audit |= (__u16)e->audit;
}
