/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals that a descriptor sends. A file has an owner, a process or a group,
 * which it sends SIGIO, or the signal that F_SETSIG chose, SIGKILL included;
 * when it does, only user ids are compared, and whoever made it so may be long
 * gone. So the arrangement is what is judged:
 *
 *   F_SETOWN      to the caller itself, or to nobody; anybody else: privilege signal. (The number
 *                 cannot be turned into a task here.)
 *   F_SETOWN_EX FIOSETOWN SIOCSPGRP
 *                 privilege signal: the number is behind a pointer, where another thread can
 *                 change it after it was looked at
 *   F_SETSIG F_NOTIFY F_SETLEASE, O_ASYNC through F_SETFL and FIOASYNC
 *                 privilege signal where the owner is already somebody outside the domain
 *   O_ASYNC on a character device
 *                 privilege signal: a terminal makes its foreground process group the owner
 */
#ifndef RF_OWNER_H
#define RF_OWNER_H

#include "check_privilege.h"

/* Reads a number of the kernel's into `ret`. False: it cannot be read. */
#define RF_READ_INTO(ret, at) (!bpf_probe_read_kernel(&(ret), sizeof(ret), (const void *)(at)))

/* Where the owner of a file is noted; 0: nowhere, it has none. */
static inline bool rf_owner_of(struct file *file, __u64 *ret)
{
	if (!bpf_core_field_exists(struct fown_struct, file)) {
		*ret = rf_u64(file) + bpf_core_field_offset(struct file___part, f_owner);
		return true;
	}
	return RF_READ_INTO(*ret,
			    rf_u64(file) + bpf_core_field_offset(struct file___pointer, f_owner));
}

/* What cannot be read is outside. */
static inline bool rf_owner_is_outside(const struct rf_task *rec, struct file *file)
{
	__u64 owner, pid, task;

	if (!rf_owner_of(file, &owner))
		return true;
	if (!owner)
		return false;
	if (!RF_READ_INTO(pid, owner + bpf_core_field_offset(struct fown_struct, pid)))
		return true;
	if (!pid)
		return false;
	if (RF_READ(fown_struct, owner, pid_type) > PIDTYPE_TGID) /* a group, of whomsoever */
		return true;
	task = rf_task_of(pid);
	return task && !rf_same_domain_at(rec, task);
}

/* The caller's process number, as its own PID namespace counts. */
static inline int rf_own_number(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 pid = (__u64)BPF_CORE_READ(task, signal, pids[1]);
	__u64 at = pid + bpf_core_field_offset(struct pid, numbers) +
		   RF_READ(pid, pid, level) * bpf_core_type_size(struct upid);

	return RF_READ(upid, at, nr);
}

static inline bool rf_is_char_device(struct file *file)
{
	return (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) == S_IFCHR;
}

static inline int rf_refuse_owner(struct rf_task *rec)
{
	if (rf_check_privilege(rec, RF_PRIV_SIGNAL | RF_TOWARDS, RF_REASON_POLICY, NULL))
		return -EPERM;
	return 0;
}

static inline bool rf_fcntl_arranges(unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case F_SETOWN: /* an int, whatever the register holds */
		return (int)arg != 0;
	case F_SETFL:
		return arg & FASYNC;
	case F_SETOWN_EX:
	case F_SETSIG:
	case F_NOTIFY:
	case F_SETLEASE:
		return true;
	default:
		return false;
	}
}

static inline bool rf_fcntl_reaches_out(struct rf_task *rec, struct file *file, unsigned int cmd,
					unsigned long arg)
{
	switch (cmd) {
	case F_SETOWN:
		return (int)arg != rf_own_number();
	case F_SETOWN_EX:
		return true;
	case F_SETFL:
		if (rf_is_char_device(file))
			return true;
		break;
	}
	return rf_owner_is_outside(rec, file);
}

/* Whose signals does the caller arrange for? */
static inline int rf_owner_fcntl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct rf_task *rec;

	if (!rf_fcntl_arranges(cmd, arg) || !rf_confined(&rec) ||
	    !rf_fcntl_reaches_out(rec, file, cmd, arg))
		return 0;
	return rf_refuse_owner(rec);
}

static inline int rf_owner_ioctl(struct file *file, unsigned int cmd)
{
	struct rf_task *rec;

	if (cmd != FIOASYNC && cmd != FIOSETOWN && cmd != SIOCSPGRP)
		return 0;
	/* These two are of sockets alone. */
	if (cmd != FIOASYNC && (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	if (!rf_confined(&rec))
		return 0;
	if (cmd == FIOASYNC && !rf_is_char_device(file) && !rf_owner_is_outside(rec, file))
		return 0;
	return rf_refuse_owner(rec);
}

#endif
