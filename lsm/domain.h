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

/*
 * Does `task` have a record, seen without taking a lock? On 6.1 bpf_task_storage_get() answers NULL
 * while its per-CPU counter is taken, which under preempt=full another task can be in the middle
 * of; "no record" would then mean "unconfined". Elements are freed after a grace period, and we
 * are under RCU.
 */
#define RF_STORAGE_MAX 64

static __noinline int rf_has_record(struct task_struct *task)
{
	struct bpf_local_storage *storage = task->bpf_storage;
	const __u64 node_at = bpf_core_field_offset(struct bpf_local_storage_elem, snode);
	struct hlist_node *node;
	struct bpf_local_storage_elem *elem;

	if (!storage)
		return false;
	node = BPF_CORE_READ(storage, list.first);
	for (int i = 0; i < RF_STORAGE_MAX; i++) {
		if (!node)
			return false;
		elem = (void *)((__u64)node - node_at);
		if (BPF_CORE_READ(elem, sdata.smap) == (void *)&rf_tasks)
			return true;
		node = BPF_CORE_READ(node, next);
	}
	return true; /* more storages than anybody has: not known, so confined */
}

/* How often a look-up that is locked out is tried again: long enough for the holder to run. */
#define RF_BUSY_TRIES (1u << 16)

struct rf_lookup {
	struct rf_task *rec;
};

static long rf_lookup_again(__u32 index, struct rf_lookup *l)
{
	l->rec = bpf_task_storage_get(&rf_tasks, bpf_get_current_task_btf(), NULL, 0);
	return l->rec != NULL;
}

/*
 * The record of the calling task in any state. True with *ret == NULL: it has one, but it cannot be
 * had; whoever needs it refuses.
 */
static inline bool rf_recorded(struct rf_task **ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct rf_lookup l = {};

	*ret = NULL;
	/* A task no program ever attached storage to: the common, unconfined case. */
	if (!task->bpf_storage)
		return false;
	*ret = bpf_task_storage_get(&rf_tasks, task, NULL, 0);
	if (*ret)
		return true;
	if (!rf_has_record(task))
		return false;
	bpf_loop(RF_BUSY_TRIES, rf_lookup_again, &l, 0);
	*ret = l.rec;
	return true;
}

/*
 * Is the calling task confined? The first line of every hook. The decisions refuse a record that
 * is NULL.
 */
static inline bool rf_confined(struct rf_task **ret)
{
	if (!rf_recorded(ret))
		return false;
	return !*ret || (*ret)->state == RF_TASK_ARMED;
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
	struct rf_task *theirs = bpf_task_storage_get(&rf_tasks, other, NULL, 0);

	return rec && theirs && theirs->state == RF_TASK_ARMED && theirs->domain == rec->domain &&
	       theirs->generation == rec->generation;
}

#endif
