/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a rule asks for, and how the rules that match one path make its verdict
 * row: masks add up, whatever the order; to blame for an operation is the
 * smallest rule that denies it, else the smallest that audits it.
 */
#ifndef POLICY_EFFECT_H
#define POLICY_EFFECT_H

#include <stdint.h>

#include "../lsm/abi.h"

struct rule_effect {
	uint32_t allow, deny, audit; /* RF_OP_BIT(), implied operations included */
};

void effect_apply(const struct rule_effect *e, uint32_t rule, struct rf_row *row);

/* The mask with what it implies: to write is to append, too. */
static inline uint32_t effect_implied(uint32_t mask)
{
	return mask & RF_OP_BIT(RF_OP_WRITE) ? mask | RF_OP_BIT(RF_OP_APPEND) : mask;
}

#endif
