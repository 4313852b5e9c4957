/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ringfence-runtime and the daemon: there are no programs of our own to fall
 * back on, since nobody would be there to keep them.
 */
#ifndef ENFORCER_RUNTIME_REGISTER_H
#define ENFORCER_RUNTIME_REGISTER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Does a daemon listen that has room for an image of `size` bytes? *ret_audits: it has the policy
 * of that name, or NULL, switched to audit mode. Tells what is wrong. 0 or negative errno.
 */
int runtime_daemon_check(size_t size, const char *policy, bool *ret_audits);

struct runtime_registration {
	const char *policy; /* its name; NULL: it has none, and image is it */
	const char *hash;   /* of the policy of that name; the daemon's must be the same */
	int image;	    /* a file in memory; -1 with a name */
	int pidfd;	    /* of the container's init */
	int cgroup;	    /* its directory */
	const char *name;
	bool filter_audits; /* the container's filter was made for audit mode */
};

/* Where a domain is to be found. */
struct runtime_domain {
	char pins[256];
	unsigned slot, generation;
};

/*
 * Registers the container, and makes sure of it with the kernel. Tells what is wrong. 0 or negative
 * errno.
 */
int runtime_register(const struct runtime_registration *who, struct runtime_domain *ret);

/*
 * Waits until who enters the domain is confined: until its init has executed. Tells what is wrong:
 * -ETIMEDOUT, it has not in some seconds. A domain that is over needs no waiting for.
 */
int runtime_wait_running(const struct runtime_domain *domain);

#endif
