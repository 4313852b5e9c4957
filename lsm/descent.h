/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file in a directory that is not remembered, or no longer (cache.h): something was renamed, or
 * it is seen for the first time. The long way (path.h) writes the path down before it is matched.
 * Where all of the path lies in the mount at the top of the tree, as nearly all of a container's
 * do, there is a shorter one: up from the file to the mount's root, noting each directory, and down
 * again while the automaton reads each name where it is.
 *
 * WHEN IT IS TRUE. The count of renames was even before and is the same afterwards, so that all
 * parents and names belong to one moment. What is known of the mount (it is the top, the caller's
 * namespace has it, names do not fold in it, its file system is storage) comes from a long way that
 * ended well, and holds as long as the caller's tree of mounts has not changed since, and it is no
 * older than RF_WAY_JIFFIES, as in cache.h. One such mount is remembered for each domain.
 *
 * WHAT IT DECIDES. Only to allow, and only what needs no event, as cache.h does. It says nothing of
 * what lies deeper than RF_DEPTH directories.
 *
 * The directories are kept as pointers of their kernel type, for the sake of kernels that let
 * nothing else be read by plain loads. The verifier knows the type of what is spilled to the stack
 * only at a fixed place: hence the unrolled loop, and the cases.
 */
#ifndef RF_DESCENT_H
#define RF_DESCENT_H

#include "cache.h"

#define RF_DEPTH 12

/* Is it this mount that is known to be at the top, if the tree of mounts has not changed? */
static __always_inline bool rf_top_fits(const struct rf_top *top, const struct path *path)
{
	return top->vfsmount == rf_u64(path->mnt) && bpf_jiffies64() - top->time < RF_WAY_JIFFIES;
}

/* On the way down. */
struct rf_descent {
	const struct rf_image *image;
	__u32 state;
	__u32 depth;
	__u32 failed;
	struct dentry *above[RF_DEPTH]; /* the file's directory first */
};

static __always_inline __u32 rf_read_slash(const struct rf_descent *c)
{
	return rf_step(&c->image->head, c->image->body, rf_body_words, c->state, '/');
}

#define RF_ABOVE(i)                                                                                \
	case (i):                                                                                  \
		dentry = c->above[i];                                                              \
		break

static long rf_descend_step(__u32 index, struct rf_descent *c)
{
	struct dentry *dentry;
	__u32 state;

	if (index >= c->depth)
		return 1;
	switch (c->depth - 1 - index) {
		RF_ABOVE(0);
		RF_ABOVE(1);
		RF_ABOVE(2);
		RF_ABOVE(3);
		RF_ABOVE(4);
		RF_ABOVE(5);
		RF_ABOVE(6);
		RF_ABOVE(7);
		RF_ABOVE(8);
		RF_ABOVE(9);
		RF_ABOVE(10);
		RF_ABOVE(11);
	default:
		return 1;
	}
	state = rf_read_slash(c);
	c->failed = !rf_read_name(c->image, &state, dentry);
	c->state = state;
	return c->failed;
}

_Static_assert(RF_DEPTH == 12, "the cases of rf_descend_step()");

/*
 * The state after the path of the directory `dir`, in c->state, which begins as the automaton's
 * start. False: it is not to be had here.
 */
static __always_inline bool rf_descend(struct rf_descent *c, struct dentry *dir, __u64 root)
{
	__u32 depth = 0;

#pragma unroll
	for (int i = 0; i < RF_DEPTH; i++) {
		c->above[i] = dir;
		if (rf_u64(dir) != root) {
			depth = i + 1;
			dir = dir->d_parent;
		}
	}
	if (rf_u64(dir) != root)
		return false;
	c->depth = depth;
	c->failed = false;
	bpf_loop(depth, rf_descend_step, c, 0);
	return !c->failed;
}

/*
 * What is found of the directory, whose path has been read. (Of the root no state tells what is
 * beneath it.)
 */
static __always_inline void rf_find(const struct rf_descent *c, struct rf_finding *f)
{
	const struct rf_image *img = c->image;
	const struct rf_row *row;

	f->dir_state = rf_read_slash(c);
	f->dir_permits = 0;
	if (!c->depth || !rf_is_uniform(&img->head, img->body, rf_body_words, c->state))
		return;
	row = rf_row_of(&img->head, img->body, rf_body_words, c->state);
	f->dir_permits = rf_row_permits(img->head.otherwise, row) & ~img->head.audits;
}

/*
 * Is the caller allowed to do `ops` to an open file, without an event? False: perhaps. `renames`
 * was read just before, as rf_renames_now() does; reading it is costly on 6.1.
 */
static __noinline int rf_is_allowed_above(struct rf_domain *dom, const struct rf_image *img,
					  struct file *file, __u32 ops, __u32 renames)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const struct path *path = &file->f_path;
	struct dentry *dentry = path->dentry, *parent = dentry->d_parent;
	struct rf_finding f;
	struct rf_descent c;
	__u32 version;

	if (parent == dentry || !dentry->d_hash.pprev) /* the root, or unlinked */
		return false;
	version = *(volatile __u32 *)&dom->top.version;
	if ((version & 1) || !rf_top_fits(&dom->top, path) || img->head.magic != RF_IMAGE_MAGIC)
		return false;
	if (dom->objects &&
	    (dentry->d_sb->s_magic == OVERLAYFS_SUPER_MAGIC || rf_is_hinted(file->f_inode)))
		return false;
	/* 0 may be what a lock is read as whose place is not known. */
	f.renames = renames & 1 || !renames ? rf_sequence(rf_rename_lock) : renames;
	barrier();
	c.image = img;
	c.state = img->head.start;
	if ((f.renames & 1) || !rf_descend(&c, parent, dom->top.root))
		return false;
	rf_find(&c, &f);
	f.name_state = f.dir_state;
	if (!rf_read_name(img, &f.name_state, dentry))
		return false;
	f.name_permits = rf_state_quiet(img, f.name_state);
	if (ops & ~f.name_permits)
		return false;
	f.mounts = (struct rf_mounts){.ns = dom->top.ns, .event = dom->top.event};
	if (!rf_holds_still(task, &f.mounts, f.renames, &renames) ||
	    *(volatile __u32 *)&dom->top.version != version)
		return false;
	f.image = rf_hash(img);
	f.slot = dom->image;
	rf_keep(path, &f);
	return true;
}

/*
 * Is the mount of `path` the one at the top? `t` is the long way to it, which ended well. The tree
 * of a namespace has another mount at its root, the kernel's first, but its root is where the next
 * one is mounted.
 */
static __always_inline bool rf_is_top(const struct rf_text *t, const struct path *path)
{
	__u64 mount = rf_mount_of(rf_u64(path->mnt)), root = rf_u64(path->mnt->mnt_root);

	return t->path == RF_PATH_ATTACHED && (!t->left || t->left == t->off) &&
	       rf_folding_of(mount, root) == RF_FOLDS_NOWHERE &&
	       !rf_is_no_storage(path->dentry->d_sb->s_magic);
}

static __always_inline bool rf_is_noted(const struct rf_top *top, const struct path *path,
					const struct rf_mounts *mounts)
{
	return rf_top_fits(top, path) && top->ns == mounts->ns && top->event == mounts->event;
}

static __always_inline void rf_note_top(struct rf_task *rec, const struct path *path)
{
	struct rf_domain *dom = rf_domain_of(rec->domain, rec->generation);
	struct rf_scratch *scratch = rf_scratch_get();
	struct rf_top *top;
	__u32 version;

	if (!dom || !scratch)
		return;
	top = &dom->top;
	version = *(volatile __u32 *)&top->version;
	if ((version & 1) || rf_is_noted(top, path, &scratch->path.mounts) ||
	    !rf_is_top(&scratch->path, path) ||
	    __sync_val_compare_and_swap(&top->version, version, version + 1) != version)
		return;
	top->vfsmount = rf_u64(path->mnt);
	top->root = rf_u64(path->mnt->mnt_root);
	top->ns = scratch->path.mounts.ns;
	top->event = scratch->path.mounts.event;
	top->time = bpf_jiffies64();
	barrier();
	*(volatile __u32 *)&top->version = version + 2;
}

/* A function of its own: the hook's stack has no room for it. */
static __noinline int rf_remember(struct rf_task *rec, struct file *file)
{
	if (rf_no_cache)
		return 0;
	rf_keep_long_way(&file->f_path);
	if (rec)
		rf_note_top(rec, &file->f_path);
	return 0;
}

#endif
