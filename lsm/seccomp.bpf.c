// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the seccomp filter refused. The kernel calls audit_seccomp() in the
 * calling task for each result that is to be logged (our filter is installed
 * with SECCOMP_FILTER_FLAG_LOG), whether auditing is on or not; calls that are
 * allowed do not come here and cost nothing.
 *
 * The verdict is the filter's and stands; this only tells. The errno is not in
 * the arguments: user space finds it by running the same filter again.
 *
 * A kprobe, not fentry: the kernel leaves an fentry program out while another task, preempted in
 * the middle of it, is on the same CPU, and nobody would count the event. A kprobe's program is not
 * preempted, and never in its own way. But the kernel leaves it out while a task that is in a bpf()
 * call on a map (bpf_disable_instrumentation()) has been preempted on the same CPU, which takes
 * preempt=full: such an event is lost, and not counted.
 */
#include "check.h"

#include <linux/audit.h>
#include <linux/seccomp.h>

#define RF_NR_CLONE3 435u

static inline void rf_fill_call(struct rf_event *ev, unsigned long syscall)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	ev->syscall = (__u32)syscall;
	if (task->thread_info.status & TS_COMPAT) {
		ev->arch = AUDIT_ARCH_I386;
		ev->args[0] = (__u32)BPF_CORE_READ(regs, bx);
		ev->args[1] = (__u32)BPF_CORE_READ(regs, cx);
		ev->args[2] = (__u32)BPF_CORE_READ(regs, dx);
		ev->args[3] = (__u32)BPF_CORE_READ(regs, si);
		ev->args[4] = (__u32)BPF_CORE_READ(regs, di);
		ev->args[5] = (__u32)BPF_CORE_READ(regs, bp);
		return;
	}
	ev->arch = AUDIT_ARCH_X86_64;
	ev->args[0] = BPF_CORE_READ(regs, di);
	ev->args[1] = BPF_CORE_READ(regs, si);
	ev->args[2] = BPF_CORE_READ(regs, dx);
	ev->args[3] = BPF_CORE_READ(regs, r10);
	ev->args[4] = BPF_CORE_READ(regs, r8);
	ev->args[5] = BPF_CORE_READ(regs, r9);
}

static __always_inline void rf_tell_call(struct rf_task *rec, unsigned long syscall, int code)
{
	struct rf_asker who;
	struct rf_event *ev;

	if (rf_begin(rec, &who))
		return;
	/* clone3 answered with ENOSYS, for libc to fall back to clone, violates nothing. */
	if (syscall == RF_NR_CLONE3 && (who.flags & RF_IMAGE_QUIET_CLONE3))
		return;
	ev = rf_event_new(rec, RF_KIND_SYSCALL, 0);
	ev->seccomp = (__u32)code;
	if ((code & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_LOG)
		ev->action = RF_ACTION_AUDIT;
	rf_fill_call(ev, syscall);
	who.scratch = rf_scratch_get();
	rf_tell(&who, ev);
}

SEC("kprobe/audit_seccomp")
int rf_seccomp(struct pt_regs *regs)
{
	struct rf_task *rec;

	/* Also before arming: the filter is in force from its installation on. */
	if (rf_recorded(&rec) && rec)
		rf_tell_call(rec, regs->di, (int)regs->dx); /* (syscall, signr, code) */
	return 0;
}
