/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which state a set of nodes is. The set is closed over epsilon edges, cut down
 * to the nodes that matter, sorted and interned; a new one gets its verdict row.
 *
 * Two stars at a pattern's end hold forever, once met. Which rules hold forever
 * does not matter, only what they say together: so a subset has in their place
 * one row, its first member. Without that, twenty rules like "two stars, a
 * name, two stars" would make a state for each of the million sets of names
 * that a path can have met.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "subset.h"

int list_push(struct list *l, uint32_t item)
{
	if (array_grow(&l->items, &l->room, l->n + 1, sizeof(*l->items)))
		return -ENOMEM;
	l->items[l->n++] = item;
	return 0;
}

int subset_too_big(struct builder *b, const char *what, size_t limit)
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

void list_sort(struct list *l, size_t from)
{
	if (l->n > from + 1)
		qsort(l->items + from, l->n - from, sizeof(*l->items), compare_numbers);
}

static int meet(struct builder *b, uint32_t node)
{
	if (b->epoch[node] == b->now)
		return 0;
	b->epoch[node] = b->now;
	return list_push(&b->closure, node);
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

/* Adds to the row what the rules say that accept in some of the nodes. */
static void add_accepts(struct builder *b, const uint32_t *nodes, size_t n, struct rf_row *row)
{
	const struct nfa *nfa = b->nfa;

	for (size_t i = 0; i < n; i++) {
		uint32_t accept = nfa->nodes[nodes[i]].accepts;

		for (; accept != NFA_NONE; accept = nfa->accepts[accept].next) {
			uint32_t rule = nfa->accepts[accept].rule;

			b->work++;
			effect_apply(&b->effects[rule], rule, row);
		}
	}
}

static struct rf_row row_number(const struct builder *b, uint32_t number)
{
	struct rf_row row;

	memcpy(&row, intern_key(&b->rows, number), sizeof(row));
	return row;
}

/* The node that the path "/" leads to, besides the mark. */
static uint32_t root_node(const struct nfa *nfa)
{
	uint32_t edge = nfa->nodes[NFA_START].edges;

	while (nfa->edges[edge].to == NFA_ROOT)
		edge = nfa->edges[edge].next;
	return nfa->edges[edge].to;
}

/* The verdict row of the subset in b->members. At the root no star is entered. */
static int row_of_members(struct builder *b, uint32_t *ret_row)
{
	const uint32_t *members = b->members.items;
	struct rf_row row = {0};
	uint32_t node;
	int r = 0;

	if (b->members.n > 1 && members[1] == NFA_ROOT) {
		node = root_node(b->nfa);
		r = close_over(b, &node, 1, false);
		add_accepts(b, b->closure.items, b->closure.n, &row);
	} else {
		row = row_number(b, members[0]);
		add_accepts(b, members + 1, b->members.n - 1, &row);
	}
	if (!r)
		r = intern_add(&b->rows, &row, sizeof(row), ret_row);
	return r < 0 ? r : 0;
}

static int new_state(struct builder *b)
{
	struct dfa *d = &b->dfa;
	uint32_t row;
	int r;

	if (d->n == DFA_STATES_MAX)
		return subset_too_big(b, "states", DFA_STATES_MAX);
	b->n_members += b->members.n;
	if (b->n_members > DFA_MEMBERS_MAX)
		return subset_too_big(b, "members of states", DFA_MEMBERS_MAX);
	for (size_t i = 1; i < b->members.n; i++)
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

/* From the closure to the subset. */
static int select_members(struct builder *b)
{
	const struct nfa_node *nodes = b->nfa->nodes;
	struct rf_row lasting = row_number(b, b->lasting);
	uint32_t number = 0;
	int r;

	b->members.n = 0;
	r = list_push(&b->members, 0);
	for (size_t i = 0; i < b->closure.n && !r; i++) {
		uint32_t node = b->closure.items[i];

		if (nodes[node].forever)
			effect_apply(&b->effects[nodes[node].rule], nodes[node].rule, &lasting);
		else if (matters(b->nfa, node))
			r = list_push(&b->members, node);
	}
	if (!r)
		r = intern_add(&b->rows, &lasting, sizeof(lasting), &number);
	if (r < 0)
		return r;
	b->members.items[0] = number;
	list_sort(&b->members, 1);
	return 0;
}

/* The state of a set of nodes. */
int subset_state(struct builder *b, const uint32_t *nodes, size_t n, uint32_t *ret_state)
{
	int r = close_over(b, nodes, n, true);

	if (!r)
		r = select_members(b);
	if (r)
		return r;
	r = intern_add(&b->subsets, b->members.items, b->members.n * sizeof(uint32_t), ret_state);
	return r > 0 ? new_state(b) : r;
}

/* The rule whose own nodes are in most subsets; shared nodes count when there are no others. */
uint32_t subset_heaviest_rule(const struct builder *b)
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
