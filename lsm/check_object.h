/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision about an object that a rule holds under another name; what that means: object.h. */
#ifndef RF_CHECK_OBJECT_H
#define RF_CHECK_OBJECT_H

#include "check.h"
#include "object.h"

struct rf_object_ask {
	const struct rf_image *image;
	struct rf_found *found;
	__u32 ops;
	__u32 copies; /* the object, to where its path allows reading it */
	struct rf_verdict verdict;
};

/* What of `ops` the tag is to be asked for. */
static inline __u32 rf_tag_ops(__u32 flags, const struct rf_row *row, __u32 ops)
{
	return row && (flags & RF_TAG_DENY_ONLY) ? ops & row->deny : ops;
}

static long rf_ask_step(__u32 index, struct rf_object_ask *a)
{
	const struct rf_image *img = a->image;
	struct rf_found *f = a->found;
	__u32 i = index & (RF_TAGS_MAX - 1);
	const struct rf_row *row;
	struct rf_verdict v, read;

	if (index >= f->n)
		return 1;
	row = rf_row_of(&img->head, img->body, rf_body_words, f->state[i]);
	v = rf_judge(&img->head, row, rf_tag_ops(f->flags[i], row, a->ops));
	if (!v.denied && a->copies) {
		read =
		    rf_judge(&img->head, row, rf_tag_ops(f->flags[i], row, RF_OP_BIT(RF_OP_READ)));
		if (read.denied)
			v = read;
	}
	if (v.denied) {
		if (!v.rule)
			v.rule = f->rule[i];
		a->verdict = v;
		return 1;
	}
	if (v.audited)
		a->verdict = v;
	return 0;
}

/*
 * Asks the object at `dentry` for `ops`, which its path has been asked for: `v`, with no refusal,
 * came of that, from `row`. Returns the reason for what is in `v` then.
 */
static __noinline __u32 rf_ask_object(struct rf_asker *who, __u64 dentry, __u32 ops,
				      const struct rf_row *row, struct rf_verdict *v)
{
	struct rf_object_ask a = {.image = who->img, .found = &who->scratch->found, .ops = ops};

	rf_find_tags(a.found, dentry, rf_hash(who->img));
	if (a.found->unknown) {
		v->denied = ops;
		v->op = rf_lowest_op(ops);
		v->rule = RF_RULE_NONE;
		return RF_REASON_OBJECT;
	}
	if (!a.found->n)
		return RF_REASON_POLICY;
	a.copies = a.found->layers.copied && (ops & RF_OPS_COPY) &&
		   (rf_row_permits(&who->img->head, row) & RF_OP_BIT(RF_OP_READ));
	bpf_loop(RF_TAGS_MAX, rf_ask_step, &a, 0);
	if (!a.verdict.denied && (!a.verdict.audited || v->audited))
		return RF_REASON_POLICY;
	*v = a.verdict;
	return RF_REASON_OBJECT;
}

#endif
