/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a condition as written to a test as compiled: constants become numbers,
 * the argument's type says which bits count, and eight operators become four
 * tests. The result is canonical, so that two spellings of one condition
 * (`eq: 2` and `in: [2, 2]`, `le: 7` and `lt: 8`) give one filter.
 *
 * Ordering is unsigned, because that is the only ordering classic BPF has; a
 * negative number with `lt` or its kin is therefore refused, not misread.
 */
#include "condition.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "argtypes.h"
#include "constants.h"

static const char *const op_words[] = {
    [ARG_EQ] = "eq", [ARG_NE] = "ne", [ARG_LT] = "lt", [ARG_LE] = "le",
    [ARG_GT] = "gt", [ARG_GE] = "ge", [ARG_IN] = "in", [ARG_MASKED] = "mask",
};

void arg_test_done(struct arg_test *t)
{
	free(t->values);
	*t = (struct arg_test){0};
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

int arg_test_compare(const struct arg_test *a, const struct arg_test *b)
{
	int r = compare_u64(a->arg, b->arg);

	r = r ? r : compare_u64(a->kind, b->kind);
	r = r ? r : compare_u64(a->mask, b->mask);
	r = r ? r : compare_u64(a->n_values, b->n_values);
	for (size_t i = 0; !r && i < a->n_values; i++)
		r = compare_u64(a->values[i], b->values[i]);
	return r;
}

/* Why argument `c->arg` of `call` can bear no condition, or 0 with the bits that count. */
static int mask_find(const char *call, const struct arg_condition *c, struct diag *d,
		     uint64_t *ret_mask)
{
	enum arg_type type = argument_type(call, c->arg);
	int count = argument_count(call);

	switch (type) {
	case ARG_TYPE_NONE:
		diag_error(d, c->mark, "'%s' has no arg%u", call, c->arg);
		if (!count)
			return diag_hint(d, "it takes no arguments");
		return diag_hint(d, "it takes %d argument%s, counted from arg0", count,
				 count == 1 ? "" : "s");
	case ARG_TYPE_UNKNOWN:
		return diag_error(d, c->mark, "the arguments of '%s' are not known", call);
	case ARG_TYPE_POINTER:
		diag_error(d, c->mark, "arg%u of '%s' is a pointer", c->arg, call);
		return diag_hint(d, "a filter sees only the pointer, not what it points to: use "
				    "the files section for paths");
	case ARG_TYPE_VARIES:
		return diag_error(d, c->mark,
				  "what arg%u of '%s' means depends on another argument", c->arg,
				  call);
	default:
		*ret_mask = argument_mask(type);
		return 0;
	}
}

static int unknown_constant(const struct word *w, const struct constant *c, struct diag *d)
{
	const char *near = constant_nearest(c->bad, c->bad_len);
	char part[64];

	snprintf(part, sizeof(part), "%.*s", (int)(c->bad_len < 63 ? c->bad_len : 63), c->bad);
	diag_error(d, w->mark, "'%s' is neither a number nor a known constant", part);
	if (near)
		return diag_hint(d, "did you mean '%s'?", near);
	return diag_hint(d, "numbers are decimal, 0x hexadecimal or 0o octal; "
			    "constants can be joined by '|'");
}

/* Reads one value, which must be one the argument can have. */
static int value_read(const struct word *w, uint64_t mask, enum arg_op op, struct diag *d,
		      uint64_t *ret_value)
{
	struct constant c;
	unsigned bits = mask == UINT16_MAX ? 16 : mask == UINT32_MAX ? 32 : 64;
	bool ordered = op == ARG_LT || op == ARG_LE || op == ARG_GT || op == ARG_GE;

	if (constant_parse(w->text, &c) < 0)
		return unknown_constant(w, &c, d);
	if (c.negative && ordered) {
		diag_error(d, w->mark, "'%s' with a negative number", op_words[op]);
		return diag_hint(d, "filters compare without sign, where -1 is the largest "
				    "number; name the values with eq, ne or in");
	}
	if (c.negative && bits == 32 && (int64_t)c.value >= INT32_MIN)
		c.value &= mask;
	if (c.value & ~mask)
		return diag_error(d, w->mark, "'%s' does not fit an argument of %u bits",
				  shown(w->text).text, bits);
	*ret_value = c.value;
	return 0;
}

static int by_value(const void *a, const void *b)
{
	return compare_u64(*(const uint64_t *)a, *(const uint64_t *)b);
}

static void values_sort(struct arg_test *t)
{
	size_t n = 0;

	qsort(t->values, t->n_values, sizeof(*t->values), by_value);
	for (size_t i = 0; i < t->n_values; i++)
		if (!n || t->values[n - 1] != t->values[i])
			t->values[n++] = t->values[i];
	t->n_values = n;
}

/* `{mask: M, eq: V}`: values[] is M, V. */
static int masked_finish(const struct arg_condition *c, struct arg_test *t, struct diag *d)
{
	uint64_t mask = t->values[0], value = t->values[1];

	if (value & ~mask) {
		diag_error(d, c->mark, "this condition can never match");
		return diag_hint(d, "'eq' has bits (0x%" PRIx64 ") that 'mask' takes away",
				 value & ~mask);
	}
	t->mask = mask;
	t->values[0] = value;
	t->n_values = 1;
	t->kind = mask ? TEST_IN : TEST_ALWAYS;
	return 0;
}

/* lt, le, gt, ge: `le v` is `below v + 1`, which at the ends is always or never. */
static int ordered_finish(const struct arg_condition *c, struct arg_test *t, struct diag *d)
{
	uint64_t v = t->values[0], most = t->mask;
	bool never = (c->op == ARG_LT && v == 0) || (c->op == ARG_GT && v == most);
	bool always = (c->op == ARG_GE && v == 0) || (c->op == ARG_LE && v == most);

	if (never)
		return diag_error(d, c->mark,
				  "this condition can never match: no argument is %s %" PRIu64,
				  c->op == ARG_LT ? "below" : "above", v);
	t->kind = c->op == ARG_LT || c->op == ARG_LE ? TEST_BELOW : TEST_AT_LEAST;
	if (always)
		t->kind = TEST_ALWAYS;
	else if (c->op == ARG_LE || c->op == ARG_GT)
		t->values[0] = v + 1;
	return 0;
}

static int test_finish(const struct arg_condition *c, struct arg_test *t, struct diag *d)
{
	switch (c->op) {
	case ARG_EQ:
	case ARG_IN:
		t->kind = TEST_IN;
		values_sort(t);
		return 0;
	case ARG_NE:
		t->kind = TEST_NOT_IN;
		return 0;
	case ARG_MASKED:
		return masked_finish(c, t, d);
	default:
		return ordered_finish(c, t, d);
	}
}

int arg_test_make(const char *call, const struct arg_condition *c, struct diag *d,
		  struct arg_test *ret_test)
{
	struct arg_test t = {.arg = c->arg, .n_values = c->n_values};
	size_t want = c->op == ARG_MASKED ? 2 : c->op == ARG_IN ? c->n_values : 1;
	int r = mask_find(call, c, d, &t.mask);

	if (r < 0)
		return r;
	if (!c->n_values || c->n_values != want)
		return diag_error(d, c->mark, "'%s' needs %s", op_words[c->op],
				  want > 1 ? "two values" : "a value");
	t.values = calloc(c->n_values, sizeof(*t.values));
	if (!t.values)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_values; i++) {
		int each = value_read(&c->values[i], t.mask, c->op, d, &t.values[i]);

		r = each < 0 ? each : r; /* report them all */
	}
	if (!r)
		r = test_finish(c, &t, d);
	if (r < 0) {
		arg_test_done(&t);
		return r;
	}
	*ret_test = t;
	return 0;
}
