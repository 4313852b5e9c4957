// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opening and truncating files, and what a descriptor may turn into.
 *
 *   file_open       read, write, append, exec (FMODE_EXEC: the program, its #! interpreters and the
 *                   ELF interpreter are all opened through it), device; writing /proc/PID/mem:
 *                   privilege ptrace, because it makes code that no exec rule saw
 *   path_truncate   write; on 6.1 ftruncate() and open(O_TRUNC) come here too
 *   file_truncate   the same for those two on kernels that have it (6.2, 3350607dc5637)
 *   file_fcntl      write, when a descriptor that could only append is to lose O_APPEND; owner.h
 *
 * What procfs, cgroups and the like ask for beside, once the path rules have allowed: special.h.
 *
 * Files on mounts the kernel made for itself (pipes, memfds, anonymous inodes) have no path a
 * policy could name: reading and writing them is what their descriptor was given for; executing
 * them is refused. What a stacked file system (overlayfs) opens for itself, below a file already
 * judged, is none of the caller's doing and passes; what fanotify opens is the caller's doing.
 */
#include "check_kind.h"
#include "check_path.h"
#include "check_privilege.h"
#include "descriptor.h"
#include "owner.h"
#include "special.h"

char _license[] SEC("license") = "GPL";

/*
 * Opened by a stacked file system on behalf of a file that was judged by its own path. Files that
 * are not accounted for are such, and no user's: on 6.1 they have the path that was asked for and
 * the inode of the layer (open_with_fake_path(), with the flag that fanotify uses too), on 6.12 the
 * path of the layer, which is on a private clone of a mount. So are the paths of what overlayfs
 * opens to copy a file up or to list a directory; but fanotify may hand out a file by such a path.
 */
static inline bool rf_is_backing(struct file *file)
{
	if (file->f_mode & FMODE_NOACCOUNT)
		return file->f_inode != file->f_path.dentry->d_inode ||
		       rf_is_private_clone(rf_u64(file->f_path.mnt));
	if (file->f_flags & RF_FANOTIFY_FLAGS)
		return false;
	return rf_is_private_clone(rf_u64(file->f_path.mnt));
}

static inline __u32 rf_open_ops(struct file *file)
{
	__u32 flags = file->f_flags, ops;

	if (flags & RF_FMODE_EXEC)
		return RF_OP_BIT(RF_OP_EXEC);
	ops = rf_descriptor_ops(file);
	if (flags & O_TRUNC)
		ops = (ops & ~RF_OP_BIT(RF_OP_APPEND)) | RF_OP_BIT(RF_OP_WRITE);
	if (flags & RF_O_TMPFILE)
		ops |= RF_OP_BIT(RF_OP_CREATE);
	return ops;
}

/* What of an open changes the object. */
#define RF_CHANGES (RF_OP_BIT(RF_OP_WRITE) | RF_OP_BIT(RF_OP_APPEND) | RF_OP_BIT(RF_OP_CREATE))

/* /proc/PID/mem, /proc/PID/task/TID/mem, on whatever procfs. */
static inline bool rf_is_memory(struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	char name[4] = {};

	if (dentry->d_sb->s_magic != PROC_SUPER_MAGIC || dentry->d_name.len != 3)
		return false;
	bpf_probe_read_kernel(name, 3, dentry->d_name.name);
	return name[0] == 'm' && name[1] == 'e' && name[2] == 'm';
}

/*
 * open(O_TRUNC) of what is there reaches the truncation hook next: one event is enough. What is
 * noted is the very path in the very file, of which no truncate() can have one and no ftruncate()
 * before this open is over. Of an open that then fails for another reason a note remains; the next
 * open that truncates, or the next truncation, takes it away. At worst a later file, put in the
 * same place, is the same one opened again.
 */
static inline void rf_note_truncation(struct file *file)
{
	struct rf_scratch *scratch = rf_scratch_get();

	if (!scratch)
		return;
	scratch->truncating = 0;
	if ((file->f_mode & FMODE_CREATED) || (file->f_inode->i_mode & S_IFMT) != S_IFREG)
		return;
	scratch->truncating = rf_u64(file) + bpf_core_field_offset(struct file, f_path);
	scratch->truncated = rf_u64(file->f_path.dentry);
}

SEC("lsm/file_open")
int BPF_PROG(rf_file_open, struct file *file, int ret)
{
	struct rf_object obj;
	struct rf_task *rec;
	__u32 ops;

	if (ret)
		return ret;
	if (!rf_confined(&rec) || rf_is_backing(file))
		return 0;
	ops = rf_open_ops(file);
	if (rf_is_pathless(&file->f_path)) {
		if ((ops & RF_OP_BIT(RF_OP_EXEC)) &&
		    rf_refuse_kind(rec, RF_OP_EXEC, RF_PATH_UNLINKED))
			return -EACCES;
		return 0;
	}
	obj = rf_object_of(&file->f_path);
	if (rf_check_path(rec, &obj, ops, file->f_flags & RF_O_TMPFILE ? RF_LEAF_TMPFILE : 0))
		return -EACCES;
	/* O_APPEND means nothing to it: appending is writing. */
	if ((ops & (RF_OP_BIT(RF_OP_WRITE) | RF_OP_BIT(RF_OP_APPEND))) && rf_is_memory(file) &&
	    rf_check_privilege(rec, RF_PRIV_PTRACE, RF_REASON_POLICY, &obj))
		return -EPERM;
	if (((ops & RF_CHANGES) || file->f_inode->i_sb->s_magic == BPF_FS_MAGIC) &&
	    rf_refuse_special(rec, &obj, ops & RF_CHANGES))
		return -EPERM;
	if (file->f_flags & O_TRUNC)
		rf_note_truncation(file);
	return 0;
}

static inline bool rf_has_lost_its_names(struct dentry *dentry)
{
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);

	return inode && !BPF_CORE_READ(inode, i_nlink);
}

/* The truncation is decided in full; only an event that open() has already sent is left out. */
static __always_inline int rf_truncate(struct rf_task *rec, const struct path *path, __u64 place)
{
	struct rf_scratch *scratch = rf_scratch_get();
	struct rf_object obj = rf_object_of(path);
	__u32 flags = 0;

	if (scratch) {
		if (scratch->truncating == place && scratch->truncated == obj.dentry)
			flags = RF_CHECK_TOLD;
		scratch->truncating = 0;
	}
	if (rf_check_path(rec, &obj, RF_OP_BIT(RF_OP_WRITE), flags))
		return -EACCES;
	return 0;
}

/*
 * On kernels where ftruncate() comes here too, an object that has lost its last name passes: it was
 * opened for writing under a verdict, and no rule can name it any more.
 */
SEC("lsm/path_truncate")
int BPF_PROG(rf_path_truncate, const struct path *path, int ret)
{
	struct rf_task *rec;

	if (ret)
		return ret;
	if (!rf_confined(&rec) || rf_is_pathless(path))
		return 0;
	if (!rf_split_truncate && rf_has_lost_its_names(path->dentry))
		return 0;
	return rf_truncate(rec, path, rf_u64(path));
}

/*
 * The descriptor is open for writing, which was judged, O_TRUNC included. Only one that was opened
 * to append gains something.
 */
SEC("lsm/file_truncate")
int BPF_PROG(rf_file_truncate, struct file *file, int ret)
{
	struct rf_task *rec;

	if (ret)
		return ret;
	if (!(file->f_flags & O_APPEND))
		return 0;
	if (!rf_confined(&rec) || rf_is_pathless(&file->f_path))
		return 0;
	return rf_truncate(rec, &file->f_path,
			   rf_u64(file) + bpf_core_field_offset(struct file, f_path));
}

SEC("lsm/file_fcntl")
int BPF_PROG(rf_file_fcntl, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
	struct rf_object obj;
	struct rf_task *rec;

	if (!ret)
		ret = rf_owner_fcntl(file, cmd, arg);
	if (ret)
		return ret;
	if (cmd != F_SETFL || !(file->f_flags & O_APPEND) || (arg & O_APPEND) ||
	    !(file->f_mode & FMODE_WRITE))
		return 0;
	if (!rf_confined(&rec) || rf_is_pathless(&file->f_path))
		return 0;
	obj = rf_object_of(&file->f_path);
	if (rf_check_path(rec, &obj, RF_OP_BIT(RF_OP_WRITE), 0))
		return -EACCES;
	return 0;
}
