/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A slot's generation grows each time it is given out, so that a record that
 * outlived its domain names nobody: its task is refused everything.
 */
#include "registry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "util.h"

struct registry_slot {
	bool used;
	struct rf_domain dom; /* as it was put; the generation stays when the slot is free */
	struct objects objects;
};

struct registry_image {
	__u8 hash[RF_HASH_SIZE];
	unsigned users; /* domains; 0: the slot is free */
};

int registry_init(struct registry *r, struct bpf *b, __u32 n)
{
	*r = (struct registry){.bpf = b, .n = n};
	r->slots = calloc(n + BPF_SLOT_FIRST, sizeof(*r->slots));
	r->images = calloc(n + BPF_SLOT_FIRST, sizeof(*r->images));
	if (r->slots && r->images)
		return 0;
	registry_done(r);
	return -ENOMEM;
}

void registry_done(struct registry *r)
{
	for (__u32 i = BPF_SLOT_FIRST; r->slots && i < r->n + BPF_SLOT_FIRST; i++)
		if (r->slots[i].used)
			objects_done(&r->slots[i].objects);
	free(r->slots);
	free(r->images);
	*r = (struct registry){0};
}

static __u32 find_slot(const struct registry *r)
{
	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST; i++)
		if (!r->slots[i].used)
			return i;
	return 0;
}

/* The slot that has the image, or a free one: there are as many as domains. */
static __u32 find_image(const struct registry *r, const struct image *img)
{
	__u32 spare = 0;

	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST; i++) {
		if (!r->images[i].users)
			spare = spare ? spare : i;
		else if (!memcmp(r->images[i].hash, img->head->hash, RF_HASH_SIZE))
			return i;
	}
	return spare;
}

static __u64 hash_of(const struct registry_image *image)
{
	__u64 hash;

	memcpy(&hash, image->hash, sizeof(hash));
	return hash;
}

static int use_image(struct registry *r, const struct image *img, __u32 *ret_slot)
{
	__u32 slot = find_image(r, img);
	int e;

	if (!r->images[slot].users) {
		e = bpf_put_image(r->bpf, slot, img);
		if (e == -E2BIG)
			return log_errno(
			    e, "The policy needs %zu bytes, the programs were loaded for %zu",
			    img->size, r->bpf->options.image_size);
		if (e < 0)
			return log_errno(e, "Failed to load the policy image");
		memcpy(r->images[slot].hash, img->head->hash, RF_HASH_SIZE);
	}
	r->images[slot].users++;
	*ret_slot = slot;
	return 0;
}

static void drop_image(struct registry *r, __u32 slot)
{
	struct registry_image *image = &r->images[slot];

	if (--image->users)
		return;
	bpf_untag(r->bpf, hash_of(image));
	bpf_remove_image(r->bpf, slot);
}

/* Ring, domain and the task's record, which is what confines: last. */
static int enter(struct registry *r, __u32 slot, const struct registration *who, int *ret_events)
{
	const struct rf_domain *dom = &r->slots[slot].dom;
	const struct rf_task rec = {
	    .domain = slot, .generation = dom->generation, .state = RF_TASK_STARTING};
	int events = bpf_put_ring(r->bpf, slot, who->ring_size), e;

	if (events < 0)
		return log_errno(events, "Failed to make a ring buffer of %zu bytes",
				 who->ring_size);
	e = throttle_put(r->bpf, slot, &who->throttle);
	if (!e)
		e = bpf_put_domain(r->bpf, slot, dom);
	if (!e)
		e = bpf_put_task(r->bpf, who->pidfd, &rec);
	if (e < 0) {
		close(events);
		bpf_remove_domain(r->bpf, slot, dom);
		throttle_remove(r->bpf, slot);
		return log_errno(e, "Failed to register the command");
	}
	*ret_events = events;
	return 0;
}

int registry_add(struct registry *r, const struct registration *who, struct registered *ret)
{
	__u32 slot = find_slot(r), image = 0;
	struct registry_slot *at = &r->slots[slot];
	int e;

	if (!slot)
		return log_errno(-EBUSY, "All %u domains are in use", r->n);
	e = objects_collect(who->image, &at->objects);
	if (e < 0)
		return e;
	e = use_image(r, who->image, &image);
	if (e < 0) {
		objects_done(&at->objects);
		return e;
	}
	e = objects_tag(&at->objects, r->bpf);
	if (!e) {
		at->dom = (struct rf_domain){.cgroup = who->cgroup,
					     .generation = at->dom.generation + 1,
					     .state = RF_DOMAIN_STARTING,
					     .image = image,
					     .audit = who->audit,
					     .objects = at->objects.n_held > 0};
		e = enter(r, slot, who, &ret->events);
	}
	if (e < 0) {
		drop_image(r, image);
		objects_done(&at->objects);
		return e;
	}
	at->used = true;
	ret->slot = slot;
	ret->objects = &at->objects;
	return 0;
}

void registry_remove(struct registry *r, __u32 slot)
{
	struct registry_slot *at = &r->slots[slot];

	bpf_remove_domain(r->bpf, slot, &at->dom);
	throttle_remove(r->bpf, slot);
	drop_image(r, at->dom.image);
	objects_done(&at->objects);
	at->used = false;
}
