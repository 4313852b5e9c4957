/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision about one object, by its path, and by what is at it. */
#ifndef RF_CHECK_PATH_H
#define RF_CHECK_PATH_H

#include "check_object.h"

/* rf_check_path() flags beside RF_LEAF_*. */
#define RF_CHECK_TOLD (1u << 8) /* an event was sent already: say no more than a refusal */

static inline bool rf_refuse_path(struct rf_asker *who, __u32 ops, __u32 path_state)
{
	struct rf_event *ev = rf_event_new(who->rec, RF_KIND_FILE, rf_lowest_op(ops));

	ev->path_state = path_state;
	return rf_refuse(who, ev, RF_REASON_PATH, EACCES);
}

/* Something is to be said about an object that has a path and a verdict. */
static inline bool rf_answer_path(struct rf_asker *who, const struct rf_verdict *v, __u32 flags,
				  __u32 reason)
{
	struct rf_event *ev;

	if ((flags & RF_CHECK_TOLD) && (!v->denied || rf_audits(who->dom, who->img)))
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

/* May the caller do `ops` to the object? */
__weak __noinline int rf_check_path(struct rf_task *rec, struct rf_object *obj, __u32 ops,
				    __u32 flags)
{
	const struct rf_row *row;
	struct rf_asker who;
	struct rf_verdict v;
	__u32 reason;

	if (!rec || !obj)
		return true;
	reason = rf_begin(rec, &who);
	if (reason)
		return rf_refuse(&who, rf_event_new(rec, RF_KIND_FILE, rf_lowest_op(ops)), reason,
				 EACCES);
	if (!(who.img->head.flags & RF_IMAGE_FILES))
		return false;
	who.scratch = rf_scratch_get();
	if (!who.scratch)
		return rf_refuse_path(&who, ops, RF_PATH_NO_MEMORY);
	row = rf_row_at(&who.scratch->path, who.img, obj->dentry, obj->vfsmount, flags);
	if (who.scratch->path.path != RF_PATH_ATTACHED)
		return rf_refuse_path(&who, ops, who.scratch->path.path);
	v = rf_judge(&who.img->head, row, ops);
	if (!v.denied && who.dom->objects)
		reason = rf_ask_beside(&who, obj->dentry, ops, row, &v);
	if (!v.denied && !v.audited)
		return false;
	return rf_answer_path(&who, &v, flags, reason);
}

#endif
