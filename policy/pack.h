/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From an automaton to the words of an image's body: the double array
 * described in lsm/abi.h, and the verdict rows behind it.
 */
#ifndef POLICY_PACK_H
#define POLICY_PACK_H

#include "dfa.h"

struct packed {
	uint32_t *body; /* malloc'ed */
	size_t words;
	uint32_t rows_at;
	uint32_t start;
	uint32_t rows;
};

/*
 * `uniform` is dfa_uniform()'s, `slash` the class of '/', and of no other byte. Returns 0 or
 * -ENOMEM; or -E2BIG when a number does not fit its place in a unit. Whether the words fit an image
 * is the caller's to say.
 */
int dfa_pack(const struct dfa *d, const bool *uniform, unsigned slash, struct packed *ret_packed);

#endif
