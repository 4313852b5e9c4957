/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a partition of states (partition.c) to the minimal automaton, one state
 * per block. The numbers of blocks depend on how the work went; breadth first
 * numbering from the start, by ascending class, depends on the language alone.
 */
#include <errno.h>
#include <stdlib.h>

#include "minimise.h"
#include "partition.h"

struct quotient {
	const struct dfa *d;
	uint32_t *block_of;
	uint32_t blocks;
	uint32_t *number_of; /* per block: state of the result, or NFA_NONE */
	uint32_t *origin;    /* per state of the result: a state of its block */
	struct dfa min;
};

static uint32_t number_state(struct quotient *q, uint32_t state)
{
	uint32_t *number = &q->number_of[q->block_of[state]];

	if (*number == NFA_NONE) {
		*number = (uint32_t)q->min.n++;
		q->origin[*number] = state;
	}
	return *number;
}

/* All states the origin of `state` leads to get numbers, then the units are written. */
static void write_state(struct quotient *q, uint32_t state)
{
	const struct dfa *d = q->d;
	const struct dfa_state *from = &d->states[q->origin[state]];
	const struct dfa_unit *units = d->units + from->first;
	struct dfa_state *to = &q->min.states[state];
	uint32_t default_block = q->block_of[from->otherwise];

	*to = (struct dfa_state){.row = from->row, .first = (uint32_t)q->min.n_units};
	/* NUL's class is the first, and never has a unit. */
	to->otherwise = number_state(q, from->otherwise);
	for (uint32_t i = 0; i < from->n; i++) {
		if (q->block_of[units[i].to] == default_block)
			continue;
		q->min.units[q->min.n_units++] =
		    (struct dfa_unit){.class = units[i].class, .to = number_state(q, units[i].to)};
		to->n++;
	}
}

/* Rows in the order in which states have them; row 0 stays. */
static int copy_rows(struct quotient *q)
{
	struct dfa *min = &q->min;
	uint32_t *number = calloc(q->d->n_rows, sizeof(*number));

	min->rows = calloc(q->d->n_rows, sizeof(*min->rows));
	if (!number || !min->rows) {
		free(number);
		return -ENOMEM;
	}
	min->n_rows = 1;
	for (size_t s = 0; s < min->n; s++) {
		uint32_t row = min->states[s].row;

		if (row && !number[row]) {
			number[row] = (uint32_t)min->n_rows++;
			min->rows[number[row]] = q->d->rows[row];
		}
		min->states[s].row = number[row];
	}
	free(number);
	return 0;
}

static int build(struct quotient *q)
{
	struct dfa *min = &q->min;
	int r = dfa_partition(q->d, &q->block_of, &q->blocks);

	if (r)
		return r;
	q->number_of = malloc((size_t)q->blocks * sizeof(*q->number_of));
	q->origin = calloc(q->blocks, sizeof(*q->origin));
	min->states = calloc(q->blocks, sizeof(*min->states));
	min->units = calloc(q->d->n_units + 1, sizeof(*min->units));
	if (!q->number_of || !q->origin || !min->states || !min->units)
		return -ENOMEM;
	for (uint32_t i = 0; i < q->blocks; i++)
		q->number_of[i] = NFA_NONE;
	min->classes = q->d->classes;
	number_state(q, DFA_DEAD);
	min->start = number_state(q, q->d->start);
	for (uint32_t s = 0; s < min->n; s++)
		write_state(q, s);
	return copy_rows(q);
}

int dfa_minimise(const struct dfa *d, struct dfa *ret_min)
{
	struct quotient q = {.d = d};
	int r = build(&q);

	free(q.block_of);
	free(q.number_of);
	free(q.origin);
	if (r)
		dfa_done(&q.min);
	else
		*ret_min = q.min;
	return r;
}
