// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What one task may do to the running of another: privilege signal, where the other is not armed
 * in the same domain. Within the domain all of it is free.
 *
 *   task_kill                           signals, 0 included: it asks whether one may be sent, and
 *                                       the answer is no
 *   task_setrlimit                      resource limits; looking at them (prlimit) is free
 *   task_setnice task_setioprio         priorities
 *   task_setscheduler                   policy, parameters, affinity, timer slack
 *   task_movememory                     NUMA placement
 *
 * Signals that the kernel itself makes (terminals, faults, a child's end) never come through
 * task_kill. Those that a descriptor sends do not either: see owner.h. What cgroup.kill sends is
 * the matter of special.h, and what a tracer may do, that of privilege.bpf.c.
 */
#include "check_privilege.h"

static inline int rf_towards(struct task_struct *other, int ret)
{
	struct rf_task *rec;

	if (ret)
		return ret;
	/* Thread to thread, and raise(): nothing to look up. */
	if (BPF_CORE_READ(other, tgid) == (int)(bpf_get_current_pid_tgid() >> 32))
		return 0;
	if (!rf_confined(&rec) || rf_same_domain(rec, other))
		return 0;
	if (rf_check_privilege(rec, RF_PRIV_SIGNAL | RF_TOWARDS, RF_REASON_POLICY, NULL))
		return -EPERM;
	return 0;
}

/*
 * With `cred` it is the USB core, which tells somebody who asked for it, whoever runs meanwhile.
 * Read as memory: 6.12's verifier takes pointers among the arguments for never NULL.
 */
SEC("lsm/task_kill")
int BPF_PROG(rf_task_kill, struct task_struct *p, void *info, int sig, const struct cred *cred,
	     int ret)
{
	__u64 by = 0;

	if (!bpf_probe_read_kernel(&by, sizeof(by), &ctx[3]) && by)
		return ret;
	return rf_towards(p, ret);
}

SEC("lsm/task_setrlimit")
int BPF_PROG(rf_task_setrlimit, struct task_struct *p, unsigned int resource, void *new_rlim,
	     int ret)
{
	return rf_towards(p, ret);
}

SEC("lsm/task_setnice")
int BPF_PROG(rf_task_setnice, struct task_struct *p, int nice, int ret)
{
	return rf_towards(p, ret);
}

SEC("lsm/task_setioprio")
int BPF_PROG(rf_task_setioprio, struct task_struct *p, int ioprio, int ret)
{
	return rf_towards(p, ret);
}

SEC("lsm/task_setscheduler")
int BPF_PROG(rf_task_setscheduler, struct task_struct *p, int ret)
{
	return rf_towards(p, ret);
}

SEC("lsm/task_movememory")
int BPF_PROG(rf_task_movememory, struct task_struct *p, int ret)
{
	return rf_towards(p, ret);
}
