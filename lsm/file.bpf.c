// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opening, truncating, executing and mapping files.
 *
 *   file_open          read, write, append, exec (FMODE_EXEC: the program, its #! interpreters and
 *                      the ELF interpreter are all opened through it), device
 *   path_truncate      write; on 6.1 ftruncate() and open(O_TRUNC) come here too
 *   file_truncate      the same for those two on kernels that have it (6.2, 3350607dc5637)
 *   mmap_file          exec, for mappings made executable
 *   file_mprotect      exec, for mappings that become executable
 *
 * Files of file systems the kernel mounted for itself (pipes, memfds, anonymous inodes) have no
 * path a policy could name: reading and writing them is what their descriptor was given for;
 * executing them is refused. What a stacked file system (overlayfs) opens for itself, below a file
 * already judged, is none of the caller's doing and passes.
 */
#include "check_kind.h"
#include "check_path.h"

char _license[] SEC("license") = "GPL";

/* Opened by a stacked file system on behalf of a file that was judged by its own path. */
static inline bool rf_is_backing(struct file *file)
{
	__u64 ns;

	/* 6.1: the file has the upper path and the lower inode (open_with_fake_path()). */
	if ((file->f_mode & FMODE_BACKING) || file->f_inode != file->f_path.dentry->d_inode)
		return true;
	/* Copy-up and the like go through private clones of the layers' mounts. */
	ns = rf_u64(RF_READ(mount, rf_mount_of(rf_u64(file->f_path.mnt)), mnt_ns));
	return ns == MNT_NS_INTERNAL && !(file->f_path.dentry->d_sb->s_flags & SB_KERNMOUNT);
}

static inline bool rf_is_pathless(struct file *file)
{
	return file->f_path.dentry->d_sb->s_flags & SB_KERNMOUNT;
}

static inline bool rf_is_device(struct file *file)
{
	__u32 type = file->f_inode->i_mode & S_IFMT;

	return type == S_IFCHR || type == S_IFBLK;
}

/* Devices that carry nothing: null zero full random urandom, tty ptmx, and the pts (136..143). */
static inline bool rf_is_harmless(struct file *file)
{
	__u32 major = file->f_inode->i_rdev >> 20, minor = file->f_inode->i_rdev & 0xfffff;

	if ((file->f_inode->i_mode & S_IFMT) == S_IFBLK)
		return false;
	switch (major) {
	case 1:
		return minor == 3 || minor == 5 || minor == 7 || minor == 8 || minor == 9;
	case 5:
		return minor == 0 || minor == 2;
	default:
		return major >= 136 && major <= 143;
	}
}

static inline __u32 rf_open_ops(struct file *file)
{
	__u32 flags = file->f_flags, ops = 0;

	if (flags & RF_FMODE_EXEC)
		return RF_OP_BIT(RF_OP_EXEC);
	if (file->f_mode & FMODE_READ)
		ops |= RF_OP_BIT(RF_OP_READ);
	if (flags & O_TRUNC)
		ops |= RF_OP_BIT(RF_OP_WRITE);
	else if (file->f_mode & FMODE_WRITE)
		ops |= RF_OP_BIT(flags & O_APPEND ? RF_OP_APPEND : RF_OP_WRITE);
	/* Access mode 3 may neither read nor write, but ioctl(): take it for both. */
	if ((flags & O_ACCMODE) == O_ACCMODE)
		ops |= RF_OP_BIT(RF_OP_READ) | RF_OP_BIT(RF_OP_WRITE);
	if (flags & RF_O_TMPFILE)
		ops |= RF_OP_BIT(RF_OP_CREATE);
	if (rf_is_device(file) && !rf_is_harmless(file))
		ops |= RF_OP_BIT(RF_OP_DEVICE);
	return ops;
}

SEC("lsm/file_open")
int BPF_PROG(rf_file_open, struct file *file, int ret)
{
	struct rf_scratch *scratch;
	struct rf_object obj;
	struct rf_task *rec;
	__u32 ops, flags = 0;

	if (ret)
		return ret;
	rec = rf_confined();
	if (!rec || rf_is_backing(file))
		return 0;
	ops = rf_open_ops(file);
	if (rf_is_pathless(file)) {
		if ((ops & RF_OP_BIT(RF_OP_EXEC)) &&
		    rf_refuse_kind(rec, RF_OP_EXEC, RF_PATH_UNLINKED))
			return -EACCES;
		return 0;
	}
	if (file->f_flags & RF_O_TMPFILE)
		flags |= RF_LEAF_TMPFILE;
	obj = rf_object_of(&file->f_path);
	if (rf_check_path(rec, &obj, ops, flags))
		return -EACCES;
	/* open(O_TRUNC) reaches the truncation hook next: one event is enough. */
	if (file->f_flags & O_TRUNC) {
		scratch = rf_scratch_get();
		if (scratch)
			scratch->truncating = rf_u64(file->f_path.dentry);
	}
	return 0;
}

/* The truncation is decided in full; only an event that open() has already sent is left out. */
static __always_inline bool rf_check_truncate(struct rf_task *rec, const struct path *path)
{
	struct rf_scratch *scratch = rf_scratch_get();
	struct rf_object obj = rf_object_of(path);
	__u32 flags = 0;

	if (scratch && scratch->truncating == obj.dentry) {
		scratch->truncating = 0;
		flags = RF_CHECK_TOLD;
	}
	return rf_check_path(rec, &obj, RF_OP_BIT(RF_OP_WRITE), flags);
}

SEC("lsm/path_truncate")
int BPF_PROG(rf_path_truncate, const struct path *path, int ret)
{
	struct rf_task *rec;

	if (ret)
		return ret;
	rec = rf_confined();
	if (rec && rf_check_truncate(rec, path))
		return -EACCES;
	return 0;
}

SEC("lsm/file_truncate")
int BPF_PROG(rf_file_truncate, struct file *file, int ret)
{
	struct rf_task *rec;

	if (ret)
		return ret;
	rec = rf_confined();
	if (!rec || rf_is_pathless(file))
		return 0;
	if (rf_check_truncate(rec, &file->f_path))
		return -EACCES;
	return 0;
}

/*
 * The path of a mapped file as the user opened it: a mapping on overlayfs holds the backing file,
 * which on 6.12 has the lower layer's path.
 */
static __always_inline bool rf_check_mapping(struct rf_task *rec, struct file *file)
{
	struct rf_object obj = {.dentry = rf_u64(BPF_CORE_READ(file, f_path.dentry)),
				.vfsmount = rf_u64(BPF_CORE_READ(file, f_path.mnt))};
	struct backing_file___new *backing = (void *)file;

	if (BPF_CORE_READ(file, f_mode) & FMODE_BACKING) {
		if (!bpf_core_field_exists(backing->user_path))
			return rf_refuse_kind(rec, RF_OP_EXEC, RF_PATH_DETACHED);
		obj.dentry = rf_u64(BPF_CORE_READ(backing, user_path.dentry));
		obj.vfsmount = rf_u64(BPF_CORE_READ(backing, user_path.mnt));
	}
	if (RF_READ(dentry, obj.dentry, d_sb, s_flags) & SB_KERNMOUNT)
		return rf_refuse_kind(rec, RF_OP_EXEC, RF_PATH_UNLINKED);
	return rf_check_path(rec, &obj, RF_OP_BIT(RF_OP_EXEC), 0);
}

SEC("lsm/mmap_file")
int BPF_PROG(rf_mmap_file, struct file *file, unsigned long reqprot, unsigned long prot,
	     unsigned long flags, int ret)
{
	struct task_struct *task;
	struct rf_task *rec;

	if (ret)
		return ret;
	/* `prot`, not `reqprot`: READ_IMPLIES_EXEC is in it. */
	if (!(prot & PROT_EXEC))
		return 0;
	rec = rf_confined();
	if (!rec || !file)
		return 0;
	/* The loader mapping what execve has just opened, and file_open has judged. */
	task = bpf_get_current_task_btf();
	if (BPF_CORE_READ_BITFIELD(task, in_execve))
		return 0;
	if (rf_check_mapping(rec, file))
		return -EACCES;
	return 0;
}

SEC("lsm/file_mprotect")
int BPF_PROG(rf_file_mprotect, struct vm_area_struct *vma, unsigned long reqprot,
	     unsigned long prot, int ret)
{
	struct rf_task *rec;
	struct file *file;

	if (ret)
		return ret;
	if (!(prot & PROT_EXEC) || (vma->vm_flags & VM_EXEC))
		return 0;
	rec = rf_confined();
	if (!rec)
		return 0;
	file = vma->vm_file;
	if (file && rf_check_mapping(rec, file))
		return -EACCES;
	return 0;
}
