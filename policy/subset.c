/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Subset construction: a state of the deterministic automaton is the set of
 * nodes the nondeterministic one can be in. Subsets are interned, their number
 * is the state's; the empty one is first and is the dead state.
 *
 * A subset goes the same way by all classes that none of its narrow edges and
 * all of its broad edges name. So only the classes that some edge lists are
 * looked at one by one, which in a trie of literals is one or two of dozens.
 *
 * Patterns exist whose automaton is exponential in their length. Everything
 * that grows is counted against the limits of dfa.h, and every node counts the
 * subsets it is in, so that a refusal can name the rule that takes the most.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "subset.h"

static int touch(struct builder *b, const struct nfa_set *set, bool narrow, uint32_t to)
{
	int r = 0;

	b->work += set->n;
	for (unsigned i = 0; i < set->n && !r; i++) {
		uint8_t class = set->classes[i];

		if (!b->is_touched[class]) {
			b->is_touched[class] = true;
			b->by_class[class].n = 0;
			r = list_push(&b->touched, class);
		}
		if (narrow && !r)
			r = list_push(&b->by_class[class], to);
	}
	return r;
}

/* Sorts the edges of a subset into always, broad, by_class and touched. */
static int gather(struct builder *b, const uint32_t *members, size_t n)
{
	const struct nfa *nfa = b->nfa;
	int r = 0;

	b->always.n = b->broad.n = b->touched.n = 0;
	memset(b->is_touched, 0, sizeof(b->is_touched));
	for (size_t i = 0; i < n; i++) {
		uint32_t edge = nfa->nodes[members[i]].edges;

		for (; edge != NFA_NONE && !r; edge = nfa->edges[edge].next) {
			const struct nfa_edge *e = &nfa->edges[edge];
			const struct nfa_set *set = &nfa->sets[e->set];

			b->work++;
			if (e->kind != NFA_BYTES)
				continue;
			r = touch(b, set, !set->broad, e->to);
			if (set->broad && !r)
				r = list_push(&b->always, e->to);
			if (set->broad && !r)
				r = list_push(&b->broad, edge);
		}
	}
	list_sort(&b->touched, 0);
	return r;
}

static int add_unit(struct builder *b, uint32_t state, unsigned class, uint32_t to)
{
	struct dfa *d = &b->dfa;

	if (array_grow(&d->units, &d->units_room, d->n_units + 1, sizeof(*d->units)))
		return -ENOMEM;
	d->units[d->n_units++] = (struct dfa_unit){.class = class, .to = to};
	d->states[state].n++;
	return 0;
}

/* Where the gathered edges lead by one class that they list. */
static int follow_class(struct builder *b, uint32_t state, uint8_t class)
{
	struct list *to = &b->by_class[class];
	uint32_t target;
	int r = 0;

	b->work += b->broad.n;
	for (size_t i = 0; i < b->broad.n && !r; i++) {
		const struct nfa_edge *e = &b->nfa->edges[b->broad.items[i]];

		if (byte_set_has(&b->nfa->sets[e->set].has, class))
			r = list_push(to, e->to);
	}
	if (!r)
		r = subset_state(b, to->items, to->n, &target);
	if (r)
		return r;
	if (target == b->dfa.states[state].otherwise)
		return 0;
	return add_unit(b, state, class, target);
}

static int expand(struct builder *b, uint32_t state)
{
	const uint32_t *members = intern_key(&b->subsets, state);
	uint32_t target;
	int r;

	b->lasting = members[0];
	r = gather(b, members + 1, intern_size(&b->subsets, state) / sizeof(*members) - 1);
	if (!r)
		r = subset_state(b, b->always.items, b->always.n, &target);
	if (r)
		return r;
	b->dfa.states[state].otherwise = target;
	b->dfa.states[state].first = (uint32_t)b->dfa.n_units;
	for (size_t i = 0; i < b->touched.n && !r; i++)
		r = follow_class(b, state, (uint8_t)b->touched.items[i]);
	if (!r && b->work > DFA_WORK_MAX)
		r = subset_too_big(b, "steps", DFA_WORK_MAX);
	return r;
}

static int build(struct builder *b)
{
	struct rf_row nothing = {0};
	uint32_t number, start = NFA_START;
	int r = intern_add(&b->rows, &nothing, sizeof(nothing), &number);

	if (r < 0)
		return r;
	/* An automaton without units has an array of them all the same. */
	if (array_grow(&b->dfa.units, &b->dfa.units_room, 1, sizeof(*b->dfa.units)))
		return -ENOMEM;
	r = subset_state(b, NULL, 0, &number);
	if (!r)
		r = subset_state(b, &start, 1, &b->dfa.start);
	/* States are expanded in the order of their numbers, so this meets all. */
	for (uint32_t state = 0; state < b->dfa.n && !r; state++)
		r = expand(b, state);
	if (r)
		return r;
	b->dfa.classes = b->nfa->classes;
	b->dfa.n_rows = b->rows.n;
	b->dfa.rows = calloc(b->rows.n, sizeof(*b->dfa.rows));
	if (!b->dfa.rows)
		return -ENOMEM;
	for (uint32_t i = 0; i < b->rows.n; i++)
		memcpy(&b->dfa.rows[i], intern_key(&b->rows, i), sizeof(*b->dfa.rows));
	return 0;
}

static void builder_done(struct builder *b)
{
	for (unsigned class = 0; b->by_class && class < 256; class ++)
		free(b->by_class[class].items);
	free(b->by_class);
	free(b->seen);
	free(b->epoch);
	free(b->closure.items);
	free(b->members.items);
	free(b->always.items);
	free(b->broad.items);
	free(b->touched.items);
	intern_done(&b->subsets);
	intern_done(&b->rows);
	dfa_done(&b->dfa);
}

int dfa_build(const struct nfa *nfa, const struct rule_effect *effects, struct dfa *ret_dfa,
	      struct dfa_trouble *ret_trouble)
{
	struct builder b = {
	    .nfa = nfa,
	    .effects = effects,
	    .seen = calloc(nfa->n_nodes + 1, sizeof(*b.seen)),
	    .epoch = calloc(nfa->n_nodes + 1, sizeof(*b.epoch)),
	    .by_class = calloc(256, sizeof(*b.by_class)),
	};
	int r = -ENOMEM;

	if (b.seen && b.epoch && b.by_class)
		r = build(&b);
	if (!r || r == -E2BIG) {
		*ret_trouble = b.trouble;
		ret_trouble->rule = subset_heaviest_rule(&b);
	}
	if (!r) {
		*ret_dfa = b.dfa;
		b.dfa = (struct dfa){0};
	}
	builder_done(&b);
	return r;
}
