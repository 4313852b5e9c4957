/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is still confined, wherever they went. */
#ifndef ENFORCER_TASKS_H
#define ENFORCER_TASKS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/* The pin of the task iterator: the first that is made in a directory, and the last that goes. */
#define TASKS_ITERATOR "rf_confined_tasks"

/*
 * Are tasks of `slot` (0: of any) alive, in the cgroup or out of it? Asks the task iterator pinned
 * in `pin_dir`, twice, so that a task forking away from under it is not missed. Nothing is pinned
 * there: false. Anything that cannot be found out counts as yes, as where there are pins and no
 * iterator among them: somebody has removed it.
 */
bool tasks_remain(const char *pin_dir, __u32 slot);

/*
 * Counts the armed tasks of each slot below `n` into `ret`, which is zeroed before. One pass: who
 * forks or ends meanwhile may be missed. 0 or negative errno.
 */
int tasks_count(const char *pin_dir, unsigned *ret, size_t n);

/* Can this process see every task there is? For who cannot, tasks of slot 0 always remain. */
bool tasks_are_all_seen(void);

#endif
