/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filling a registry with what the kernel has already. Tags are in the kernel,
 * and hold; but some need their object kept open, and people want to be told.
 */
#include <string.h>

#include "bpf_reuse.h"
#include "log.h"
#include "registry.h"
#include "util.h"

void registry_restore(struct registry *r, __u32 slot, const struct registry_slot *at)
{
	struct registry_image *image;

	r->slots[slot] = *at;
	if (!at->used)
		return;
	image = &r->images[at->dom.image];
	image->policy = at->policy;
	memcpy(image->hash, at->image->head->hash, RF_HASH_SIZE);
	image->users++;
}

/* What the policy says, of the first domain that knows it. */
static const struct image *image_in(const struct registry *r, __u32 image)
{
	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST; i++)
		if (r->slots[i].used && !r->slots[i].forgotten && r->slots[i].dom.image == image)
			return r->slots[i].image;
	return NULL;
}

/* Taking away what is not there would cost a wait for all programs. */
static void remove_image(struct registry *r, __u32 slot)
{
	_close_ int fd = bpf_inner(r->bpf, "rf_images", slot);

	if (fd >= 0)
		bpf_remove_image(r->bpf, slot);
}

static void ask_for_objects(struct registry *r, __u32 image)
{
	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST; i++)
		if (r->slots[i].used && r->slots[i].dom.image == image &&
		    bpf_switch_objects(r->bpf, i, true) < 0)
			log_error("What is held by object for the domain in slot %u may not be", i);
}

static void hold_again(struct registry *r, __u32 slot, const struct image *img)
{
	struct objects *objects = &r->images[slot].objects;

	if (objects_collect(img, objects) < 0)
		return;
	if (objects_tag(objects, r->bpf) < 0) {
		log_error("What policy '%s' protects stays held as it was, as far as it is there",
			  shown(img->name).text);
		objects_done(objects);
	} else if (objects->n_held) {
		ask_for_objects(r, slot);
	}
}

void registry_restored(struct registry *r)
{
	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST; i++) {
		const struct image *img = r->images[i].users ? image_in(r, i) : NULL;

		if (!r->images[i].users)
			remove_image(r, i);
		else if (img)
			hold_again(r, i, img);
	}
}
