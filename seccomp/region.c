/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an argument test says, in the only form that an OCI profile can say
 * exactly: SCMP_CMP_MASKED_EQ. Its other comparisons look at 64 bits where the
 * kernel looks at 32, and garbage in the upper half would slip past them.
 *
 * A set of values becomes a few masks and values: "not 16" is one region for
 * each bit, in which that bit differs and those above do not; "at least V" is
 * one for each zero of V, in which that bit is one and those above are V's. So
 * is every combination: the common part of two regions is a region, and what is
 * left of one without another is at most 64 of them.
 */
#include "region.h"

#include <errno.h>
#include <stdlib.h>

const struct region region_all = {{0}, {0}};

void regions_add(struct regions *list, const struct region *r)
{
	if (list->failed)
		return;
	if (list->n == REGIONS_MAX) {
		list->failed = -E2BIG;
		return;
	}
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 4;
		struct region *items = realloc(list->items, room * sizeof(*items));

		if (!items) {
			list->failed = -ENOMEM;
			return;
		}
		list->items = items;
		list->room = room;
	}
	list->items[list->n++] = *r;
}

void regions_done(struct regions *list)
{
	free(list->items);
	*list = (struct regions){0};
}

bool region_meet(const struct region *a, const struct region *b, struct region *ret)
{
	struct region both;

	for (unsigned i = 0; i < REGION_ARGS; i++) {
		if ((a->value[i] ^ b->value[i]) & a->mask[i] & b->mask[i])
			return false;
		both.mask[i] = a->mask[i] | b->mask[i];
		both.value[i] = a->value[i] | b->value[i];
	}
	*ret = both;
	return true;
}

void region_subtract(const struct region *a, const struct region *b, struct regions *out)
{
	struct region rest = *a, both, piece;

	if (!region_meet(a, b, &both)) {
		regions_add(out, a);
		return;
	}
	/* One bit after the other: the part that differs there is outside of `b`. */
	for (unsigned i = 0; i < REGION_ARGS; i++)
		for (uint64_t bit = 1ull << 63; bit; bit >>= 1) {
			if (!(b->mask[i] & ~a->mask[i] & bit))
				continue;
			piece = rest;
			piece.mask[i] |= bit;
			piece.value[i] |= ~b->value[i] & bit;
			regions_add(out, &piece);
			rest.mask[i] |= bit;
			rest.value[i] |= b->value[i] & bit;
		}
}

/* The values of one argument that have these bits. */
static struct region region_of(unsigned arg, uint64_t mask, uint64_t value)
{
	struct region r = region_all;

	r.mask[arg] = mask;
	r.value[arg] = value & mask;
	return r;
}

static void add_not_in(struct regions *out, const struct arg_test *t)
{
	struct regions left = {0}, next = {0};

	regions_add(&left, &region_all);
	for (size_t v = 0; v < t->n_values && !left.failed; v++) {
		const struct region taken = region_of(t->arg, t->mask, t->values[v]);

		for (size_t i = 0; i < left.n; i++)
			region_subtract(&left.items[i], &taken, &next);
		regions_done(&left);
		left = next;
		next = (struct regions){0};
	}
	for (size_t i = 0; i < left.n; i++)
		regions_add(out, &left.items[i]);
	out->failed = out->failed ? out->failed : left.failed;
	regions_done(&left);
}

/* Those that differ from the value first in a bit that makes them larger, or smaller. */
static void add_ordered(struct regions *out, const struct arg_test *t, bool larger)
{
	const uint64_t value = t->values[0];
	uint64_t above = 0;
	struct region r;

	for (uint64_t bit = 1ull << 63; bit; bit >>= 1) {
		if (!(t->mask & bit))
			continue;
		if (!(value & bit) == larger) {
			r = region_of(t->arg, above | bit, value ^ bit);
			regions_add(out, &r);
		}
		above |= bit;
	}
	if (larger) {
		r = region_of(t->arg, t->mask, value);
		regions_add(out, &r);
	}
}

static void add_test(struct regions *out, const struct arg_test *t)
{
	switch (t->kind) {
	case TEST_IN:
		for (size_t i = 0; i < t->n_values; i++) {
			const struct region r = region_of(t->arg, t->mask, t->values[i]);

			regions_add(out, &r);
		}
		break;
	case TEST_NOT_IN:
		add_not_in(out, t);
		break;
	case TEST_AT_LEAST:
	case TEST_BELOW:
		add_ordered(out, t, t->kind == TEST_AT_LEAST);
		break;
	case TEST_ALWAYS:
		regions_add(out, &region_all);
		break;
	}
}

void regions_add_tests(struct regions *out, const struct arg_test *tests, size_t n)
{
	struct regions now = {0}, one = {0}, next = {0};
	struct region both;

	regions_add(&now, &region_all);
	for (size_t t = 0; t < n && !now.failed; t++) {
		add_test(&one, &tests[t]);
		next.failed = one.failed;
		for (size_t i = 0; i < now.n; i++)
			for (size_t k = 0; k < one.n; k++)
				if (region_meet(&now.items[i], &one.items[k], &both))
					regions_add(&next, &both);
		regions_done(&one);
		regions_done(&now);
		now = next;
		next = (struct regions){0};
	}
	for (size_t i = 0; i < now.n; i++)
		regions_add(out, &now.items[i]);
	out->failed = out->failed ? out->failed : now.failed;
	regions_done(&now);
}
