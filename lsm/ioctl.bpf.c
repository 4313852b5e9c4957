// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ioctl(): a second set of system calls, most of which no other hook sees.
 *
 *   file_ioctl file_ioctl_compat
 *
 * On files and directories an ioctl needs no descriptor that is open for writing: flags, version,
 * encryption, verity, and whatever a file system has of its own (exchanging extents, FAT's
 * attributes) are changed through one that reads. New ones come with every kernel. So those that
 * are known to change nothing are listed, and every other one is judged:
 *
 *   setattr                 by default
 *   write                   the ancestors of fallocate(), which a descriptor that only appends
 *                           must not make holes with
 *   privilege mount         btrfs' subvolumes and snapshots: a snapshot gives a whole tree other
 *                           names, past every rule about links
 *
 * On terminals TIOCSTI and TIOCLINUX type what others will read as the user's own: refused. What
 * other devices do on ioctl() was granted with opening them. Who gets a descriptor's signals:
 * owner.h.
 */
#include "check_path.h"
#include "check_privilege.h"
#include "owner.h"

/* The parts of a command, include/uapi/asm-generic/ioctl.h, x86-64's values. */
#define RF_IOC_TYPE(cmd)    (((cmd) >> 8) & 0xff)
#define RF_IOC_NUMBER(cmd)  ((cmd)&0xff)
#define RF_IOC_WITHOUT(cmd) ((cmd)&0xffff) /* direction and size */
#define RF_IOC_READS(cmd)   ((cmd) >> 30 == 2)

#define RF_IOC_TERMINAL 'T' /* TCGETS and the like, FIONREAD, FIOCLEX: on a file they only ask */
#define RF_IOC_BTRFS	0x94

/* include/uapi/linux/fs.h, fiemap.h, fscrypt.h; fs/ioctl.c. Type and number. */
#define RF_FIBMAP	  0x0001
#define RF_FIGETBSZ	  0x0002
#define RF_FICLONE	  0x9409
#define RF_FICLONERANGE	  0x940d
#define RF_FIDEDUPERANGE  0x9436
#define RF_FIEMAP	  0x660b
#define RF_SET_ENCRYPTION 0x6613 /* says that it reads, and sets */
#define RF_RESVSP	  0x5828
#define RF_UNRESVSP	  0x5829
#define RF_RESVSP64	  0x582a
#define RF_UNRESVSP64	  0x582b
#define RF_ZERO_RANGE	  0x5839

/* Cloning and comparing take two descriptors, and heed how each was opened. */
static inline bool rf_only_asks(__u32 cmd)
{
	switch (RF_IOC_WITHOUT(cmd)) {
	case RF_FIBMAP:
	case RF_FIGETBSZ:
	case RF_FIEMAP:
	case RF_FICLONE:
	case RF_FICLONERANGE:
	case RF_FIDEDUPERANGE:
		return true;
	case RF_SET_ENCRYPTION:
		return false;
	default:
		return RF_IOC_READS(cmd) || RF_IOC_TYPE(cmd) == RF_IOC_TERMINAL;
	}
}

static inline __u32 rf_op_of(__u32 cmd)
{
	switch (RF_IOC_WITHOUT(cmd)) {
	case RF_RESVSP:
	case RF_UNRESVSP:
	case RF_RESVSP64:
	case RF_UNRESVSP64:
	case RF_ZERO_RANGE:
		return RF_OP_WRITE;
	default:
		return RF_OP_SETATTR;
	}
}

static inline bool rf_types_for_others(__u32 cmd)
{
	return cmd == TIOCSTI || cmd == TIOCLINUX;
}

static inline int rf_ioctl(struct file *file, __u32 cmd, int ret)
{
	__u32 type = file->f_inode->i_mode & S_IFMT;
	bool on_file = type == S_IFREG || type == S_IFDIR;
	struct rf_object obj;
	struct rf_task *rec;

	if (!ret)
		ret = rf_owner_ioctl(file, cmd);
	if (ret)
		return ret;
	if (on_file ? rf_only_asks(cmd) : !rf_types_for_others(cmd))
		return 0;
	if (!rf_confined(&rec) || rf_is_pathless(&file->f_path))
		return 0;
	/* overlayfs asks for itself, below a file that was judged by its own path. */
	if (rf_is_private_clone(rf_u64(file->f_path.mnt)))
		return 0;
	obj = rf_object_of(&file->f_path);
	if (!on_file)
		return rf_check_privilege(rec, RF_PRIV_PTRACE, RF_REASON_OUTSIDE, &obj) ? -EPERM
											: 0;
	if (RF_IOC_TYPE(cmd) == RF_IOC_BTRFS)
		return rf_check_privilege(rec, RF_PRIV_MOUNT, RF_REASON_POLICY, &obj) ? -EPERM : 0;
	return rf_check_path(rec, &obj, RF_OP_BIT(rf_op_of(cmd) & 15), 0) ? -EACCES : 0;
}

SEC("lsm/file_ioctl")
int BPF_PROG(rf_file_ioctl, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
	return rf_ioctl(file, cmd, ret);
}

/* Of a 32-bit system call, on kernels that tell it apart (f1bb47a31dff; 6.1.75). */
SEC("lsm/file_ioctl_compat")
int BPF_PROG(rf_ioctl_compat, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
	return rf_ioctl(file, cmd, ret);
}
