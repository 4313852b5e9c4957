/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "takeover_image.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "bpf_reuse.h"
#include "images.h"
#include "util.h"

#define UNKNOWN "?"

/* What the kernel has; zeroes if that is nothing. */
static int read_slot(const struct bpf *b, __u32 slot, struct rf_image_head **ret)
{
	_free_ struct rf_image_head *head = calloc(1, b->options.image_size);
	_close_ int fd = bpf_inner(b, "rf_images", slot);
	__u32 zero = 0;

	if (!head)
		return -ENOMEM;
	if (fd < 0 && fd != -ENOENT)
		return fd;
	if (fd >= 0 && bpf_map_lookup_elem(fd, &zero, head))
		return -errno;
	*ret = take_ptr(head);
	return 0;
}

/* Takes `head`. */
static int make_bare(struct rf_image_head *head, size_t size, struct image **ret)
{
	struct image *img = calloc(1, sizeof(*img));

	if (!img) {
		free(head);
		return -ENOMEM;
	}
	img->head = head;
	img->size = size;
	img->name = strdup(UNKNOWN);
	img->file = strdup(UNKNOWN);
	img->rules = calloc(1, sizeof(*img->rules));
	img->n_rules = 1;
	if (!img->name || !img->file || !img->rules) {
		image_free(img);
		return -ENOMEM;
	}
	*ret = img;
	return 0;
}

int takeover_image(const struct bpf *b, __u32 slot, const __u8 spelling[IMAGE_SPELLING],
		   struct image **ret, bool *ret_whole)
{
	struct rf_image_head *head = NULL;
	int r = read_slot(b, slot, &head);

	if (r < 0)
		return r;
	*ret = images_load(head->hash, spelling);
	*ret_whole = *ret;
	if (*ret_whole) {
		free(head);
		return 0;
	}
	return make_bare(head, b->options.image_size, ret);
}
