/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision about one object, by its path, and by what is at it. */
#ifndef RF_CHECK_PATH_H
#define RF_CHECK_PATH_H

#include "check_object.h"

/* rf_check_path() flags beside RF_LEAF_*. */
#define RF_CHECK_TOLD (1u << 8) /* an event was sent already: say no more than a refusal */

/* What a refusal for want of a verdict is about: the object's path, as far as there is one. */
static inline bool rf_refuse_path(struct rf_asker *who, __u32 ops, __u32 reason)
{
	struct rf_event *ev = rf_event_new(who->rec, RF_KIND_FILE, rf_lowest_op(ops));

	if (reason == RF_REASON_PATH)
		ev->path_state = who->scratch ? who->scratch->path.path : RF_PATH_NO_MEMORY;
	return rf_refuse(who, ev, reason, EACCES);
}

/* Something is to be said about an object that has a path and a verdict. */
static inline bool rf_answer_path(struct rf_asker *who, const struct rf_verdict *v, __u32 flags,
				  __u32 reason)
{
	struct rf_event *ev;

	if ((flags & RF_CHECK_TOLD) && (!v->denied || who->audits))
		return false;
	ev = rf_event_new(who->rec, RF_KIND_FILE, v->op);
	ev->rule = v->rule;
	ev->path_state = RF_PATH_ATTACHED;
	if (v->denied)
		return rf_refuse(who, ev, reason, EACCES);
	ev->action = RF_ACTION_AUDIT;
	ev->reason = reason;
	rf_tell(who, ev);
	return false;
}

/*
 * The path's verdict and the object's, by one image. Returns RF_REASON_NO_IMAGE, RF_REASON_PATH
 * where there is none; else the reason for what is in `v`.
 */
static inline __u32 rf_judge_path(struct rf_asker *who, struct rf_object *obj, __u32 ops,
				  __u32 flags, struct rf_verdict *v)
{
	struct rf_text *t = &who->scratch->path;
	__u32 reason = rf_look(t, who->dom->image, obj, flags);

	*v = (struct rf_verdict){};
	rf_ask_sight(who, &t->sight);
	if (reason || !(t->sight.flags & RF_IMAGE_FILES))
		return reason;
	*v = rf_judge(t->sight.otherwise, &t->sight.row, ops);
	if (!v->denied && who->dom->objects)
		reason = rf_ask_beside(who->rec, t, obj->dentry, ops, v);
	return reason;
}

/* How often an image may be replaced between the two. */
#define RF_JUDGE_TRIES 3

/* May the caller do `ops` to the object? */
__weak __noinline int rf_check_path(struct rf_task *rec, struct rf_object *obj, __u32 ops,
				    __u32 flags)
{
	struct rf_asker who;
	struct rf_verdict v;
	__u32 reason;

	if (!rec || !obj)
		return true;
	reason = rf_begin_sight(rec, &who);
	if (reason)
		return rf_refuse_path(&who, ops, reason);
	if (!who.scratch)
		return false;
	for (int i = 0; i < RF_JUDGE_TRIES; i++) {
		reason = rf_judge_path(&who, obj, ops, flags, &v);
		if (reason != RF_REASON_NO_IMAGE)
			break;
	}
	if (reason == RF_REASON_NO_IMAGE || reason == RF_REASON_PATH)
		return rf_refuse_path(&who, ops, reason);
	if (!v.denied && !v.audited)
		return false;
	return rf_answer_path(&who, &v, flags, reason);
}

#endif
