/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BPF programs of lsm/ on this machine: loaded, attached, filled with
 * images and domains. All or nothing: a program that does not load or attach
 * takes the others back.
 */
#ifndef ENFORCER_BPF_H
#define ENFORCER_BPF_H

#include <stdbool.h>

#include "../policy/image.h"

struct ringfence_bpf;

struct bpf_options {
	size_t image_size; /* bytes of the largest image to come */
	__u32 domains;	   /* how many at once, and images; slot 0 not counted */
	__u32 objects;	   /* the most that are to be held by object; may be 0 */
	bool no_cache;	   /* remember nothing of directories */
	const char *reuse; /* the maps that bpf_pin() has pinned there; NULL: new ones */
};

struct bpf {
	struct ringfence_bpf *skel;
	struct bpf_options options;
	struct rf_domain *domains; /* the map's memory, see bpf_domain.c; NULL: not mapped yet */
};

/* Slots the callers use; slot 0 is nobody's. */
#define BPF_SLOT_FIRST 1u

/* Is this program for a hook that older kernels do without? */
bool bpf_hook_is_optional(const char *program);

/*
 * Loads and attaches. Tells what went wrong. 0 or negative errno. With maps to reuse, the programs
 * that are attached there go on, and both judge: see bpf_reuse.h.
 */
int bpf_open(const struct bpf_options *options, struct bpf *ret);
void bpf_close(struct bpf *b); /* what is not pinned goes away */

/* Makes what bpf_set_image() puts into a slot. A descriptor, the caller's; -E2BIG: too large. */
int bpf_make_image(const struct bpf *b, const struct image *img);
/* Replaces what is in a slot in one step: from the return on nobody is judged by the old one. */
int bpf_set_image(struct bpf *b, __u32 slot, int fd);
/* Puts a sealed image into a slot, replacing what is there in one step. -E2BIG: too large. */
int bpf_put_image(struct bpf *b, __u32 slot, const struct image *img);
void bpf_remove_image(struct bpf *b, __u32 slot);

/* Puts a domain into a slot and, where `cgroup` is not 0, its cgroup id into the index. */
int bpf_put_domain(struct bpf *b, __u32 slot, const struct rf_domain *dom);
/*
 * Ends the domain in a slot: whatever still has a record of it is refused everything, and its ring
 * is gone. `dom` as it was put.
 */
void bpf_remove_domain(struct bpf *b, __u32 slot, const struct rf_domain *dom);

/*
 * Switches of a domain that runs; its counters go on meanwhile. `audit`: deny nothing the policy
 * denies. `objects`: some rules are held by object. 0 or negative errno.
 */
int bpf_switch_audit(struct bpf *b, __u32 slot, bool audit);
int bpf_switch_objects(struct bpf *b, __u32 slot, bool objects);
void bpf_unmap_domains(struct bpf *b);

/* The map of domains, for bpf_read_domain(); borrowed. */
int bpf_domains_fd(struct bpf *b);
int bpf_read_domain(int domains, __u32 slot, struct rf_domain *ret);

/*
 * Gives a slot a ring for its events, `size` bytes, a power of two of at least a page. Returns its
 * descriptor, the caller's, or negative errno.
 */
int bpf_put_ring(struct bpf *b, __u32 slot, size_t size);

/* Gives a task that has none its record. */
int bpf_put_task(struct bpf *b, int pidfd, const struct rf_task *rec);
/* Has the task a record? What cannot be found out counts as yes. */
bool bpf_task_is_confined(struct bpf *b, int pidfd);

/* What passes over all tasks came to. */
struct bpf_attached {
	unsigned done;	  /* tasks that were armed, or freed */
	unsigned foreign; /* tasks there that are another domain's, and stay it */
};

/*
 * Arms all tasks that are in a cgroup or below it, pass after pass until one finds none. -ENOMEM:
 * some could not be; those that are armed stay so. 0 or negative errno.
 */
int bpf_attach(struct bpf *b, __u32 slot, __u32 generation, __u64 cgroup, struct bpf_attached *ret);
/*
 * Frees all tasks of a domain; who enters its cgroup from here on is not confined any more. The
 * domain stays, to be removed. 0 or negative errno: some are still confined.
 */
int bpf_detach(struct bpf *b, __u32 slot, const struct rf_domain *dom, struct bpf_attached *ret);

/* What a look at the programs found. */
struct bpf_health {
	unsigned programs;     /* attached, and pinned once */
	unsigned pins;	       /* of them, and of the maps that the next daemon needs */
	unsigned pins_missing; /* of these, now */
	__u64 left_out;	       /* runs the kernel left out, of all of them */
	__u64 unjudged;	       /* of these, runs of LSM programs: they were to judge */
};

/* Looks at the programs, and at what bpf_pin() has pinned under `dir`. */
struct bpf_health bpf_look(const struct bpf *b, const char *dir);

/* What the kernel counts of a program. */
struct bpf_program {
	const char *name;   /* of the skeleton */
	__u64 runs, run_ns; /* while it had statistics on, see sysctl kernel.bpf_stats_enabled */
	__u64 left_out;
};

/* All that are attached, in a list that is the caller's to free. 0 or negative errno. */
int bpf_list_programs(const struct bpf *b, struct bpf_program **ret, size_t *ret_n);

/* A descriptor of the caller's, O_PATH will do, and the tag its object is to have. */
struct bpf_target {
	int fd;
	struct rf_tag tag;
	enum rf_tagged result;
	bool lasting; /* its numbers name the object even after the kernel forgot its inode */
};

/* How many at once: no more than rf_targets has entries. */
#define BPF_TARGETS_MAX 128u

/* Tags objects, and tells for each what came of it. 0 or negative errno: then nothing is known. */
int bpf_tag(struct bpf *b, struct bpf_target *targets, size_t n);
/* Takes away all tags of an image, by the beginning of its hash. */
void bpf_untag(struct bpf *b, __u64 image);

#define BPF_THROTTLES_PIN "rf_throttled" /* for throttle_map() */

/*
 * Pins the maps that have state, for who wants to read the counters and for who takes over, and
 * every link under `dir`, which exists, on a bpffs. /run/ringfence and the directory in it exist
 * too.
 */
int bpf_pin(struct bpf *b, const char *dir);
/* Reads a domain through what bpf_pin() has pinned under `dir`. */
int bpf_get_pinned_domain(const char *dir, __u32 slot, struct rf_domain *ret);
/* The record of a task likewise; -ENOENT: it has none, or is gone. */
int bpf_get_pinned_task(const char *dir, int pidfd, struct rf_task *ret);

#endif
