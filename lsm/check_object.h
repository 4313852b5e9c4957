/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision about an object that a rule holds under another name; what that means: object.h. */
#ifndef RF_CHECK_OBJECT_H
#define RF_CHECK_OBJECT_H

#include "check.h"
#include "object.h"

/* The question about an object whose path allows `ops`, and its answer. */
struct rf_question {
	__u64 dentry;
	__u32 ops;
	__u32 may_read;		   /* its path allows reading it */
	struct rf_verdict verdict; /* what came of asking for the path: no refusal */
};

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
	__u32 asked, read, refused;
	struct rf_verdict v;

	if (index >= f->n)
		return 1;
	row = rf_row_of(&img->head, img->body, rf_body_words, f->state[i]);
	asked = rf_tag_ops(f->flags[i], row, a->ops);
	read = a->copies ? rf_tag_ops(f->flags[i], row, RF_OP_BIT(RF_OP_READ)) : 0;
	/* What was asked for is to blame before what copying takes. */
	refused = ~rf_row_permits(&img->head, row);
	if (!(asked & refused) && (read & refused))
		asked = read;
	v = rf_judge(&img->head, row, asked);
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

static inline __u32 rf_object_unknown(struct rf_question *q)
{
	q->verdict.denied = q->ops;
	q->verdict.op = rf_lowest_op(q->ops);
	q->verdict.rule = RF_RULE_NONE;
	return RF_REASON_OBJECT;
}

static inline __u32 rf_ask_found(struct rf_asker *who, struct rf_question *q)
{
	struct rf_object_ask a = {.image = who->img, .found = &who->scratch->found, .ops = q->ops};

	rf_find_tags(a.found, q->dentry, rf_hash(who->img));
	if (a.found->unknown)
		return rf_object_unknown(q);
	if (!a.found->n)
		return RF_REASON_POLICY;
	a.copies = a.found->layers.copied && (q->ops & RF_OPS_COPY) && q->may_read;
	bpf_loop(RF_TAGS_MAX, rf_ask_step, &a, 0);
	if (!a.verdict.denied && (!a.verdict.audited || q->verdict.audited))
		return RF_REASON_POLICY;
	q->verdict = a.verdict;
	return RF_REASON_OBJECT;
}

/*
 * Asks the object. Returns the reason for what is in the verdict then. A global function that finds
 * out again who asks: verified once for each program, and not once for each way that leads here.
 */
__weak __noinline int rf_ask_object(struct rf_task *rec, struct rf_question *q)
{
	struct rf_asker who;

	if (!rec || !q)
		return RF_REASON_OBJECT;
	if (rf_begin(rec, &who))
		return rf_object_unknown(q);
	who.scratch = rf_scratch_get();
	if (!who.scratch)
		return rf_object_unknown(q);
	return rf_ask_found(&who, q);
}

/* The same for whoever has a verdict `v`, no refusal, that came from `row`. */
static inline __u32 rf_ask_beside(struct rf_asker *who, __u64 dentry, __u32 ops,
				  const struct rf_row *row, struct rf_verdict *v)
{
	struct rf_question q = {.dentry = dentry, .ops = ops, .verdict = *v};
	__u32 reason;

	q.may_read = rf_row_permits(&who->img->head, row) & RF_OP_BIT(RF_OP_READ);
	reason = rf_ask_object(who->rec, &q);
	*v = q.verdict;
	return reason;
}

#endif
