/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a daemon that is gone still confines. */
#ifndef ENFORCER_RUN_LEFT_H
#define ENFORCER_RUN_LEFT_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Adds to `runs` (run_info.h) the domains of daemons that are gone which have tasks and are none
 * of these: as far as the kernel and /run/ringfence/state know them, in state "abandoned".
 * *ret_any: such a daemon has left something. 0 or negative errno.
 */
int run_left_add(json_t *runs, bool *ret_any);

#endif
