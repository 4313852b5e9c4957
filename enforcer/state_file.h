/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon knows of its domains beyond what the kernel has, for the next
 * daemon: /run/ringfence/state, lines of JSON. The first is all there was to
 * know at some time. Each of the others, in the form of an element of
 * "domains", is a domain that has come since; so one more costs no more where
 * there are thousands. Both are written before whoever asked is answered. What
 * follows the last newline is of nobody who was answered. The images are beside
 * it, a file each (images.h).
 *
 *   {"version":1,
 *    "domains":[{"slot":N, "generation":N, "cgroup_id":N, "name":TEXT, "policy":NAME,
 *                "collected":BOOL, "attached":BOOL, "detached":BOOL,
 *                "filter_audits":BOOL, "filter":HEX, "spelling":HEX}],
 *    "policies":[{"name":NAME, "audit":BOOL, "past":["HEX-HEX", ...]}]}
 *
 * "policy" is missing where it is not one by name. Images have their spelling beside their hash;
 * what an older version has written is without. What the kernel has is not in it: image, mode,
 * state, counters. A domain is the one of the file if slot, generation, and cgroup agree.
 *
 * /run/ringfence is root's and out of reach of who is confined (lsm/special.h). Even so: it is read
 * only if it is root's and nobody else's to write, and only if all of it is as above.
 */
#ifndef ENFORCER_STATE_FILE_H
#define ENFORCER_STATE_FILE_H

#include <stdio.h>

#include "policies.h"
#include "registry.h"

/*
 * Writes it anew, and the images it is about. Where that fails, which is told, the domains stay
 * enforced, and the next daemon will not know all of them.
 */
void state_save(const struct registry *r, const struct policies *p);
/* The same for one domain that is new. */
void state_add(const struct registry *r, const struct policies *p, __u32 slot);
void state_forget(void); /* removes it */

/* The domain in a slot, as the file has it. */
struct state_domain {
	const char *name;
	const char *policy; /* NULL: none by name */
	bool collected, attached, detached, filter_audits;
	__u8 filter[RF_HASH_SIZE];
	__u8 spelling[IMAGE_SPELLING]; /* of its image; zeroes: not known */
};

/* Reads it. NULL: there is none that can be believed; why is told. */
json_t *state_read(void);
/* The same of what is in `f`. NULL: it is not as above. */
json_t *state_read_from(FILE *f);
/* Does it know the domain that the kernel has in that slot? The texts are those of `state`. */
bool state_find(const json_t *state, __u32 slot, const struct rf_domain *dom,
		struct state_domain *ret);
/* Hash and spelling in an element of "past". False: they are not. */
bool state_past(const json_t *past, __u8 ret_hash[RF_HASH_SIZE], __u8 ret_spelling[IMAGE_SPELLING]);

#endif
