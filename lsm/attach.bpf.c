// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Confining tasks that run already, and letting them go: the enforcer says in rf_attach_* what is
 * to be done, and reads rf_attach_tasks, which goes through all tasks and prints "TID WORD" for
 * each that it had to do with:
 *
 *   armed     it had no record, and has one now
 *   foreign   it is another domain's, and stays it
 *   freed     it had a record of the domain, and has none any more
 *   failed    there was no memory
 *
 * A task that forks meanwhile may have a child that this pass does not see; so it is read again
 * until a pass does nothing. What a task has open, and a program that it is just about to execute,
 * was not judged.
 */
#include "domain.h"

/* What is to be done, as the enforcer has left it. */
__u64 rf_attach_cgroup = 0; /* arm those in it, or below; 0: free those of the domain */
__u32 rf_attach_domain = 0; /* slot */
__u32 rf_attach_generation = 0;

struct rf_ancestry {
	__u64 cgroup; /* where the walk is */
	__u32 found;
	__u32 zero;
};

static long rf_ancestor_step(__u32 index, struct rf_ancestry *a)
{
	const __u64 self_at = bpf_core_field_offset(struct cgroup, self);
	__u64 parent;

	if (!a->cgroup)
		return 1;
	if (RF_READ(cgroup, a->cgroup, kn, id) == rf_attach_cgroup) {
		a->found = true;
		return 1;
	}
	parent = (__u64)RF_FETCH(cgroup, a->cgroup, self.parent);
	a->cgroup = parent ? parent - self_at : 0;
	return 0;
}

/* Is the task in the cgroup, or below it? */
static inline bool rf_is_meant(struct task_struct *task)
{
	struct rf_ancestry a = {.cgroup = (__u64)BPF_CORE_READ(task, cgroups, dfl_cgrp)};

	bpf_loop(RF_CGROUP_DEPTH, rf_ancestor_step, &a, 0);
	return a.found;
}

/* A record that is whole from the moment it is there: its task runs. */
struct rf_arming {
	struct task_struct *task;
	struct rf_task *rec;
	struct rf_task fresh;
};

static long rf_arm_step(__u32 index, struct rf_arming *a)
{
	bool was_busy = rf_storage_is_busy();

	a->rec =
	    bpf_task_storage_get(&rf_tasks, a->task, &a->fresh, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (a->rec)
		return 1;
	return index >= RF_MEMORY_TRIES && !was_busy && !rf_storage_is_busy();
}

static inline void rf_arm_running(struct seq_file *seq, struct task_struct *task)
{
	struct rf_arming a = {.task = task,
			      .fresh = {.domain = rf_attach_domain,
					.generation = rf_attach_generation,
					.state = RF_TASK_ARMED}};
	struct rf_domain *dom;

	bpf_loop(RF_BUSY_TRIES, rf_arm_step, &a, 0);
	if (!a.rec) {
		BPF_SEQ_PRINTF(seq, "%d failed\n", task->pid);
		return;
	}
	/* Who counts the tasks meanwhile may have missed this one, see rf_confined_tasks. */
	__sync_fetch_and_add(&rf_forks, 1);
	dom = rf_domain_of(rf_attach_domain, rf_attach_generation);
	if (dom)
		__sync_fetch_and_add(&dom->forks, 1);
	BPF_SEQ_PRINTF(seq, "%d armed\n", task->pid);
}

SEC("iter/task")
int rf_attach_tasks(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	struct rf_identity who;
	bool is_ours;

	if (!task || task->exit_state)
		return 0;
	if (!rf_identify(rf_u64(task), &who)) {
		BPF_SEQ_PRINTF(seq, "%d failed\n", task->pid);
		return 0;
	}
	is_ours = who.state != RF_TASK_NONE && who.domain == rf_attach_domain &&
		  who.generation == rf_attach_generation;
	if (!rf_attach_cgroup) {
		if (is_ours && !bpf_task_storage_delete(&rf_tasks, task))
			BPF_SEQ_PRINTF(seq, "%d freed\n", task->pid);
		else if (is_ours)
			BPF_SEQ_PRINTF(seq, "%d failed\n", task->pid);
		return 0;
	}
	if (is_ours || !rf_is_meant(task))
		return 0;
	if (who.state != RF_TASK_NONE)
		BPF_SEQ_PRINTF(seq, "%d foreign\n", task->pid);
	else
		rf_arm_running(seq, task);
	return 0;
}
