// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names: making, removing, moving and linking them, and changing what they
 * stand for. The kernel calls these hooks with the parent's path and the
 * child's dentry, before anything is changed.
 *
 *   path_mkdir path_symlink   create
 *   path_mknod                create (every open(O_CREAT) and UNIX bind() of a new name), device
 *   path_unlink path_rmdir    delete
 *   path_rename               rename on the old name; create on the new one, delete where it
 *                             replaces something. RENAME_EXCHANGE is asked both ways;
 *                             RENAME_WHITEOUT leaves something new at the old name: create
 *   path_link                 link on the source, create on the new name; publishing an O_TMPFILE
 *                             is create alone, there is no name to ask about
 *   path_chmod path_chown     setattr
 *   path_chroot               privilege chroot
 *
 * What procfs, cgroups and the like ask for beside: special.h.
 */
#include "check_pair.h"
#include "check_path.h"
#include "check_privilege.h"
#include "special.h"

static inline int rf_child(const struct path *dir, struct dentry *dentry, __u32 ops, __u32 flags,
			   int ret)
{
	struct rf_object obj;
	struct rf_task *rec;

	if (ret)
		return ret;
	if (!rf_confined(&rec))
		return 0;
	obj = (struct rf_object){.dentry = rf_u64(dentry), .vfsmount = rf_u64(dir->mnt)};
	if (rf_check_path(rec, &obj, ops, flags))
		return -EACCES;
	if (rf_refuse_special(rec, &obj, true))
		return -EPERM;
	return 0;
}

SEC("lsm/path_mkdir")
int BPF_PROG(rf_path_mkdir, const struct path *dir, struct dentry *dentry, __u16 mode, int ret)
{
	return rf_child(dir, dentry, RF_OP_BIT(RF_OP_CREATE), RF_LEAF_NEW, ret);
}

SEC("lsm/path_symlink")
int BPF_PROG(rf_path_symlink, const struct path *dir, struct dentry *dentry, const char *old_name,
	     int ret)
{
	return rf_child(dir, dentry, RF_OP_BIT(RF_OP_CREATE), RF_LEAF_NEW, ret);
}

/*
 * open(O_CREAT) comes here before the file system was asked for the name, where that is not cached
 * (lookup_open(), may_o_create()); the kernel forgets the refusal if the name turns out to exist.
 * No hook tells that it did not, so the event is sent now: ringfence-alert(5).
 */
SEC("lsm/path_mknod")
int BPF_PROG(rf_path_mknod, const struct path *dir, struct dentry *dentry, __u16 mode,
	     unsigned int dev, int ret)
{
	__u32 ops = RF_OP_BIT(RF_OP_CREATE), type = mode & S_IFMT;

	if (type == S_IFCHR || type == S_IFBLK)
		ops |= RF_OP_BIT(RF_OP_DEVICE);
	return rf_child(dir, dentry, ops, RF_LEAF_NEW, ret);
}

SEC("lsm/path_unlink")
int BPF_PROG(rf_path_unlink, const struct path *dir, struct dentry *dentry, int ret)
{
	return rf_child(dir, dentry, RF_OP_BIT(RF_OP_DELETE), 0, ret);
}

SEC("lsm/path_rmdir")
int BPF_PROG(rf_path_rmdir, const struct path *dir, struct dentry *dentry, int ret)
{
	return rf_child(dir, dentry, RF_OP_BIT(RF_OP_DELETE), 0, ret);
}

/*
 * BPF_CORE_READ where NULL is possible: 6.12's verifier takes a dentry's d_inode for never NULL
 * when it is loaded directly, and drops the test.
 */
static inline bool rf_is_directory(struct dentry *dentry)
{
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);

	return inode && (BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFDIR;
}

/* What procfs and the like say of a name beside the path rules. */
static inline bool rf_refuse_special_name(struct rf_task *rec, __u64 dentry, __u64 vfsmount)
{
	struct rf_object obj = {.dentry = dentry, .vfsmount = vfsmount};

	return rf_refuse_special(rec, &obj, true);
}

/* The other half of an exchange. */
static __always_inline struct rf_pair rf_turned(const struct rf_pair *pair, __u32 directory)
{
	struct rf_pair back = *pair;

	back.old_dentry = pair->new_dentry;
	back.new_dentry = pair->old_dentry;
	back.directory = directory;
	return back;
}

/* Both names are on one file system, and what is special there shows in either. */
SEC("lsm/path_rename")
int BPF_PROG(rf_path_rename, const struct path *old_dir, struct dentry *old_dentry,
	     const struct path *new_dir, struct dentry *new_dentry, unsigned int flags, int ret)
{
	struct rf_pair pair = {.op = RF_OP_RENAME, .old_ops = RF_OP_BIT(RF_OP_RENAME)}, back;
	struct rf_task *rec;

	if (ret)
		return ret;
	if (!rf_confined(&rec))
		return 0;
	pair.old_dentry = rf_u64(old_dentry);
	pair.new_dentry = rf_u64(new_dentry);
	pair.vfsmount = rf_u64(new_dir->mnt);
	pair.directory = rf_is_directory(old_dentry);
	pair.replaces = BPF_CORE_READ(new_dentry, d_inode) != NULL;
	if (flags & RENAME_WHITEOUT)
		pair.old_ops |= RF_OP_BIT(RF_OP_CREATE);
	if (rf_check_pair(rec, &pair))
		return -EACCES;
	back = rf_turned(&pair, rf_is_directory(new_dentry));
	if ((flags & RENAME_EXCHANGE) && rf_check_pair(rec, &back))
		return -EACCES;
	if (rf_refuse_special_name(rec, pair.old_dentry, pair.vfsmount) ||
	    rf_refuse_special_name(rec, pair.new_dentry, pair.vfsmount))
		return -EPERM;
	return 0;
}

/* Made by O_TMPFILE, and never had a name. */
static inline bool rf_is_nameless(struct dentry *dentry)
{
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);

	return inode && !BPF_CORE_READ(inode, i_nlink) &&
	       (BPF_CORE_READ(inode, i_state) & I_LINKABLE);
}

SEC("lsm/path_link")
int BPF_PROG(rf_path_link, struct dentry *old_dentry, const struct path *new_dir,
	     struct dentry *new_dentry, int ret)
{
	struct rf_pair pair = {.op = RF_OP_LINK, .old_ops = RF_OP_BIT(RF_OP_LINK)};
	struct rf_task *rec;

	if (ret)
		return ret;
	if (!rf_confined(&rec))
		return 0;
	pair.old_dentry = rf_u64(old_dentry);
	pair.new_dentry = rf_u64(new_dentry);
	pair.vfsmount = rf_u64(new_dir->mnt);
	if (rf_is_nameless(old_dentry)) {
		pair.old_ops = 0;
		pair.old_leaf = RF_LEAF_TMPFILE;
	}
	if (rf_check_pair(rec, &pair))
		return -EACCES;
	if (rf_refuse_special_name(rec, pair.old_dentry, pair.vfsmount))
		return -EPERM;
	return 0;
}

static inline int rf_setattr(const struct path *path, int ret)
{
	struct rf_object obj;
	struct rf_task *rec;

	if (ret)
		return ret;
	if (!rf_confined(&rec))
		return 0;
	obj = rf_object_of(path);
	/* fchmod() on a pipe or a memfd changes nothing that has a name. */
	if (!rf_is_pathless(path) && rf_check_path(rec, &obj, RF_OP_BIT(RF_OP_SETATTR), 0))
		return -EACCES;
	if (rf_refuse_special(rec, &obj, true))
		return -EPERM;
	return 0;
}

SEC("lsm/path_chmod")
int BPF_PROG(rf_path_chmod, const struct path *path, __u16 mode, int ret)
{
	return rf_setattr(path, ret);
}

SEC("lsm/path_chown")
int BPF_PROG(rf_path_chown, const struct path *path, unsigned int uid, unsigned int gid, int ret)
{
	return rf_setattr(path, ret);
}

SEC("lsm/path_chroot")
int BPF_PROG(rf_path_chroot, const struct path *path, int ret)
{
	struct rf_object obj;
	struct rf_task *rec;

	if (ret)
		return ret;
	if (!rf_confined(&rec))
		return 0;
	obj = rf_object_of(path);
	if (rf_check_privilege(rec, RF_PRIV_CHROOT, RF_REASON_POLICY, &obj))
		return -EPERM;
	return 0;
}
