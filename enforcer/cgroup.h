/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cgroup of one's own on the unified hierarchy. */
#ifndef ENFORCER_CGROUP_H
#define ENFORCER_CGROUP_H

#include <linux/types.h>
#include <stdbool.h>
#include <sys/types.h>

struct cgroup {
	char *path; /* of its directory */
	int fd;	    /* of the directory; -1: none */
	int events; /* of cgroup.events: POLLPRI when it changes */
	__u64 id;
};

#define CGROUP_NONE ((struct cgroup){.fd = -1, .events = -1})

/* Where cgroup2 is mounted; malloc'ed. 0, -ENOENT (no unified hierarchy), or negative errno. */
int cgroup_root(char **ret_path);

/* Makes ROOT/ringfence/NAME. 0, or negative errno, and then it has been told why. */
int cgroup_make(const char *name, struct cgroup *ret);

/* Are there tasks in it or below? Errors count as yes. */
bool cgroup_populated(const struct cgroup *cg);

/*
 * Is nobody in the cgroup whose cgroup.events has this path below the directory `at`? One that is
 * gone is empty; other errors count as no.
 */
bool cgroup_is_empty(int at, const char *events);

/* Opens the directory of the cgroup of an id. A descriptor, -ESTALE: it is gone, or negative errno.
 */
int cgroup_open(__u64 id);

/* Is a process in the cgroup of this id, or below it? What cannot be found out counts as yes. */
bool cgroup_has_process(__u64 id, pid_t pid);

/* Kills everything in it and below (cgroup.kill, Linux 5.14). */
int cgroup_kill(const struct cgroup *cg);

/* Removes it and all below. ROOT/ringfence stays for the next one. 0 or negative errno. */
int cgroup_remove(const char *path);
void cgroup_done(struct cgroup *cg); /* closes; removes nothing */

#endif
