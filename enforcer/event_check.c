/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is this ring record an event? Whoever reads an event afterwards indexes
 * tables with its members and takes its lengths at their word, so every one of
 * them is proven here, once.
 */
#include "alert.h"

#include <errno.h>
#include <stdbool.h>

#define ERRNO_MAX 4095 /* MAX_ERRNO of Linux */

static bool kind_is_valid(const struct rf_event *ev)
{
	switch (ev->kind) {
	case RF_KIND_FILE:
		return ev->what < _RF_OP_MAX;
	case RF_KIND_PRIVILEGE:
		return ev->what < _RF_PRIV_MAX;
	case RF_KIND_SYSCALL:
		return true;
	default:
		return false;
	}
}

int event_check(const struct rf_event *ev, size_t size)
{
	if (size < sizeof(*ev))
		return -EINVAL;
	if (ev->path_len > RF_PATH_MAX || ev->new_len > RF_PATH_MAX || ev->exe_len > RF_PATH_MAX)
		return -EINVAL;
	if (size != sizeof(*ev) + ev->path_len + ev->new_len + ev->exe_len)
		return -EINVAL;
	if (!kind_is_valid(ev) || ev->action > RF_ACTION_AUDIT || ev->reason >= _RF_REASON_MAX)
		return -EINVAL;
	if (ev->path_state >= _RF_PATH_STATE_MAX || ev->new_state >= _RF_PATH_STATE_MAX)
		return -EINVAL;
	if (ev->error < 0 || ev->error > ERRNO_MAX)
		return -EINVAL;
	return 0;
}
