// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Privileged operations, each denied unless the policy grants its word. What
 * has no hook on these kernels (open_tree, fsmount, mount_setattr,
 * io_uring_setup and others) is closed by the seccomp filter: the table in
 * policy/privilege.c says which word is enforced where.
 *
 *   sb_mount sb_kern_mount sb_umount sb_remount sb_pivotroot move_mount   mount
 *   userns_create                                           userns
 *   ptrace_access_check ptrace_traceme                      ptrace
 *   uring_sqpoll uring_override_creds uring_cmd             io_uring
 *   kernel_load_data kernel_read_file                       module, kexec
 *   syslog settime perf_event_open quotactl                 syslog, time, perf, quota
 *   key_alloc                                               keyring
 *
 * The last three lines are what hooks see of system calls that the filter refuses before: for who
 * has entered the container's cgroup, and has no filter.
 */
#include "check_privilege.h"
#include "pins.h"

/* Is the caller in one of the system calls from..to, or, through the 32-bit entry, from32..to32? */
static inline bool rf_is_called_by(__u32 from, __u32 to, __u32 from32, __u32 to32)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	__u64 number = BPF_CORE_READ(regs, orig_ax);

	if (task->thread_info.status & TS_COMPAT)
		return number >= from32 && number <= to32;
	return number >= from && number <= to;
}

static inline int rf_privileged(__u32 privilege, __u32 reason, struct rf_object *obj, int ret)
{
	struct rf_task *rec;

	if (ret)
		return ret;
	if (rf_confined(&rec) && rf_check_privilege(rec, privilege, reason, obj))
		return -EPERM;
	return 0;
}

static inline int rf_privilege(__u32 privilege, struct rf_object *obj, int ret)
{
	return rf_privileged(privilege, RF_REASON_POLICY, obj, ret);
}

/* Ringfence's pins are not to be covered, moved or unmounted, whatever is granted. */
static inline __u32 rf_mount_reason(__u64 sb)
{
	return rf_holds_pins(sb) ? RF_REASON_SELF : RF_REASON_POLICY;
}

static inline int rf_mounting(const struct path *path, int ret)
{
	struct rf_object obj = rf_object_of(path);

	return rf_privileged(RF_PRIV_MOUNT, rf_mount_reason(rf_u64(path->mnt->mnt_sb)), &obj, ret);
}

static inline int rf_unmounting(struct rf_object *obj, int ret)
{
	struct rf_task *rec;
	__u32 reason = RF_REASON_POLICY;

	if (ret)
		return ret;
	if (!rf_confined(&rec))
		return 0;
	if (rf_carries_pins(obj))
		reason = RF_REASON_SELF;
	return rf_privileged(RF_PRIV_MOUNT, reason, obj, ret);
}

SEC("lsm/sb_mount")
int BPF_PROG(rf_sb_mount, const char *dev_name, const struct path *path, const char *type,
	     unsigned long flags, void *data, int ret)
{
	return rf_mounting(path, ret);
}

/* mount() was judged by sb_mount, which knows the place. */
static inline bool rf_mount_is_judged(void)
{
	return rf_is_called_by(RF_NR_MOUNT, RF_NR_MOUNT, RF_NR32_MOUNT, RF_NR32_MOUNT);
}

/* fsopen() and fsconfig(), where no filter refuses them. */
SEC("lsm/sb_kern_mount")
int BPF_PROG(rf_sb_kern_mount, struct super_block *sb, int ret)
{
	if (ret || rf_mount_is_judged())
		return ret;
	return rf_privilege(RF_PRIV_MOUNT, NULL, ret);
}

SEC("lsm/sb_umount")
int BPF_PROG(rf_sb_umount, struct vfsmount *mnt, int flags, int ret)
{
	struct rf_object obj = {.dentry = rf_u64(mnt->mnt_root), .vfsmount = rf_u64(mnt)};

	return rf_unmounting(&obj, ret);
}

SEC("lsm/sb_remount")
int BPF_PROG(rf_sb_remount, struct super_block *sb, void *mnt_opts, int ret)
{
	if (ret || rf_mount_is_judged())
		return ret;
	return rf_privileged(RF_PRIV_MOUNT, rf_mount_reason(rf_u64(sb)), NULL, ret);
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(rf_sb_pivotroot, const struct path *old_path, const struct path *new_path, int ret)
{
	return rf_mounting(new_path, ret);
}

SEC("lsm/move_mount")
int BPF_PROG(rf_move_mount, const struct path *from_path, const struct path *to_path, int ret)
{
	struct rf_object from = rf_object_of(from_path);
	struct rf_task *rec;

	if (!ret && rf_confined(&rec) && rf_carries_pins(&from))
		return rf_privileged(RF_PRIV_MOUNT, RF_REASON_SELF, &from, ret);
	return rf_mounting(to_path, ret);
}

SEC("lsm/userns_create")
int BPF_PROG(rf_userns_create, const struct cred *cred, int ret)
{
	return rf_privilege(RF_PRIV_USERNS, NULL, ret);
}

/*
 * Within the domain: looking (PTRACE_MODE_READ: /proc/PID/maps and the like) is free, attaching
 * needs the privilege. Towards a task that is not armed in the same domain both are refused,
 * whatever is granted: through it the caller would leave its confinement.
 */
SEC("lsm/ptrace_access_check")
int BPF_PROG(rf_ptrace_check, struct task_struct *child, unsigned int mode, int ret)
{
	__u32 privilege = RF_PRIV_PTRACE, reason = RF_REASON_POLICY;
	struct rf_task *rec;

	if (ret)
		return ret;
	if (!rf_confined(&rec))
		return 0;
	if (!rf_same_domain(rec, child))
		reason = RF_REASON_OUTSIDE;
	else if (!(mode & PTRACE_MODE_ATTACH))
		return 0;
	/* Probing: `ps` asks for every process, and takes no for an answer. */
	if (mode & PTRACE_MODE_NOAUDIT)
		privilege |= RF_QUIETLY;
	if (rf_check_privilege(rec, privilege, reason, NULL))
		return -EPERM;
	return 0;
}

/* `parent` will trace the caller. */
SEC("lsm/ptrace_traceme")
int BPF_PROG(rf_ptrace_traceme, struct task_struct *parent, int ret)
{
	__u32 reason = RF_REASON_POLICY;
	struct rf_task *rec;

	if (ret)
		return ret;
	if (!rf_confined(&rec))
		return 0;
	if (!rf_same_domain(rec, parent))
		reason = RF_REASON_OUTSIDE;
	if (rf_check_privilege(rec, RF_PRIV_PTRACE, reason, NULL))
		return -EPERM;
	return 0;
}

SEC("lsm/uring_sqpoll")
int BPF_PROG(rf_uring_sqpoll, int ret)
{
	return rf_privilege(RF_PRIV_IO_URING, NULL, ret);
}

SEC("lsm/uring_override_creds")
int BPF_PROG(rf_uring_creds, const struct cred *new, int ret)
{
	return rf_privilege(RF_PRIV_IO_URING, NULL, ret);
}

SEC("lsm/uring_cmd")
int BPF_PROG(rf_uring_cmd, void *ioucmd, int ret)
{
	return rf_privilege(RF_PRIV_IO_URING, NULL, ret);
}

/*
 * Of what the kernel loads, modules and kernels are loaded for whoever asks. The rest (firmware
 * foremost) it fetches for itself, by its own names, whoever happens to run.
 */
static inline int rf_loading(int what, int ret)
{
	switch (what) {
	case READING_MODULE:
		return rf_privilege(RF_PRIV_MODULE, NULL, ret);
	case READING_KEXEC_IMAGE:
	case READING_KEXEC_INITRAMFS:
		return rf_privilege(RF_PRIV_KEXEC, NULL, ret);
	default:
		return ret;
	}
}

SEC("lsm/kernel_load_data")
int BPF_PROG(rf_load_data, int id, bool contents, int ret)
{
	return rf_loading(id, ret);
}

SEC("lsm/kernel_read_file")
int BPF_PROG(rf_read_file, struct file *file, int id, bool contents, int ret)
{
	return rf_loading(id, ret);
}

/* /proc/kmsg and /dev/kmsg, opened to be read, come here too. */
SEC("lsm/syslog")
int BPF_PROG(rf_syslog, int type, int ret)
{
	return rf_privilege(RF_PRIV_SYSLOG, NULL, ret);
}

SEC("lsm/settime")
int BPF_PROG(rf_settime, const void *ts, const void *tz, int ret)
{
	return rf_privilege(RF_PRIV_TIME, NULL, ret);
}

/* Asked once for each call, and again for what the counter is to count. */
static inline int rf_perf(int type, int ret)
{
	if (ret || type != PERF_SECURITY_OPEN)
		return ret;
	return rf_privilege(RF_PRIV_PERF, NULL, ret);
}

/* The loader takes the one that fits: older kernels have the attributes before the type. */
SEC("lsm/perf_event_open")
int BPF_PROG(rf_perf_open_one, int type, int ret)
{
	return rf_perf(type, ret);
}

SEC("lsm/perf_event_open")
int BPF_PROG(rf_perf_open_two, void *attr, int type, int ret)
{
	return rf_perf(type, ret);
}

SEC("lsm/quotactl")
int BPF_PROG(rf_quotactl, int cmds, int type, int id, struct super_block *sb, int ret)
{
	return rf_privilege(RF_PRIV_QUOTA, NULL, ret);
}

/* Keys that the kernel makes for itself while it serves a task (NFS, CIFS, DNS) are not the task's
 * doing. */
SEC("lsm/key_alloc")
int BPF_PROG(rf_key_alloc, void *key, const struct cred *cred, unsigned long flags, int ret)
{
	if (ret || !rf_is_called_by(RF_NR_ADD_KEY, RF_NR_KEYCTL, RF_NR32_ADD_KEY, RF_NR32_KEYCTL))
		return ret;
	return rf_privilege(RF_PRIV_KEYRING, NULL, ret);
}
