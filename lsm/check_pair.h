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
	__u32 last;	/* RF_JUDGE_AGAIN is no answer any more */
};

/*
 * No gain by aliasing: would the new name allow what the old one does not? For a directory this is
 * about all beneath it: equal states have equal futures; two uniform ones have one row each; of
 * anything else nothing is known, and unknown is a gain.
 */
static inline bool rf_gains(const struct rf_sight *old, const struct rf_sight *new, __u32 directory)
{
	if (old->state == new->state)
		return false;
	if (rf_row_gain(old->otherwise, &old->row, &new->row))
		return true;
	return directory && !(old->uniform && new->uniform);
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

/* Of what happens to the new name: the event's only path. */
static inline void rf_audit_new(struct rf_asker *who, const struct rf_verdict *v, __u32 reason)
{
	struct rf_event *ev = rf_event_new(who->rec, RF_KIND_FILE, v->op);

	ev->rule = v->rule;
	ev->action = RF_ACTION_AUDIT;
	ev->reason = reason;
	ev->new_state = RF_PATH_ATTACHED;
	rf_tell(who, ev);
}

/* A refusal for want of a verdict. */
static inline bool rf_refuse_pair(struct rf_asker *who, const struct rf_pair *pair, __u32 reason)
{
	struct rf_event *ev;

	if (reason == RF_REASON_PATH && who->scratch)
		return rf_refuse_both(who, pair->op, RF_RULE_NONE, reason);
	ev = rf_event_new(who->rec, RF_KIND_FILE, pair->op);
	if (reason == RF_REASON_PATH)
		ev->path_state = RF_PATH_NO_MEMORY;
	return rf_refuse(who, ev, reason, EACCES);
}

/*
 * Looks at both names with the eyes of one image: again if it was replaced in between, and for the
 * last time if it was replaced in between again.
 */
static inline __u32 rf_look_at_both(struct rf_asker *who, struct rf_pair *pair)
{
	struct rf_object old = {.dentry = pair->old_dentry, .vfsmount = pair->vfsmount};
	struct rf_object new = {.dentry = pair->new_dentry, .vfsmount = pair->vfsmount};
	struct rf_scratch *s = who->scratch;
	__u32 slot = who->dom->image, of_old, of_new;

	of_old = rf_look(&s->path, slot, &old, pair->old_leaf);
	of_new = rf_look(&s->new_path, slot, &new, RF_LEAF_NEW);
	if (s->path.sight.image != s->new_path.sight.image)
		of_old = rf_look(&s->path, slot, &old, pair->old_leaf);
	if (s->path.sight.image != s->new_path.sight.image)
		of_new = rf_look(&s->new_path, slot, &new, RF_LEAF_NEW);
	if (s->path.sight.image != s->new_path.sight.image)
		return RF_REASON_NO_IMAGE;
	rf_ask_sight(who, &s->path.sight);
	return of_old ?: of_new;
}

/* What is to be told of the new name waits in the scratch: the stack is short. */
static inline void rf_audit_aside(struct rf_asker *who)
{
	struct rf_scratch *s = who->scratch;

	if (s->aside.audited)
		rf_audit_new(who, &s->aside, s->aside_reason);
}

/* The image was replaced between a name's verdict and its object's. Nothing was told yet. */
#define RF_JUDGE_AGAIN 2

/* May the object at the old name have the new one? */
static inline int rf_judge_sights(struct rf_asker *who, struct rf_pair *pair)
{
	struct rf_text *old = &who->scratch->path, *new = &who->scratch->new_path;
	__u32 new_ops = RF_OP_BIT(RF_OP_CREATE), reason = RF_REASON_POLICY;
	struct rf_verdict v;

	if (pair->replaces)
		new_ops |= RF_OP_BIT(RF_OP_DELETE);
	v = rf_judge(new->sight.otherwise, &new->sight.row, new_ops);
	if (!v.denied && pair->replaces && who->dom->objects)
		reason =
		    rf_ask_beside(who->rec, new, pair->new_dentry, RF_OP_BIT(RF_OP_DELETE), &v);
	if (reason == RF_REASON_NO_IMAGE && !pair->last)
		return RF_JUDGE_AGAIN;
	if (v.denied)
		return rf_refuse_new(who, &v, reason);
	who->scratch->aside = v;
	who->scratch->aside_reason = reason;
	reason = RF_REASON_POLICY;
	v = rf_judge(old->sight.otherwise, &old->sight.row, pair->old_ops);
	if (!v.denied && who->dom->objects)
		reason = rf_ask_beside(who->rec, old, pair->old_dentry, pair->old_ops, &v);
	if (reason == RF_REASON_NO_IMAGE && !pair->last)
		return RF_JUDGE_AGAIN;
	if (v.denied)
		return rf_refuse_both(who, v.op, v.rule, reason);
	if (rf_gains(&old->sight, &new->sight, pair->directory))
		return rf_refuse_both(who, pair->op, RF_RULE_NONE, RF_REASON_ALIAS);
	if (v.audited)
		rf_audit_both(who, &v, reason);
	rf_audit_aside(who);
	return false;
}

/* May the caller give the object the new name? False, true, or RF_JUDGE_AGAIN. */
__weak __noinline int rf_judge_pair(struct rf_task *rec, struct rf_pair *pair)
{
	struct rf_asker who;
	__u32 reason;

	if (!rec || !pair)
		return true;
	reason = rf_begin_sight(rec, &who);
	if (!reason && !who.scratch)
		return false;
	if (!reason)
		reason = rf_look_at_both(&who, pair);
	if (reason)
		return rf_refuse_pair(&who, pair, reason);
	if (!(who.flags & RF_IMAGE_FILES))
		return false;
	return rf_judge_sights(&who, pair);
}

/*
 * The same, judged again where the image was replaced meanwhile. Once is enough: who replaces one
 * waits for the decisions that are under way, so it cannot happen twice in one.
 */
static inline bool rf_check_pair(struct rf_task *rec, struct rf_pair *pair)
{
	int refuse = rf_judge_pair(rec, pair);

	if (refuse != RF_JUDGE_AGAIN)
		return refuse;
	pair->last = true;
	return rf_judge_pair(rec, pair);
}

#endif
