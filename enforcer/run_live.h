/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon knows of the runs that go through it, and who else it confines. */
#ifndef ENFORCER_RUN_LIVE_H
#define ENFORCER_RUN_LIVE_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Adds to each of `runs` (run_info.h) what has changed since its start, by the daemon's word, and
 * the domains that are no runs. *ret_daemon, the caller's, is what it says of itself; NULL: there
 * is none, and what one that is gone still confines is added instead (*ret_left: there is
 * something). Tells what fails. 0 or negative errno.
 */
int run_live_add(json_t *runs, json_t **ret_daemon, bool *ret_left);

#endif
