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
 * Of rules that hold forever from here on and ask for the same, only the first
 * is kept in a subset: the others change neither masks nor blame of any path.
 * Without that, twenty rules like "two stars, a name, two stars" would make a
 * state for each of the million sets of names met so far.
 *
 * Patterns exist whose automaton is exponential in their length. Everything
 * that grows is counted against the limits of dfa.h, and every node counts the
 * subsets it is in, so that a refusal can name the rule that takes the most.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
	struct list closure;   /* nodes, epsilon edges followed */
	struct list members;   /* those of them that matter: a subset */
	struct list always;    /* where every broad edge of the state leads */
	struct list *by_class; /* where narrow edges of the state lead */
	struct list broad;     /* the state's broad edges */
	struct list touched;   /* the classes some edge lists */
	bool is_touched[256];
	uint64_t work, n_members;
};

static int push(struct list *l, uint32_t item)
{
	if (array_grow(&l->items, &l->room, l->n + 1, sizeof(*l->items)))
		return -ENOMEM;
	l->items[l->n++] = item;
	return 0;
}

static int too_big(struct builder *b, const char *what, size_t limit)
{
	b->trouble.what = what;
	b->trouble.limit = limit;
	return -E2BIG;
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

static void sort(struct list *l)
{
	if (l->n > 1)
		qsort(l->items, l->n, sizeof(*l->items), compare_numbers);
}

static int meet(struct builder *b, uint32_t node)
{
	if (b->epoch[node] == b->now)
		return 0;
	b->epoch[node] = b->now;
	return push(&b->closure, node);
}

/* All nodes that can be reached at no byte; `stars`: by entering stars, too. */
static int close_over(struct builder *b, const uint32_t *nodes, size_t n, bool stars)
{
	const struct nfa *nfa = b->nfa;
	int r = 0;

	b->closure.n = 0;
	b->now++;
	for (size_t i = 0; i < n && !r; i++)
		r = meet(b, nodes[i]);
	for (size_t i = 0; i < b->closure.n; i++) {
		uint32_t edge = nfa->nodes[b->closure.items[i]].edges;

		for (; edge != NFA_NONE && !r; edge = nfa->edges[edge].next) {
			const struct nfa_edge *e = &nfa->edges[edge];

			b->work++;
			if (e->kind == NFA_EPSILON || (e->kind == NFA_ENTER_STAR && stars))
				r = meet(b, e->to);
		}
	}
	return r;
}

/* What the rules together say that accept in some of the nodes. */
static int row_of_nodes(struct builder *b, const struct list *nodes, uint32_t *ret_row)
{
	const struct nfa *nfa = b->nfa;
	struct rf_row row = {0};
	int r;

	for (size_t i = 0; i < nodes->n; i++) {
		uint32_t accept = nfa->nodes[nodes->items[i]].accepts;

		for (; accept != NFA_NONE; accept = nfa->accepts[accept].next) {
			uint32_t rule = nfa->accepts[accept].rule;

			b->work++;
			effect_apply(&b->effects[rule], rule, &row);
		}
	}
	r = intern_add(&b->rows, &row, sizeof(row), ret_row);
	return r < 0 ? r : 0;
}

/* The node that the path "/" leads to, besides the mark. */
static uint32_t root_node(const struct nfa *nfa)
{
	uint32_t edge = nfa->nodes[NFA_START].edges;

	while (nfa->edges[edge].to == NFA_ROOT)
		edge = nfa->edges[edge].next;
	return nfa->edges[edge].to;
}

/* The row of the subset in b->members. At the root no star is entered. */
static int row_of_members(struct builder *b, uint32_t *ret_row)
{
	uint32_t node;
	int r;

	if (!b->members.n || b->members.items[0] != NFA_ROOT)
		return row_of_nodes(b, &b->members, ret_row);
	node = root_node(b->nfa);
	r = close_over(b, &node, 1, false);
	return r ? r : row_of_nodes(b, &b->closure, ret_row);
}

static int new_state(struct builder *b)
{
	struct dfa *d = &b->dfa;
	uint32_t row;
	int r;

	if (d->n == DFA_STATES_MAX)
		return too_big(b, "states", DFA_STATES_MAX);
	b->n_members += b->members.n;
	if (b->n_members > DFA_MEMBERS_MAX)
		return too_big(b, "members of states", DFA_MEMBERS_MAX);
	for (size_t i = 0; i < b->members.n; i++)
		b->seen[b->members.items[i]]++;
	r = row_of_members(b, &row);
	if (r)
		return r;
	if (array_grow(&d->states, &d->states_room, d->n + 1, sizeof(*d->states)))
		return -ENOMEM;
	d->states[d->n++] = (struct dfa_state){.row = row};
	return 0;
}

/* Does a node have a say in what follows? Others only led to ones that have. */
static bool matters(const struct nfa *nfa, uint32_t node)
{
	uint32_t edge = nfa->nodes[node].edges;

	if (node == NFA_ROOT || nfa->nodes[node].accepts != NFA_NONE)
		return true;
	while (edge != NFA_NONE && nfa->edges[edge].kind != NFA_BYTES)
		edge = nfa->edges[edge].next;
	return edge != NFA_NONE;
}

/* The state of a set of nodes. */
static int state_of(struct builder *b, const uint32_t *nodes, size_t n, uint32_t *ret_state)
{
	int r = close_over(b, nodes, n, true);

	b->members.n = 0;
	for (size_t i = 0; i < b->closure.n && !r; i++)
		if (matters(b->nfa, b->closure.items[i]))
			r = push(&b->members, b->closure.items[i]);
	if (r)
		return r;
	sort(&b->members);
	r = intern_add(&b->subsets, b->members.items, b->members.n * sizeof(uint32_t), ret_state);
	return r > 0 ? new_state(b) : r;
}

static int touch(struct builder *b, const struct nfa_set *set, bool narrow, uint32_t to)
{
	int r = 0;

	b->work += set->n;
	for (unsigned i = 0; i < set->n && !r; i++) {
		uint8_t class = set->classes[i];

		if (!b->is_touched[class]) {
			b->is_touched[class] = true;
			b->by_class[class].n = 0;
			r = push(&b->touched, class);
		}
		if (narrow && !r)
			r = push(&b->by_class[class], to);
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
				r = push(&b->always, e->to);
			if (set->broad && !r)
				r = push(&b->broad, edge);
		}
	}
	sort(&b->touched);
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
			r = push(to, e->to);
	}
	if (!r)
		r = state_of(b, to->items, to->n, &target);
	if (r)
		return r;
	if (target == b->dfa.states[state].otherwise)
		return 0;
	return add_unit(b, state, class, target);
}

static int expand(struct builder *b, uint32_t state)
{
	size_t n = intern_size(&b->subsets, state) / sizeof(uint32_t);
	uint32_t target;
	int r = gather(b, intern_key(&b->subsets, state), n);

	if (!r)
		r = state_of(b, b->always.items, b->always.n, &target);
	if (r)
		return r;
	b->dfa.states[state].otherwise = target;
	b->dfa.states[state].first = (uint32_t)b->dfa.n_units;
	for (size_t i = 0; i < b->touched.n && !r; i++)
		r = follow_class(b, state, (uint8_t)b->touched.items[i]);
	if (!r && b->work > DFA_WORK_MAX)
		r = too_big(b, "steps", DFA_WORK_MAX);
	return r;
}

/* The rule whose own nodes are in most subsets; shared nodes count when there are no others. */
static uint32_t heaviest_rule(const struct builder *b)
{
	uint64_t best[2] = {0}, weight = 0;
	uint32_t rule[2] = {0};

	for (int shared = 0; shared < 2; shared++) {
		uint32_t last = 0;

		weight = 0;
		/* Rules came in order, so the nodes of one are together. */
		for (size_t i = 0; i < b->nfa->n_nodes; i++) {
			const struct nfa_node *node = &b->nfa->nodes[i];

			if (!node->rule || (node->shared && !shared))
				continue;
			weight = node->rule == last ? weight + b->seen[i] : b->seen[i];
			last = node->rule;
			if (weight > best[shared]) {
				best[shared] = weight;
				rule[shared] = last;
			}
		}
	}
	return rule[0] ? rule[0] : rule[1];
}

static int build(struct builder *b)
{
	struct rf_row nothing = {0};
	uint32_t number, start = NFA_START;
	int r = intern_add(&b->rows, &nothing, sizeof(nothing), &number);

	if (r < 0)
		return r;
	r = state_of(b, NULL, 0, &number);
	if (!r)
		r = state_of(b, &start, 1, &b->dfa.start);
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
		ret_trouble->rule = heaviest_rule(&b);
	}
	if (!r) {
		*ret_dfa = b.dfa;
		b.dfa = (struct dfa){0};
	}
	builder_done(&b);
	return r;
}
