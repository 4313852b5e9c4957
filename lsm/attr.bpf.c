// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Times and extended attributes: operation setattr. (Mode and owner have hooks with a path, see
 * path.bpf.c; inode flags come through ioctl(), see ioctl.bpf.c.)
 *
 *   inode_setattr       times
 *   inode_setxattr inode_removexattr      extended attributes; on 6.1 ACLs too
 *   inode_set_acl inode_remove_acl        ACLs on kernels that have these (6.2)
 *
 * These hooks get a dentry and no mount, so there is no path to be had from them. But the kernel
 * has just asked for write access to the very mount, in the same task: mnt_want_write() is where
 * that is seen, and noted in the task's record. The note ends with the write access
 * (mnt_drop_write()), and not before: a change that has to wait for a delegation to be given back
 * is asked for again. Without it the hook refuses: a mount that is not known is no path.
 *
 * These fentry programs can be missed, unlike LSM programs: under preempt=full the kernel leaves
 * one out while another task is in the midst of it on the same CPU. So there are two that take the
 * note. What can happen when both are left out all the same:
 *
 *   The want is missed: there is no note. If the task's namespace has exactly one mount of that
 *   file system, it was that one; otherwise the change is refused.
 *
 *   The drop before it is missed, too: the note is that of an earlier call. It names another mount
 *   of the same file system (that is checked), still mounted in the task's own namespace, with the
 *   object beneath its root (the walk sees to both). So the path is another name of the same
 *   object, by which the task could have made the same change without any such luck: no rule is
 *   walked round that way which a second mount does not walk round already.
 */
#include "check_path.h"
#include "special.h"

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

/*
 * I_OVL_INUSE, a bit of i_state: the directories that overlayfs has for its upper layer and its
 * work. Bit 14, and 13 since 6.12; what the other one is there lasts a moment (I_WB_SWITCH,
 * I_CREATING).
 */
#define RF_OVL_INUSE (1u << 13 | 1u << 14)

/* More directories than a path that is no longer than RF_PATH_MAX can have. */
#define RF_DEPTH_MAX (RF_PATH_MAX / 2)

static inline int rf_note_mount(__u64 vfsmount)
{
	struct rf_task *rec;

	if (rf_confined(&rec) && rec)
		rec->written = vfsmount;
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

SEC("fentry/mnt_want_write")
int BPF_PROG(rf_want_write_2, struct vfsmount *mnt)
{
	return rf_note_mount(rf_u64(mnt));
}

SEC("fentry/mnt_want_write_file")
int BPF_PROG(rf_want_write_f_2, struct file *file)
{
	return rf_note_mount(rf_u64(BPF_CORE_READ(file, f_path.mnt)));
}

SEC("fentry/mnt_drop_write")
int BPF_PROG(rf_drop_write, struct vfsmount *mnt)
{
	return rf_note_mount(0);
}

SEC("fentry/mnt_drop_write_file")
int BPF_PROG(rf_drop_write_f, struct file *file)
{
	return rf_note_mount(0);
}

/* What is noted, if it is about the file system that the object is on. */
static inline __u64 rf_noted_mount(const struct rf_task *rec, struct dentry *dentry)
{
	__u64 mount = rec->written;

	if (mount &&
	    rf_u64(RF_READ(vfsmount, mount, mnt_sb)) == rf_u64(BPF_CORE_READ(dentry, d_sb)))
		return mount;
	return 0;
}

struct rf_ascent {
	__u64 dentry;
	__u32 met;
};

static long rf_ascent_step(__u32 index, struct rf_ascent *a)
{
	__u64 inode = (__u64)RF_READ(dentry, a->dentry, d_inode), parent;

	if (inode && (RF_READ(inode, inode, i_state) & RF_OVL_INUSE)) {
		a->met = true;
		return 1;
	}
	parent = (__u64)RF_READ(dentry, a->dentry, d_parent);
	if (!parent || parent == a->dentry)
		return 1;
	a->dentry = parent;
	return 0;
}

/* Is it, or does it lie below, a directory that overlayfs has taken to write in? */
static __noinline int rf_is_in_upper_layer(__u64 dentry)
{
	struct rf_ascent a = {.dentry = dentry};

	bpf_loop(RF_DEPTH_MAX, rf_ascent_step, &a, 0);
	return a.met;
}

/*
 * A stacked file system at work below an object that was judged. Any mount it asks to write to is
 * its own; where it did not ask, or has asked before, it has put on other credentials, and is where
 * it may write. (io_uring can put others on too. Then the mount was asked for by the caller; and if
 * that was missed, the object is hardly one of overlayfs's.)
 */
static inline bool rf_acts_for_kernel(const struct rf_object *obj)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (obj->vfsmount)
		return rf_is_private_clone(obj->vfsmount);
	return rf_u64(BPF_CORE_READ(task, cred)) != rf_u64(BPF_CORE_READ(task, real_cred)) &&
	       rf_is_in_upper_layer(obj->dentry);
}

#define RF_INSTANCES_MAX 4096u /* mounts of one file system, in whatever namespace */

/* Looking for the mount of a file system that a namespace has. */
struct rf_instances {
	__u64 ns;
	__u64 node, end; /* of the list of mounts */
	__u64 found;	 /* struct vfsmount */
	__u32 more;	 /* another one was; all have been looked at if `node` is `end` */
};

static long rf_instance_step(__u32 index, struct rf_instances *i)
{
	__u64 mount;

	if (!i->node || i->node == i->end)
		return 1;
	mount = i->node - bpf_core_field_offset(struct mount, mnt_instance);
	if ((__u64)RF_FETCH(mount, mount, mnt_ns) == i->ns) {
		if (i->found)
			i->more = true;
		i->found = mount + bpf_core_field_offset(struct mount, mnt);
	}
	i->node = (__u64)RF_FETCH(mount, mount, mnt_instance.next);
	return 0;
}

/*
 * The only mount of the object's file system in the caller's namespace; 0: there are more, or none,
 * or it cannot be told. Should mounts come and go meanwhile, the walk from there finds out whether
 * the object is beneath this one's root, and mounted.
 */
static __noinline __u64 rf_only_mount(__u64 dentry)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 sb = (__u64)RF_FETCH(dentry, dentry, d_sb);
	struct rf_instances i = {};

	i.ns = (__u64)BPF_CORE_READ(task, nsproxy, mnt_ns);
	i.end = sb + bpf_core_field_offset(struct super_block, s_mounts);
	i.node = (__u64)RF_FETCH(super_block, sb, s_mounts.next);
	bpf_loop(RF_INSTANCES_MAX, rf_instance_step, &i, 0);
	return !i.more && i.node == i.end ? i.found : 0;
}

static inline int rf_attribute(struct dentry *dentry, int ret)
{
	struct rf_object obj = {};
	struct rf_task *rec;

	if (ret)
		return ret;
	if (!rf_confined(&rec))
		return 0;
	obj.dentry = rf_u64(dentry);
	if (rec) {
		obj.vfsmount = rf_noted_mount(rec, dentry);
		if (rf_acts_for_kernel(&obj))
			return 0;
		if (!obj.vfsmount)
			obj.vfsmount = rf_only_mount(obj.dentry);
	}
	/* An object on a mount of the kernel's own has no name. */
	if (!(obj.vfsmount && (RF_READ(vfsmount, obj.vfsmount, mnt_flags) & MNT_INTERNAL)) &&
	    rf_check_path(rec, &obj, RF_OP_BIT(RF_OP_SETATTR), 0))
		return -EACCES;
	if (rf_refuse_special(rec, &obj, true))
		return -EPERM;
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
