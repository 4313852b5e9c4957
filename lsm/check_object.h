/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision about an object that a rule holds under another name; what that means: object.h. */
#ifndef RF_CHECK_OBJECT_H
#define RF_CHECK_OBJECT_H

#include "check.h"
#include "object.h"

/* The question about an object whose path allows `ops`, and its answer. */
struct rf_question {
	__u64 dentry;
	__u64 image; /* by which the path was judged: beginning of its hash */
	__u32 ops;
	__u32 may_read;		   /* its path allows reading it */
	struct rf_verdict verdict; /* what came of asking for the path: no refusal */
};

struct rf_object_ask {
	const struct rf_image *image;
	struct rf_found *found;
	__u32 ops;
	__u32 copies;	/* the object, to where its path allows reading it */
	__u32 refusing; /* which tag does, counted from 1; 0: none */
	__u32 auditing;
};

/* What a tag is asked for, and what its row says. */
struct rf_tag_view {
	const struct rf_row *row;
	__u32 asked;
	__u32 copied; /* asked because the object would be copied */
};

/* What of `ops` the tag is to be asked for. */
static inline __u32 rf_tag_ops(__u32 flags, const struct rf_row *row, __u32 ops)
{
	return row && (flags & RF_TAG_DENY_ONLY) ? ops & row->deny : ops;
}

static __always_inline struct rf_tag_view rf_view_tag(const struct rf_object_ask *a, __u32 i)
{
	const struct rf_image *img = a->image;
	__u32 flags = a->found->flags[i & (RF_TAGS_MAX - 1)];
	struct rf_tag_view v = {.row = rf_row_of(&img->head, img->body, rf_body_words,
						 a->found->state[i & (RF_TAGS_MAX - 1)])};

	v.asked = rf_tag_ops(flags, v.row, a->ops);
	v.copied = a->copies ? rf_tag_ops(flags, v.row, RF_OP_BIT(RF_OP_READ)) : 0;
	return v;
}

static long rf_ask_step(__u32 index, struct rf_object_ask *a)
{
	struct rf_tag_view v;

	if (index >= a->found->n)
		return 1;
	v = rf_view_tag(a, index);
	if ((v.asked | v.copied) & ~rf_row_permits(a->image->head.otherwise, v.row)) {
		a->refusing = index + 1;
		return 1;
	}
	if (v.row && (v.asked & v.row->audit))
		a->auditing = index + 1;
	return 0;
}

/* The verdict of tag `i`. What was asked for is to blame before what copying takes. */
static __always_inline struct rf_verdict rf_judge_tag(const struct rf_object_ask *a, __u32 i)
{
	struct rf_tag_view t = rf_view_tag(a, i);
	__u32 otherwise = a->image->head.otherwise;
	struct rf_verdict v;

	if (!(t.asked & ~rf_row_permits(otherwise, t.row)) && t.copied)
		t.asked |= t.copied;
	v = rf_judge(otherwise, t.row, t.asked);
	if (v.denied && !v.rule)
		v.rule = a->found->rule[i & (RF_TAGS_MAX - 1)];
	return v;
}

static inline __u32 rf_object_unknown(struct rf_question *q)
{
	q->verdict.denied = q->ops;
	q->verdict.op = rf_lowest_op(q->ops);
	q->verdict.rule = RF_RULE_NONE;
	return RF_REASON_OBJECT;
}

static inline __u32 rf_ask_found(const struct rf_image *img, struct rf_found *found,
				 struct rf_question *q)
{
	struct rf_object_ask a = {.image = img, .found = found, .ops = q->ops};

	rf_find_tags(a.found, q->dentry, rf_hash(img));
	if (a.found->unknown)
		return rf_object_unknown(q);
	if (!a.found->n)
		return RF_REASON_POLICY;
	a.copies = a.found->layers.copied && (q->ops & RF_OPS_COPY) && q->may_read;
	bpf_loop(RF_TAGS_MAX, rf_ask_step, &a, 0);
	if (!a.refusing && (!a.auditing || q->verdict.audited))
		return RF_REASON_POLICY;
	q->verdict = rf_judge_tag(&a, (a.refusing ?: a.auditing) - 1);
	return RF_REASON_OBJECT;
}

/*
 * Asks the object. Returns the reason for what is in the verdict then. A global function that finds
 * out again who asks: verified once for each program, and not once for each way that leads here.
 *
 * Where the image is not the one any more that judged the path, the verdict is a refusal, and the
 * reason RF_REASON_NO_IMAGE: half of either policy is neither, and could allow what both deny.
 */
__weak __noinline int rf_ask_object(struct rf_task *rec, struct rf_question *q)
{
	struct rf_scratch *scratch = rf_scratch_get();
	const struct rf_image *img;
	struct rf_domain *dom;

	if (!rec || !q)
		return RF_REASON_OBJECT;
	dom = rf_domain_of(rec->domain, rec->generation);
	img = dom ? rf_image_at(dom->image) : NULL;
	if (!img || !scratch)
		return rf_object_unknown(q);
	if (rf_hash(img) != q->image) {
		rf_object_unknown(q);
		return RF_REASON_NO_IMAGE;
	}
	return rf_ask_found(img, &scratch->found, q);
}

/* The same for whoever has a verdict `v`, no refusal, that came from what `t` shows. */
static inline __u32 rf_ask_beside(struct rf_task *rec, const struct rf_text *t, __u64 dentry,
				  __u32 ops, struct rf_verdict *v)
{
	struct rf_question q = {
	    .dentry = dentry, .image = t->sight.image, .ops = ops, .verdict = *v};
	__u32 reason;

	q.may_read = rf_row_permits(t->sight.otherwise, &t->sight.row) & RF_OP_BIT(RF_OP_READ);
	reason = rf_ask_object(rec, &q);
	*v = q.verdict;
	return reason;
}

#endif
