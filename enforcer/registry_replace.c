/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reload: other images under domains that run. Whatever can fail is done
 * first: maps made, objects looked up and tagged (tags are by the image's hash,
 * so the old image does not see them), and the domains told that there are
 * objects to ask for. What is left is one map update for each image, after
 * which the kernel has seen the last decision by the old one end.
 */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "registry.h"
#include "util.h"

static __u32 find_slot(const struct registry *r, const char *policy)
{
	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST; i++)
		if (r->images[i].users && r->images[i].policy == policy)
			return i;
	return 0;
}

static bool has_image(const struct registry *r, __u32 domain, __u32 image)
{
	return r->slots[domain].used && r->slots[domain].dom.image == image;
}

/* The image that the domains have, which is the old one. */
static const struct image *image_in(const struct registry *r, __u32 slot)
{
	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST; i++)
		if (has_image(r, i, slot))
			return r->slots[i].image;
	return NULL;
}

static int switch_objects(struct registry *r, __u32 image, bool objects)
{
	int e = 0;

	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST && !e; i++)
		if (has_image(r, i, image))
			e = bpf_switch_objects(r->bpf, i, objects);
	return e;
}

static int prepare(struct registry *r, struct registry_change *c)
{
	int e;

	c->slot = find_slot(r, c->policy);
	if (!c->slot)
		return 0;
	c->fd = bpf_make_image(r->bpf, c->image);
	if (c->fd == -E2BIG)
		return log_errno(c->fd,
				 "Policy '%s' needs %zu bytes, the programs were loaded for %zu",
				 c->policy, c->image->size, r->bpf->options.image_size);
	if (c->fd < 0)
		return log_errno(c->fd, "Failed to load the image of policy '%s'", c->policy);
	e = objects_collect(c->image, &c->objects);
	if (!e)
		e = objects_tag(&c->objects, r->bpf);
	if (e < 0)
		return e;
	e = c->objects.n_held ? switch_objects(r, c->slot, true) : 0;
	return e < 0 ? log_errno(e, "Failed to change the domains of policy '%s'", c->policy) : 0;
}

/* Nothing was swapped: the domains are as they were, but ask for objects that may not be there. */
static void take_back(struct registry *r, struct registry_change *c)
{
	close_fd(&c->fd);
	objects_done(&c->objects);
	if (c->slot)
		registry_untag(r, c->image->head->hash);
}

/* The kernel has the new image. */
static void settle(struct registry *r, struct registry_change *c)
{
	struct registry_image *image = &r->images[c->slot];
	__u8 old[RF_HASH_SIZE];

	close_fd(&c->fd);
	if (!c->slot)
		return;
	memcpy(old, image->hash, sizeof(old));
	memcpy(image->hash, c->image->head->hash, sizeof(image->hash));
	registry_untag(r, old);
	objects_done(&image->objects);
	image->objects = c->objects;
	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST; i++)
		if (has_image(r, i, c->slot)) {
			objects_done(&r->slots[i].objects);
			r->slots[i].image = c->image;
			r->slots[i].forgotten = !r->slots[i].name;
		}
	/* It asks in vain where this fails. */
	if (!image->objects.n_held)
		(void)switch_objects(r, c->slot, false);
}

static void put_back(struct registry *r, const struct registry_change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (changes[i].slot)
			(void)bpf_put_image(r->bpf, changes[i].slot, image_in(r, changes[i].slot));
}

/* The update needs no memory and all was checked; should it fail even so, the others go back. */
static int swap(struct registry *r, const struct registry_change *changes, size_t n)
{
	int e;

	for (size_t i = 0; i < n; i++) {
		e = changes[i].slot ? bpf_set_image(r->bpf, changes[i].slot, changes[i].fd) : 0;
		if (e < 0) {
			put_back(r, changes, i);
			return log_errno(e, "Failed to replace the image of policy '%s'",
					 changes[i].policy);
		}
	}
	return 0;
}

int registry_replace(struct registry *r, struct registry_change *changes, size_t n)
{
	int e = 0;

	for (size_t i = 0; i < n; i++) {
		changes[i].slot = 0;
		changes[i].fd = -1;
		changes[i].objects = (struct objects){0};
	}
	for (size_t i = 0; i < n && !e; i++)
		e = prepare(r, &changes[i]);
	if (!e)
		e = swap(r, changes, n);
	for (size_t i = 0; i < n; i++)
		e < 0 ? take_back(r, &changes[i]) : settle(r, &changes[i]);
	return e;
}
