/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bpffs with ringfence's pins: they keep its programs in force when it is
 * killed, and go with the last mount of that file system. The loader leaves
 * its device number, and the mount namespace it is mounted in. What is not
 * known is taken for it.
 *
 * A mount goes with the mount it is on, so what is asked of a mount to be
 * taken away is whether it carries the pins', however deep. It matters where
 * it happens: in ringfence's own namespace, or where it would propagate.
 */
#ifndef RF_PINS_H
#define RF_PINS_H

#include "check.h"

static inline bool rf_holds_pins(__u64 sb)
{
	return RF_READ(super_block, sb, s_magic) == BPF_FS_MAGIC &&
	       (!rf_pins_dev || RF_READ(super_block, sb, s_dev) == rf_pins_dev);
}

#define RF_MOUNTS_MAX (1u << 17) /* steps; fs.mount-max is 100,000 unless somebody raised it */

/*
 * Where the walk is, with RF_SEEN in it once all that is on that mount has been seen. Not a member
 * of its own: 6.1's verifier looks at a callback once, takes a number it finds on the stack for
 * what it will always be, and drops the branch that it then never sees taken.
 */
#define RF_SEEN 1ull

struct rf_tree {
	__u64 top;
	__u64 at;
	__u64 pins; /* the mount that was looked for; 0: there is none */
	__u32 ended;
};

/* From a mount to the first one on it, or to its next sibling, or back down. */
static long rf_tree_step(__u32 index, struct rf_tree *t)
{
	const __u64 list_at = bpf_core_field_offset(struct mount, mnt_mounts);
	const __u64 link_at = bpf_core_field_offset(struct mount, mnt_child);
	__u64 at = t->at & ~RF_SEEN, next, parent;

	if (!(t->at & RF_SEEN)) {
		if (rf_holds_pins((__u64)RF_READ(mount, at, mnt.mnt_sb))) {
			t->pins = at;
			t->ended = true;
			return 1;
		}
		next = (__u64)RF_FETCH(mount, at, mnt_mounts.next);
		t->at = next && next != at + list_at ? next - link_at : at | RF_SEEN;
		return 0;
	}
	if (at == t->top) {
		t->ended = true;
		return 1;
	}
	next = (__u64)RF_FETCH(mount, at, mnt_child.next);
	parent = (__u64)RF_FETCH(mount, at, mnt_parent);
	if (!next) /* it is being taken apart: the walk does not end well */
		return 1;
	t->at = next == parent + list_at ? parent | RF_SEEN : next - link_at;
	return 0;
}

/* Would ringfence's pins go, or move, with this mount? */
__weak __noinline int rf_carries_pins(struct rf_object *obj)
{
	struct rf_tree t = {};
	__u32 ns;

	if (!obj)
		return true;
	t.top = t.at = obj->vfsmount - bpf_core_field_offset(struct mount, mnt);
	bpf_loop(RF_MOUNTS_MAX, rf_tree_step, &t, 0);
	if (!t.ended)
		return true;
	if (!t.pins)
		return false;
	ns = RF_READ(mount, t.top, mnt_ns, ns.inum);
	return !rf_pins_ns || ns == rf_pins_ns || t.pins == t.top ||
	       (RF_READ(mount, t.pins, mnt_parent, mnt.mnt_flags) & MNT_SHARED);
}

#endif
