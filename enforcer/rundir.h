/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a `ringfence run` leaves where others can find it: a lock file, pinned
 * links, a cgroup. All three carry the run's id. The daemon has lock and pins
 * likewise, and runs that it serves have no pins of their own.
 */
#ifndef ENFORCER_RUNDIR_H
#define ENFORCER_RUNDIR_H

#include <stdbool.h>

#define RUNDIR_LOCKS "/run/ringfence/run"
#define RUNDIR_PINS  "/sys/fs/bpf/ringfence/run"

struct rundir {
	char id[64];
	char *lock_path; /* RUNDIR_LOCKS/ID: held by flock while the run lives; see run_info.h */
	char *pin_dir;	 /* /sys/fs/bpf/ringfence/run/ID; NULL: none */
	int lock;
};

/* What an id begins with, before a dash. */
#define RUNDIR_OF_RUN	 "run"
#define RUNDIR_OF_DAEMON "daemon"

/*
 * In front of an id: pins of programs that are to take, or have just given up, the place of those
 * under that id, and have the same maps. (bpffs has no names with a dot.) It has no lock.
 */
#define RUNDIR_NEXT "next-"

#define RUNDIR_NONE ((struct rundir){.lock = -1})

/*
 * Makes a lock file under a fresh id and, with `pins`, a pin directory. Tells what fails. 0 or
 * negative errno.
 */
int rundir_make(const char *kind, bool pins, struct rundir *ret);
/*
 * Takes the place of one that died: its lock, and the pins it left. -ENOENT: it has none by now. 0
 * or negative errno.
 */
int rundir_take(const char *id, struct rundir *ret);
/*
 * Is it a directory of a daemon's pins, on bpffs? Nobody confined can put anything there, whoever
 * they made believe that they are the daemon.
 */
bool rundir_is_of_daemon(const char *pins);
/* Does somebody hold the lock of an id? What cannot be found out counts as yes. */
bool rundir_is_held(const char *id);
/* Makes `text` all that is in the lock file. 0 or negative errno. */
int rundir_write(const struct rundir *d, const char *text);
/* Removes pins, directory and lock file. */
void rundir_remove(struct rundir *d);
/* Removes a directory with pins in it, as far as it goes. */
void rundir_remove_pins(const char *dir);
/* Forgets without removing: the pins go on enforcing. */
void rundir_done(struct rundir *d);

/*
 * Removes the pins of an id, whoever is confined by them, and, where nobody holds its lock, the
 * lock file. *ret_held: somebody does, and holds the programs as well. 0 or negative errno.
 */
int rundir_disarm(const char *id, bool *ret_held);

/*
 * Removes what runs that were killed have left: those whose lock nobody holds and whose cgroup is
 * empty. A dead run with living tasks is left as it is: they stay confined.
 */
void rundir_clean_up(void);

#endif
