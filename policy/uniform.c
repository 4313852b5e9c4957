/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Uniform states. What lies beneath a directory continues its path by a '/':
 * a state is uniform when its own permissions are those of every state that
 * can be reached behind its step by '/'. The root directory's path ends in its
 * '/' already: what lies beneath it continues without.
 *
 * A state is `mixed` when something it reaches differs from it: found
 * backwards from the transitions between different permissions.
 */
#include <errno.h>
#include <stdlib.h>

#include "minimise.h"

static uint32_t permissions(const struct dfa *d, uint32_t otherwise, uint32_t state)
{
	const struct rf_row *row = &d->rows[d->states[state].row];

	return (row->allow | otherwise) & ~(uint32_t)row->deny;
}

/* Does the state lead to other permissions by one step? */
static bool differs(const struct dfa *d, uint32_t otherwise, uint32_t state)
{
	const struct dfa_state *s = &d->states[state];
	uint32_t own = permissions(d, otherwise, state);

	if (permissions(d, otherwise, s->otherwise) != own)
		return true;
	for (uint32_t i = 0; i < s->n; i++)
		if (permissions(d, otherwise, d->units[s->first + i].to) != own)
			return true;
	return false;
}

static void find_mixed(const struct dfa *d, uint32_t otherwise, const struct dfa_reverse *reverse,
		       uint32_t *stack, bool *mixed)
{
	size_t n = 0;

	for (uint32_t s = 0; s < d->n; s++) {
		mixed[s] = differs(d, otherwise, s);
		if (mixed[s])
			stack[n++] = s;
	}
	while (n) {
		uint32_t s = stack[--n];

		for (uint32_t k = reverse->first[s]; k < reverse->first[s + 1]; k++) {
			uint32_t before = reverse->list[k];

			if (mixed[before])
				continue;
			mixed[before] = true;
			stack[n++] = before;
		}
	}
}

int dfa_uniform(const struct dfa *d, uint32_t otherwise, unsigned slash, bool **ret_uniform)
{
	struct dfa_reverse reverse = {0};
	bool *mixed = calloc(d->n, sizeof(*mixed)), *uniform = calloc(d->n, sizeof(*uniform));
	uint32_t *stack = calloc(d->n, sizeof(*stack)), root = dfa_step(d, d->start, slash);
	int r = -ENOMEM;

	if (mixed && uniform && stack)
		r = dfa_reverse(d, &reverse);
	if (!r)
		find_mixed(d, otherwise, &reverse, stack, mixed);
	for (uint32_t s = 0; s < d->n && !r; s++) {
		uint32_t below = dfa_step(d, s, slash);

		uniform[s] = !mixed[below] &&
			     permissions(d, otherwise, s) == permissions(d, otherwise, below);
		if (s == root && mixed[s])
			uniform[s] = false;
	}
	dfa_reverse_done(&reverse);
	free(mixed);
	free(stack);
	if (r)
		free(uniform);
	else
		*ret_uniform = uniform;
	return r;
}
