/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images that the daemon has, where whoever reads alerts finds them: an alert
 * names the image that decided, which need not be the one its container began
 * with. And where the next daemon finds them. A file for each,
 * /run/ringfence/image-HASH, as `ringfence compile` writes it.
 */
#ifndef ENFORCER_IMAGES_H
#define ENFORCER_IMAGES_H

#include "../policy/image.h"

#define IMAGES_HASH 8u /* bytes of the hash, in events and in names */

/* The images a reader of alerts has come across. Begin with zeroes. */
struct images {
	struct image **items;
	size_t n;
	__u8 missed[IMAGES_HASH]; /* last looked for in vain */
};

/* Writes an image's file; one that is there stays. 0 or negative errno. */
int images_store(const struct image *img);
/* Removes it. */
void images_forget(const struct image *img);
/* Removes all there are, but those of these. */
void images_forget_others(const struct image *const *images, size_t n);

/* Reads one; the caller's. NULL: not to be had, or damaged. */
struct image *images_load(const __u8 hash[RF_HASH_SIZE]);

/* An image by the beginning of its hash; NULL: not to be had. It lives as long as `images`. */
const struct image *images_find(struct images *images, const __u8 hash[IMAGES_HASH]);
void images_done(struct images *images);

#endif
