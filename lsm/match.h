/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matcher and the verdict, pure: memory in, number out, no helper, no
 * allocation. The one source of every file decision, compiled into the BPF
 * programs, into `ringfence explain`, and into the tests, so that what is
 * checked is what is enforced.
 *
 * `cap` is the number of words behind `body` that may be read. In the BPF
 * programs it is a constant the verifier knows; in user space it is the
 * verified image's `words`. An index beyond it cannot happen in a verified
 * image; if it does, the answer is the dead state or row 0, which deny.
 */
#ifndef RF_MATCH_H
#define RF_MATCH_H

#include "abi.h"

/*
 * The index that is compared is the one that is used: without this the compiler may compare one
 * copy and use another, and the verifier (6.1) does not see that they are the same.
 */
#define RF_KEEP(x) __asm__ volatile("" : "+r"(x))

/* Where there is none: to the dead state, which nothing leaves. */
#define RF_UNIT_DEAD RF_UNIT_STAYS

/* The unit that `byte` takes in `state`: its target is the state after it. */
static inline __attribute__((always_inline)) __u32
rf_unit_of(const struct rf_image_head *head, const __u32 *body, __u32 cap, __u32 state, __u8 byte)
{
	__u32 class = head->class_of[byte];
	__u64 at = state + class, base = state;
	__u32 unit;

	RF_KEEP(at);
	if (at >= cap)
		return RF_UNIT_DEAD;
	unit = body[at];
	if (RF_UNIT_LABEL(unit) == class)
		return unit;
	RF_KEEP(base);
	if (base >= cap)
		return RF_UNIT_DEAD;
	unit = body[base];
	if (RF_UNIT_LABEL(unit) == RF_LABEL_DEFAULT && unit)
		return unit;
	return RF_UNIT_DEAD;
}

/* The state after reading `byte` in `state`. */
static inline __attribute__((always_inline)) __u32
rf_step(const struct rf_image_head *head, const __u32 *body, __u32 cap, __u32 state, __u8 byte)
{
	return RF_UNIT_TARGET(rf_unit_of(head, body, cap, state, byte));
}

/* The row unit of `state`, or 0: row 0, not uniform. */
static inline __attribute__((always_inline)) __u32 rf_row_unit(const __u32 *body, __u32 cap,
							       __u32 state)
{
	__u64 at = state + RF_LABEL_ROW;
	__u32 unit;

	RF_KEEP(at);
	if (at >= cap)
		return 0;
	unit = body[at];
	return RF_UNIT_LABEL(unit) == RF_LABEL_ROW ? unit : 0;
}

/*
 * When a directory's path ends in `state`: does it have the same permissions as all beneath it?
 * A state without a row unit has row 0, and is uniform if nothing is said beneath it, which is
 * where it goes by '/'; where that is not the answer, the state has a row unit. Not for the root
 * directory's path, unless its state has a row unit.
 */
static inline __attribute__((always_inline)) int
rf_is_uniform(const struct rf_image_head *head, const __u32 *body, __u32 cap, __u32 state)
{
	__u32 unit = rf_row_unit(body, cap, state);

	if (unit)
		return (unit & RF_ROW_UNIFORM) != 0;
	return rf_step(head, body, cap, state, '/') == RF_STATE_DEAD;
}

/* The verdict row of `state`; NULL only where the image lies about itself. */
static inline __attribute__((always_inline)) const struct rf_row *
rf_row_of(const struct rf_image_head *head, const __u32 *body, __u32 cap, __u32 state)
{
	__u64 at = head->rows_at + RF_ROW_INDEX(rf_row_unit(body, cap, state)) * RF_ROW_WORDS;

	RF_KEEP(at);
	/* cap is never less than RF_RESERVED_UNITS, so this does not wrap. */
	if (at > cap - RF_ROW_WORDS)
		return (const struct rf_row *)0;
	RF_KEEP(at); /* and the address is made after the comparison */
	return (const struct rf_row *)&body[at];
}

/*
 * The operations allowed by a row: deny, then allow, then `otherwise`, which is the image's (here
 * and below).
 */
static inline __attribute__((always_inline)) __u32 rf_row_permits(__u32 otherwise,
								  const struct rf_row *row)
{
	if (!row)
		return 0;
	return (row->allow | otherwise) & ~(__u32)row->deny;
}

/*
 * No gain by aliasing: what the new row permits and the old one does not. Not zero: a name with the
 * new row would be a way round the old one.
 */
static inline __attribute__((always_inline)) __u32
rf_row_gain(__u32 otherwise, const struct rf_row *old_row, const struct rf_row *new_row)
{
	return rf_row_permits(otherwise, new_row) & ~rf_row_permits(otherwise, old_row);
}

/*
 * What came of asking for the operations `ops`. `op` is the operation to
 * report: the first refused one, else the first audited one; _RF_OP_MAX when
 * there is nothing to report. `rule` is the rule to blame for it.
 */
struct rf_verdict {
	__u32 denied;
	__u32 audited;
	__u32 op;
	__u32 rule;
};

static inline __attribute__((always_inline)) __u32 rf_lowest_op(__u32 ops)
{
	/*
	 * The bits below the lowest, counted (Hacker's Delight, 5-1): without a branch, because the
	 * verifier follows each way through a program, and this is on all of them. 0 for none.
	 */
	__u32 n = (ops & -ops) - 1;

	n -= (n >> 1) & 0x55555555u;
	n = (n & 0x33333333u) + ((n >> 2) & 0x33333333u);
	n = (n + (n >> 4)) & 0x0f0f0f0fu;
	return ((n * 0x01010101u) >> 24) & 15;
}

static inline __attribute__((always_inline)) struct rf_verdict
rf_judge(__u32 otherwise, const struct rf_row *row, __u32 ops)
{
	struct rf_verdict v = {.denied = ops & ~rf_row_permits(otherwise, row), .op = _RF_OP_MAX};
	__u32 told;

	if (row)
		v.audited = ops & row->audit & ~v.denied;
	told = v.denied ? v.denied : v.audited;
	if (!told)
		return v;
	v.op = rf_lowest_op(told);
	/* A denial by omission has no rule: an audit rule is not to blame. */
	if (row && v.op < _RF_OP_MAX && (!v.denied || (row->deny & RF_OP_BIT(v.op))))
		v.rule = row->rule[v.op];
	return v;
}

#endif
