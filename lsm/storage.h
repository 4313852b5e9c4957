/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Task storage that does not say "nothing" when it means "not now".
 *
 * On 6.1 bpf_task_storage_get() raises a counter of its CPU while it works, and
 * answers NULL to whoever finds it raised; since 6.2 it does so only to programs
 * other than ours. Under preempt=full a task can be preempted with the counter
 * raised, and everybody who runs on that CPU before it runs again is locked out.
 * Taken for "no record" that would be a hole, and taken for "no memory" a
 * refusal that no policy asked for. So:
 *
 *   who only reads       follows the task's list of storages itself: elements
 *                        are freed after a grace period, and we are under RCU
 *   who may be preempted tries again until the holder has had its turn
 *   who may not          would wait for ever. Nobody else can come between on
 *                        this CPU, so it takes what is there for each CPU
 *
 * What is left is memory that is really not to be had: that is tried a few
 * times, and then refused.
 */
#ifndef RF_STORAGE_H
#define RF_STORAGE_H

#include "maps.h"

/* Static in kernel/bpf/bpf_task_storage.c; the counter that locks out. */
extern const int bpf_task_storage_busy __ksym __weak;
/* arch/x86/kernel/cpu/common.c; a member of the other from 6.2 to 6.14. */
extern const int __preempt_count __ksym __weak;
extern const struct pcpu_hot pcpu_hot __ksym __weak;

#define RF_PREEMPT_NEED_RESCHED 0x80000000u /* arch/x86/include/asm/preempt.h: kept inverted */

/* Longer than any scheduler lets one task spin while another is ready to run. */
#define RF_BUSY_TRIES	(1u << 22)
#define RF_MEMORY_TRIES 64
/* More storages than any task has. */
#define RF_STORAGE_MAX 64

/* For those that cannot wait: working memory of a CPU. */
struct rf_spare {
	struct rf_task rec;
	struct rf_scratch scratch;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct rf_spare);
} rf_spares __weak SEC(".maps");

static inline bool rf_storage_is_busy(void)
{
	const int *count;

	if (!&bpf_task_storage_busy)
		return true;
	count = bpf_this_cpu_ptr(&bpf_task_storage_busy);
	return *count;
}

/* Can the caller not be preempted, under a spinlock for example? Only who is locked out asks. */
static inline bool rf_cannot_wait(void)
{
	const struct pcpu_hot *hot;
	const int *count;

	if (&__preempt_count) {
		count = bpf_this_cpu_ptr(&__preempt_count);
		return *count & ~RF_PREEMPT_NEED_RESCHED;
	}
	if (!&pcpu_hot) /* not known: waiting in vain ends in a refusal, sharing would not */
		return false;
	hot = bpf_this_cpu_ptr(&pcpu_hot);
	return hot->preempt_count & ~RF_PREEMPT_NEED_RESCHED;
}

static inline struct rf_spare *rf_spare_of_cpu(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&rf_spares, &zero);
}

/*
 * Where the record of the task at an address is, without taking a lock; 0: it has none.
 * RF_RECORD_LOST: there is no telling.
 */
#define RF_RECORD_LOST 1ull

struct rf_storage_search {
	__u64 node;
	__u64 at;
};

static long rf_storage_step(__u32 index, struct rf_storage_search *s)
{
	const __u64 data_at = bpf_core_field_offset(struct bpf_local_storage_elem, sdata) +
			      bpf_core_field_offset(struct bpf_local_storage_data, data);
	__u64 elem = s->node - bpf_core_field_offset(struct bpf_local_storage_elem, snode);

	if (!s->node) {
		s->at = 0;
		return 1;
	}
	if (RF_READ(bpf_local_storage_elem, elem, sdata.smap) == (void *)&rf_tasks) {
		s->at = elem + data_at;
		return 1;
	}
	s->node = (__u64)RF_READ(hlist_node, s->node, next);
	return 0;
}

static __noinline __u64 rf_record_at(__u64 task)
{
	struct rf_storage_search s = {.at = RF_RECORD_LOST};
	__u64 storage = (__u64)RF_READ(task_struct, task, bpf_storage);

	if (!storage)
		return 0;
	s.node = (__u64)RF_READ(bpf_local_storage, storage, list.first);
	bpf_loop(RF_STORAGE_MAX, rf_storage_step, &s, 0);
	return s.at;
}

/* The beginning of a record: what there is to know about a task. */
struct rf_identity {
	__u32 domain;
	__u32 generation;
	__u32 state;
	__u32 zero;
};

_Static_assert(__builtin_offsetof(struct rf_task, event) == sizeof(struct rf_identity),
	       "record layout");

/* What `task` is; all zero if it has no record. False: it has one, and it cannot be read. */
static inline bool rf_identify(__u64 task, struct rf_identity *ret)
{
	__u64 at = rf_record_at(task);

	*ret = (struct rf_identity){};
	if (!at)
		return true;
	return at != RF_RECORD_LOST && !bpf_probe_read_kernel(ret, sizeof(*ret), (void *)at);
}

/*
 * The beginning of the caller's record, its domain's slot in the lower half and the generation in
 * the upper, by loads alone: each map has a place in a task's storage, in which the kernel leaves
 * what was looked up last. 0: it is not there now. Only where bpf_rdonly_cast() is.
 */
static __always_inline __u64 rf_domain_cached(struct task_struct *task)
{
	__u64 storage = rf_u64(task->bpf_storage), found;

	if (!storage)
		return 0;
	/* The mask is for the verifier, which wants a bounded sum. */
	found = RF_WORD(storage + (rf_task_place & 0xfff));
	if (RF_CAST(bpf_local_storage_data, found)->smap != (void *)&rf_tasks)
		return 0;
	return RF_WORD(found + bpf_core_field_offset(struct bpf_local_storage_data, data));
}

_Static_assert(__builtin_offsetof(struct rf_task, domain) == 0 &&
		   __builtin_offsetof(struct rf_task, generation) == 4,
	       "one word");

/* A look-up that is made again and again until it has an answer. */
struct rf_again {
	struct task_struct *task;
	void *value;
};

/*
 * Refused, and nobody was in the way, before or after: then it is memory that is missing. Where
 * nobody can be in the way, the counter says nothing: it stays raised as long as any task is
 * preempted in here, and a crowd of them would go on for hours. (bpf_rdonly_cast() and that the
 * counter does not lock us out are both of 6.2.)
 */
static inline long rf_is_over(__u32 index, const struct rf_again *a, bool was_busy)
{
	if (a->value)
		return 1;
	if (index < RF_MEMORY_TRIES)
		return 0;
	return bpf_rdonly_cast || (!was_busy && !rf_storage_is_busy());
}

static long rf_find_record(__u32 index, struct rf_again *a)
{
	bool was_busy = rf_storage_is_busy();

	a->value = bpf_task_storage_get(&rf_tasks, bpf_get_current_task_btf(), NULL, 0);
	return rf_is_over(index, a, was_busy);
}

static long rf_make_record(__u32 index, struct rf_again *a)
{
	bool was_busy = rf_storage_is_busy();

	a->value = bpf_task_storage_get(&rf_tasks, a->task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	return rf_is_over(index, a, was_busy);
}

static long rf_make_scratch(__u32 index, struct rf_again *a)
{
	bool was_busy = rf_storage_is_busy();

	a->value = bpf_task_storage_get(&rf_scratches, bpf_get_current_task_btf(), NULL,
					BPF_LOCAL_STORAGE_GET_F_CREATE);
	return rf_is_over(index, a, was_busy);
}

/* A record for `task`, new if it has none. NULL: no memory. Not for callers that cannot wait. */
static inline struct rf_task *rf_record_of_new(struct task_struct *task)
{
	struct rf_again a = {.task = task};

	bpf_loop(RF_BUSY_TRIES, rf_make_record, &a, 0);
	return a.value;
}

/* The caller's record, which it has, but which was not to be had at first. */
static __noinline struct rf_task *rf_record_awaited(struct task_struct *task)
{
	struct rf_again a = {};
	struct rf_identity who;
	struct rf_spare *spare;

	if (!rf_cannot_wait()) {
		bpf_loop(RF_BUSY_TRIES, rf_find_record, &a, 0);
		return a.value;
	}
	spare = rf_spare_of_cpu();
	if (!spare || !rf_identify(rf_u64(task), &who))
		return NULL;
	barrier_var(spare);
	spare->rec.domain = who.domain;
	spare->rec.generation = who.generation;
	spare->rec.state = who.state;
	spare->rec.written = 0; /* another task's, which may have been here before */
	return &spare->rec;
}

/* The caller's working memory. NULL: no memory. */
static __noinline struct rf_scratch *rf_scratch_get(void)
{
	struct rf_scratch *scratch = bpf_task_storage_get(&rf_scratches, bpf_get_current_task_btf(),
							  NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	struct rf_again a = {};
	struct rf_spare *spare;

	if (scratch)
		return scratch;
	if (!rf_cannot_wait()) {
		bpf_loop(RF_BUSY_TRIES, rf_make_scratch, &a, 0);
		return a.value;
	}
	spare = rf_spare_of_cpu();
	if (!spare)
		return NULL;
	barrier_var(spare); /* or clang adds to the pointer before it tests it */
	return &spare->scratch;
}

#endif
