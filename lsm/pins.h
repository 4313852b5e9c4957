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

struct rf_tree {
	__u64 top;
	__u64 at;
	__u32 up; /* all that is on `at` has been seen */
	__u32 ended;
	__u64 pins; /* the mount that was looked for; 0: there is none */
};

/* From a mount to the first one on it, or to its next sibling, or back down. */
static long rf_tree_step(__u32 index, struct rf_tree *t)
{
	const __u64 list_at = bpf_core_field_offset(struct mount, mnt_mounts);
	const __u64 link_at = bpf_core_field_offset(struct mount, mnt_child);
	__u64 next, parent;

	if (!t->up) {
		if (rf_holds_pins((__u64)RF_READ(mount, t->at, mnt.mnt_sb))) {
			t->pins = t->at;
			t->ended = true;
			return 1;
		}
		next = (__u64)RF_READ(mount, t->at, mnt_mounts.next);
		if (next && next != t->at + list_at)
			t->at = next - link_at;
		else
			t->up = true;
		return 0;
	}
	if (t->at == t->top) {
		t->ended = true;
		return 1;
	}
	next = (__u64)RF_READ(mount, t->at, mnt_child.next);
	parent = (__u64)RF_READ(mount, t->at, mnt_parent);
	if (!next) /* it is being taken apart: the walk does not end well */
		return 1;
	if (next == parent + list_at) {
		t->at = parent;
	} else {
		t->at = next - link_at;
		t->up = false;
	}
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
