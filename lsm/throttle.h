/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is not worth an alert of its own: the thousandth refusal alike.
 *
 * Events are alike when domain, image, action, kind, reason, and what they blame (rule and
 * operation, privilege, system call) are the same. Of those a burst is let through, and then so
 * many a second; the loader sets both. The rest is held back: before anything of the event is put
 * together, so that a refusal in a flood is cheap, and after the verdict, which does not depend on
 * it.
 *
 * Nothing is held back uncounted: the domain counts it (rf_count.repeated), and so does what it
 * shares with its like, for the next alert of that kind to tell, or for the reader once it has been
 * quiet.
 *
 * No table, or none of the domain's: everything is let through, as far as the ring has room.
 *
 * No room in the table: one that is idle is taken over. It has its whole burst and nothing to tell,
 * and so is as good as new. Where none is, the event shares one with others of its group that found
 * none, and what those held back is told by the reader alone.
 *
 * Two at the same time may both be let through, or have a second throttle made for the same key:
 * more is told then, and never less. One that is taken over while somebody holds back another event
 * of its former kind may tell of that, too.
 */
#ifndef RF_THROTTLE_H
#define RF_THROTTLE_H

#include "match.h"

#include <linux/audit.h>

/* Does `step` with 0, 1, ... until it answers 1, at most `n` times. The verifier follows it once.
 */
#ifdef __bpf__
#define RF_REPEAT(n, step, ctx) bpf_loop(n, step, ctx, 0)
#else
#define RF_REPEAT(n, step, ctx)                                                                    \
	for (__u32 i_ = 0; i_ < (n) && !step(i_, ctx);)                                            \
	i_++
#endif

/* How many places of the table are looked at for a key. */
#define RF_THROTTLE_PROBES 8u
/* How often a place is tried to be had from others that want it at the same time. */
#define RF_THROTTLE_TRIES 4

static inline __u64 rf_throttle_key(const struct rf_event *ev, __u64 image)
{
	__u32 call = ev->syscall < RF_THROTTLE_CALLS ? ev->syscall : RF_THROTTLE_CALLS;

	if (ev->kind != RF_KIND_SYSCALL)
		return RF_THROTTLE_KEY(image, ev->kind & 3, ev->action & 1, ev->reason & 15,
				       ev->what & 31, ev->rule);
	return RF_THROTTLE_KEY(image, RF_KIND_SYSCALL, ev->action & 1, ev->reason & 15,
			       ev->arch != AUDIT_ARCH_X86_64, call);
}

/* The one that those of the same group and action share which find no room. */
static inline __u32 rf_joint_throttle(const struct rf_event *ev)
{
	return (ev->kind == RF_KIND_SYSCALL ? 2 : 0) + (ev->action & 1);
}

/* As good as new: whoever takes it loses nothing. */
static inline int rf_is_idle(const volatile struct rf_throttle *t, __u64 now)
{
	return !t->repeated && t->due <= now;
}

/* The index that was compared is the one that is used, and not before: else the verifier sees none.
 */
static inline struct rf_throttle *rf_throttle_at(struct rf_throttles *all, __u64 i)
{
	if (i >= RF_THROTTLES)
		return 0;
	RF_KEEP(i);
	return &all->at[i];
}

/* On the way through the places where the throttle of a key can be. */
struct rf_probe {
	struct rf_throttles *all;
	__u64 key, now;
	__u64 first, at; /* of the keys of this kind; where to begin among them */
	__u64 found;	 /* 0: not yet */
	__u64 spare;	 /* the first that is idle; 0: none yet */
	__u64 old;	 /* its key */
};

static long rf_probe_step(__u32 n, struct rf_probe *p)
{
	__u64 i = p->first + ((p->at + n) & (RF_THROTTLE_ROOM - 1));
	volatile struct rf_throttle *t = rf_throttle_at(p->all, i);

	if (!t)
		return 1;
	if (t->key == p->key) {
		p->found = i;
		return 1;
	}
	if (!p->spare && rf_is_idle(t, p->now)) {
		p->spare = i;
		p->old = t->key;
	}
	return 0;
}

/* Which throttle is that of a key, perhaps one that was idle; 0: there is no room for it. */
static __attribute__((noinline)) __u32 rf_find_throttle(struct rf_throttles *all, __u64 key,
							__u64 now)
{
	struct rf_probe p = {.all = all,
			     .key = key,
			     .now = now,
			     .first = RF_THROTTLE_JOINTS,
			     .at = (key * 0x9e3779b97f4a7c15ull) >> 32};
	volatile struct rf_throttle *t;

	if (RF_THROTTLE_KIND(key) == RF_KIND_SYSCALL)
		p.first += RF_THROTTLE_ROOM;
	RF_REPEAT(RF_THROTTLE_PROBES, rf_probe_step, &p);
	if (p.found)
		return (__u32)p.found;
	t = rf_throttle_at(all, p.spare);
	if (!p.spare || !t || __sync_val_compare_and_swap(&t->key, p.old, key) != p.old)
		return 0;
	return (__u32)p.spare;
}

/* May one more pass? Then it is as if it had. */
static __attribute__((noinline)) int rf_lets_through(struct rf_throttle *throttle, __u64 interval,
						     __u64 slack, __u64 now)
{
	volatile struct rf_throttle *t = throttle;

	for (int i = 0; i < RF_THROTTLE_TRIES; i++) {
		__u64 due = t->due, from = due > now ? due : now;

		if (from - now > slack)
			return 0;
		if (__sync_val_compare_and_swap(&t->due, due, from + interval) == due)
			return 1;
	}
	return 1;
}

#endif
