/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The deterministic automaton, between subset construction and packing.
 *
 * A state lists the classes in which it differs from its default, which is
 * where it goes by NUL's class, that is by bytes no pattern mentions. This
 * sparse form is canonical: no listed unit goes where the default goes, units
 * ascend by class. State 0 is the dead one: it leads to itself and has row 0,
 * which says nothing.
 */
#ifndef POLICY_DFA_H
#define POLICY_DFA_H

#include "effect.h"
#include "nfa.h"

#define DFA_DEAD 0u

/*
 * An image has room for a million words, and hardly a state takes less than one; minimisation
 * may merge states, but a policy that relies on so much of that is better refused early.
 */
#define DFA_STATES_MAX (1u << 20)
/* Nodes in all subsets: bounds memory at 128 MiB. */
#define DFA_MEMBERS_MAX (32u << 20)
/* Steps of the construction: bounds time at some seconds. */
#define DFA_WORK_MAX (256u << 20)

struct dfa_unit {
	uint32_t class;
	uint32_t to;
};

struct dfa_state {
	uint32_t otherwise; /* where every class without a unit goes */
	uint32_t row;
	uint32_t first; /* unit */
	uint32_t n;	/* units */
};

struct dfa {
	struct dfa_state *states;
	struct dfa_unit *units;
	size_t n, n_units;
	size_t states_room, units_room;
	uint32_t start;
	unsigned classes;
	struct rf_row *rows; /* rows[0] is all zero */
	size_t n_rows;
};

/* Which limit stopped the construction, and which rule is in most of the states. */
struct dfa_trouble {
	const char *what; /* "states" */
	size_t limit;
	uint32_t rule;
};

/*
 * Subset construction. `effects` is indexed by rule number. Returns 0,
 * -ENOMEM, or -E2BIG with *ret_trouble filled; on success only its .rule is.
 */
int dfa_build(const struct nfa *nfa, const struct rule_effect *effects, struct dfa *ret_dfa,
	      struct dfa_trouble *ret_trouble);
void dfa_done(struct dfa *d);

/* The state after a class. */
uint32_t dfa_step(const struct dfa *d, uint32_t state, unsigned class);

/* For each state, those that lead to it: list[first[s]..first[s + 1]). Repeats are possible. */
struct dfa_reverse {
	uint32_t *first;
	uint32_t *list;
};

int dfa_reverse(const struct dfa *d, struct dfa_reverse *ret_reverse);
void dfa_reverse_done(struct dfa_reverse *r);

#endif
