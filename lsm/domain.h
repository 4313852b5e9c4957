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
 * The record of the task at an address, read without taking a lock; 0: it has none. On 6.1
 * bpf_task_storage_get() answers NULL while its per-CPU counter is taken, which under preempt=full
 * another task can be in the middle of; "no record" would then mean "unconfined". Elements are
 * freed after a grace period, and we are under RCU.
 */
#define RF_STORAGE_MAX	  64
#define RF_RECORD_UNKNOWN 1 /* more storages than anybody has */

static __noinline __u64 rf_record_at(__u64 task)
{
	const __u64 node_at = bpf_core_field_offset(struct bpf_local_storage_elem, snode);
	const __u64 data_at = bpf_core_field_offset(struct bpf_local_storage_elem, sdata) +
			      bpf_core_field_offset(struct bpf_local_storage_data, data);
	__u64 storage = (__u64)RF_READ(task_struct, task, bpf_storage), node, elem;

	if (!storage)
		return 0;
	node = (__u64)RF_READ(bpf_local_storage, storage, list.first);
	for (int i = 0; i < RF_STORAGE_MAX; i++) {
		if (!node)
			return 0;
		elem = node - node_at;
		if (RF_READ(bpf_local_storage_elem, elem, sdata.smap) == (void *)&rf_tasks)
			return elem + data_at;
		node = (__u64)RF_READ(hlist_node, node, next);
	}
	return RF_RECORD_UNKNOWN;
}

/* Unknown counts as a record: confined. */
static inline bool rf_has_record(struct task_struct *task)
{
	return rf_record_at(rf_u64(task)) != 0;
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

/*
 * Is the task at an address in the caller's domain? It only counts once it is armed. What cannot be
 * read is not in it.
 */
static __noinline int rf_same_domain_at(const struct rf_task *rec, __u64 task)
{
	struct {
		__u32 domain, generation, state;
	} theirs = {};
	__u64 at;

	_Static_assert(__builtin_offsetof(struct rf_task, state) == 8, "the beginning of a record");
	if (!rec || !task)
		return false;
	at = rf_record_at(task);
	if (!at || at == RF_RECORD_UNKNOWN ||
	    bpf_probe_read_kernel(&theirs, sizeof(theirs), (const void *)at))
		return false;
	return theirs.state == RF_TASK_ARMED && theirs.domain == rec->domain &&
	       theirs.generation == rec->generation;
}

static inline bool rf_same_domain(const struct rf_task *rec, struct task_struct *other)
{
	return rf_same_domain_at(rec, rf_u64(other));
}

/* The first task that has this struct pid as its own; 0: it is gone. */
static inline __u64 rf_task_of(__u64 pid)
{
	__u64 link = (__u64)RF_READ(pid, pid, tasks[0].first);

	return link ? link - bpf_core_field_offset(struct task_struct, pid_links) : 0;
}

#endif
