/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which rules name an object besides a path. A path without any wildcard names
 * one file, and its rule is meant for that file, whatever else it is called:
 *
 *   OBJECT_DENIED     a rule denies something at it
 *   OBJECT_READ_ONLY  a rule allows it, and all rules together allow reading
 *                     or executing it, but not writing or appending
 *
 * Such a path is protected: the enforcer has its object tagged in the kernel
 * (lsm/object.h). `{a,b}` is no wildcard but two paths, `[a]` just an a; a
 * directory named literally is the directory alone, not what is in it. With
 * any wildcard a rule holds by path alone, which is also the way to say that
 * it should: "/bin/[wW]get".
 *
 * OBJECT_NAMED paths are literal too, but not protected; they are listed
 * because a path that leads through a symbolic link is worth a word.
 *
 * All is derived from the image: it has every rule's pattern, and the verdict
 * is the row the automaton has at the path. So an image file needs no more.
 */
#ifndef POLICY_OBJECTS_H
#define POLICY_OBJECTS_H

#include "image.h"

enum object_kind { OBJECT_NAMED, OBJECT_READ_ONLY, OBJECT_DENIED };

/* Operations on a name, as opposed to what is found there: a link's path can have a rule for them.
 */
#define OBJECT_NAME_OPS                                                                            \
	(RF_OP_BIT(RF_OP_CREATE) | RF_OP_BIT(RF_OP_DELETE) | RF_OP_BIT(RF_OP_RENAME) |             \
	 RF_OP_BIT(RF_OP_LINK))

struct object_path {
	char *path;
	enum object_kind kind;
	__u32 rule;	  /* number in the image */
	__u32 state;	  /* of the automaton at the path */
	__u32 ops;	  /* all that the rule speaks of */
	__u32 denied;	  /* what it denies */
	struct mark mark; /* the place to name for the rule */
};

struct object_paths {
	struct object_path *items; /* in the order of rules */
	size_t n;
	size_t n_protected;
};

/* Returns 0 or -ENOMEM; object_paths_done() is due in either case. */
int object_paths_collect(const struct image *img, struct object_paths *ret);
void object_paths_done(struct object_paths *list);

#endif
