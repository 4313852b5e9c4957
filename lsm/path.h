/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The path of an object, from the root of the mount tree.
 *
 * bpf_d_path() will not do: it stops at the task's chroot, so that a chrooted
 * task could rename the world, and on 6.1 the path_* hooks may not call it.
 * So the walk is by hand: up d_parent to the root of the mount, from there to
 * the mount point in the parent mount, up to the mount that is its own parent.
 * Names are written from the end of the buffer towards its beginning.
 *
 * Nothing holds still meanwhile. A walk counts only if neither rename_lock nor
 * mount_lock moved while it ran (both are sequence locks: an even count that
 * did not change means no rename, no mount). Otherwise it is done again, and
 * after RF_WALK_TRIES the path is in state RACE, which denies. Memory that is
 * freed under the walk is read through bpf_probe_read_kernel(), which cannot
 * fault; what it read is thrown away by the same check.
 *
 * The first mount decides whether the path means anything: it must be mounted
 * in the task's own mount namespace.
 *
 * Some file systems take several spellings for one name (vfat, or ext4 in a
 * directory with the flag casefold). There the name of a dentry is as some
 * task happened to spell it, so that a text rule could be walked round. The
 * walk notes where the first such component begins. The path counts only if
 * the policy says the same of everything beneath the directory before it,
 * whatever it is called: see rf_match_path() in sight.h.
 */
#ifndef RF_PATH_H
#define RF_PATH_H

#include "maps.h"

#define RF_WALK_TRIES (1u << 14) /* somebody else may rename, or mount, all the time */
#define RF_WAIT_TRIES (1u << 8)	 /* looks, each time, whether a rename or a mount has ended */
/* Each component takes a byte of name and a slash; mounts stacked on mounts take none. */
#define RF_WALK_STEPS (RF_PATH_MAX / 2 + 256)

/*
 * seqlock_t begins with its sequence count on both kernels (include/linux/seqlock_types.h). What
 * cannot be read is an odd count: never a valid walk.
 */
static __always_inline __u32 rf_sequence(__u64 lock)
{
	__u32 seq = 1;

	if (!lock)
		return 1;
	if (bpf_rdonly_cast)
		return RF_CAST(seqcount, lock)->sequence;
	if (bpf_probe_read_kernel(&seq, sizeof(seq), (const void *)lock))
		return 1;
	return seq;
}

static __always_inline struct rf_counts rf_count(void)
{
	struct rf_counts c;

	/* The reads stay where they are, whatever the compiler thinks of the order. */
	barrier();
	c.renames = rf_sequence(rf_rename_lock);
	c.mounts = rf_sequence(rf_mount_lock);
	barrier();
	return c;
}

static __always_inline bool rf_counts_are_even(struct rf_counts c)
{
	return !((c.renames | c.mounts) & 1);
}

static __always_inline bool rf_counts_are_same(struct rf_counts a, struct rf_counts b)
{
	return a.renames == b.renames && a.mounts == b.mounts;
}

/*
 * The tree of mounts that `task`, the caller, sees. Whoever changes a tree gives its namespace a
 * number that no change had before, and does so before mount_lock is let go (touch_mnt_namespace(),
 * and umount_tree(), in fs/namespace.c): nobody has come upon a mount by its new place until then.
 */
static __always_inline struct rf_mounts rf_mounts_of(struct task_struct *task)
{
	const struct mnt_namespace *ns = task->nsproxy->mnt_ns;

	return (struct rf_mounts){.ns = ns->seq, .event = ns->event};
}

static inline __u64 rf_mount_of(__u64 vfsmount)
{
	return vfsmount - bpf_core_field_offset(struct mount, mnt);
}

/* Which directories of a mount take several spellings for one name? */
enum rf_folding {
	RF_FOLDS_NOWHERE,
	RF_FOLDS_BY_FLAG,    /* those with S_CASEFOLD: ext4, f2fs, tmpfs */
	RF_FOLDS_EVERYWHERE, /* vfat, exfat, iso9660, hfs, cifs mounted nocase, ... */
};

/*
 * File systems that compare names in a way of their own do so from their root on: their root
 * directory is told to, and so is every dentry that comes after it. (procfs does so below /proc/sys
 * alone, to hide settings from other namespaces; names are what they are there. ext4 on 6.1 tells
 * every dentry but the root: the encoding is what says it.)
 */
static __always_inline __u32 rf_folding_of(__u64 mount, __u64 root)
{
	struct super_block *sb = (struct super_block *)RF_READ(mount, mount, mnt.mnt_sb);

	if (bpf_core_field_exists(sb->s_encoding) && BPF_CORE_READ(sb, s_encoding))
		return RF_FOLDS_BY_FLAG;
	if (!(RF_READ(dentry, root, d_flags) & DCACHE_OP_COMPARE))
		return RF_FOLDS_NOWHERE;
	return BPF_CORE_READ(sb, s_magic) == PROC_SUPER_MAGIC ? RF_FOLDS_NOWHERE
							      : RF_FOLDS_EVERYWHERE;
}

static __always_inline bool rf_folds(__u32 folding, __u64 dir)
{
	if (folding == RF_FOLDS_BY_FLAG)
		return RF_READ(dentry, dir, d_inode, i_flags) & S_CASEFOLD;
	return folding == RF_FOLDS_EVERYWHERE;
}

/* The walk goes on in `mount`. */
static __always_inline void rf_walk_mount(struct rf_text *t, __u64 mount)
{
	t->mount = mount;
	t->root = (__u64)RF_READ(mount, mount, mnt.mnt_root);
	t->folding = rf_folding_of(mount, t->root);
}

/* The struct pid behind an inode of procfs. */
static inline __u64 rf_proc_pid(__u64 dentry)
{
	__u64 inode = (__u64)RF_READ(dentry, dentry, d_inode);

	if (!inode)
		return 0;
	return (__u64)RF_READ(proc_inode,
			      inode - bpf_core_field_offset(struct proc_inode, vfs_inode), pid);
}

/* Puts `name` in front of the text. The caller has seen that it fits. */
static inline void rf_prepend(struct rf_text *t, __u32 len, const void *name)
{
	__u32 off = t->off - len - 1;

	off &= RF_PATH_MAX - 1;
	t->bytes[off] = '/';
	/* Or the compiler, who knows that it fits, drops what shows the verifier. */
	barrier_var(len);
	bpf_probe_read_kernel(&t->bytes[off + 1], len & 0xff, name);
	t->off = off;
}

/*
 * In /proc a task's own directory is named as everybody's: "self", whatever number the PID
 * namespace gives it, and the directory of a thread of it "thread-self". Returns true if it took
 * care of the component; the walk goes on from t->dentry.
 */
static __always_inline bool rf_proc_self(struct rf_text *t, __u64 dentry, __u64 parent)
{
	static const char self[] = "self", thread_self[] = "thread-self";
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 pid = rf_proc_pid(dentry), over = (__u64)RF_READ(dentry, parent, d_parent);
	char name[8] = {};

	if (!pid)
		return false;
	if (over == parent) { /* parent is the root of the procfs */
		if (pid != (__u64)BPF_CORE_READ(task, signal, pids[1]) &&
		    pid != (__u64)BPF_CORE_READ(task, thread_pid))
			return false;
		rf_prepend(t, sizeof(self) - 1, self);
		t->dentry = parent;
		return true;
	}
	if (pid != (__u64)BPF_CORE_READ(task, thread_pid) ||
	    RF_READ(dentry, parent, d_name.len) != 4)
		return false;
	bpf_probe_read_kernel(name, 4, RF_READ(dentry, parent, d_name.name));
	if (name[0] != 't' || name[1] != 'a' || name[2] != 's' || name[3] != 'k')
		return false;
	rf_prepend(t, sizeof(thread_self) - 1, thread_self);
	t->dentry = (__u64)RF_READ(dentry, over, d_parent);
	return true;
}

/*
 * What a step needs of a dentry. By one call where each would take one; into the text's memory, for
 * the stack has no room.
 */
static __always_inline struct rf_link rf_read_link(struct rf_text *t, __u64 dentry)
{
	const __u64 at = bpf_core_field_offset(struct dentry, d_parent);

	if (!bpf_rdonly_cast && bpf_core_field_offset(struct dentry, d_name) == at + 8) {
		if (bpf_probe_read_kernel(&t->link, sizeof(t->link), (const void *)(dentry + at)))
			t->link.parent = 0;
		return t->link;
	}
	return (struct rf_link){.parent = (__u64)RF_READ(dentry, dentry, d_parent),
				.len = RF_READ(dentry, dentry, d_name.len),
				.name = (__u64)RF_READ(dentry, dentry, d_name.name)};
}

/* Is the name that was put in front of the text last that of a process's directory in /proc? */
static __always_inline bool rf_may_be_process(struct rf_text *t, __u64 dentry)
{
	char first = t->bytes[(t->off + 1) & (RF_PATH_MAX - 1)];

	return first >= '0' && first <= '9' &&
	       RF_READ(dentry, dentry, d_sb, s_magic) == PROC_SUPER_MAGIC;
}

/* One component, or one crossing from a mount to its parent. */
static long rf_walk_step(__u32 index, struct rf_text **ctx)
{
	struct rf_text *t = *ctx;
	__u64 dentry = t->dentry, up;
	struct rf_link link;
	__u32 before, after;

	if (dentry == t->root && dentry) {
		up = (__u64)RF_READ(mount, t->mount, mnt_parent);
		if (up == t->mount) {
			t->path = RF_PATH_ATTACHED;
			return 1;
		}
		if (!t->left)
			t->left = t->off;
		t->dentry = (__u64)RF_READ(mount, t->mount, mnt_mountpoint);
		rf_walk_mount(t, up);
		return 0;
	}
	link = rf_read_link(t, dentry);
	if (link.parent == dentry || !link.parent) {
		t->path = RF_PATH_DISCONNECTED;
		return 1;
	}
	before = t->off;
	if (link.len > 255 || before > RF_PATH_MAX || before < link.len + 1) {
		t->path = RF_PATH_TOO_LONG;
		return 1;
	}
	rf_prepend(t, link.len, (const void *)link.name);
	/* 16: room for "/thread-self", should it take the name's place; a process number is short.
	 */
	if (before >= 16 && rf_may_be_process(t, dentry)) {
		after = t->off;
		t->off = before;
		if (rf_proc_self(t, dentry, link.parent))
			return 0;
		t->off = after;
	}
	if (!index)
		t->last = t->off;
	if (t->folding && rf_folds(t->folding, link.parent))
		t->folded = t->off;
	t->dentry = link.parent;
	return 0;
}

/* Is the mount the walk begins at mounted where the task can see it? */
static inline __u32 rf_mount_state(__u64 mount)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 ns = (__u64)RF_READ(mount, mount, mnt_ns);
	__u64 own = (__u64)BPF_CORE_READ(task, nsproxy, mnt_ns);

	if (ns && ns == own)
		return RF_PATH_ATTACHED;
	/* NULL: unmounted; MNT_NS_INTERNAL: the kernel's own; sequence 0: open_tree, fsmount. */
	if (!ns || ns == MNT_NS_INTERNAL || !RF_READ(mnt_namespace, ns, seq))
		return RF_PATH_DETACHED;
	return RF_PATH_OTHER_NS;
}

/* What the caller knows about the object. */
#define RF_LEAF_NEW	 (1u << 0) /* a name about to be made: not hashed, and no wonder */
#define RF_LEAF_TMPFILE	 (1u << 1) /* O_TMPFILE: "#inode" in its directory */
#define RF_LEAF_NAMELESS (1u << 2) /* may have lost its name: then the last one counts */

/*
 * In a directory with S_CASEFOLD what has just been made is not in the hash either, until it is
 * looked up again (ext4_lookup(), f2fs_lookup()): a name like others as long as the file has one.
 * It counts only if all beneath that directory is judged alike, so which name it is does not
 * matter.
 */
static __always_inline bool rf_is_new_in_folding(__u64 dentry)
{
	__u64 dir = (__u64)RF_READ(dentry, dentry, d_parent);
	struct super_block *sb = RF_READ(dentry, dentry, d_sb);

	if (!bpf_core_field_exists(sb->s_encoding) || !BPF_CORE_READ(sb, s_encoding))
		return false;
	return rf_folds(RF_FOLDS_BY_FLAG, dir) && RF_READ(dentry, dentry, d_inode, i_nlink);
}

static __always_inline __u32 rf_walk_once(struct rf_text *t, __u64 dentry, __u64 vfsmount,
					  __u32 flags)
{
	struct rf_text *ctx = t;

	t->dentry = dentry;
	rf_walk_mount(t, rf_mount_of(vfsmount));
	t->off = RF_PATH_MAX;
	t->folded = RF_PATH_MAX;
	t->last = RF_PATH_MAX;
	t->left = 0;
	t->path = RF_PATH_TOO_LONG; /* what remains if the steps run out */
	bpf_loop(RF_WALK_STEPS, rf_walk_step, &ctx, 0);
	if (t->path != RF_PATH_ATTACHED)
		return t->path;
	/*
	 * d_unlinked(): not in the hash and not a root of its own. The root of a mount is where it
	 * is mounted, whatever became of the name that was bound there.
	 */
	if (!(flags & (RF_LEAF_NEW | RF_LEAF_TMPFILE | RF_LEAF_NAMELESS)) &&
	    !RF_READ(dentry, dentry, d_hash.pprev) &&
	    (__u64)RF_READ(dentry, dentry, d_parent) != dentry &&
	    (__u64)RF_READ(vfsmount, vfsmount, mnt_root) != dentry && !rf_is_new_in_folding(dentry))
		return RF_PATH_UNLINKED;
	return rf_mount_state(rf_mount_of(vfsmount));
}

/* A walk and what it needs to be done again. */
struct rf_walk {
	struct rf_text *text;
	__u64 dentry;
	__u64 vfsmount;
	__u32 flags;
};

static long rf_wait_even(__u32 index, void *ctx)
{
	return rf_counts_are_even(rf_count());
}

static long rf_walk_try(__u32 index, struct rf_walk *w)
{
	struct rf_text *t = w->text;
	__u32 state;

	t->mounts = rf_mounts_of(bpf_get_current_task_btf());
	t->counts = rf_count();
	if (!rf_counts_are_even(t->counts)) {
		bpf_loop(RF_WAIT_TRIES, rf_wait_even, NULL, 0);
		return 0;
	}
	state = rf_walk_once(t, w->dentry, w->vfsmount, w->flags);
	if (!rf_counts_are_same(rf_count(), t->counts)) {
		t->path = RF_PATH_RACE;
		return 0;
	}
	t->path = state;
	return 1;
}

/*
 * Resolves the object into `t`. Returns t->path. The text is worth showing in every state; it
 * decides only in RF_PATH_ATTACHED. A global function: verified once, not once for each call.
 */
__weak __noinline int rf_resolve(struct rf_text *t, __u64 dentry, __u64 vfsmount, __u32 flags)
{
	struct rf_walk w = {.text = t, .dentry = dentry, .vfsmount = vfsmount, .flags = flags};

	if (!t)
		return RF_PATH_NO_MEMORY;
	t->path = RF_PATH_RACE;
	t->off = RF_PATH_MAX;
	t->folded = RF_PATH_MAX;
	t->last = RF_PATH_MAX;
	bpf_loop(RF_WALK_TRIES, rf_walk_try, &w, 0);
	if (t->off == RF_PATH_MAX) { /* the root itself */
		t->off = RF_PATH_MAX - 1;
		t->bytes[RF_PATH_MAX - 1] = '/';
	}
	return t->path;
}

#endif
