/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One daemon at a time, and none while everything is disarmed. */
#ifndef ENFORCER_DAEMON_LOCK_H
#define ENFORCER_DAEMON_LOCK_H

/*
 * Takes the lock that a daemon holds from its first step to its last; it ends with its holder. A
 * descriptor, -EBUSY: another process has it, or negative errno, which is told.
 */
int daemon_lock(void);

#endif
