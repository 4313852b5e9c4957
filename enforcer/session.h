/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a `ringfence run` has its programs from: the daemon, if one listens,
 * which has them loaded; otherwise they are loaded for this command alone. What
 * follows is the same: a domain, its ring, its counters.
 */
#ifndef ENFORCER_SESSION_H
#define ENFORCER_SESSION_H

#include <jansson.h>
#include <stdbool.h>

#include "registry.h"
#include "rundir.h"

struct session {
	int daemon;		  /* connection; -1: the programs are our own */
	struct bpf bpf;		  /* of our own */
	struct registry registry; /* likewise */
	bool audits;		  /* the daemon has the policy switched to audit mode */
	/* After session_register(): */
	__u32 slot;
	int events;    /* the domain's ring */
	int domains;   /* the map of domains */
	char *pin_dir; /* where the programs are pinned */
	json_t *objects;
};

#define SESSION_NONE ((struct session){.daemon = -1, .events = -1, .domains = -1})

/*
 * Finds the daemon, or loads, attaches and proves the programs. `policy` is the name that the image
 * is known by; NULL: it has none. `s` keeps its place from here on. Tells what goes wrong. 0 or
 * negative errno.
 */
int session_open(const struct image *img, const char *policy, struct session *s);

/* Are the programs loaded for this command alone? Then they want to be pinned. */
bool session_is_own(const struct session *s);

/*
 * Registers the command, which waits in the cgroup. Programs of our own are pinned in `dir`, which
 * the daemon has no use for. Tells what goes wrong. 0 or negative errno.
 */
int session_register(struct session *s, const struct registration *who, const struct rundir *dir,
		     int cgroup_fd);

/* Do tasks of the domain live, wherever they went? What cannot be found out counts as yes. */
bool session_has_tasks(const struct session *s);

/* The domain ends when nobody is left in it. Harmless on what was never opened. */
void session_close(struct session *s);

#endif
