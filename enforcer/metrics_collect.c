/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the daemon's state, and the kernel's counters, to what is told of it. In the daemon's only
 * thread, between two requests: nothing changes meanwhile but the counters. One system call for
 * each domain and each program.
 */
#include "metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

#define STATISTICS_SWITCH "/proc/sys/kernel/bpf_stats_enabled"
#define NSEC_PER_SEC	  1000000000u

static bool statistics_are_on(void)
{
	_close_ int fd = open(STATISTICS_SWITCH, O_RDONLY | O_CLOEXEC);
	char digit;

	return fd >= 0 && read(fd, &digit, 1) == 1 && digit == '1';
}

static __u64 cpu_time(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t))
		return 0;
	return (__u64)t.tv_sec * NSEC_PER_SEC + (__u64)t.tv_nsec;
}

/* `seen`: the images that were counted already. */
static int add_domain(struct registry *r, __u32 slot, bool *seen, struct metrics *m)
{
	const struct registry_slot *at = &r->slots[slot];
	struct metrics_policy *p = &m->policies[tally_place(&r->tally, registry_tally(r, slot))];
	bool audit = at->dom.audit || at->image->head->mode == RF_MODE_AUDIT;
	struct rf_domain dom;
	int e = bpf_read_domain(bpf_domains_fd(r->bpf), slot, &dom);

	/* Totals without it would be smaller than they were. */
	if (e < 0)
		return e;
	for (unsigned action = 0; action < 2; action++)
		tally_add(&p->count[action], &dom.count[action]);
	p->domains[audit ? RF_MODE_AUDIT : RF_MODE_ENFORCE]++;
	if (!seen[at->dom.image]) {
		p->image_bytes += at->image->size;
		m->images++;
	}
	seen[at->dom.image] = true;
	return 0;
}

/* What had an end, and then what lives. */
static int collect_domains(struct registry *r, struct metrics *m)
{
	_free_ bool *seen = calloc(r->n + BPF_SLOT_FIRST, sizeof(*seen));
	int e = 0;

	/* Before the policies are listed: one may be counted for the first time. */
	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST; i++)
		if (r->slots[i].used)
			(void)registry_tally(r, i);
	m->n_policies = tally_size(&r->tally);
	m->policies = calloc(m->n_policies, sizeof(*m->policies));
	if (!m->policies || !seen)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_policies; i++) {
		const struct tally_policy *tally = tally_at(&r->tally, i);

		m->policies[i].tally = tally;
		m->policies[i].name = tally->name ? tally->name : TALLY_OTHERS;
		for (unsigned action = 0; action < 2; action++)
			m->policies[i].count[action] = tally->ended[action];
	}
	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST && !e; i++)
		e = r->slots[i].used ? add_domain(r, i, seen, m) : 0;
	return e;
}

int metrics_collect(const struct metrics_sources *s, struct metrics *ret)
{
	struct metrics m = {.domains_limit = s->registry->n,
			    .reloads = s->policies->reloads,
			    .reload_failures = s->policies->reload_failures,
			    .unwritten = s->sink->unwritten,
			    .health = *s->health,
			    .statistics = statistics_are_on(),
			    .cpu = cpu_time(),
			    .started = s->started};
	int e = collect_domains(s->registry, &m);

	if (!e)
		e = bpf_list_programs(s->registry->bpf, &m.programs, &m.n_programs);
	if (e < 0) {
		metrics_done(&m);
		return e;
	}
	*ret = m;
	return 0;
}

void metrics_done(struct metrics *m)
{
	free(m->policies);
	free(m->programs);
	*m = (struct metrics){0};
}
