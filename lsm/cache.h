/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What most opens come to: a file in a directory that was seen before. The directory's inode keeps
 * the state that the automaton is in after its path, so that only the last component is left to be
 * matched, and no path is resolved.
 *
 * WHEN IT IS TRUE. What is kept was found by a walk that counted (path.h, descent.h), and holds as
 * long as
 *
 *   - the count of rename_lock has not moved since: nothing was renamed anywhere. A directory has
 *     one dentry, so nothing else changes its path. The count is read last, after everything else
 *     that a decision looks at (the dentry's parent and its name), so that all of it was as it was
 *     during that walk;
 *   - the caller is in the same mount namespace, whose tree of mounts has not changed since (a
 *     walk wants mount_lock to stand still, which moves with mounts anywhere. The number of a
 *     namespace's own last change spares containers each other's mounts);
 *   - it is the same mount;
 *   - it is the same image: its hash is compared, as states mean nothing in another;
 *   - it is no older than RF_WAY_JIFFIES. The count of renames has 32 bits: who renames as fast as
 *     it can needs an hour to make it come round;
 *   - the inode is the same: this storage goes when the inode does.
 *
 * WHAT IS NOT KEPT: directories in which names fold, those of file systems that are no storage
 * (their decisions ask more, see special.h, and in procfs a path depends on who asks), and mount
 * points, whose last component lies in another mount.
 *
 * WHAT IT DECIDES. Only to allow, and only what needs no event. All else goes the long way, which
 * decides anew: a state that were wrong in the direction of "denied" would cost time, not truth.
 *
 * WHO WRITES. Any task whose long way, or descent, ended well. A writer makes the version odd with
 * one atomic instruction and leaves a way alone that is odd already; a reader wants it even, and
 * the same at the end.
 */
#ifndef RF_CACHE_H
#define RF_CACHE_H

#include "check_path.h"
#include "name.h"
#include "special.h"

#define RF_WAY_JIFFIES 5000 /* 5 to 50 s, by CONFIG_HZ (250 in Debian's kernels: 20 s) */

static __always_inline bool rf_is_hinted(struct inode *inode)
{
	__u32 bit = RF_HINT(inode->i_ino);

	return rf_hints[bit / 64] >> (bit % 64) & 1;
}

/*
 * May the object be held? If so, all its inodes are to be asked for, see object.h. On an overlay
 * there is no telling from the inode at hand.
 */
static __always_inline bool rf_may_be_held(const struct rf_way *way, struct inode *inode)
{
	return way->layered || rf_is_hinted(inode);
}

/* What the last component's name allows behind `way`, without an event; nothing if it is long. */
static __always_inline __u32 rf_name_permits(const struct rf_image *img, struct dentry *dentry,
					     const struct rf_way *way)
{
	__u32 state = way->state;

	if (!rf_read_name(img, &state, dentry))
		return 0;
	return state == way->name_state ? way->name_permits : rf_state_quiet(img, state);
}

/* Does this way hold, if nothing has moved? */
static __always_inline bool rf_way_fits(const struct rf_way *way, const struct rf_image *img,
					const struct path *path, struct dentry *parent)
{
	return way->dentry == rf_u64(parent) && way->vfsmount == rf_u64(path->mnt) &&
	       way->image == rf_hash(img) && bpf_jiffies64() - way->time < RF_WAY_JIFFIES;
}

/* No count that a walk could begin with. */
#define RF_RENAMES_UNKNOWN 1u

/*
 * How often something has been renamed. Odd while something is, and where there is no telling; a
 * lock whose place is not known may also read as 0.
 */
static __always_inline __u32 rf_renames_now(void)
{
	const void *lock = (const void *)rf_rename_lock;
	__u32 now;

	if (bpf_rdonly_cast)
		return RF_CAST(seqcount, lock)->sequence;
	return bpf_probe_read_kernel(&now, sizeof(now), lock) ? RF_RENAMES_UNKNOWN : now;
}

/*
 * Has nothing moved: no mount in the tree that `task`, the caller, sees, and nothing by a rename?
 * *now: how often something had been renamed, if that was looked at.
 */
static __always_inline bool rf_holds_still(struct task_struct *task, const struct rf_mounts *mounts,
					   __u32 renames, __u32 *now)
{
	const struct mnt_namespace *ns = task->nsproxy->mnt_ns;

	barrier(); /* not before anything else has been read */
	if (ns->seq != mounts->ns || ns->event != mounts->event)
		return false;
	*now = rf_renames_now();
	return *now == renames;
}

/*
 * Is `task`, the caller, which `dom` and its image are about, allowed to do `ops` to an open file,
 * without an event? False: perhaps; then *renames is what rf_holds_still() has looked at. Part of
 * the hook: a call would cost a twentieth of it.
 */
static __always_inline bool rf_is_allowed_here(const struct rf_domain *dom,
					       const struct rf_image *img, struct task_struct *task,
					       struct file *file, __u32 ops, __u32 *renames)
{
	const struct path *path = &file->f_path;
	struct dentry *dentry = path->dentry, *parent = dentry->d_parent;
	struct rf_dir *dir;
	struct rf_way *way;
	__u32 version;

	dir = bpf_inode_storage_get(&rf_dirs, parent->d_inode, NULL, 0);
	if (!dir)
		return false;
	way = &dir->way[dom->image & (RF_WAYS - 1)];
	barrier_var(way);
	version = *(volatile __u32 *)&way->version;
	if ((version & 1) || !rf_way_fits(way, img, path, parent))
		return false;
	if (parent == dentry || !dentry->d_hash.pprev) /* the root, or unlinked */
		return false;
	if (dom->objects && rf_may_be_held(way, file->f_inode))
		return false;
	if ((ops & ~way->permits) && (ops & ~rf_name_permits(img, dentry, way)))
		return false;
	return rf_holds_still(task, &way->mounts, way->renames, renames) &&
	       *(volatile __u32 *)&way->version == version;
}

/* What has been found out about a directory, and of a name in it. */
struct rf_finding {
	__u64 image;
	struct rf_mounts mounts;
	__u32 renames;
	__u32 slot; /* of the image */
	__u32 dir_state, dir_permits;
	__u32 name_state, name_permits;
};

static __always_inline void rf_write_way(struct rf_way *way, const struct path *path,
					 const struct rf_finding *f)
{
	__u32 version = *(volatile __u32 *)&way->version;

	if ((version & 1) ||
	    __sync_val_compare_and_swap(&way->version, version, version + 1) != version)
		return;
	way->state = f->dir_state;
	way->image = f->image;
	way->vfsmount = rf_u64(path->mnt);
	way->dentry = rf_u64(path->dentry->d_parent);
	way->mounts = f->mounts;
	way->time = bpf_jiffies64();
	way->renames = f->renames;
	way->permits = f->dir_permits;
	way->name_state = f->name_state;
	way->name_permits = f->name_permits;
	way->layered = path->dentry->d_sb->s_magic == OVERLAYFS_SUPER_MAGIC;
	barrier();
	*(volatile __u32 *)&way->version = version + 2;
}

/*
 * Storage costs as much as the long way does, and memory; a directory gets it when it is seen for
 * the second time. Those that were seen are noted by number, one for each remainder: who is
 * mistaken for another gets storage sooner, or later.
 */
static __always_inline bool rf_is_seen_again(struct inode *inode)
{
	__u64 ino = inode->i_ino, *seen = &rf_dirs_seen[ino & (RF_DIRS_SEEN - 1)];

	if (*seen == ino)
		return true;
	*seen = ino;
	return false;
}

/*
 * Keeps what was found of the directory of `path`. If the object has got another parent since, the
 * count of renames has moved, and this will not be believed. A function of its own: its callers'
 * stacks have no room for it.
 */
static __noinline int rf_keep(const struct path *path, const struct rf_finding *f)
{
	struct inode *inode = path->dentry->d_parent->d_inode;
	struct rf_dir *dir = bpf_inode_storage_get(&rf_dirs, inode, NULL, 0);

	if (!dir && rf_is_seen_again(inode))
		dir = bpf_inode_storage_get(&rf_dirs, inode, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (dir)
		rf_write_way(&dir->way[f->slot & (RF_WAYS - 1)], path, f);
	return 0;
}

/* What the long way to `path`, which has just ended well, found of its directory. */
static __always_inline void rf_keep_long_way(const struct path *path)
{
	struct rf_scratch *scratch = rf_scratch_get();
	struct rf_finding f = {};
	struct rf_text *t;

	if (!scratch)
		return;
	t = &scratch->path;
	if (!t->sight.image || t->path != RF_PATH_ATTACHED || t->folded < RF_PATH_MAX ||
	    t->last >= RF_PATH_MAX || rf_is_no_storage(path->dentry->d_parent->d_sb->s_magic))
		return;
	f.image = t->sight.image;
	f.mounts = t->mounts;
	f.renames = t->counts.renames;
	f.slot = t->slot;
	f.dir_state = t->dir_state;
	f.dir_permits = t->dir_permits;
	f.name_state = t->sight.state;
	f.name_permits = rf_row_permits(t->sight.otherwise, &t->sight.row) & ~t->sight.row.audit;
	rf_keep(path, &f);
}

#endif
