/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What most opens come to: a file in a directory that was seen before. The directory's inode keeps
 * the state that the automaton is in after its path, so that only the last component is left to be
 * matched, and no path is resolved.
 *
 * WHEN IT IS TRUE. What is kept was found by a walk that counted (path.h), and holds as long as
 *
 *   - the counts of rename_lock and mount_lock have not moved since: nothing was renamed or mounted
 *     anywhere. A directory has one dentry, so nothing else changes its path. The counts are read
 *     last, after everything else that a decision looks at (the dentry's parent and its name), so
 *     that all of it was as it was during that walk;
 *   - it is the same mount, and the caller is in the mount namespace that mount is in;
 *   - it is the same image: its hash is compared, as states mean nothing in another;
 *   - it is no older than RF_WAY_JIFFIES. The counts have 32 bits: who renames as fast as it can
 *     needs an hour to make them come round;
 *   - the inode is the same: this storage goes when the inode does.
 *
 * WHAT IS NOT KEPT: directories in which names fold, those of file systems that are no storage
 * (their decisions ask more, see special.h, and in procfs a path depends on who asks), and mount
 * points, whose last component lies in another mount.
 *
 * WHAT IT DECIDES. Only to allow, and only what needs no event. All else goes the long way, which
 * decides anew: a state that were wrong in the direction of "denied" would cost time, not truth.
 *
 * WHO WRITES. Any task whose long way ended well. A writer makes the version odd with one atomic
 * instruction and leaves a way alone that is odd already; a reader wants it even, and the same at
 * the end.
 */
#ifndef RF_CACHE_H
#define RF_CACHE_H

#include "check_path.h"
#include "special.h"

#define RF_WAY_JIFFIES 5000 /* 5 to 50 s, by CONFIG_HZ (250 in Debian's kernels: 20 s) */

static __always_inline __u32 rf_hint(__u64 ino)
{
	return (ino ^ (ino >> 16) ^ (ino >> 32)) & (RF_HINT_BITS - 1);
}

/*
 * May the object be held? If so, all its inodes are to be asked for, see object.h. On an overlay
 * there is no telling from the inode at hand.
 */
static __always_inline bool rf_may_be_held(const struct rf_way *way, struct inode *inode)
{
	__u32 bit = rf_hint(inode->i_ino);

	return way->layered || (rf_hints[bit / 64] >> (bit % 64) & 1);
}

#define RF_NAME_LONG 64u /* such names, and longer ones, go the long way */

/*
 * A name being matched, eight bytes at a time. Most are done within the first: because the
 * automaton has come to a state that stays (abi.h), or because they end there.
 */
struct rf_name {
	const struct rf_image *image;
	__u32 state;
	__u32 done;
	__u64 words[RF_NAME_LONG / 8];
};

static __always_inline void rf_read_word(struct rf_name *n, __u64 word)
{
	const struct rf_image *img = n->image;
	__u32 cap = rf_body_words, state = n->state, unit;

	for (int i = 0; i < 8; i++, word >>= 8) {
		if (!(__u8)word) {
			n->done = true;
			break;
		}
		unit = rf_unit_of(&img->head, img->body, cap, state, (__u8)word);
		state = RF_UNIT_TARGET(unit);
		if (unit & RF_UNIT_STAYS) {
			n->done = true;
			break;
		}
	}
	n->state = state;
}

static long rf_name_step(__u32 index, struct rf_name *n)
{
	rf_read_word(n, n->words[index & (RF_NAME_LONG / 8 - 1)]);
	return n->done & 1;
}

/* The name from its byte `from` on. False: it is long, or cannot be read. */
static __noinline int rf_read_rest(struct rf_name *n, struct dentry *dentry, __u32 from)
{
	__u64 name = rf_u64(dentry->d_name.name) + from;
	__u32 len = dentry->d_name.len;

	if (len >= RF_NAME_LONG || len < from)
		return false;
	len -= from;
	barrier_var(len);
	__builtin_memset(n->words, 0, sizeof(n->words));
	if (bpf_probe_read_kernel(n->words, len & (RF_NAME_LONG - 1), (const void *)name))
		return false;
	bpf_loop(RF_NAME_LONG / 8, rf_name_step, n, 0);
	return n->done;
}

/*
 * What the last component's name allows behind `way`, without an event. Nothing where the name is
 * long. A name of up to 31 bytes lies in the dentry itself, which every
 * kernel lets be read by plain loads, an array of bytes in words, too.
 */
static __always_inline __u32 rf_name_permits(const struct rf_image *img, struct dentry *dentry,
					     const struct rf_way *way)
{
	const __u64 inside = rf_u64(dentry) + bpf_core_field_offset(struct dentry, d_iname);
	struct rf_name n;
	const struct rf_row *row;
	__u32 from = 0;

	n.image = img; /* the words are set when they are needed */
	n.state = way->state;
	n.done = false;
	if (rf_u64(dentry->d_name.name) == inside) {
		from = sizeof(__u64);
		rf_read_word(&n, *(const __u64 *)&dentry->d_iname[0]);
	}
	if (!n.done && !rf_read_rest(&n, dentry, from))
		return 0;
	if (n.state == way->name_state)
		return way->name_permits;
	row = rf_row_of(&img->head, img->body, rf_body_words, n.state);
	if (!row)
		return 0;
	return rf_row_permits(img->head.otherwise, row) & ~row->audit;
}

/* Does this way hold for `task`, the caller, the counts left aside? */
static __always_inline bool rf_way_fits(const struct rf_way *way, const struct rf_image *img,
					struct task_struct *task, const struct path *path,
					struct dentry *parent)
{
	return way->dentry == rf_u64(parent) && way->vfsmount == rf_u64(path->mnt) &&
	       way->image == rf_hash(img) && way->ns == rf_u64(task->nsproxy->mnt_ns) &&
	       bpf_jiffies64() - way->time < RF_WAY_JIFFIES;
}

/*
 * Have the counts not moved? A lock whose place is not known reads as 0 here, which was no count
 * that a walk could begin with.
 */
static __always_inline bool rf_counts_hold(const struct rf_way *way)
{
	struct rf_counts now;

	barrier(); /* not before anything else has been read */
	if (bpf_rdonly_cast)
		return RF_CAST(seqcount, rf_rename_lock)->sequence == way->counts.renames &&
		       RF_CAST(seqcount, rf_mount_lock)->sequence == way->counts.mounts;
	now = rf_count();
	return now.renames == way->counts.renames && now.mounts == way->counts.mounts;
}

/*
 * Is `task`, the caller, allowed to do `ops` to an open file, without an event? False: perhaps. A
 * function of its own, so that its many ways out are one to the verifier.
 */
static __noinline int rf_is_allowed_here(__u32 slot, __u32 generation, struct task_struct *task,
					 struct file *file, __u32 ops)
{
	const struct path *path = &file->f_path;
	struct dentry *dentry = path->dentry, *parent = dentry->d_parent;
	struct rf_domain *dom = rf_domain_of(slot, generation);
	const struct rf_image *img;
	struct rf_dir *dir;
	struct rf_way *way;
	__u32 version;

	if (!dom)
		return false;
	img = rf_image_at(dom->image);
	if (!img)
		return false;
	dir = bpf_inode_storage_get(&rf_dirs, parent->d_inode, NULL, 0);
	if (!dir)
		return false;
	way = &dir->way[dom->image & (RF_WAYS - 1)];
	barrier_var(way);
	version = *(volatile __u32 *)&way->version;
	if ((version & 1) || !rf_way_fits(way, img, task, path, parent))
		return false;
	if (parent == dentry || !dentry->d_hash.pprev) /* the root, or unlinked */
		return false;
	if (dom->objects && rf_may_be_held(way, file->f_inode))
		return false;
	if ((ops & ~way->permits) && (ops & ~rf_name_permits(img, dentry, way)))
		return false;
	return rf_counts_hold(way) && *(volatile __u32 *)&way->version == version;
}

static __always_inline void rf_write_way(struct rf_way *way, const struct path *path,
					 const struct rf_text *t)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 version = *(volatile __u32 *)&way->version;

	if ((version & 1) ||
	    __sync_val_compare_and_swap(&way->version, version, version + 1) != version)
		return;
	way->state = t->dir_state;
	way->image = t->sight.image;
	way->vfsmount = rf_u64(path->mnt);
	way->dentry = rf_u64(path->dentry->d_parent);
	way->ns = rf_u64(task->nsproxy->mnt_ns);
	way->time = bpf_jiffies64();
	way->counts = t->counts;
	way->permits = t->dir_permits;
	way->name_state = t->sight.state;
	way->name_permits = rf_row_permits(t->sight.otherwise, &t->sight.row) & ~t->sight.row.audit;
	way->layered = path->dentry->d_sb->s_magic == OVERLAYFS_SUPER_MAGIC;
	barrier();
	*(volatile __u32 *)&way->version = version + 2;
}

/*
 * Keeps what the long way to `path`, which has just ended well, found of its directory. If the
 * object has got another parent since, the counts have moved, and this will not be believed.
 */
static __always_inline void rf_keep(const struct path *path)
{
	struct dentry *parent = path->dentry->d_parent;
	struct rf_scratch *scratch = rf_scratch_get();
	struct rf_text *t;
	struct rf_dir *dir;

	if (!scratch)
		return;
	t = &scratch->path;
	if (t->path != RF_PATH_ATTACHED || t->folded < RF_PATH_MAX || t->last >= RF_PATH_MAX ||
	    rf_is_no_storage(parent->d_sb->s_magic))
		return;
	dir =
	    bpf_inode_storage_get(&rf_dirs, parent->d_inode, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (dir)
		rf_write_way(&dir->way[t->slot & (RF_WAYS - 1)], path, t);
}

#endif
