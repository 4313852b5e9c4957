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
 *                           names, past every rule about links; shutting down a file system
 *
 * On terminals TIOCSTI and TIOCLINUX type what others will read as the user's own: refused. What
 * other devices do on ioctl() was granted with opening them. Who gets a descriptor's signals:
 * owner.h.
 */
#include "check_path.h"
#include "check_privilege.h"
#include "owner.h"

/* The parts of a command, include/uapi/asm-generic/ioctl.h, x86-64's values. */
#define RF_IOC_TYPE(cmd)     (((cmd) >> 8) & 0xff)
#define RF_IOC_WITHOUT(cmd)  ((cmd)&0xffff) /* direction and size */
#define RF_IOC_SIZELESS(cmd) ((cmd)&0xc000ffff)

#define RF_IO(type, number)   ((__u32)(type) << 8 | (number))
#define RF_IOW(type, number)  (1u << 30 | RF_IO(type, number))
#define RF_IOR(type, number)  (2u << 30 | RF_IO(type, number))
#define RF_IOWR(type, number) (3u << 30 | RF_IO(type, number))

#define RF_IOC_TERMINAL 'T' /* TCGETS and the like, FIONREAD, FIOCLEX: on a file they only ask */
#define RF_IOC_BTRFS	0x94

/* fs/ioctl.c, include/uapi/linux/falloc.h. Type and number. */
#define RF_RESVSP     0x5828
#define RF_UNRESVSP   0x5829
#define RF_RESVSP64   0x582a
#define RF_UNRESVSP64 0x582b
#define RF_ZERO_RANGE 0x5839
/* FS_IOC_SHUTDOWN, EXT4_IOC_SHUTDOWN, XFS_IOC_GOINGDOWN and the like: _IOR('X', 125) */
#define RF_SHUTDOWN 0x587d

/*
 * Those that change nothing. The direction in a command says nothing of that: shutting a file
 * system down "reads", and so does setting an encryption policy. It only tells apart those that
 * have a number in common. The size is left out: 32-bit callers have another one.
 */
static __always_inline bool rf_only_asks(__u32 cmd)
{
	switch (RF_IOC_SIZELESS(cmd)) {
	/* include/uapi/linux/fs.h, fiemap.h */
	case RF_IO(0x00, 1):   /* FIBMAP */
	case RF_IO(0x00, 2):   /* FIGETBSZ */
	case RF_IOWR('f', 11): /* FS_IOC_FIEMAP */
	case RF_IOR('f', 1):   /* FS_IOC_GETFLAGS */
	case RF_IOR('v', 1):   /* FS_IOC_GETVERSION */
	case RF_IOR('f', 3):   /* EXT4_IOC_GETVERSION */
	case RF_IOR('X', 31):  /* FS_IOC_FSGETXATTR */
	case RF_IOR(0x94, 49): /* FS_IOC_GETFSLABEL */
	case RF_IOR(0x15, 0):  /* FS_IOC_GETFSUUID */
	case RF_IOR(0x15, 1):  /* FS_IOC_GETFSSYSFSPATH */
	case RF_IOWR('f', 16): /* PAGEMAP_SCAN */
	case RF_IOWR('f', 17): /* PROCMAP_QUERY */
	/* Cloning and comparing take two descriptors, and heed how each was opened. */
	case RF_IOW(0x94, 9):	/* FICLONE */
	case RF_IOW(0x94, 13):	/* FICLONERANGE */
	case RF_IOWR(0x94, 54): /* FIDEDUPERANGE */
	/* fscrypt.h, fsverity.h */
	case RF_IOW('f', 21):	/* FS_IOC_GET_ENCRYPTION_POLICY */
	case RF_IOWR('f', 22):	/* FS_IOC_GET_ENCRYPTION_POLICY_EX */
	case RF_IOWR('f', 26):	/* FS_IOC_GET_ENCRYPTION_KEY_STATUS */
	case RF_IOR('f', 27):	/* FS_IOC_GET_ENCRYPTION_NONCE */
	case RF_IOWR('f', 134): /* FS_IOC_MEASURE_VERITY */
	case RF_IOWR('f', 135): /* FS_IOC_READ_VERITY_METADATA */
	/* fs/ext4/ext4.h */
	case RF_IOR('f', 5):   /* EXT4_IOC_GETRSVSZ */
	case RF_IOW('f', 41):  /* EXT4_IOC_GETSTATE */
	case RF_IOWR('f', 42): /* EXT4_IOC_GET_ES_CACHE */
	case RF_IOR('f', 44):  /* EXT4_IOC_GETFSUUID */
	/* include/uapi/linux/f2fs.h */
	case RF_IOR(0xf5, 12): /* F2FS_IOC_GET_FEATURES */
	case RF_IOR(0xf5, 14): /* F2FS_IOC_GET_PIN_FILE */
	case RF_IOR(0xf5, 17): /* F2FS_IOC_GET_COMPRESS_BLOCKS */
	case RF_IOR(0xf5, 21): /* F2FS_IOC_GET_COMPRESS_OPTION */
	/* fs/xfs/libxfs/xfs_fs.h */
	case RF_IOR('X', 30):  /* XFS_IOC_DIOINFO */
	case RF_IOWR('X', 38): /* XFS_IOC_GETBMAP */
	case RF_IOR('X', 45):  /* XFS_IOC_FSGETXATTRA */
	case RF_IOWR('X', 56): /* XFS_IOC_GETBMAPX */
	case RF_IOR('X', 100): /* XFS_IOC_FSGEOMETRY_V1 */
	case RF_IOR('X', 113): /* XFS_IOC_FSCOUNTS */
	case RF_IOR('X', 124): /* XFS_IOC_FSGEOMETRY_V4 */
	case RF_IOR('X', 126): /* XFS_IOC_FSGEOMETRY */
	/* include/uapi/linux/btrfs.h */
	case RF_IOR(0x94, 25): /* BTRFS_IOC_SUBVOL_GETFLAGS */
	case RF_IOR(0x94, 31): /* BTRFS_IOC_FS_INFO */
	case RF_IOR(0x94, 57): /* BTRFS_IOC_GET_FEATURES, _GET_SUPPORTED_FEATURES */
	case RF_IOR(0x94, 60): /* BTRFS_IOC_GET_SUBVOL_INFO */
	/* include/uapi/linux/msdos_fs.h */
	case RF_IOR('r', 1):	/* VFAT_IOCTL_READDIR_BOTH */
	case RF_IOR('r', 2):	/* VFAT_IOCTL_READDIR_SHORT */
	case RF_IOR('r', 0x10): /* FAT_IOCTL_GET_ATTRIBUTES */
	case RF_IOR('r', 0x13): /* FAT_IOCTL_GET_VOLUME_ID */
	/* include/uapi/linux/nsfs.h: a namespace that is mounted somewhere */
	case RF_IO(0xb7, 1):  /* NS_GET_USERNS */
	case RF_IO(0xb7, 2):  /* NS_GET_PARENT */
	case RF_IO(0xb7, 3):  /* NS_GET_NSTYPE */
	case RF_IO(0xb7, 4):  /* NS_GET_OWNER_UID */
	case RF_IOR(0xb8, 5): /* NS_GET_MNTNS_ID */
		return true;
	default:
		return RF_IOC_TYPE(cmd) == RF_IOC_TERMINAL;
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

/* Is it about the file system, and not about the file that it comes through? */
static inline bool rf_is_for_mounters(__u32 cmd)
{
	return RF_IOC_TYPE(cmd) == RF_IOC_BTRFS || RF_IOC_WITHOUT(cmd) == RF_SHUTDOWN;
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
	if (rf_is_for_mounters(cmd))
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
