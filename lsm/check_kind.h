/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision about an object that has no path: its kind is what counts. */
#ifndef RF_CHECK_KIND_H
#define RF_CHECK_KIND_H

#include "check.h"

/* Refuses `op`, which no object of this kind may be used for, if files are governed at all. */
__weak __noinline int rf_refuse_kind(struct rf_task *rec, __u32 op, __u32 path_state)
{
	struct rf_asker who;
	struct rf_event *ev;
	__u32 reason;

	if (!rec)
		return true;
	reason = rf_begin(rec, &who);
	if (!reason && !(who.flags & RF_IMAGE_FILES))
		return false;
	ev = rf_event_new(rec, RF_KIND_FILE, op);
	ev->path_state = path_state;
	return rf_refuse(&who, ev, reason ? reason : RF_REASON_PATH, EACCES);
}

#endif
