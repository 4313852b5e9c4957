/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The domains of one set of loaded programs: who has which slot, and which
 * image. Containers of one policy share its image. The daemon has a registry of
 * many slots, `ringfence run` without a daemon one of a single slot.
 */
#ifndef ENFORCER_REGISTRY_H
#define ENFORCER_REGISTRY_H

#include <stdbool.h>

#include "bpf.h"
#include "objects.h"
#include "throttle.h"

struct registry_slot;
struct registry_image;

struct registry {
	struct bpf *bpf; /* borrowed */
	__u32 n;	 /* slots, BPF_SLOT_FIRST and up */
	struct registry_slot *slots;
	struct registry_image *images;
};

/* Who is to be confined. The first execve of the task behind `pidfd` arms it. */
struct registration {
	const struct image *image; /* sealed; borrowed while the domain lasts */
	__u64 cgroup;
	int pidfd;
	bool audit;
	size_t ring_size; /* bytes, see bpf_put_ring() */
	struct throttle throttle;
	bool throttle_open; /* a daemon may know better */
};

/* What came of it. */
struct registered {
	__u32 slot;
	int events;		       /* the ring; the caller's to close */
	const struct objects *objects; /* borrowed while the domain lasts */
};

/* `b` must have room for `n` domains. 0 or -ENOMEM. */
int registry_init(struct registry *r, struct bpf *b, __u32 n);

/* Tells what fails; then nothing has changed. -EBUSY: all slots are taken. -E2BIG: the image is too
 * large. */
int registry_add(struct registry *r, const struct registration *who, struct registered *ret);

/* Ends a domain none of whose tasks lives any more. */
void registry_remove(struct registry *r, __u32 slot);

/* Frees memory; the kernel keeps what it has. */
void registry_done(struct registry *r);

#endif
