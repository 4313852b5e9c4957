// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a task becomes confined, and stays it.
 *
 *   no record --(enforcer, by pidfd)--> STARTING --(execve, judged)--> ARMED
 *   no record --(execve in the cgroup of a RUNNING domain, judged)---> ARMED
 *   ARMED     --(fork, clone)--> the child is ARMED from its first instruction
 *
 * There is no way back. A domain is STARTING until its init is armed, RUNNING
 * from then on; so a runtime may work in the cgroup of a container it sets up,
 * and whatever enters that cgroup later is confined from its execve on.
 *
 * STARTING is not inherited: what the launcher forks before the execve is the
 * launcher's. The first execve is judged in bprm_check_security, because
 * file_open, which judges those of armed tasks, came before the task was one.
 */
#include "check_kind.h"
#include "check_path.h"

struct rf_search {
	__u32 slot;
	__u32 ended; /* it met what it looked for, or the caller's own cgroup */
};

static long rf_search_level(__u32 index, struct rf_search *s)
{
	__u64 id = bpf_get_current_ancestor_cgroup_id(index + 1);
	struct rf_domain *dom;
	__u32 *slot, at;

	if (!id) {
		s->ended = true;
		return 1;
	}
	slot = bpf_map_lookup_elem(&rf_cgroups, &id);
	if (!slot)
		return 0;
	at = *slot;
	dom = bpf_map_lookup_elem(&rf_domains, &at);
	if (!dom || dom->state != RF_DOMAIN_RUNNING)
		return 0;
	s->slot = at;
	s->ended = true;
	return 1;
}

#define RF_SLOT_UNKNOWN (~0u) /* a slot that no domain has: who needs it is refused */

/* The slot of the running domain whose cgroup the caller is in, or below; 0: none. */
static __noinline __u32 rf_slot_by_cgroup(void)
{
	struct rf_search s = {};

	bpf_loop(RF_CGROUP_DEPTH, rf_search_level, &s, 0);
	return s.ended ? s.slot : RF_SLOT_UNKNOWN;
}

/*
 * A record for a task that entered the cgroup of a running domain. `ret_must`: it belongs there,
 * so without a record it must not execute.
 */
static inline struct rf_task *rf_enter(bool *ret_must)
{
	__u32 slot = rf_slot_by_cgroup();
	struct rf_domain *dom;
	struct rf_task *rec;

	if (!slot)
		return NULL;
	*ret_must = true;
	dom = bpf_map_lookup_elem(&rf_domains, &slot);
	if (!dom)
		return NULL;
	rec = rf_record_of_new(bpf_get_current_task_btf());
	if (!rec)
		return NULL;
	rec->domain = slot;
	rec->generation = dom->generation;
	rec->state = RF_TASK_STARTING;
	return rec;
}

/* Who reads rf_confined_tasks meanwhile may miss a task. */
static inline void rf_note_change(struct rf_task *rec)
{
	struct rf_domain *dom = rf_domain_of(rec->domain, rec->generation);

	__sync_fetch_and_add(&rf_forks, 1);
	if (dom)
		__sync_fetch_and_add(&dom->forks, 1);
}

static inline void rf_arm(struct rf_task *rec)
{
	struct rf_domain *dom = rf_domain_of(rec->domain, rec->generation);

	rec->state = RF_TASK_ARMED;
	rf_note_change(rec);
	if (dom)
		dom->state = RF_DOMAIN_RUNNING;
}

static inline bool rf_refuse_first(struct rf_task *rec, struct file *file)
{
	struct rf_object obj;

	if (rf_is_pathless(&file->f_path))
		return rf_refuse_kind(rec, RF_OP_EXEC, RF_PATH_UNLINKED);
	obj = rf_object_of(&file->f_path);
	return rf_check_path(rec, &obj, RF_OP_BIT(RF_OP_EXEC), 0);
}

SEC("lsm/bprm_check_security")
int BPF_PROG(rf_bprm_check, struct linux_binprm *bprm, int ret)
{
	struct rf_task *rec;
	bool must = false;

	if (ret)
		return ret;
	if (rf_recorded(&rec)) {
		if (!rec)
			return -EPERM;
		/* Armed: file_open judged this file, and each interpreter, when it was opened. */
		if (rec->state == RF_TASK_ARMED) {
			rf_note_change(
			    rec); /* a thread that executes takes over its leader's number */
			return 0;
		}
	} else {
		rec = rf_enter(&must);
		if (!rec) {
			if (must) /* not known where it belongs, or no memory for a record */
				return -EPERM;
			return 0;
		}
	}
	if (rf_refuse_first(rec, bprm->file))
		return -EACCES;
	rf_arm(rec);
	return 0;
}

/* The new task is not running yet; what it gets here it never lacks. */
SEC("lsm/task_alloc")
int BPF_PROG(rf_task_alloc, struct task_struct *task, unsigned long clone_flags, int ret)
{
	struct rf_task *rec, *theirs;

	if (ret)
		return ret;
	if (!rf_confined(&rec))
		return 0;
	if (!rec)
		return -EAGAIN;
	theirs = rf_record_of_new(task);
	if (!theirs)
		return -EAGAIN; /* no record, no task */
	theirs->domain = rec->domain;
	theirs->generation = rec->generation;
	theirs->state = RF_TASK_ARMED;
	rf_note_change(rec);
	return 0;
}

/*
 * Who is still confined? Read by user space before it takes anything away: a line for each armed
 * task that can still run, "PID SLOT", and "forks N" at the end, of all domains; each domain has a
 * count of its own. A reader that twice in a row sees the same count and no line of its slot knows
 * that no task of that domain is left: whoever lived through a whole pass was seen, and whoever was
 * born, or took another's number, counts.
 */
SEC("iter/task")
int rf_confined_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct rf_identity who;

	if (!task) {
		BPF_SEQ_PRINTF(ctx->meta->seq, "forks %llu\n", rf_forks);
		return 0;
	}
	if (task->exit_state)
		return 0;
	if (!rf_identify(rf_u64(task), &who)) /* somebody's */
		BPF_SEQ_PRINTF(ctx->meta->seq, "%d ?\n", task->pid);
	else if (who.state != RF_TASK_NONE)
		BPF_SEQ_PRINTF(ctx->meta->seq, "%d %u\n", task->pid, who.domain);
	return 0;
}
