// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Times and extended attributes: operation setattr. (Mode and owner have hooks with a path, see
 * path.bpf.c; inode flags come through ioctl(), see file.bpf.c.)
 *
 *   inode_setattr       times
 *   inode_setxattr inode_removexattr      extended attributes; on 6.1 ACLs too
 *   inode_set_acl inode_remove_acl        ACLs on kernels that have these (6.2)
 *
 * These hooks get a dentry and no mount, so there is no path to be had from them. But the kernel
 * has just asked for write access to the very mount, in the same task: mnt_want_write() is where
 * that is seen, and noted in the task's scratch. The note serves once. Without it the hook
 * refuses: a mount that is not known is no path.
 */
#include "check_path.h"

/* include/linux/fs.h, both kernels */
#define ATTR_MODE      (1u << 0)
#define ATTR_UID       (1u << 1)
#define ATTR_GID       (1u << 2)
#define ATTR_SIZE      (1u << 3)
#define ATTR_ATIME     (1u << 4)
#define ATTR_MTIME     (1u << 5)
#define ATTR_KILL_SUID (1u << 11)
#define ATTR_KILL_SGID (1u << 12)
#define ATTR_FORCE     (1u << 9)
#define ATTR_OPEN      (1u << 15)

static inline int rf_note_mount(__u64 vfsmount)
{
	struct rf_scratch *scratch;
	struct rf_task *rec;

	if (!rf_confined(&rec))
		return 0;
	scratch = rf_scratch_get();
	if (scratch) {
		scratch->written = vfsmount;
		scratch->written_as = rf_u64(bpf_get_current_task_btf()->cred);
	}
	return 0;
}

SEC("fentry/mnt_want_write")
int BPF_PROG(rf_want_write, struct vfsmount *mnt)
{
	return rf_note_mount(rf_u64(mnt));
}

SEC("fentry/mnt_want_write_file")
int BPF_PROG(rf_want_write_f, struct file *file)
{
	return rf_note_mount(rf_u64(BPF_CORE_READ(file, f_path.mnt)));
}

/*
 * A stacked file system at work below an object that was judged. It has put on other credentials,
 * and not before the write access was asked for but since; or the access was to a private clone.
 * (io_uring puts on others too, at its caller's wish, but before.)
 */
static inline bool rf_acts_for_kernel(const struct rf_scratch *scratch)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 cred = rf_u64(BPF_CORE_READ(task, cred));

	if (cred == rf_u64(BPF_CORE_READ(task, real_cred)) || !scratch)
		return false;
	return scratch->written_as != cred || rf_is_private_clone(scratch->written);
}

static inline int rf_attribute(struct dentry *dentry, int ret)
{
	struct rf_scratch *scratch;
	struct rf_object obj = {};
	struct rf_task *rec;

	if (ret)
		return ret;
	if (!rf_confined(&rec))
		return 0;
	scratch = rf_scratch_get();
	if (rf_acts_for_kernel(scratch))
		return 0;
	obj.dentry = rf_u64(dentry);
	if (scratch) {
		obj.vfsmount = scratch->written;
		scratch->written = scratch->written_as = 0;
	}
	/* An object on a mount of the kernel's own has no name. */
	if (obj.vfsmount && (RF_READ(vfsmount, obj.vfsmount, mnt_flags) & MNT_INTERNAL))
		return 0;
	if (rf_check_path(rec, &obj, RF_OP_BIT(RF_OP_SETATTR), 0))
		return -EACCES;
	return 0;
}

/* Mode, owner and size have been judged with their paths; forced changes are the kernel's own. */
static inline bool rf_sets_times(__u32 valid)
{
	return (valid & (ATTR_ATIME | ATTR_MTIME)) &&
	       !(valid & (ATTR_MODE | ATTR_UID | ATTR_GID | ATTR_SIZE | ATTR_FORCE | ATTR_OPEN |
			  ATTR_KILL_SUID | ATTR_KILL_SGID));
}

static inline int rf_times(struct dentry *dentry, struct iattr *attr, int ret)
{
	if (ret || !rf_sets_times(attr->ia_valid))
		return ret;
	return rf_attribute(dentry, ret);
}

/* The loader takes the one that fits: newer kernels have an idmap before the dentry. */
SEC("lsm/inode_setattr")
int BPF_PROG(rf_setattr_two, struct dentry *dentry, struct iattr *attr, int ret)
{
	return rf_times(dentry, attr, ret);
}

SEC("lsm/inode_setattr")
int BPF_PROG(rf_setattr_three, void *idmap, struct dentry *dentry, struct iattr *attr, int ret)
{
	return rf_times(dentry, attr, ret);
}

SEC("lsm/inode_setxattr")
int BPF_PROG(rf_setxattr, void *idmap, struct dentry *dentry, const char *name, const void *value,
	     __u64 size, int flags, int ret)
{
	return rf_attribute(dentry, ret);
}

SEC("lsm/inode_removexattr")
int BPF_PROG(rf_removexattr, void *idmap, struct dentry *dentry, const char *name, int ret)
{
	return rf_attribute(dentry, ret);
}

SEC("lsm/inode_set_acl")
int BPF_PROG(rf_set_acl, void *idmap, struct dentry *dentry, const char *name, void *acl, int ret)
{
	return rf_attribute(dentry, ret);
}

SEC("lsm/inode_remove_acl")
int BPF_PROG(rf_remove_acl, void *idmap, struct dentry *dentry, const char *name, int ret)
{
	return rf_attribute(dentry, ret);
}
