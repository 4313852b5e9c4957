/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images that the daemon has, where whoever reads alerts finds them: an alert
 * names the image that decided, which need not be the one its container began
 * with. And where the next daemon finds them. A file for each, as `ringfence
 * compile` writes it: /run/ringfence/image-HASH-SPELLING. Policies with the
 * same rules have one hash, whatever they are called and on whatever lines
 * their rules stand; what tells them apart is their spelling.
 */
#ifndef ENFORCER_IMAGES_H
#define ENFORCER_IMAGES_H

#include <stdbool.h>

#include "../policy/image.h"

#define IMAGES_HASH	  8u /* bytes of the hash, in events and in names */
#define IMAGES_HASH_SHORT 4u /* in the kernel's table of what is held back */

/* The images a reader of alerts has come across. Begin with zeroes. */
struct images {
	struct image **items;
	size_t n;
	__u8 missed[IMAGES_HASH]; /* last looked for in vain */
};

/* Writes an image's file; one that is there stays. 0 or negative errno. */
int images_store(const struct image *img);
bool images_share_file(const struct image *one, const struct image *other);
/* Removes it, whoever else has it: see policies_drop_image(). */
void images_forget(const struct image *img);
/* Removes all there are, but those of these. */
void images_forget_others(const struct image *const *images, size_t n);

/*
 * Reads one; the caller's. A spelling of zeroes is not known: then it is the image of the only
 * policy that has one of that hash. NULL: not to be had, or damaged.
 */
struct image *images_load(const __u8 hash[RF_HASH_SIZE], const __u8 spelling[IMAGE_SPELLING]);

/*
 * An image by the beginning of its hash, of the policy that `like` is of, always the same one;
 * NULL: whose is not known. It lives as long as `images`. NULL: not to be had.
 */
const struct image *images_find(struct images *images, const __u8 hash[IMAGES_HASH],
				const struct image *like);
/* The same, where less of the hash is known: see RF_THROTTLE_IMAGE(). */
const struct image *images_find_short(struct images *images, const __u8 hash[IMAGES_HASH_SHORT],
				      const struct image *like);
void images_done(struct images *images);

#endif
