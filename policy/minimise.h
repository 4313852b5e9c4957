/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The smallest automaton with the same verdict row for every path.
 */
#ifndef POLICY_MINIMISE_H
#define POLICY_MINIMISE_H

#include "dfa.h"

/*
 * Builds the minimal automaton, states numbered breadth first from the start, so that equal
 * languages give equal automata. Returns 0 or -ENOMEM.
 */
int dfa_minimise(const struct dfa *d, struct dfa *ret_min);

/*
 * Says of every state whether, when a directory's path ends there, the directory and all beneath
 * have the same permissions; `slash` is the class of '/'. Returns 0 or -ENOMEM.
 */
int dfa_uniform(const struct dfa *d, uint32_t otherwise, unsigned slash, bool **ret_uniform);

#endif
