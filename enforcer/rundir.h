/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a `ringfence run` leaves where others can find it: a lock file, pinned
 * links, a cgroup. All three carry the run's id.
 */
#ifndef ENFORCER_RUNDIR_H
#define ENFORCER_RUNDIR_H

#include "../lsm/abi.h"

#define RUNDIR_LOCKS "/run/ringfence/run"

struct rundir {
	char id[64];
	char *lock_path; /* RUNDIR_LOCKS/ID: held by flock while the run lives; see run_info.h */
	char *pin_dir;	 /* /sys/fs/bpf/ringfence/run/ID */
	int lock;
};

/* The domain slot of a run's command, by which its tasks are told from others'. */
#define RUNDIR_SLOT 1u

#define RUNDIR_NONE ((struct rundir){.lock = -1})

/* Makes lock file and pin directory under a fresh id. Tells what fails. 0 or negative errno. */
int rundir_make(struct rundir *ret);
/* Makes `text` all that is in the lock file. 0 or negative errno. */
int rundir_write(const struct rundir *d, const char *text);
/* The domain of the run `id`, from what it has pinned. 0 or negative errno. */
int rundir_get_domain(const char *id, struct rf_domain *ret);
/* Removes pins, directory and lock file. */
void rundir_remove(struct rundir *d);
/* Forgets without removing: the pins go on enforcing. */
void rundir_done(struct rundir *d);

/*
 * Removes what runs that were killed have left: those whose lock nobody holds and whose cgroup is
 * empty. A dead run with living tasks is left as it is: they stay confined.
 */
void rundir_clean_up(void);

#endif
