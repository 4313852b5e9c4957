/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one way an event leaves the kernel, and the one place it is counted.
 * Nothing here can change a verdict: it was made before.
 */
#ifndef RF_REPORT_H
#define RF_REPORT_H

#include "domain.h"
#include "path.h"
#include "throttle.h"

/*
 * Appends the last `len` bytes of a text. The verifier wants any length to fit behind any
 * beginning, in memory that is all of one object: so what follows the text in struct rf_scratch
 * counts as well.
 */
static inline void rf_put_text(struct bpf_dynptr *to, __u32 at, struct rf_text *t, __u32 len)
{
	__u32 off = (RF_PATH_MAX - len) & (RF_PATH_MAX - 1);

	barrier_var(len);
	if (len <= RF_PATH_MAX)
		bpf_dynptr_write(to, at, &t->bytes[off], len, 0);
}

_Static_assert(sizeof(struct rf_scratch) - __builtin_offsetof(struct rf_scratch, new_path.bytes) >=
		   2 * RF_PATH_MAX,
	       "rf_put_text() of the second text stays within the scratch");

static inline __u32 rf_text_len(const struct rf_text *t)
{
	return t->off <= RF_PATH_MAX ? RF_PATH_MAX - t->off : 0;
}

/* Everything of an event that does not depend on the decision. */
static inline void rf_fill_task(struct rf_event *ev)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 id = bpf_get_current_pid_tgid();

	ev->time_ns = bpf_ktime_get_ns();
	ev->pid = id >> 32;
	ev->tid = (__u32)id;
	ev->ppid = BPF_CORE_READ(task, real_parent, tgid);
	ev->uid = (__u32)bpf_get_current_uid_gid();
	bpf_get_current_comm(ev->comm, sizeof(ev->comm));
}

/* Resolves the executable's path for the event; its length, 0 where there is none. */
static inline __u32 rf_find_exe(struct rf_scratch *s)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);
	__u32 len;

	if (!exe)
		return 0;
	rf_resolve(&s->exe, (__u64)BPF_CORE_READ(exe, f_path.dentry),
		   (__u64)BPF_CORE_READ(exe, f_path.mnt), 0);
	len = rf_text_len(&s->exe);
	return len < RF_EXE_MAX ? len : RF_EXE_MAX;
}

/* Which texts an event shows, and how much of them. */
struct rf_texts {
	__u32 path, new, exe;
};

/* Notes in `ev` and `len`, which has the executable's, how long the texts are; returns how long all
 * together. */
__weak __noinline int rf_measure(struct rf_scratch *s, struct rf_event *ev, struct rf_texts *len)
{
	if (!s || !ev || !len)
		return 0;
	len->path = ev->path_state ? rf_text_len(&s->path) : 0;
	len->new = ev->new_state ? rf_text_len(&s->new_path) : 0;
	ev->path_len = len->path;
	ev->new_len = len->new;
	ev->exe_len = len->exe;
	if (!ev->path_state && ev->new_state) { /* the new name is what was refused */
		ev->path_len = len->new;
		ev->new_len = 0;
		ev->path_state = ev->new_state;
		ev->new_state = RF_PATH_NONE;
	}
	return len->path + len->new + len->exe;
}

static inline void rf_put_texts(struct bpf_dynptr *to, struct rf_scratch *s,
				const struct rf_texts *len)
{
	__u32 exe = len->exe, off = (RF_PATH_MAX - exe) & (RF_PATH_MAX - 1);

	rf_put_text(to, sizeof(struct rf_event), &s->path, len->path);
	rf_put_text(to, sizeof(struct rf_event) + len->path, &s->new_path, len->new);
	barrier_var(exe);
	if (exe <= RF_EXE_MAX)
		bpf_dynptr_write(to, sizeof(struct rf_event) + len->path + len->new,
				 &s->exe.bytes[off], exe, 0);
}

static inline struct rf_throttles *rf_throttles_of(__u32 slot)
{
	void *inner = bpf_map_lookup_elem(&rf_throttled, &slot);
	__u32 zero = 0;

	return inner ? bpf_map_lookup_elem(inner, &zero) : NULL;
}

/*
 * Is this event, whose decision part is filled, one too many of its kind? 1: yes, and its throttle
 * has counted it. 0: no, and ev->repeated is the index of its throttle (0: none), whose count
 * rf_report() puts in its place once the ring has room. (In ev, since the stack has none left.)
 */
static __noinline int rf_holds_back(struct rf_event *ev, __u64 image)
{
	struct rf_throttles *all = rf_throttles_of(ev->domain);
	struct rf_throttle *throttle;
	__u64 now, i;

	if (!all || !all->interval)
		return 0;
	now = bpf_ktime_get_ns();
	i = rf_find_throttle(all, rf_throttle_key(ev, image), now);
	ev->repeated = i;
	if (!i)
		i = rf_joint_throttle(ev);
	throttle = rf_throttle_at(all, i);
	if (!throttle || rf_lets_through(throttle, all->interval, all->slack, now))
		return 0;
	__sync_fetch_and_add(&throttle->repeated, 1);
	return 1;
}

/* How many were held back before this one. Those of a joint throttle are not its like. */
static __noinline __u64 rf_take_along(__u32 slot, __u64 i)
{
	struct rf_throttles *all = rf_throttles_of(slot);
	struct rf_throttle *throttle;

	if (!all || !i)
		return 0;
	RF_KEEP(i);
	throttle = rf_throttle_at(all, i);
	return throttle ? __sync_lock_test_and_set(&throttle->repeated, 0) : 0;
}

/*
 * Counts and sends `ev`, whose decision part (kind, what, action, reason, rule, error, system
 * call) the caller has filled. `hash` is the beginning of the image's, 0 where there is none. `s`
 * may be NULL: then the event has no texts. ev->path_state and ev->new_state tell which texts of
 * `s` belong to it; a new path alone is the event's only path. A global function: verified once,
 * not once for each call.
 */
__weak __noinline int rf_report(struct rf_domain *dom, __u64 hash, struct rf_scratch *s,
				struct rf_event *ev)
{
	struct rf_texts len = {};
	struct rf_count *count;
	struct bpf_dynptr out;
	__u32 size = sizeof(*ev), slot;
	void *ring;

	if (!dom || !ev)
		return 0;
	count = ev->action == RF_ACTION_AUDIT ? &dom->count[RF_ACTION_AUDIT]
					      : &dom->count[RF_ACTION_DENY];
	__builtin_memcpy(ev->hash, &hash, sizeof(ev->hash));
	__sync_fetch_and_add(&count->total, 1);
	if (rf_holds_back(ev, hash)) {
		__sync_fetch_and_add(&count->repeated, 1);
		return 0;
	}
	rf_fill_task(ev);
	ev->cgroup = dom->cgroup;
	ev->seq = __sync_fetch_and_add(&dom->seq, 1) + 1;
	if (s) {
		len.exe = rf_find_exe(s);
		size += rf_measure(s, ev, &len);
	}
	slot = ev->domain;
	ring = bpf_map_lookup_elem(&rf_rings, &slot);
	/* No ring, or a full one: the verdict stands, the loss is counted. */
	if (!ring) {
		__sync_fetch_and_add(&count->lost, 1);
		return 0;
	}
	if (bpf_ringbuf_reserve_dynptr(ring, size, 0, &out)) {
		__sync_fetch_and_add(&count->lost, 1);
		bpf_ringbuf_discard_dynptr(&out, 0);
		return 0;
	}
	/* Only now is it sure that somebody is told. */
	ev->repeated = rf_take_along(slot, ev->repeated);
	bpf_dynptr_write(&out, 0, ev, sizeof(*ev), 0);
	if (s)
		rf_put_texts(&out, s, &len);
	__sync_fetch_and_add(&count->delivered, 1);
	bpf_ringbuf_submit_dynptr(&out, 0);
	return 0;
}

#endif
