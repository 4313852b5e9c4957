/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holding and reading a deterministic automaton; see subset.c, minimise.c and
 * pack.c for what is done to one.
 */
#include <errno.h>
#include <stdlib.h>

#include "dfa.h"

void dfa_done(struct dfa *d)
{
	free(d->states);
	free(d->units);
	free(d->rows);
	*d = (struct dfa){0};
}

uint32_t dfa_step(const struct dfa *d, uint32_t state, unsigned class)
{
	const struct dfa_state *s = &d->states[state];

	for (uint32_t i = 0; i < s->n; i++)
		if (d->units[s->first + i].class == class)
			return d->units[s->first + i].to;
	return s->otherwise;
}

static void reverse_edge(struct dfa_reverse *r, uint32_t from, uint32_t to)
{
	r->list[r->first[to + 1]++] = from;
}

int dfa_reverse(const struct dfa *d, struct dfa_reverse *ret_reverse)
{
	struct dfa_reverse r = {
	    .first = calloc(d->n + 2, sizeof(*r.first)),
	    .list = calloc(d->n + d->n_units + 1, sizeof(*r.list)),
	};

	if (!r.first || !r.list) {
		dfa_reverse_done(&r);
		return -ENOMEM;
	}
	/* A counting sort, two places ahead: first[t + 1] is where t's next goes. */
	for (size_t s = 0; s < d->n; s++)
		r.first[d->states[s].otherwise + 2]++;
	for (size_t u = 0; u < d->n_units; u++)
		r.first[d->units[u].to + 2]++;
	for (size_t s = 2; s < d->n + 2; s++)
		r.first[s] += r.first[s - 1];
	for (size_t s = 0; s < d->n; s++) {
		reverse_edge(&r, (uint32_t)s, d->states[s].otherwise);
		for (uint32_t i = 0; i < d->states[s].n; i++)
			reverse_edge(&r, (uint32_t)s, d->units[d->states[s].first + i].to);
	}
	*ret_reverse = r;
	return 0;
}

void dfa_reverse_done(struct dfa_reverse *r)
{
	free(r->first);
	free(r->list);
	*r = (struct dfa_reverse){0};
}
