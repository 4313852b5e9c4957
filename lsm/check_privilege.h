/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision about a privilege: a word of the policy, no path. */
#ifndef RF_CHECK_PRIVILEGE_H
#define RF_CHECK_PRIVILEGE_H

#include "check.h"

/* With the privilege: a probe whose refusal is expected. Counted as repeated, not sent. */
#define RF_QUIETLY (1u << 8)
/* With the privilege: it is about a task outside the domain. The policy can grant it all the same.
 */
#define RF_TOWARDS (1u << 9)

static inline bool rf_refuse_quietly(struct rf_asker *who, __u32 reason)
{
	struct rf_count *count;

	if (!who->dom || !who->image)
		return true;
	if (rf_lets_pass(who, reason))
		return false;
	count = &who->dom->count[RF_ACTION_DENY];
	__sync_fetch_and_add(&count->total, 1);
	__sync_fetch_and_add(&count->repeated, 1);
	return true;
}

/*
 * May the caller use `privilege`? `obj` is the object for the event, or NULL. `reason` other than
 * RF_REASON_POLICY refuses whatever the policy grants.
 */
__weak __noinline int rf_check_privilege(struct rf_task *rec, __u32 privilege, __u32 reason,
					 struct rf_object *obj)
{
	struct rf_asker who;
	struct rf_event *ev;
	__u32 missing;

	if (!rec)
		return true;
	missing = rf_begin(rec, &who);
	if (missing)
		reason = missing;
	else if (!reason && (who.privileges & RF_PRIV_BIT(privilege & 31)))
		return false;
	if (privilege & RF_QUIETLY)
		return rf_refuse_quietly(&who, reason);
	ev = rf_event_new(rec, RF_KIND_PRIVILEGE, privilege);
	if (privilege & RF_TOWARDS)
		ev->reason = RF_REASON_OUTSIDE;
	who.scratch = rf_scratch_get();
	if (who.scratch && obj) {
		rf_resolve(&who.scratch->path, obj->dentry, obj->vfsmount, RF_LEAF_NEW);
		ev->path_state = who.scratch->path.path;
	}
	return rf_refuse(&who, ev, reason, EPERM);
}

#endif
