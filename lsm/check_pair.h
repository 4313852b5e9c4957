/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision about rename and link: two names, one object. */
#ifndef RF_CHECK_PAIR_H
#define RF_CHECK_PAIR_H

#include "check_object.h"

struct rf_pair {
	__u64 old_dentry;
	__u64 new_dentry;
	__u64 vfsmount; /* both names are on it: the kernel saw to that */
	__u32 op;	/* RF_OP_RENAME or RF_OP_LINK, for events */
	__u32 old_ops;	/* asked of the old name */
	__u32 old_leaf; /* RF_LEAF_* of the old name */
	__u32 directory;
	__u32 replaces; /* the new name exists */
	__u32 exchange; /* and takes the old one: asked both ways, of one policy */
	__u32 new_directory;
};

/*
 * No gain by aliasing: would the new name allow what the old one does not? For a directory this is
 * about all beneath it: equal states have equal futures; two uniform ones have one row each; of
 * anything else nothing is known, and unknown is a gain.
 */
static inline bool rf_gains(const struct rf_image *img, const struct rf_scratch *s,
			    const struct rf_row *old_row, const struct rf_row *new_row,
			    __u32 directory)
{
	__u32 old = s->path.state, new = s->new_path.state;

	if (old == new)
		return false;
	if (rf_row_gain(&img->head, old_row, new_row))
		return true;
	return directory && !(rf_is_uniform(&img->head, img->body, rf_body_words, old) &&
			      rf_is_uniform(&img->head, img->body, rf_body_words, new));
}

/* A refusal that is about both names. */
static inline bool rf_refuse_both(struct rf_asker *who, __u32 op, __u32 rule, __u32 reason)
{
	struct rf_event *ev = rf_event_new(who->rec, RF_KIND_FILE, op);

	ev->rule = rule;
	ev->path_state = who->scratch->path.path;
	ev->new_state = who->scratch->new_path.path;
	return rf_refuse(who, ev, reason, EACCES);
}

/* A refusal of what happens to the new name: the event's only path. */
static inline bool rf_refuse_new(struct rf_asker *who, const struct rf_verdict *v, __u32 reason)
{
	struct rf_event *ev = rf_event_new(who->rec, RF_KIND_FILE, v->op);

	ev->rule = v->rule;
	ev->new_state = RF_PATH_ATTACHED;
	return rf_refuse(who, ev, reason, EACCES);
}

static inline void rf_audit_both(struct rf_asker *who, const struct rf_verdict *v, __u32 reason)
{
	struct rf_event *ev = rf_event_new(who->rec, RF_KIND_FILE, v->op);

	ev->rule = v->rule;
	ev->action = RF_ACTION_AUDIT;
	ev->reason = reason;
	ev->path_state = RF_PATH_ATTACHED;
	ev->new_state = RF_PATH_ATTACHED;
	rf_tell(who, ev);
}

static __noinline bool rf_judge_pair(struct rf_asker *who, const struct rf_pair *pair)
{
	struct rf_scratch *s = who->scratch;
	__u32 new_ops = RF_OP_BIT(RF_OP_CREATE);
	const struct rf_row *old_row, *new_row;
	__u32 reason = RF_REASON_POLICY;
	struct rf_verdict v;

	if (pair->replaces)
		new_ops |= RF_OP_BIT(RF_OP_DELETE);
	old_row = rf_row_at(&s->path, who->img, pair->old_dentry, pair->vfsmount, pair->old_leaf);
	new_row = rf_row_at(&s->new_path, who->img, pair->new_dentry, pair->vfsmount, RF_LEAF_NEW);
	if (s->path.path != RF_PATH_ATTACHED || s->new_path.path != RF_PATH_ATTACHED)
		return rf_refuse_both(who, pair->op, RF_RULE_NONE, RF_REASON_PATH);
	v = rf_judge(&who->img->head, new_row, new_ops);
	if (!v.denied && pair->replaces && who->dom->objects)
		reason = rf_ask_beside(who, pair->new_dentry, RF_OP_BIT(RF_OP_DELETE), new_row, &v);
	if (v.denied)
		return rf_refuse_new(who, &v, reason);
	reason = RF_REASON_POLICY;
	v = rf_judge(&who->img->head, old_row, pair->old_ops);
	if (!v.denied && who->dom->objects)
		reason = rf_ask_beside(who, pair->old_dentry, pair->old_ops, old_row, &v);
	if (v.denied)
		return rf_refuse_both(who, v.op, v.rule, reason);
	if (rf_gains(who->img, s, old_row, new_row, pair->directory))
		return rf_refuse_both(who, pair->op, RF_RULE_NONE, RF_REASON_ALIAS);
	if (v.audited)
		rf_audit_both(who, &v, reason);
	return false;
}

/* The other half of an exchange. */
static inline bool rf_judge_back(struct rf_asker *who, struct rf_pair *pair)
{
	__u64 dentry = pair->old_dentry;

	pair->old_dentry = pair->new_dentry;
	pair->new_dentry = dentry;
	pair->directory = pair->new_directory;
	return rf_judge_pair(who, pair);
}

/* May the caller give the object the new name? */
__weak __noinline int rf_check_pair(struct rf_task *rec, struct rf_pair *pair)
{
	struct rf_asker who;
	struct rf_event *ev;
	__u32 reason;

	if (!rec || !pair)
		return true;
	reason = rf_begin(rec, &who);
	if (!reason) {
		if (!(who.img->head.flags & RF_IMAGE_FILES))
			return false;
		who.scratch = rf_scratch_get();
		if (who.scratch)
			return rf_judge_pair(&who, pair) ||
			       (pair->exchange && rf_judge_back(&who, pair));
		reason = RF_REASON_PATH;
	}
	ev = rf_event_new(rec, RF_KIND_FILE, pair->op);
	if (reason == RF_REASON_PATH)
		ev->path_state = RF_PATH_NO_MEMORY;
	return rf_refuse(&who, ev, reason, EACCES);
}

#endif
