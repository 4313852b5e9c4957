/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's structures, as far as the programs read them. Each declares
 * only the members used; preserve_access_index makes libbpf put in the real
 * offsets at load time from the running kernel's BTF (CO-RE), so nothing here
 * is a layout and the build needs no kernel's BTF. Numbers that are no
 * members (flags, magics) name the kernel header they come from; all are the
 * same in Linux 6.1 and 6.12.
 */
#ifndef RF_KERNEL_H
#define RF_KERNEL_H

#include <linux/types.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
	__u32 len;
	const unsigned char *name;
};

struct seqcount {
	unsigned int sequence;
};

struct timespec64 {
	__s64 tv_sec;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct list_head {
	struct list_head *next;
};

struct super_block {
	__u32 s_dev;
	unsigned long s_flags;
	unsigned long s_magic;
	void *s_encoding; /* of names, CONFIG_UNICODE: its directories fold case one by one */
	struct list_head s_mounts; /* by mnt_instance */
};

struct inode {
	__u16 i_mode;
	unsigned int i_flags;
	unsigned int i_nlink;
	unsigned long i_ino;
	__u32 i_generation;
	unsigned long i_state;
	__u32 i_rdev;
	struct super_block *i_sb;
};

struct dentry {
	unsigned int d_flags;
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	unsigned char d_iname[32]; /* 40 on 6.12 */
	struct super_block *d_sb;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	int mnt_flags;
};

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
	__u64 seq;   /* the namespace's own, for good; 0: none that a task can be in */
	__u64 event; /* number of the last change to its tree, of those to all trees */
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct list_head mnt_mounts; /* of those on it, by mnt_child */
	struct list_head mnt_child;
	struct list_head mnt_instance; /* of the same super block */
	struct mnt_namespace *mnt_ns;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	__u32 f_mode;
	__u32 f_flags;
	struct path f_path;
	struct inode *f_inode;
};

/* fs/file_table.c; since 6.7 with the path the user sees (def3ae83da02). */
struct backing_file___new {
	struct file file;
	struct path user_path;
};

/* fs/overlayfs/ovl_entry.h; what is below an inode moved in 6.5 (0af950f57fef). */
struct ovl_path {
	struct dentry *dentry;
};

struct ovl_inode {
	struct inode vfs_inode;
	struct dentry *__upperdentry;
};

struct ovl_inode___one {
	struct inode *lowerdata; /* of regular files */
	struct ovl_path lowerpath;
};

struct ovl_entry___new {
	unsigned int __numlower;
	struct ovl_path __lowerstack[];
};

struct ovl_inode___many {
	struct ovl_entry___new *oe;
};

struct iattr {
	unsigned int ia_valid;
};

struct linux_binprm {
	struct file *file;
};

struct mm_struct {
	struct file *exe_file;
};

struct vm_area_struct {
	unsigned long vm_flags;
	struct file *vm_file;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct cred;

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct upid {
	int nr;
};

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID, PIDTYPE_SID };

struct pid {
	unsigned int level;
	struct hlist_head tasks[4];
	struct upid numbers[];
};

/* Whom the signals of a file go to. Part of struct file; since 6.12 pointed to, and back. */
struct fown_struct {
	struct file *file;
	struct pid *pid;
	enum pid_type pid_type;
};

struct file___part {
	struct fown_struct f_owner;
};

struct file___pointer {
	struct fown_struct *f_owner;
};

struct signal_struct {
	struct pid *pids[4];
};

/* fs/proc/internal.h */
struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup_subsys_state {
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	int level;
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

/* include/linux/bpf_local_storage.h */
struct bpf_local_storage_data {
	void *smap;
	__u8 data[];
};

struct bpf_local_storage_elem {
	struct hlist_node snode;
	struct bpf_local_storage_data sdata;
};

struct bpf_local_storage {
	struct bpf_local_storage_data *cache[16];
	struct hlist_head list;
};

struct bpf_local_storage_map {
	__u16 cache_idx;
};

struct rb_node {
	unsigned long __rb_parent_color;
};

struct thread_info {
	__u32 status;
};

struct task_struct {
	struct thread_info thread_info;
	int pid;
	int tgid;
	int exit_state;
	struct mm_struct *mm;
	unsigned in_execve : 1;
	struct task_struct *real_parent;
	const struct cred *real_cred;
	const struct cred *cred;
	struct pid *thread_pid;
	struct hlist_node pid_links[4];
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct css_set *cgroups;
	struct bpf_local_storage *bpf_storage;
};

/* Registers at system call entry; arch/x86/include/asm/ptrace.h. */
struct pt_regs {
	unsigned long bp, bx, r10, r9, r8, cx, dx, si, di, orig_ax;
};

/* arch/x86/include/asm/current.h, since 6.2 */
struct pcpu_hot {
	int preempt_count;
};

struct seq_file;

/* include/linux/bpf.h, kernel/bpf/task_iter.c */
struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

struct sock;

struct socket {
	struct sock *sk;
};

/* include/net/af_unix.h */
struct unix_sock {
	struct path path;
};

union bpf_attr;

/* include/linux/bpf.h; BPF_OBJ_NAME_LEN is 16 */
struct bpf_map {
	char name[16];
};

struct bpf_prog_aux {
	char name[16];
};

struct bpf_prog {
	struct bpf_prog_aux *aux;
};

#pragma clang attribute pop

/* include/linux/fs.h */
#define FMODE_READ    0x1u
#define FMODE_WRITE   0x2u
#define FMODE_PATH    0x4000u
#define FMODE_CREATED 0x100000u
/*
 * In f_mode of files that stacked file systems open for themselves, and of O_PATH's. (FMODE_BACKING
 * would say it better, but its bit is another one on each kernel.)
 */
#define FMODE_NOACCOUNT	 0x20000000u
#define FMODE_ATOMIC_POS 0x8000u /* fs/open.c, do_dentry_open(): a regular file or a directory */
#define RF_FMODE_EXEC	 0x20u	 /* __FMODE_EXEC, in f_flags */
/*
 * __FMODE_NONOTIFY in f_flags: bit 26 on 6.1, 25 on 6.12. Only fanotify sets it, for the files it
 * opens for its reader; user space cannot pass it, and no O_ flag lies there.
 */
#define RF_FANOTIFY_FLAGS 0x6000000u
#define S_PRIVATE	  (1u << 9)   /* in i_flags */
#define I_LINKABLE	  (1ul << 10) /* in i_state: O_TMPFILE without O_EXCL */
#define S_CASEFOLD	  (1u << 15)  /* in i_flags, of a directory */

/* include/linux/dcache.h, in d_flags: names below are not compared byte by byte */
#define DCACHE_OP_COMPARE 0x2u

#define PAGE_SIZE 4096

/* include/linux/mount.h: a mount the kernel made for itself; clones do not inherit it. */
#define MNT_INTERNAL	0x4000
#define MNT_SHARED	0x1000
#define MNT_NS_INTERNAL ((__u64)-22l) /* fs/mount.h: ERR_PTR(-EINVAL) */

/* include/linux/magic.h */
#define PROC_SUPER_MAGIC      0x9fa0ul
#define SYSFS_MAGIC	      0x62656572ul
#define DEBUGFS_MAGIC	      0x64626720ul
#define TRACEFS_MAGIC	      0x74726163ul
#define SECURITYFS_MAGIC      0x73636673ul
#define CONFIGFS_MAGIC	      0x62656570ul /* fs/configfs/mount.c */
#define EFIVARFS_MAGIC	      0xde5e81e4ul
#define PSTOREFS_MAGIC	      0x6165676Cul
#define BINFMTFS_MAGIC	      0x42494e4dul
#define FUSE_CTL_MAGIC	      0x65735543ul /* fs/fuse/fuse_i.h */
#define NFSD_MAGIC	      0x6e667364ul /* fs/nfsd/nfsctl.c */
#define SELINUX_MAGIC	      0xf97cff8cul
#define SMACK_MAGIC	      0x43415d53ul
#define XENFS_SUPER_MAGIC     0xabba1974ul
#define RDTGROUP_MAGIC	      0x7655821ul
#define AAFS_MAGIC	      0x5a3c69f0ul
#define CGROUP_SUPER_MAGIC    0x27e0ebul
#define CGROUP2_SUPER_MAGIC   0x63677270ul
#define BPF_FS_MAGIC	      0xcafe4a11ul
#define OVERLAYFS_SUPER_MAGIC 0x794c7630ul
#define TMPFS_MAGIC	      0x01021994ul
#define HUGETLBFS_MAGIC	      0x958458f6ul

/* asm-generic/fcntl.h, x86-64's values */
#define O_ACCMODE    00000003
#define O_CREAT	     00000100
#define O_TRUNC	     00001000
#define O_APPEND     00002000
#define FASYNC	     00020000
#define RF_O_TMPFILE 020000000 /* __O_TMPFILE */

/* include/uapi/linux/stat.h */
#define S_IFMT	 00170000
#define S_IFBLK	 0060000
#define S_IFDIR	 0040000
#define S_IFREG	 0100000
#define S_IFCHR	 0020000
#define S_IFSOCK 0140000

/* include/uapi/asm-generic/mman-common.h; include/linux/mm.h */
#define PROT_WRITE  0x2
#define PROT_EXEC   0x4
#define MAP_TYPE    0x0f
#define MAP_PRIVATE 0x02
#define VM_WRITE    0x2ul
#define VM_EXEC	    0x4ul
#define VM_SHARED   0x8ul

/* include/uapi/asm-generic/fcntl.h, ioctls.h; include/uapi/linux/fs.h (renameat2) */
#define F_SETFL		4
#define F_SETOWN	8
#define F_SETSIG	10
#define F_SETOWN_EX	15
#define F_SETLEASE	1024
#define F_NOTIFY	1026
#define FIOASYNC	0x5452u
#define FIOSETOWN	0x8901u
#define SIOCSPGRP	0x8902u
#define TIOCSTI		0x5412u
#define TIOCLINUX	0x541Cu
#define RENAME_EXCHANGE (1u << 1)
#define RENAME_WHITEOUT (1u << 2)

/* arch/x86/include/asm/thread_info.h: the system call came through the 32-bit entry. */
#define TS_COMPAT 0x2

/* include/linux/ptrace.h */
#define PTRACE_MODE_READ    0x01u
#define PTRACE_MODE_ATTACH  0x02u
#define PTRACE_MODE_NOAUDIT 0x04u

/* include/linux/kernel_read_file.h; enum kernel_load_data_id has the same numbers. */
#define READING_MODULE		2
#define READING_KEXEC_IMAGE	3
#define READING_KEXEC_INITRAMFS 4

#define PERF_SECURITY_OPEN 0 /* include/linux/perf_event.h */

/* System call numbers, 64-bit and of the 32-bit entry. */
#define RF_NR_MOUNT	165
#define RF_NR32_MOUNT	21
#define RF_NR_ADD_KEY	248 /* add_key, request_key, keyctl */
#define RF_NR_KEYCTL	250
#define RF_NR32_ADD_KEY 286
#define RF_NR32_KEYCTL	288

/* include/uapi/asm-generic/errno-base.h */
#define EPERM  1
#define EAGAIN 11
#define EACCES 13

#endif
