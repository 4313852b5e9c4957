/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The byte classes of an automaton: starting from all bytes in one class, each
 * set that some edge uses splits the classes it cuts through. Classes are
 * numbered by their first byte, so NUL's is class 0.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nfa.h"

/* Splits every class that has bytes both in and outside of the set. */
static void split_classes(struct nfa *nfa, const struct byte_set *set)
{
	int in[256], out[256];
	unsigned n = 0;

	memset(in, -1, sizeof(in));
	memset(out, -1, sizeof(out));
	for (unsigned byte = 0; byte < 256; byte++) {
		int *side = byte_set_has(set, (uint8_t)byte) ? in : out;
		uint8_t old = nfa->class_of[byte];

		if (side[old] < 0)
			side[old] = (int)n++;
		nfa->class_of[byte] = (uint8_t)side[old];
	}
	nfa->classes = n;
}

static void describe_set(const struct nfa *nfa, const struct byte_set *bytes, struct nfa_set *set)
{
	for (unsigned byte = 0; byte < 256; byte++)
		if (byte_set_has(bytes, (uint8_t)byte))
			byte_set_add(&set->has, nfa->class_of[byte]);
	/* What NUL does is the default of every state: that decides, not how many there are. */
	set->broad = byte_set_has(bytes, 0);
	for (unsigned class = 0; class < nfa->classes; class ++)
		if (byte_set_has(&set->has, (uint8_t) class) != set->broad)
			set->classes[set->n++] = (uint8_t) class;
}

int nfa_finish(struct nfa *nfa)
{
	size_t n = nfa->byte_sets.n, at = 0;
	bool *used = calloc(n + 1, sizeof(*used));

	nfa->sets = calloc(n + 1, sizeof(*nfa->sets));
	nfa->set_classes = malloc(n * 256 + 1);
	nfa->classes = 1;
	if (!used || !nfa->sets || !nfa->set_classes) {
		free(used);
		return -ENOMEM;
	}
	for (size_t i = 0; i < nfa->n_edges; i++)
		if (nfa->edges[i].kind == NFA_BYTES)
			used[nfa->edges[i].set] = true;
	for (size_t i = 0; i < n; i++)
		if (used[i])
			split_classes(nfa, intern_key(&nfa->byte_sets, (uint32_t)i));
	for (size_t i = 0; i < n; i++) {
		if (!used[i])
			continue;
		nfa->sets[i].classes = nfa->set_classes + at;
		describe_set(nfa, intern_key(&nfa->byte_sets, (uint32_t)i), &nfa->sets[i]);
		at += nfa->sets[i].n;
	}
	free(used);
	return 0;
}
