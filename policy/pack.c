/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Row displacement, first fit. The state with most units is placed first, so
 * that the small ones fill the gaps it leaves. To place a state is to find a
 * base: unused, and with all the words free that the state's units need. Free
 * words are in a list, ascending; a state's first unit is tried on each.
 *
 * A word that has been tried in vain TRIES_MAX times leaves the list, so the
 * whole work is linear in the words. It is free still: states of a single unit
 * fit anywhere, come last, and get a new list of all that is left.
 *
 * Why absent units cannot be mistaken: a word at i with label L was written by
 * the one state with base i - L, because bases are unique. A word nobody wrote
 * is zero, which reads as the default unit of base i, to the dead state; as
 * anything else its label is wrong. Absent defaults are the dead state, absent
 * rows are row 0. That is why defaults to the dead state are not written.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pack.h"

#define TRIES_MAX  8
#define NO_WORD	   0u	     /* words below RF_RESERVED_UNITS are in no list */
#define TARGET_MAX 0x7fffffu /* 23 bits */
#define ROW_MAX	   0xfffffu  /* 20 bits */

/* What is known of a word of the body. */
struct slot {
	uint32_t next, before; /* in the list of free words */
	uint8_t tries;
	bool used;    /* a unit is here */
	bool is_base; /* a state's base is here */
};

struct packer {
	const struct dfa *d;
	const bool *uniform;
	unsigned slash;
	uint32_t *base_of;
	struct slot *slots;
	size_t n_slots, room;
	uint32_t head, tail;  /* of the list */
	size_t end;	      /* behind the last word any state reads */
	uint8_t offsets[256]; /* where the state in hand has units, ascending */
	unsigned n_offsets;
};

/* A state without a row unit is read as uniform if its way by '/' is dead (lsm/match.h). */
static bool has_row_unit(const struct packer *p, uint32_t state)
{
	bool dead_below = dfa_step(p->d, state, p->slash) == DFA_DEAD;

	return p->d->states[state].row || p->uniform[state] != dead_below;
}

static void collect_offsets(struct packer *p, uint32_t state)
{
	const struct dfa_state *s = &p->d->states[state];

	p->n_offsets = 0;
	if (s->otherwise != DFA_DEAD)
		p->offsets[p->n_offsets++] = RF_LABEL_DEFAULT;
	if (has_row_unit(p, state))
		p->offsets[p->n_offsets++] = RF_LABEL_ROW;
	for (uint32_t i = 0; i < s->n; i++)
		p->offsets[p->n_offsets++] =
		    (uint8_t)(RF_CLASS_FIRST + p->d->units[s->first + i].class);
}

static void append_free(struct packer *p, uint32_t word)
{
	struct slot *s = &p->slots[word];

	s->tries = 0;
	s->next = NO_WORD;
	s->before = p->tail;
	if (p->tail == NO_WORD)
		p->head = word;
	else
		p->slots[p->tail].next = word;
	p->tail = word;
}

static void unlink_free(struct packer *p, uint32_t word)
{
	struct slot *s = &p->slots[word];

	if (s->tries == TRIES_MAX)
		return; /* has left before */
	if (s->before == NO_WORD)
		p->head = s->next;
	else
		p->slots[s->before].next = s->next;
	if (s->next == NO_WORD)
		p->tail = s->before;
	else
		p->slots[s->next].before = s->before;
	s->tries = TRIES_MAX;
}

/* Makes words up to and including `word` exist. */
static int extend(struct packer *p, size_t word)
{
	size_t old = p->n_slots;

	if (word < old)
		return 0;
	if (word + 256 > TARGET_MAX)
		return -E2BIG;
	if (array_grow(&p->slots, &p->room, word + 256, sizeof(*p->slots)))
		return -ENOMEM;
	p->n_slots = word + 256;
	memset(p->slots + old, 0, (p->n_slots - old) * sizeof(*p->slots));
	for (size_t i = old < RF_RESERVED_UNITS ? RF_RESERVED_UNITS : old; i < p->n_slots; i++)
		append_free(p, (uint32_t)i);
	return 0;
}

/* Is there a base that puts the first unit on `word`? All words it needs exist. */
static bool fits(const struct packer *p, uint32_t word)
{
	uint32_t base = word - p->offsets[0];

	if (base < RF_RESERVED_UNITS || p->slots[base].is_base)
		return false;
	for (unsigned i = 1; i < p->n_offsets; i++)
		if (p->slots[base + p->offsets[i]].used)
			return false;
	return true;
}

static int find_word(struct packer *p, uint32_t *ret_word)
{
	uint32_t word = p->head, next;
	int r;

	for (;; word = next) {
		if (word == NO_WORD) {
			word = (uint32_t)p->n_slots;
			r = extend(p, p->n_slots);
			if (r)
				return r;
		}
		r = extend(p, (size_t)word + 256);
		if (r)
			return r;
		if (fits(p, word))
			break;
		next = p->slots[word].next;
		if (p->slots[word].tries + 1 == TRIES_MAX)
			unlink_free(p, word);
		else
			p->slots[word].tries++;
	}
	*ret_word = word;
	return 0;
}

static int place(struct packer *p, uint32_t state)
{
	uint32_t word, base;
	int r;

	collect_offsets(p, state);
	r = find_word(p, &word);
	if (r)
		return r;
	base = word - p->offsets[0];
	for (unsigned i = 0; i < p->n_offsets; i++) {
		unlink_free(p, base + p->offsets[i]);
		p->slots[base + p->offsets[i]].used = true;
	}
	p->slots[base].is_base = true;
	p->base_of[state] = base;
	if (base + RF_CLASS_FIRST + p->d->classes > p->end)
		p->end = base + RF_CLASS_FIRST + p->d->classes;
	return 0;
}

static void relist_free(struct packer *p)
{
	p->head = p->tail = NO_WORD;
	for (size_t i = RF_RESERVED_UNITS; i < p->n_slots; i++)
		if (!p->slots[i].used)
			append_free(p, (uint32_t)i);
}

/* States by descending number of units, by number among equals. */
static uint32_t *placing_order(struct packer *p, uint32_t *ret_singles)
{
	uint32_t *order = calloc(p->d->n, sizeof(*order)), start[258] = {0};

	if (!order)
		return NULL;
	/* A counting sort: start[i] is the first place for 257 - i units. */
	for (uint32_t s = 1; s < p->d->n; s++) {
		collect_offsets(p, s);
		start[257 - p->n_offsets]++;
	}
	for (uint32_t i = 0, at = 0, n; i < 258; i++, at += n) {
		n = start[i];
		start[i] = at;
	}
	*ret_singles = start[256];
	for (uint32_t s = 1; s < p->d->n; s++) {
		collect_offsets(p, s);
		order[start[257 - p->n_offsets]++] = s;
	}
	return order;
}

static int place_all(struct packer *p)
{
	uint32_t singles = 0, *order = placing_order(p, &singles);
	int r = order ? extend(p, RF_RESERVED_UNITS) : -ENOMEM;

	p->end = RF_RESERVED_UNITS;
	for (uint32_t i = 0; i + 1 < p->d->n && !r; i++) {
		if (i == singles)
			relist_free(p);
		r = place(p, order[i]);
	}
	free(order);
	return r;
}

/* Does no byte but '/' leave the state? The class of '/' has no other byte, see dfa_pack(). */
static bool stays(const struct packer *p, uint32_t state)
{
	const struct dfa_state *s = &p->d->states[state];

	if (s->otherwise != state)
		return false;
	for (uint32_t i = 0; i < s->n; i++)
		if (p->d->units[s->first + i].class != p->slash)
			return false;
	return true;
}

static uint32_t unit(const struct packer *p, unsigned label, uint32_t to)
{
	return RF_UNIT(label, p->base_of[to]) | (stays(p, to) ? RF_UNIT_STAYS : 0);
}

static void write_state(const struct packer *p, uint32_t state, uint32_t *body)
{
	const struct dfa_state *s = &p->d->states[state];
	uint32_t *at = body + p->base_of[state];

	if (s->otherwise != DFA_DEAD)
		at[RF_LABEL_DEFAULT] = unit(p, RF_LABEL_DEFAULT, s->otherwise);
	if (has_row_unit(p, state))
		at[RF_LABEL_ROW] =
		    RF_UNIT(RF_LABEL_ROW, s->row) | (p->uniform[state] ? RF_ROW_UNIFORM : 0);
	for (uint32_t i = 0; i < s->n; i++) {
		const struct dfa_unit *u = &p->d->units[s->first + i];

		at[RF_CLASS_FIRST + u->class] = unit(p, RF_CLASS_FIRST + u->class, u->to);
	}
}

static int write_body(const struct packer *p, struct packed *packed)
{
	uint32_t rows_at = (uint32_t)(p->end + RF_ROW_WORDS - 1) / RF_ROW_WORDS * RF_ROW_WORDS;
	size_t words = rows_at + p->d->n_rows * RF_ROW_WORDS;
	uint32_t *body = calloc(words, sizeof(*body));

	if (!body)
		return -ENOMEM;
	for (uint32_t s = 1; s < p->d->n; s++)
		write_state(p, s, body);
	memcpy(body + rows_at, p->d->rows, p->d->n_rows * sizeof(*p->d->rows));
	*packed = (struct packed){.body = body,
				  .words = words,
				  .rows_at = rows_at,
				  .start = p->base_of[p->d->start],
				  .rows = (uint32_t)p->d->n_rows};
	return 0;
}

int dfa_pack(const struct dfa *d, const bool *uniform, unsigned slash, struct packed *ret_packed)
{
	struct packer p = {.d = d, .uniform = uniform, .slash = slash};
	int r = -ENOMEM;

	if (d->n_rows > ROW_MAX)
		return -E2BIG;
	p.base_of = calloc(d->n, sizeof(*p.base_of)); /* the dead state's is 0 */
	if (p.base_of)
		r = place_all(&p);
	if (!r)
		r = write_body(&p, ret_packed);
	free(p.base_of);
	free(p.slots);
	return r;
}
