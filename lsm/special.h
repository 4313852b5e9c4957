/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File systems that are no storage: what is written there changes the kernel,
 * whatever path the policy knows it by, through whatever mount. So the
 * superblock and the place in it decide, after the path rules have allowed:
 *
 *   procfs, below a process    free within the domain; towards a task outside: refused (ptrace)
 *   procfs otherwise           /proc/sys, sysrq-trigger and the like: privilege sysctl
 *   sysfs debugfs tracefs securityfs configfs efivarfs pstore binfmt_misc ...    privilege sysctl
 *   cgroup v1                  privilege cgroup (release_agent executes a program outside)
 *   cgroup v2                  free below the domain's own cgroup, and in it what the kernel calls
 *                              delegated; otherwise, and to move tasks, privilege cgroup
 *   bpffs                      privilege bpf, for reading as well; the one that holds ringfence's
 *                              own pins is refused whatever is granted
 *   /run/ringfence             refused whatever is granted: who has the control socket's name there
 *                              is taken for the daemon. Found by inode, with what is in it
 *
 * AppArmor's (aafs) is on a mount of the kernel's own, which a link in securityfs leads to: there
 * no path rule speaks, and this alone does.
 *
 * Reading the others is for the path rules alone. rf_special() decides, and leaves it to its caller
 * to ask for the privilege: the verifier counts stack and frames along a chain of calls.
 */
#ifndef RF_SPECIAL_H
#define RF_SPECIAL_H

#include "check_privilege.h"
#include "pins.h"

/* No privilege needed; otherwise RF_NEEDS(). */
#define RF_NEEDS_NOTHING      0
#define RF_NEEDS(priv, why)   (1u << 31 | (why) << 8 | (priv))
#define RF_NEEDED_PRIV(needs) ((needs)&0xffu)
#define RF_NEEDED_WHY(needs)  (((needs) >> 8) & 0xffu)

static inline bool rf_is_settings(unsigned long magic)
{
	switch (magic) {
	case SYSFS_MAGIC:
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
	case SECURITYFS_MAGIC:
	case CONFIGFS_MAGIC:
	case EFIVARFS_MAGIC:
	case PSTOREFS_MAGIC:
	case BINFMTFS_MAGIC:
	case FUSE_CTL_MAGIC:
	case NFSD_MAGIC:
	case SELINUX_MAGIC:
	case SMACK_MAGIC:
	case XENFS_SUPER_MAGIC:
	case RDTGROUP_MAGIC:
	case AAFS_MAGIC:
		return true;
	default:
		return false;
	}
}

/* Does rf_special() have anything to say of this kind of file system? */
static inline bool rf_is_no_storage(unsigned long magic)
{
	return magic == PROC_SUPER_MAGIC || magic == CGROUP_SUPER_MAGIC ||
	       magic == CGROUP2_SUPER_MAGIC || magic == BPF_FS_MAGIC || rf_is_settings(magic);
}

static inline __u32 rf_special_proc(struct rf_task *rec, __u64 dentry)
{
	__u64 pid = rf_proc_pid(dentry);

	/* Without a pid it is no process's, /proc/PID/net included. */
	if (!pid)
		return RF_NEEDS(RF_PRIV_SYSCTL, RF_REASON_POLICY);
	if (rf_same_domain_at(rec, rf_task_of(pid)))
		return RF_NEEDS_NOTHING;
	return RF_NEEDS(RF_PRIV_PTRACE, RF_REASON_OUTSIDE);
}

/* --- cgroup v2 ------------------------------------------------------------------------------ */

struct rf_climb {
	__u64 dentry;
	__u64 id;	/* of the cgroup to be met */
	__u32 distance; /* from the object up to it */
	__u32 met;
};

static long rf_climb_step(__u32 index, struct rf_climb *c)
{
	__u64 inode = (__u64)RF_READ(dentry, c->dentry, d_inode), parent;

	if (inode && RF_READ(inode, inode, i_ino) == c->id) {
		c->distance = index;
		c->met = true;
		return 1;
	}
	parent = (__u64)RF_READ(dentry, c->dentry, d_parent);
	if (!parent || parent == c->dentry)
		return 1;
	c->dentry = parent;
	return 0;
}

/* Is the dentry's name this one? `name` is a constant; `len` is its length, less than that of
 * `have`. */
static inline bool rf_is_named(__u64 dentry, const char *name, __u32 len)
{
	char have[24] = {};

	if (RF_READ(dentry, dentry, d_name.len) != len)
		return false;
	bpf_probe_read_kernel(have, len, RF_READ(dentry, dentry, d_name.name));
	return !bpf_strncmp(have, sizeof(have), name);
}

#define RF_IS_NAMED(dentry, text)                                                                  \
	({                                                                                         \
		static const char name_[] = text;                                                  \
		_Static_assert(sizeof(name_) <= 24, "name_ fits");                                 \
		rf_is_named(dentry, name_, sizeof(name_) - 1);                                     \
	})

/*
 * What is written into cgroup.procs is a number, which may be anybody's: who pulls a task into a
 * cgroup of its own can stop and kill it there. No hook sees the task.
 */
static inline bool rf_moves_tasks(__u64 dentry)
{
	return RF_IS_NAMED(dentry, "cgroup.procs") || RF_IS_NAMED(dentry, "cgroup.threads");
}

static inline bool rf_is_a_cgroup(__u64 dentry)
{
	__u64 inode = (__u64)RF_READ(dentry, dentry, d_inode);

	/* What is not there yet is about to be made by mkdir(), for nothing else is. */
	return !inode || (RF_READ(inode, inode, i_mode) & S_IFMT) == S_IFDIR;
}

static inline __u32 rf_special_cgroup(struct rf_task *rec, __u64 dentry)
{
	struct rf_domain *dom = rf_domain_of(rec->domain, rec->generation);
	struct rf_climb c = {.dentry = dentry};

	if (!dom || !dom->cgroup)
		return RF_NEEDS(RF_PRIV_CGROUP, RF_REASON_POLICY);
	c.id = dom->cgroup;
	bpf_loop(RF_CGROUP_DEPTH, rf_climb_step, &c, 0);
	if (!c.met || rf_moves_tasks(dentry))
		return RF_NEEDS(RF_PRIV_CGROUP, RF_REASON_POLICY);
	if (c.distance > 1)
		return RF_NEEDS_NOTHING;
	/* The domain's own cgroup: its limits are its host's to set. */
	if (c.distance == 1 &&
	    (rf_is_a_cgroup(dentry) || RF_IS_NAMED(dentry, "cgroup.subtree_control")))
		return RF_NEEDS_NOTHING;
	return RF_NEEDS(RF_PRIV_CGROUP, RF_REASON_POLICY);
}

/* --- ringfence's own ------------------------------------------------------------------------- */

static inline bool rf_is_run_dir(__u64 dentry)
{
	__u64 inode = (__u64)RF_READ(dentry, dentry, d_inode), ino;

	if (!inode)
		return false;
	ino = RF_READ(inode, inode, i_ino);
	return ino == rf_run_dirs[0] || ino == rf_run_dirs[1];
}

/* The directories with the control socket and the locks, and what is in them, by whatever path. */
static __always_inline bool rf_is_own(__u64 dentry, __u64 sb)
{
	if (!rf_run_dev || RF_READ(super_block, sb, s_dev) != rf_run_dev)
		return false;
	return rf_is_run_dir(dentry) || rf_is_run_dir((__u64)RF_READ(dentry, dentry, d_parent));
}

/* --- the decision ---------------------------------------------------------------------------- */

__weak __noinline __u32 rf_special(struct rf_task *rec, struct rf_object *obj, __u32 changes)
{
	unsigned long magic;
	__u64 sb;

	if (!rec || !obj)
		return RF_NEEDS_NOTHING; /* the check of the path has refused a record that is NULL
					  */
	sb = (__u64)RF_READ(dentry, obj->dentry, d_sb);
	magic = RF_READ(super_block, sb, s_magic);
	if (magic == BPF_FS_MAGIC)
		return RF_NEEDS(RF_PRIV_BPF, rf_holds_pins(sb) ? RF_REASON_SELF : RF_REASON_POLICY);
	if (!changes)
		return RF_NEEDS_NOTHING;
	if (rf_is_own(obj->dentry, sb))
		return RF_NEEDS(RF_PRIV_BPF, RF_REASON_SELF);
	if (!rf_is_no_storage(magic))
		return RF_NEEDS_NOTHING;
	if (magic == PROC_SUPER_MAGIC)
		return rf_special_proc(rec, obj->dentry);
	if (magic == CGROUP2_SUPER_MAGIC)
		return rf_special_cgroup(rec, obj->dentry);
	if (magic == CGROUP_SUPER_MAGIC)
		return RF_NEEDS(RF_PRIV_CGROUP, RF_REASON_POLICY);
	return RF_NEEDS(RF_PRIV_SYSCTL, RF_REASON_POLICY);
}

/* May the caller change the object, or, without `changes`, look at it? After the path's verdict. */
static inline bool rf_refuse_special(struct rf_task *rec, struct rf_object *obj, __u32 changes)
{
	__u32 needs = rf_special(rec, obj, changes);

	if (needs == RF_NEEDS_NOTHING)
		return false;
	return rf_check_privilege(rec, RF_NEEDED_PRIV(needs), RF_NEEDED_WHY(needs), obj);
}

#endif
