/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Partition refinement by signatures. Blocks begin as the states of equal row.
 * A state's signature is the block its default leads to and, ascending by
 * class, the blocks of all units that lead elsewhere. Because the default is
 * where one and the same class leads in all states, equal signatures mean
 * equal ways by every class. States of one block with different signatures are
 * told apart, until there are none: what is left together is equivalent.
 *
 * Only `dirty` states are looked at, those with a way into a block that lost
 * states; the clean states of a block share one signature, unchanged. When a
 * block falls apart its largest part keeps the number. So a state changes its
 * number at most log2(n) times, each change dirties those that lead to it, and
 * the whole takes O(m log n) signatures for m units.
 *
 * The states of a block lie together in `order`, the dirty ones first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "partition.h"

struct block {
	uint32_t first, end; /* in order[] */
	uint32_t dirty;
	bool queued;
};

/* One state's signature, in words[at..at + n). */
struct signature {
	uint32_t state;
	uint32_t n;
	size_t at;
	const uint32_t *words; /* set when the array no longer moves */
};

struct partition {
	const struct dfa *d;
	struct dfa_reverse reverse;
	uint32_t *order, *place_of, *block_of;
	struct block *blocks; /* at most one per state, and empty ones of unused rows */
	uint32_t n_blocks;
	uint32_t *queue; /* a ring: a block is in it once */
	size_t head, queued, room;
	uint32_t *starts; /* scratch: groups of the block in hand */
	uint32_t *moved;  /* scratch: states whose number has changed */
	struct signature *signatures;
	size_t signatures_room;
	uint32_t *words;
	size_t n_words, words_room;
};

static void put_at(struct partition *p, uint32_t state, uint32_t place)
{
	p->order[place] = state;
	p->place_of[state] = place;
}

static void enqueue(struct partition *p, uint32_t block)
{
	if (p->blocks[block].queued)
		return;
	p->blocks[block].queued = true;
	p->queue[(p->head + p->queued++) % p->room] = block;
}

static uint32_t dequeue(struct partition *p)
{
	uint32_t block = p->queue[p->head];

	p->head = (p->head + 1) % p->room;
	p->queued--;
	p->blocks[block].queued = false;
	return block;
}

static void make_dirty(struct partition *p, uint32_t state)
{
	struct block *b = &p->blocks[p->block_of[state]];
	uint32_t place = p->place_of[state], other = b->first + b->dirty;

	if (place < other)
		return;
	put_at(p, p->order[other], place);
	put_at(p, state, other);
	b->dirty++;
	enqueue(p, p->block_of[state]);
}

static int sign(struct partition *p, uint32_t state, struct signature *s)
{
	const struct dfa_state *from = &p->d->states[state];
	const struct dfa_unit *units = p->d->units + from->first;
	uint32_t otherwise = p->block_of[from->otherwise];

	if (array_grow(&p->words, &p->words_room, p->n_words + 1 + 2 * (size_t)from->n,
		       sizeof(*p->words)))
		return -ENOMEM;
	*s = (struct signature){.state = state, .at = p->n_words};
	p->words[p->n_words++] = otherwise;
	for (uint32_t i = 0; i < from->n; i++) {
		uint32_t to = p->block_of[units[i].to];

		if (to == otherwise)
			continue;
		p->words[p->n_words++] = units[i].class;
		p->words[p->n_words++] = to;
	}
	s->n = (uint32_t)(p->n_words - s->at);
	return 0;
}

/* -1, 0, 1 by the signatures alone. */
static int compare_signatures(const struct signature *x, const struct signature *y)
{
	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return memcmp(x->words, y->words, x->n * sizeof(*x->words));
}

static int compare_signed(const void *a, const void *b)
{
	const struct signature *x = a, *y = b;
	int r = compare_signatures(x, y);

	/* By state in the end: the order must not depend on the sort. */
	return r ? r : x->state < y->state ? -1 : x->state > y->state;
}

/* Signs the dirty states, and behind them one clean one if there is any. */
static int sign_block(struct partition *p, const struct block *b)
{
	uint32_t n = b->dirty + (b->first + b->dirty < b->end);
	int r;

	p->n_words = 0;
	if (array_grow(&p->signatures, &p->signatures_room, n, sizeof(*p->signatures)))
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		r = sign(p, p->order[b->first + i], &p->signatures[i]);
		if (r)
			return r;
	}
	for (uint32_t i = 0; i < n; i++)
		p->signatures[i].words = p->words + p->signatures[i].at;
	qsort(p->signatures, b->dirty, sizeof(*p->signatures), compare_signed);
	return 0;
}

/*
 * Lays the dirty states out as groups of equal signature, the group equal to the clean states'
 * next to these. Returns where that last group begins.
 */
static uint32_t lay_out(struct partition *p, const struct block *b)
{
	const struct signature *s = p->signatures;
	uint32_t clean = b->first + b->dirty, front = b->first, back = clean;

	for (uint32_t i = 0; i < b->dirty; i++) {
		if (clean < b->end && !compare_signatures(&s[i], &s[b->dirty]))
			put_at(p, s[i].state, --back);
		else
			put_at(p, s[i].state, front++);
	}
	return back;
}

/* Where the groups begin, in p->starts, and the end of the last behind them. Returns how many. */
static uint32_t find_groups(struct partition *p, const struct block *b, uint32_t back)
{
	const struct signature *s = p->signatures, *last = NULL;
	uint32_t n = 0, place = b->first;

	for (uint32_t i = 0; i < b->dirty && place < back; i++) {
		/* Those laid out with the clean ones are no part of the front. */
		if (p->order[place] != s[i].state)
			continue;
		if (!last || compare_signatures(last, &s[i]))
			p->starts[n++] = place;
		last = &s[i];
		place++;
	}
	if (back < b->end)
		p->starts[n++] = back;
	p->starts[n] = b->end;
	return n;
}

static uint32_t largest_group(const struct partition *p, uint32_t n)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < n; i++)
		if (p->starts[i + 1] - p->starts[i] > p->starts[best + 1] - p->starts[best])
			best = i;
	return best;
}

/* Gives all groups but the largest a number. Returns how many states got a new one. */
static size_t separate(struct partition *p, uint32_t block, uint32_t n)
{
	uint32_t keep = largest_group(p, n), new;
	size_t moved = 0;

	for (uint32_t i = 0; i < n; i++) {
		new = i == keep ? block : p->n_blocks++;
		p->blocks[new].first = p->starts[i];
		p->blocks[new].end = p->starts[i + 1];
		p->blocks[new].dirty = 0;
		for (uint32_t k = p->starts[i]; k < p->starts[i + 1] && i != keep; k++) {
			p->block_of[p->order[k]] = new;
			p->moved[moved++] = p->order[k];
		}
	}
	return moved;
}

static int refine(struct partition *p, uint32_t block)
{
	const struct block *b = &p->blocks[block];
	uint32_t n = 1;
	size_t moved;
	int r;

	p->starts[0] = b->first;
	p->starts[1] = b->end;
	if (b->end - b->first > 1) {
		r = sign_block(p, b);
		if (r)
			return r;
		n = find_groups(p, b, lay_out(p, b));
	}
	moved = separate(p, block, n);
	for (size_t i = 0; i < moved; i++) {
		uint32_t state = p->moved[i];

		for (uint32_t k = p->reverse.first[state]; k < p->reverse.first[state + 1]; k++)
			make_dirty(p, p->reverse.list[k]);
	}
	return 0;
}

/* Blocks by row, all dirty. */
static void begin(struct partition *p)
{
	const struct dfa *d = p->d;

	/* Counting sort; every row is some state's, or its block stays empty. */
	p->n_blocks = (uint32_t)d->n_rows;
	for (size_t s = 0; s < d->n; s++)
		p->blocks[d->states[s].row].dirty++;
	for (uint32_t b = 0, at = 0; b < p->n_blocks; b++) {
		p->blocks[b].first = p->blocks[b].end = at;
		at += p->blocks[b].dirty;
	}
	for (uint32_t s = 0; s < d->n; s++) {
		p->block_of[s] = d->states[s].row;
		put_at(p, s, p->blocks[p->block_of[s]].end++);
	}
	for (uint32_t b = 0; b < p->n_blocks; b++)
		if (p->blocks[b].dirty)
			enqueue(p, b);
}

static void partition_done(struct partition *p)
{
	dfa_reverse_done(&p->reverse);
	free(p->order);
	free(p->place_of);
	free(p->block_of);
	free(p->blocks);
	free(p->queue);
	free(p->starts);
	free(p->moved);
	free(p->signatures);
	free(p->words);
}

static bool allocate(struct partition *p)
{
	size_t n = p->room = p->d->n + p->d->n_rows;

	p->order = calloc(n, sizeof(*p->order));
	p->place_of = calloc(n, sizeof(*p->place_of));
	p->block_of = calloc(n, sizeof(*p->block_of));
	p->blocks = calloc(n, sizeof(*p->blocks));
	p->queue = calloc(n, sizeof(*p->queue));
	p->starts = calloc(n + 2, sizeof(*p->starts));
	p->moved = calloc(n, sizeof(*p->moved));
	return p->order && p->place_of && p->block_of && p->blocks && p->queue && p->starts &&
	       p->moved && !dfa_reverse(p->d, &p->reverse);
}

int dfa_partition(const struct dfa *d, uint32_t **ret_block_of, uint32_t *ret_blocks)
{
	struct partition p = {.d = d};
	int r = -ENOMEM;

	if (allocate(&p)) {
		begin(&p);
		r = 0;
	}
	while (!r && p.queued)
		r = refine(&p, dequeue(&p));
	if (!r) {
		*ret_block_of = p.block_of;
		*ret_blocks = p.n_blocks;
		p.block_of = NULL;
	}
	partition_done(&p);
	return r;
}
