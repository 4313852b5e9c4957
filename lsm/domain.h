/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is asking: from a task to its domain, from a domain to its image.
 *
 * A task's record says everything; where the task is now (cgroup, namespaces,
 * uid, executable) says nothing. The record of a confined task is created by
 * the enforcer (pidfd), by execve in a domain's cgroup, or by task_alloc, and
 * nothing removes it.
 */
#ifndef RF_DOMAIN_H
#define RF_DOMAIN_H

#include "storage.h"

/*
 * The record of the calling task, `task`, in any state. True with *ret == NULL: it has one, but it
 * cannot be had; whoever needs it refuses.
 */
static __always_inline bool rf_is_recorded(struct task_struct *task, struct rf_task **ret)
{
	*ret = NULL;
	/* A task no program ever attached storage to: the common, unconfined case. */
	if (!task->bpf_storage)
		return false;
	*ret = bpf_task_storage_get(&rf_tasks, task, NULL, 0);
	if (*ret)
		return true;
	if (!rf_record_at(rf_u64(task)))
		return false;
	*ret = rf_record_awaited(task);
	return true;
}

static inline bool rf_recorded(struct rf_task **ret)
{
	return rf_is_recorded(bpf_get_current_task_btf(), ret);
}

/*
 * Is the calling task, `task`, confined? The first line of every hook, mostly as rf_confined(). The
 * decisions refuse a record that is NULL.
 */
static __always_inline bool rf_is_confined(struct task_struct *task, struct rf_task **ret)
{
	if (!rf_is_recorded(task, ret))
		return false;
	return !*ret || (*ret)->state == RF_TASK_ARMED;
}

static inline bool rf_confined(struct rf_task **ret)
{
	return rf_is_confined(bpf_get_current_task_btf(), ret);
}

/*
 * A cgroup's level is bounded by memory: its list of ancestors is part of it, eight bytes each, and
 * comes in one piece of kmalloc(), 4 MiB at most (cgroup_create(), KMALLOC_MAX_SIZE).
 */
#define RF_CGROUP_DEPTH (1u << 19)

/* The domain a record names; NULL where it is gone: then everything is denied. */
static inline struct rf_domain *rf_domain_of(__u32 slot, __u32 generation)
{
	struct rf_domain *dom = bpf_map_lookup_elem(&rf_domains, &slot);

	if (!dom || dom->state == RF_DOMAIN_FREE || dom->generation != generation)
		return NULL;
	return dom;
}

/* Whatever is in a slot for an image. */
static __always_inline struct rf_image *rf_image_in(const __u32 *slot)
{
	__u32 zero = 0;
	void *inner = bpf_map_lookup_elem(&rf_images, slot);

	return inner ? bpf_map_lookup_elem(inner, &zero) : NULL;
}

static inline struct rf_image *rf_image_at(__u32 slot)
{
	struct rf_image *img = rf_image_in(&slot);

	/* A zeroed image would deny everything by itself; this gives the reason. */
	if (!img || img->head.magic != RF_IMAGE_MAGIC)
		return NULL;
	return img;
}

/* The beginning of the image's hash, which stands for it in events and tags. */
static inline __u64 rf_hash(const struct rf_image *img)
{
	__u64 hash;

	/* The value of a map is aligned, and the hash lies 8 bytes in: one load. */
	__builtin_memcpy(&hash, __builtin_assume_aligned(img->head.hash, sizeof(hash)),
			 sizeof(hash));
	return hash;
}

/*
 * Is the task at an address in the caller's domain? It only counts once it is armed. What cannot be
 * read is not in it.
 */
static __noinline int rf_same_domain_at(const struct rf_task *rec, __u64 task)
{
	struct rf_identity theirs;

	if (!rec || !task || !rf_identify(task, &theirs))
		return false;
	return theirs.state == RF_TASK_ARMED && theirs.domain == rec->domain &&
	       theirs.generation == rec->generation;
}

static inline bool rf_same_domain(const struct rf_task *rec, struct task_struct *other)
{
	return rec && rf_same_domain_at(rec, rf_u64(other));
}

/* The first task that has this struct pid as its own; 0: it is gone. */
static inline __u64 rf_task_of(__u64 pid)
{
	__u64 link = (__u64)RF_READ(pid, pid, tasks[0].first);

	return link ? link - bpf_core_field_offset(struct task_struct, pid_links) : 0;
}

#endif
