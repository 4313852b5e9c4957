// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mapping files into memory.
 *
 *   mmap_file       exec, for mappings made executable; write, for a shared and writable mapping of
 *                   a file that was opened to append
 *   file_mprotect   the same for mappings that become so
 *
 * Anonymous memory, shared or not, is nobody's file and not governed.
 */
#include "cache.h"
#include "check_kind.h"
#include "check_path.h"
#include "special.h"

/*
 * The path of a mapped file as the user opened it. A mapping on overlayfs holds the file of the
 * layer: on 6.1 that has the upper path, on 6.12 (since 6.7, def3ae83da02) it is on a private clone
 * and the upper path is beside it. False: there is no telling.
 */
static inline bool rf_mapped_object(struct file *file, struct rf_object *obj)
{
	struct backing_file___new *backing = (void *)file;

	obj->dentry = rf_u64(BPF_CORE_READ(file, f_path.dentry));
	obj->vfsmount = rf_u64(BPF_CORE_READ(file, f_path.mnt));
	if (!(BPF_CORE_READ(file, f_mode) & FMODE_NOACCOUNT) || !rf_is_private_clone(obj->vfsmount))
		return true;
	if (!bpf_core_field_exists(backing->user_path))
		return false;
	obj->dentry = rf_u64(BPF_CORE_READ(backing, user_path.dentry));
	obj->vfsmount = rf_u64(BPF_CORE_READ(backing, user_path.mnt));
	return true;
}

/*
 * Shared anonymous memory and System V's: a file that only the kernel knows
 * (shmem_kernel_file_setup()), with no descriptor that it could be executed by. A memfd has one,
 * and is not private. Of huge pages (hugetlb_file_setup()) only System V's are private; anonymous
 * memory is called as it always is, and the names of memfds begin otherwise.
 */
static inline bool rf_is_memory_alone(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	unsigned long magic = BPF_CORE_READ(inode, i_sb, s_magic);

	if (magic != TMPFS_MAGIC && magic != HUGETLBFS_MAGIC)
		return false;
	if (BPF_CORE_READ(inode, i_flags) & S_PRIVATE)
		return true;
	return magic == HUGETLBFS_MAGIC &&
	       RF_IS_NAMED(rf_u64(BPF_CORE_READ(file, f_path.dentry)), "anon_hugepage");
}

static __always_inline bool rf_check_mapping(struct rf_task *rec, struct file *file, __u32 op)
{
	struct rf_object obj;

	if (!rf_mapped_object(file, &obj))
		return rf_refuse_kind(rec, op, RF_PATH_DETACHED);
	if (RF_READ(vfsmount, obj.vfsmount, mnt_flags) & MNT_INTERNAL) {
		if (op != RF_OP_EXEC || rf_is_memory_alone(file))
			return false;
		return rf_refuse_kind(rec, op, RF_PATH_UNLINKED);
	}
	return rf_check_path(rec, &obj, RF_OP_BIT(op & 15), 0);
}

/*
 * Is a file to be mapped executable as it lies in a directory that is remembered, where all is
 * allowed that it takes? So it is with most libraries: their loader has just opened them.
 */
static __always_inline bool rf_executes_here(const struct rf_task *rec, struct task_struct *task,
					     struct file *file)
{
	struct rf_domain *dom = rf_domain_of(rec->domain, rec->generation);
	const struct rf_image *img = dom ? rf_image_in(&dom->image) : NULL;
	__u32 renames;

	if (!img || (file->f_mode & FMODE_NOACCOUNT) || (file->f_inode->i_mode & S_IFMT) != S_IFREG)
		return false;
	return rf_is_allowed_here(dom, img, task, file, RF_OP_BIT(RF_OP_EXEC), &renames);
}

/* Writing through a shared mapping is writing anywhere, which O_APPEND was not judged for. */
static inline bool rf_only_appends(struct file *file)
{
	return BPF_CORE_READ(file, f_flags) & O_APPEND;
}

SEC("lsm/mmap_file")
int BPF_PROG(rf_mmap_file, struct file *file, unsigned long reqprot, unsigned long prot,
	     unsigned long flags, int ret)
{
	bool executes = prot & PROT_EXEC; /* not `reqprot`: READ_IMPLIES_EXEC is in `prot` */
	bool writes = (prot & PROT_WRITE) && (flags & MAP_TYPE) != MAP_PRIVATE;
	struct task_struct *task;
	struct rf_task *rec;
	__u64 mapped = 0;

	if (ret)
		return ret;
	if (!executes && !writes)
		return 0;
	/* Read as memory: 6.12's verifier takes pointers among the arguments for never NULL. */
	if (!rf_confined(&rec) || bpf_probe_read_kernel(&mapped, sizeof(mapped), &ctx[0]) ||
	    !mapped)
		return 0;
	if (writes && rf_only_appends(file) && rf_check_mapping(rec, file, RF_OP_WRITE))
		return -EACCES;
	if (!executes)
		return 0;
	/* The loader mapping what execve has just opened, and file_open has judged. */
	task = bpf_get_current_task_btf();
	if (BPF_CORE_READ_BITFIELD(task, in_execve))
		return 0;
	if (rec && rf_executes_here(rec, task, file))
		return 0;
	if (rf_check_mapping(rec, file, RF_OP_EXEC))
		return -EACCES;
	return 0;
}

SEC("lsm/file_mprotect")
int BPF_PROG(rf_file_mprotect, struct vm_area_struct *vma, unsigned long reqprot,
	     unsigned long prot, int ret)
{
	unsigned long has = vma->vm_flags;
	bool executes = (prot & PROT_EXEC) && !(has & VM_EXEC);
	bool writes = (prot & PROT_WRITE) && (has & VM_SHARED) && !(has & VM_WRITE);
	struct rf_task *rec;
	struct file *file;

	if (ret)
		return ret;
	if (!executes && !writes)
		return 0;
	if (!rf_confined(&rec))
		return 0;
	file = vma->vm_file;
	if (!file)
		return 0;
	if (writes && rf_only_appends(file) && rf_check_mapping(rec, file, RF_OP_WRITE))
		return -EACCES;
	if (executes && rf_check_mapping(rec, file, RF_OP_EXEC))
		return -EACCES;
	return 0;
}
