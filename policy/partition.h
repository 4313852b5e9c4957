/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which states of an automaton no path tells apart.
 */
#ifndef POLICY_PARTITION_H
#define POLICY_PARTITION_H

#include "dfa.h"

/*
 * Gives each state the number of its block: equal for two states if and only if every
 * continuation ends in equal rows. Returns 0 or -ENOMEM.
 */
int dfa_partition(const struct dfa *d, uint32_t **ret_block_of, uint32_t *ret_blocks);

#endif
