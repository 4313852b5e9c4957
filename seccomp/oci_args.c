/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From regions to the comparisons of an OCI profile.
 *
 * A region is SCMP_CMP_MASKED_EQ for each argument. Where all 64 bits count, the
 * bits that a region fixes are often the upper ones, and then its values are
 * those from one number to another: neighbours are joined, and what reaches to
 * either end is one SCMP_CMP_LE or SCMP_CMP_GE. libseccomp compares 64 bits
 * without sign, as the policy means it. So "not 0" is one comparison instead of
 * 64, and none has a mask beyond 2^63, which the JSON library does not write.
 *
 * What lies between two ends cannot be said so: an entry compares an argument
 * once. Such regions stay as they are.
 */
#include "oci_args.h"

#include <errno.h>
#include <stdlib.h>

/* The values of one argument: from `low` to `high`, or those with these bits. */
struct span {
	bool range;
	uint64_t low, high;
	uint64_t mask, value; /* 0 where it is a range */
};

struct box {
	struct span args[REGION_ARGS];
};

static struct span span_of(uint64_t mask, uint64_t value)
{
	const uint64_t rest = ~mask;

	if (rest & (rest + 1))
		return (struct span){.mask = mask, .value = value};
	return (struct span){.range = true, .low = value, .high = value | rest};
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_spans(const struct span *a, const struct span *b)
{
	int r = compare_u64(a->range, b->range);

	r = r ? r : compare_u64(a->low, b->low);
	r = r ? r : compare_u64(a->high, b->high);
	r = r ? r : compare_u64(a->mask, b->mask);
	return r ? r : compare_u64(a->value, b->value);
}

/* By all arguments but `arg`. */
static int compare_others(const struct box *a, const struct box *b, unsigned arg)
{
	int r = 0;

	for (unsigned i = 0; i < REGION_ARGS && !r; i++)
		if (i != arg)
			r = compare_spans(&a->args[i], &b->args[i]);
	return r;
}

static int for_joining(const void *x, const void *y, void *data)
{
	const unsigned arg = *(const unsigned *)data;
	const struct box *a = x, *b = y;
	int r = compare_others(a, b, arg);

	return r ? r : compare_spans(&a->args[arg], &b->args[arg]);
}

/* Boxes first to *ret_end differ in `arg` alone, and there follow each other. Their range. */
static struct span find_run(const struct box *boxes, size_t n, size_t first, unsigned arg,
			    size_t *ret_end)
{
	struct span all = boxes[first].args[arg];
	size_t end = first + 1;

	while (all.range && end < n && !compare_others(&boxes[first], &boxes[end], arg)) {
		const struct span *next = &boxes[end].args[arg];

		if (all.high != UINT64_MAX && next->low > all.high + 1)
			break;
		if (next->high > all.high)
			all.high = next->high;
		end++;
	}
	*ret_end = end;
	return all;
}

/* Joins boxes that follow each other in one argument, where one comparison can say it. */
static size_t join(struct box *boxes, size_t n, unsigned arg)
{
	size_t kept = 0, end;

	qsort_r(boxes, n, sizeof(*boxes), for_joining, &arg);
	for (size_t first = 0; first < n; first = end) {
		const struct span all = find_run(boxes, n, first, arg, &end);

		if (all.range && (!all.low || all.high == UINT64_MAX)) {
			boxes[kept] = boxes[first];
			boxes[kept++].args[arg] = all;
			continue;
		}
		while (first < end)
			boxes[kept++] = boxes[first++];
	}
	return kept;
}

/* One comparison of the argument with `value`; 0, -ENOMEM, -ERANGE. */
static int add(json_t *args, unsigned index, const char *op, uint64_t value)
{
	if (value > INT64_MAX)
		return -ERANGE;
	return json_array_append_new(args, json_pack("{s:i, s:I, s:s}", "index", index, "value",
						     (json_int_t)value, "op", op))
		   ? -ENOMEM
		   : 0;
}

static int add_masked(json_t *args, unsigned index, uint64_t mask, uint64_t value)
{
	if (mask > INT64_MAX) /* the value has no other bits */
		return -ERANGE;
	return json_array_append_new(args, json_pack("{s:i, s:I, s:I, s:s}", "index", index,
						     "value", (json_int_t)mask, "valueTwo",
						     (json_int_t)value, "op", "SCMP_CMP_MASKED_EQ"))
		   ? -ENOMEM
		   : 0;
}

static int add_span(json_t *args, unsigned index, const struct span *s)
{
	if (!s->range)
		return add_masked(args, index, s->mask, s->value);
	if (!s->low && s->high == UINT64_MAX)
		return 0;
	if (s->low == s->high)
		return add(args, index, "SCMP_CMP_EQ", s->low);
	if (!s->low)
		return add(args, index, "SCMP_CMP_LE", s->high);
	if (s->high == UINT64_MAX)
		return add(args, index, "SCMP_CMP_GT", s->low - 1);
	return -ERANGE;
}

static int write_box(const struct box *box, json_t *ret_lists)
{
	json_t *args = json_array();
	int r = args ? 0 : -ENOMEM;

	for (unsigned i = 0; i < REGION_ARGS && !r; i++)
		r = add_span(args, i, &box->args[i]);
	if (!r && json_array_append(ret_lists, args))
		r = -ENOMEM;
	json_decref(args);
	return r;
}

int oci_args_write(const struct regions *regions, json_t *ret_lists)
{
	struct box *boxes = calloc(regions->n + 1, sizeof(*boxes));
	size_t n = regions->n;
	int r = boxes ? 0 : -ENOMEM;

	for (size_t i = 0; boxes && i < n; i++)
		for (unsigned arg = 0; arg < REGION_ARGS; arg++)
			boxes[i].args[arg] =
			    span_of(regions->items[i].mask[arg], regions->items[i].value[arg]);
	for (unsigned arg = 0; boxes && arg < REGION_ARGS; arg++)
		n = join(boxes, n, arg);
	for (size_t i = 0; i < n && !r; i++)
		r = write_box(&boxes[i], ret_lists);
	free(boxes);
	return r;
}
