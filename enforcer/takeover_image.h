/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images that are taken over: which one it is says the kernel, what is in it the file. */
#ifndef ENFORCER_TAKEOVER_IMAGE_H
#define ENFORCER_TAKEOVER_IMAGE_H

#include "bpf.h"

/*
 * The image in a slot, of that spelling as for images_load(); the caller's. *ret_whole: with all
 * that is in its file. Otherwise it is the kernel's part of it alone, under no name, with no rules
 * and no filter; where there is none in the slot, all zeroes, which grants as little as the
 * programs do. 0 or negative errno.
 */
int takeover_image(const struct bpf *b, __u32 slot, const __u8 spelling[IMAGE_SPELLING],
		   struct image **ret, bool *ret_whole);

#endif
