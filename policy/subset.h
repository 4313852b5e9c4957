/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of the subset construction share: which state a set of
 * nodes is (subset_state.c), and which sets follow from it (subset.c).
 */
#ifndef POLICY_SUBSET_H
#define POLICY_SUBSET_H

#include "dfa.h"

/* Numbers in the order in which they were added. */
struct list {
	uint32_t *items;
	size_t n, room;
};

struct builder {
	const struct nfa *nfa;
	const struct rule_effect *effects;
	struct dfa dfa;
	struct dfa_trouble trouble;
	struct intern subsets, rows;
	uint32_t *seen;	 /* per node: subsets it is in */
	uint32_t *epoch; /* per node: the closure that met it last */
	uint32_t now;
	uint32_t lasting;      /* row of what holds forever from the state in hand on */
	struct list closure;   /* nodes, epsilon edges followed */
	struct list members;   /* a subset: a lasting row, then the nodes that matter */
	struct list always;    /* where every broad edge of the state leads */
	struct list *by_class; /* where narrow edges of the state lead */
	struct list broad;     /* the state's broad edges */
	struct list touched;   /* the classes some edge lists */
	bool is_touched[256];
	uint64_t work, n_members;
};

int list_push(struct list *l, uint32_t item);
/* Sorts all but the first `from`. */
void list_sort(struct list *l, size_t from);

/* Says which limit is passed; returns -E2BIG. */
int subset_too_big(struct builder *b, const char *what, size_t limit);

/*
 * The state of a set of nodes, reached from the state in hand, which is made if it is new.
 * Returns 0 or negative errno.
 */
int subset_state(struct builder *b, const uint32_t *nodes, size_t n, uint32_t *ret_state);

/* The rule whose own nodes are in most subsets. */
uint32_t subset_heaviest_rule(const struct builder *b);

#endif
