// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opening and truncating files, and what a descriptor may turn into.
 *
 *   file_open       read, write, append, exec (FMODE_EXEC: the program, its #! interpreters and the
 *                   ELF interpreter are all opened through it), device; what is asked for beside
 *                   (/proc/PID/mem, settings of the kernel): descriptor.h
 *   path_truncate   write; on 6.1 ftruncate() and open(O_TRUNC) come here too
 *   file_truncate   the same for those two on kernels that have it (6.2, 3350607dc5637)
 *   file_fcntl      write, when a descriptor that could only append is to lose O_APPEND; owner.h
 *
 * Files on mounts the kernel made for itself (pipes, memfds, anonymous inodes) have no path a
 * policy could name: reading and writing them is what their descriptor was given for; executing
 * them is refused, and what changes the kernel needs its privilege there too. What a stacked file
 * system (overlayfs) opens for itself, below a file already judged, is none of the caller's doing
 * and passes; what fanotify opens is the caller's doing.
 */
#include "descent.h"
#include "check_kind.h"
#include "check_path.h"
#include "check_privilege.h"
#include "descriptor.h"
#include "owner.h"
#include "special.h"

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

/* Opens that are something else than reading and writing what is there. */
#define RF_OPENS_OTHERWISE (O_TRUNC | RF_O_TMPFILE | RF_FMODE_EXEC)

/*
 * May the open be judged by what is remembered of the directory? Then what it asks for, which is
 * not nothing; 0 otherwise. (Opened with both bits of O_ACCMODE a file has neither mode.)
 *
 * Only regular files and directories. On 6.1, where each load costs seven instructions, the mode
 * has it: do_dentry_open() sets a flag for these, and no others, before it asks. Who has no
 * bpf_rdonly_cast() is 6.1; what the flag will mean one day does not matter.
 *
 * Modes are made into operations without a branch: for each the verifier would follow all that
 * comes after.
 */
static __always_inline __u32 rf_simple_ops(struct file *file)
{
	__u32 flags = file->f_flags, mode = file->f_mode, ops = mode & (FMODE_READ | FMODE_WRITE);

	if (!bpf_rdonly_cast) {
		if (!(mode & FMODE_ATOMIC_POS))
			return 0;
	} else {
		__u32 type = file->f_inode->i_mode & S_IFMT;

		if (type != S_IFREG && type != S_IFDIR)
			return 0;
	}
	if ((flags & RF_OPENS_OTHERWISE) || (mode & FMODE_NOACCOUNT)) {
		if ((mode & FMODE_NOACCOUNT) || (flags & RF_OPENS_OTHERWISE) != RF_FMODE_EXEC)
			return 0;
		return RF_OP_BIT(RF_OP_EXEC);
	}
	/* Of a file opened to append the bit that writes is added to itself, which is the next. */
	return ops + (ops & (flags / (O_APPEND / FMODE_WRITE)) & FMODE_WRITE);
}

_Static_assert(FMODE_READ == RF_OP_BIT(RF_OP_READ) && FMODE_WRITE == RF_OP_BIT(RF_OP_WRITE) &&
		   2 * FMODE_WRITE == RF_OP_BIT(RF_OP_APPEND),
	       "modes are operations");

/*
 * Most opens of a confined task: allowed, and nothing to tell. `domain` is the beginning of its
 * record (one that is not armed yet is free to do as it likes). False: perhaps.
 */
static __always_inline bool rf_is_simply_allowed(__u64 domain, struct task_struct *task,
						 struct file *file, __u32 ops)
{
	struct rf_domain *dom = rf_domain_of(domain, domain >> 32);
	const struct rf_image *img;
	__u32 renames = RF_RENAMES_UNKNOWN;

	if (!dom || !ops)
		return false;
	img = rf_image_in(&dom->image);
	if (!img)
		return false;
	return rf_is_allowed_here(dom, img, task, file, ops, &renames) ||
	       rf_is_allowed_above(dom, img, file, ops, renames);
}

SEC("lsm/file_open")
int BPF_PROG(rf_file_open, struct file *file, int ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct rf_task *rec = NULL;
	struct rf_object obj;
	__u64 domain;
	__u32 ops;

	if (ret)
		return ret;
	domain = bpf_rdonly_cast ? rf_domain_cached(task) : 0;
	if (!domain) {
		if (!rf_is_confined(task, &rec))
			return 0;
		if (rec)
			domain = (__u64)rec->generation << 32 | rec->domain;
	}
	if (rf_is_simply_allowed(domain, task, file, rf_simple_ops(file)))
		return 0;
	if (!rec && !rf_is_confined(task, &rec))
		return 0;
	if (rf_is_backing(file))
		return 0;
	ops = rf_forget(rf_open_ops(file));
	obj = rf_object_of(&file->f_path);
	if (rf_is_pathless(&file->f_path)) {
		if ((ops & RF_OP_BIT(RF_OP_EXEC)) &&
		    rf_refuse_kind(rec, RF_OP_EXEC, RF_PATH_UNLINKED))
			return -EACCES;
		return rf_refuse_use(rec, file, &obj, ops) ? -EPERM : 0;
	}
	if (rf_check_path(rec, &obj, ops, file->f_flags & RF_O_TMPFILE ? RF_LEAF_TMPFILE : 0))
		return -EACCES;
	if (rf_forget(rf_simple_ops(file)))
		rf_remember(rec, file);
	if (rf_refuse_use(rec, file, &obj, ops))
		return -EPERM;
	if (file->f_flags & O_TRUNC)
		rf_note_truncation(file);
	return 0;
}

/* The truncation is decided in full; only an event that open() has already sent is left out. */
static __always_inline int rf_truncate(struct rf_task *rec, const struct path *path, __u64 place,
				       __u32 flags)
{
	struct rf_scratch *scratch = rf_scratch_get();
	struct rf_object obj = rf_object_of(path);

	if (scratch) {
		if (scratch->truncating == place && scratch->truncated == obj.dentry)
			flags |= RF_CHECK_TOLD;
		scratch->truncating = 0;
	}
	if (rf_check_path(rec, &obj, RF_OP_BIT(RF_OP_WRITE), flags))
		return -EACCES;
	return 0;
}

/*
 * On kernels where ftruncate() comes here too, an object that may have lost its last name is judged
 * by that: it was opened for writing under a verdict about it. (truncate() can have the object from
 * a link in /proc, opened for whatever.)
 */
SEC("lsm/path_truncate")
int BPF_PROG(rf_path_truncate, const struct path *path, int ret)
{
	struct rf_task *rec;

	if (ret)
		return ret;
	if (!rf_confined(&rec) || rf_is_pathless(path))
		return 0;
	return rf_truncate(rec, path, rf_u64(path), rf_split_truncate ? 0 : RF_LEAF_NAMELESS);
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
			   rf_u64(file) + bpf_core_field_offset(struct file, f_path), 0);
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
