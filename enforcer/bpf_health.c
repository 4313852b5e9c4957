/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are the programs still what they were when they were pinned? */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "bpf.h"
#include "bpf_reuse.h"

#include "ringfence.skel.h"

static bool is_there(const char *dir, const char *name)
{
	char path[256];

	return snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path) &&
	       access(path, F_OK) == 0;
}

/* What is not to be had counts as nothing. */
static struct bpf_program ask(const struct bpf_prog_skeleton *p)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(*p->prog), &info, &size))
		info = (struct bpf_prog_info){0};
	return (struct bpf_program){.name = p->name,
				    .runs = info.run_cnt,
				    .run_ns = info.run_time_ns,
				    .left_out = info.recursion_misses};
}

struct bpf_health bpf_look(const struct bpf *b, const char *dir)
{
	const struct bpf_object_skeleton *s = b->skel->skeleton;
	struct bpf_health h = {0};
	__u64 left_out;

	h.pins_missing = bpf_missing_maps(dir, &h.pins);

	for (int i = 0; i < s->prog_cnt; i++) {
		if (!*s->progs[i].link)
			continue;
		h.programs++;
		h.pins++;
		h.pins_missing += !is_there(dir, s->progs[i].name);
		/* How often the kernel left it out, rather than have it interrupt itself. */
		left_out = ask(&s->progs[i]).left_out;
		h.left_out += left_out;
		if (bpf_program__type(*s->progs[i].prog) == BPF_PROG_TYPE_LSM)
			h.unjudged += left_out;
	}
	return h;
}

int bpf_list_programs(const struct bpf *b, struct bpf_program **ret, size_t *ret_n)
{
	const struct bpf_object_skeleton *s = b->skel->skeleton;
	struct bpf_program *list = calloc((size_t)s->prog_cnt + 1, sizeof(*list));
	size_t n = 0;

	if (!list)
		return -ENOMEM;
	for (int i = 0; i < s->prog_cnt; i++)
		if (*s->progs[i].link)
			list[n++] = ask(&s->progs[i]);
	*ret = list;
	*ret_n = n;
	return 0;
}
