/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Confining tasks that run already, and freeing them: see lsm/attach.bpf.c. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "bpf.h"
#include "bpf_walk.h"
#include "util.h"

#include "ringfence.skel.h"

/* Who forks faster than this is read has tasks left over, and that is told. */
#define PASSES_MAX 1000

struct pass {
	unsigned done, foreign, failed;
};

static void take_line(const char *line, void *pass)
{
	struct pass *p = pass;
	char word[16];
	int tid;

	if (sscanf(line, "%d %15s", &tid, word) != 2)
		return;
	p->done += !strcmp(word, "armed") || !strcmp(word, "freed");
	p->foreign += !strcmp(word, "foreign");
	p->failed += !strcmp(word, "failed");
}

/* Until two passes in a row have nothing to do. */
static int walk_all(int link, struct bpf_attached *ret)
{
	struct pass p = {.failed = 1};
	int idle = 0, r;

	*ret = (struct bpf_attached){0};
	for (int i = 0; i < PASSES_MAX && idle < 2; i++) {
		p = (struct pass){0};
		r = bpf_walk(link, take_line, &p);
		if (r < 0)
			return r;
		ret->done += p.done;
		ret->foreign = p.foreign;
		idle = p.done || p.failed ? 0 : idle + 1;
	}
	return idle == 2 ? 0 : p.failed ? -ENOMEM : -EAGAIN;
}

static int run(struct bpf *b, struct bpf_attached *ret)
{
	struct bpf_link *link = bpf_program__attach_iter(b->skel->progs.rf_attach_tasks, NULL);
	int r = link ? walk_all(bpf_link__fd(link), ret) : -errno;

	bpf_link__destroy(link);
	return r;
}

int bpf_attach(struct bpf *b, __u32 slot, __u32 generation, __u64 cgroup, struct bpf_attached *ret)
{
	b->skel->bss->rf_attach_cgroup = cgroup;
	b->skel->bss->rf_attach_domain = slot;
	b->skel->bss->rf_attach_generation = generation;
	return cgroup ? run(b, ret) : -EINVAL;
}

int bpf_detach(struct bpf *b, __u32 slot, const struct rf_domain *dom, struct bpf_attached *ret)
{
	if (dom->cgroup &&
	    bpf_map_delete_elem(bpf_map__fd(b->skel->maps.rf_cgroups), &dom->cgroup) &&
	    errno != ENOENT)
		return -errno;
	b->skel->bss->rf_attach_cgroup = 0;
	b->skel->bss->rf_attach_domain = slot;
	b->skel->bss->rf_attach_generation = dom->generation;
	return run(b, ret);
}
