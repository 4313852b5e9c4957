/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The objects of a policy's protected paths (policy/objects.h) on this machine:
 * looked up and tagged once, before the command starts, with the paths as the
 * command's root will see them, which is ours.
 *
 * What is not there cannot be tagged: such a rule holds by path alone. What
 * cannot be tagged for any other reason ends the start.
 *
 * SYMBOLIC LINKS. The kernel follows links before it asks, so no file ever has
 * a path with a link in it, and a rule for such a path would never be met. A
 * rule that denies is resolved: what the link leads to is its object, and what
 * the rule denies is denied there. A rule that allows is not: made to hold for the link's target,
 * it could take away what another rule grants there by its true name. Either case is worth a
 * warning, unless the rule speaks only of what can be done to a link: create, delete, rename. Links
 * of procfs mean something else to each task, and /proc/self is everybody's own: no object.
 */
#ifndef ENFORCER_OBJECTS_H
#define ENFORCER_OBJECTS_H

#include <jansson.h>
#include <sys/stat.h>

#include "../policy/objects.h"
#include "bpf.h"

enum object_hold {
	OBJECT_UNPROTECTED, /* nothing to hold */
	OBJECT_HELD,
	OBJECT_ABSENT, /* there is nothing at the path */
	OBJECT_LINK,   /* the path has a link in it, and is not resolved */
	OBJECT_OWN,    /* each task's own */
};

struct object {
	const struct object_path *path;
	enum object_hold hold;
	char *target; /* what the path leads to, where links are in it; else NULL */
	struct stat st;
	int fd; /* kept open, or -1 */
};

/* Its own, whatever becomes of the image: one of several that are alike may outlive the others. */
struct objects {
	char *file;  /* of the policy; NULL: nothing was collected */
	__u64 image; /* the beginning of its image's hash, by which tags go */
	struct object_paths paths;
	struct object *items; /* one for each path */
	size_t n_held;
};

/* Finds out what a policy protects. 0 or -ENOMEM (told). */
int objects_collect(const struct image *img, struct objects *ret);
/* Looks up and tags. Tells what goes wrong, and of names the author may not know. 0 or -errno. */
int objects_tag(struct objects *o, struct bpf *b);
/* The protected ones, for `ringfence status`; NULL without memory. */
json_t *objects_json(const struct objects *o);
void objects_done(struct objects *o);

#endif
