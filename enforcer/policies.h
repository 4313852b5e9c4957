/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's policies by name (policy_name.h). The daemon compiles them and
 * owns their images, so that it can replace them under whoever runs. One that
 * nobody runs under is compiled anew from its file when it is next asked for.
 */
#ifndef ENFORCER_POLICIES_H
#define ENFORCER_POLICIES_H

#include <jansson.h>

#include "registry.h"

#define POLICIES_PAST 8u /* images that were replaced, kept for alerts still to be read */

struct named_policy {
	char *name;
	struct image *image;
	bool audit;			   /* switched to audit, whatever the file says */
	struct image *past[POLICIES_PAST]; /* the newest first */
};

struct policies {
	struct registry *registry; /* borrowed */
	struct named_policy **items;
	size_t n;
	__u64 reloads, reload_failures; /* that were asked for; of these */
};

/*
 * The policy of that name, for somebody new: compiled if nobody runs under it. Tells what goes
 * wrong, diagnostics included. It is the table's, its place and name for good. -EINVAL: it is
 * wrong.
 */
int policies_get(struct policies *p, const char *name, struct named_policy **ret);

/* The policy of that name; NULL: nobody has asked for it. */
struct named_policy *policies_find(const struct policies *p, const char *name);

/* Compiles the file of a valid name. Tells what is wrong, warnings too unless `quiet`. */
int policies_compile(const char *name, bool quiet, struct image **ret);
/*
 * The newest image the policy has, or has had, with the filter of that hash, see
 * registry_filter_hash(). NULL: it is not there any more.
 */
const struct image *policies_find_filter(const struct named_policy *at,
					 const __u8 filter[RF_HASH_SIZE]);

/* Makes `img`, whose file is there, the policy's image; the one it had is kept for a while. */
void policies_replace_image(const struct policies *p, struct named_policy *at, struct image *img);
/* Removes the file of an image unless a domain or a policy still has one that is in it. */
void policies_drop_image(const struct policies *p, const struct image *img);

/*
 * Compiles policies anew, those in `names` or, with none, all that somebody runs under, and then
 * replaces them, all of them or none. Tells what goes wrong. *ret_list, the caller's, says for each
 * what came of it, see wire.h; NULL without memory, and where a name is none. 0, -EINVAL: a policy
 * or a name is wrong, or another negative errno.
 */
int policies_reload(struct policies *p, const json_t *names, json_t **ret_list);

/*
 * The policy of that name, which may have no image yet, for who knows what it was before; whoever
 * gives it one leaves it to the table. NULL: that is no name, or there is no memory.
 */
struct named_policy *policies_restore(struct policies *p, const char *name);

/* Frees memory; the files of images stay. */
void policies_done(struct policies *p);

#endif
