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

#include "maps.h"

static inline struct rf_task *rf_record_of(struct task_struct *task)
{
	/* A task no program ever attached storage to: the common, unconfined case. */
	if (!task->bpf_storage)
		return NULL;
	return bpf_task_storage_get(&rf_tasks, task, NULL, 0);
}

/* The record of the calling task if it is confined, else NULL: the first line of every hook. */
static inline struct rf_task *rf_confined(void)
{
	struct rf_task *rec = rf_record_of(bpf_get_current_task_btf());

	return rec && rec->state == RF_TASK_ARMED ? rec : NULL;
}

/* The domain a record names; NULL where it is gone: then everything is denied. */
static inline struct rf_domain *rf_domain_of(__u32 slot, __u32 generation)
{
	struct rf_domain *dom = bpf_map_lookup_elem(&rf_domains, &slot);

	if (!dom || dom->state == RF_DOMAIN_FREE || dom->generation != generation)
		return NULL;
	return dom;
}

static inline struct rf_image *rf_image_of(const struct rf_domain *dom)
{
	__u32 slot = dom->image, zero = 0;
	void *inner = bpf_map_lookup_elem(&rf_images, &slot);
	struct rf_image *img;

	if (!inner)
		return NULL;
	img = bpf_map_lookup_elem(inner, &zero);
	/* A zeroed image would deny everything by itself; this gives the reason. */
	if (!img || img->head.magic != RF_IMAGE_MAGIC)
		return NULL;
	return img;
}

static inline bool rf_audits(const struct rf_domain *dom, const struct rf_image *img)
{
	return dom->audit || img->head.mode == RF_MODE_AUDIT;
}

/* Are two tasks in one domain? The other one only counts once it is armed. */
static inline bool rf_same_domain(const struct rf_task *rec, struct task_struct *other)
{
	struct rf_task *theirs = rf_record_of(other);

	return theirs && theirs->state == RF_TASK_ARMED && theirs->domain == rec->domain &&
	       theirs->generation == rec->generation;
}

#endif
