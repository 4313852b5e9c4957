/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The domains of one set of loaded programs: who has which slot, and which
 * image. Containers of one policy share its image. The daemon has a registry of
 * many slots, `ringfence run` without a daemon one of a single slot.
 *
 * The image of a policy by name is that policy's alone, whatever others look
 * the same: it can be replaced under all its domains, in one step.
 */
#ifndef ENFORCER_REGISTRY_H
#define ENFORCER_REGISTRY_H

#include <stdbool.h>

#include "bpf.h"
#include "objects.h"
#include "tally.h"
#include "throttle.h"

struct registry_image {
	__u8 hash[RF_HASH_SIZE];
	const char *policy;	/* it is that policy's alone; NULL: whose has this hash */
	unsigned users;		/* domains; 0: the slot is free */
	struct objects objects; /* looked up when it replaced another */
};

/* A domain, as people know it. */
struct registry_slot {
	bool used;
	struct rf_domain dom;	   /* as it was put; the generation stays when the slot is free */
	struct objects objects;	   /* as they were looked up when it was registered */
	const struct image *image; /* borrowed */
	const char *policy;	   /* its name; NULL: not by name. Borrowed */
	char *name;		   /* of the container; NULL: it is forgotten */
	bool detached;		   /* its tasks were freed */
	bool collected;		   /* the daemon reads its alerts */
	bool forgotten;		   /* taken over without all that was known of it */
	bool attached;		   /* it ran before it was confined: it has no filter of ours */
	bool filter_audits;	   /* its filter, which stays, was made for audit mode */
	__u8 filter[RF_HASH_SIZE]; /* SHA-256 of the policy's filter at its start */
	/* Where it is counted, registry_tally(); NULL: not found yet. */
	struct tally_policy *tally;
};

struct registry {
	struct bpf *bpf; /* borrowed */
	__u32 n;	 /* slots, BPF_SLOT_FIRST and up */
	struct registry_slot *slots;
	struct registry_image *images;
	/* What was counted, over all domains there were. */
	struct tally tally;
};

/* Who is to be confined. The first execve of the task behind `pidfd` arms it. */
struct registration {
	const struct image *image; /* sealed; borrowed while the domain lasts, or till replaced */
	const char *policy;	   /* name of the policy it is the image of, or NULL; borrowed */
	const char *name;	   /* of the container; NULL: the policy's */
	__u64 cgroup;
	int pidfd;	    /* -1: nobody yet; the domain is running, see registry_attach() */
	bool audit;	    /* it asked so itself, and its filter is made for it */
	bool switched;	    /* to audit mode, as its policy is */
	bool filter_audits; /* its filter is made for audit mode, whatever it asked for */
	size_t ring_size;   /* bytes, see bpf_put_ring() */
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

/* One policy of a reload. */
struct registry_change {
	const char *policy;	   /* as in the registrations: the pointer is compared */
	const struct image *image; /* the new one; borrowed from here on */
	/* The registry's own: */
	__u32 slot; /* of the image; 0: no domain has it */
	int fd;
	struct objects objects;
};

/*
 * Replaces the images of policies under all their domains. All is made before anything is changed:
 * when it fails, which is told, everything stands as before. 0 or negative errno.
 */
int registry_replace(struct registry *r, struct registry_change *changes, size_t n);

/* Takes away the tags of an image, unless a slot has one of that hash. */
void registry_untag(struct registry *r, const __u8 hash[RF_HASH_SIZE]);

/* SHA-256 of the image's filter alone. */
void registry_filter_hash(const struct image *img, __u8 ret[RF_HASH_SIZE]);

/* The domain in a slot; NULL: there is none. */
const struct registry_slot *registry_at(const struct registry *r, __u32 slot);
/* Is it in audit mode, by its policy or by a switch? */
bool registry_audits(const struct registry_slot *at);
/* Where the domain in a slot is counted: always the same while it lasts. */
struct tally_policy *registry_tally(struct registry *r, __u32 slot);
/* How many domains a policy by name has. */
unsigned registry_users(const struct registry *r, const char *policy);
/* What a reload looked up of the image that the domain has now; NULL: there was none. */
const struct objects *registry_objects_since(const struct registry *r, __u32 slot);

/*
 * Arms all tasks in the cgroup of a domain that was registered without a pidfd. What is there
 * twice, the cgroup of another domain, is refused by registry_add() with -EEXIST. Tells what fails.
 */
int registry_attach(struct registry *r, __u32 slot, struct bpf_attached *ret);
/* Frees all tasks of a domain, which is then to be removed. Tells what fails. */
int registry_detach(struct registry *r, __u32 slot, struct bpf_attached *ret);

/*
 * Takes over a domain that the kernel has, `at` with the record as it is there; its name is the
 * registry's from here on. A free one counts, too, for its generation. Nothing is checked; domains
 * that have one image have one policy.
 */
void registry_restore(struct registry *r, __u32 slot, const struct registry_slot *at);
/* After all of them: looks up and tags what their images protect, as a reload does, and removes
 * images nobody has. Tells what fails, and goes on. */
void registry_restored(struct registry *r);

/* Switches audit mode of a domain on or off, at once. 0 or negative errno. */
int registry_switch_audit(struct registry *r, __u32 slot, bool audit);

/* Frees memory; the kernel keeps what it has. */
void registry_done(struct registry *r);

#endif
