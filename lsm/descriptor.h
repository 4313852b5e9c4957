/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a descriptor can be used for, whether it was opened or has arrived, and what that asks for
 * beside what the path rules say.
 */
#ifndef RF_DESCRIPTOR_H
#define RF_DESCRIPTOR_H

#include "device.h"
#include "special.h"

static inline __u32 rf_descriptor_ops(struct file *file)
{
	__u32 flags = file->f_flags, mode = file->f_mode, ops = 0;

	if (mode & FMODE_READ)
		ops |= RF_OP_BIT(RF_OP_READ);
	if (mode & FMODE_WRITE)
		ops |= RF_OP_BIT(flags & O_APPEND ? RF_OP_APPEND : RF_OP_WRITE);
	/* Access mode 3 may neither read nor write, but ioctl(): take it for both. */
	if ((flags & O_ACCMODE) == O_ACCMODE)
		ops |= RF_OP_BIT(RF_OP_READ) | RF_OP_BIT(RF_OP_WRITE);
	if (rf_is_device(file) && !rf_is_harmless(file))
		ops |= RF_OP_BIT(RF_OP_DEVICE);
	return ops;
}

/* What of a use changes the object. */
#define RF_CHANGES (RF_OP_BIT(RF_OP_WRITE) | RF_OP_BIT(RF_OP_APPEND) | RF_OP_BIT(RF_OP_CREATE))

/*
 * On whatever procfs: kcore, which shows the memory of everybody; /proc/PID/mem and
 * /proc/PID/task/TID/mem to be written, which makes code that no exec rule saw. O_APPEND means
 * nothing to them: appending is writing.
 */
static inline bool rf_is_memory(struct dentry *dentry, __u32 ops)
{
	__u64 at = rf_u64(dentry);

	if (RF_IS_NAMED(at, "kcore"))
		return true;
	return (ops & (RF_OP_BIT(RF_OP_WRITE) | RF_OP_BIT(RF_OP_APPEND))) && RF_IS_NAMED(at, "mem");
}

/*
 * Does the use ask for a privilege that the policy does not grant? After the path's verdict. All
 * that most files cost here is a look at what file system they are on.
 */
static __always_inline bool rf_refuse_use(struct rf_task *rec, struct file *file,
					  struct rf_object *obj, __u32 ops)
{
	struct dentry *dentry = file->f_path.dentry;
	unsigned long magic = file->f_inode->i_sb->s_magic;

	if (magic == PROC_SUPER_MAGIC && rf_is_memory(dentry, ops) &&
	    rf_check_privilege(rec, RF_PRIV_PTRACE, RF_REASON_POLICY, obj))
		return true;
	if (!(ops & RF_CHANGES) && magic != BPF_FS_MAGIC)
		return false;
	return rf_refuse_special(rec, obj, ops & RF_CHANGES);
}

#endif
