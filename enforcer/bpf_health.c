/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are the programs still what they were when they were pinned? */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include "bpf.h"

#include "ringfence.skel.h"

static bool is_there(const char *dir, const char *name)
{
	char path[256];

	return snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path) &&
	       access(path, F_OK) == 0;
}

/* How often the kernel left the program out, rather than have it interrupt itself. */
static __u64 left_out(int prog)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);

	return bpf_obj_get_info_by_fd(prog, &info, &size) ? 0 : info.recursion_misses;
}

struct bpf_health bpf_look(const struct bpf *b, const char *dir)
{
	const struct bpf_object_skeleton *s = b->skel->skeleton;
	struct bpf_health h = {0};

	for (int i = 0; i < s->prog_cnt; i++) {
		if (!*s->progs[i].link)
			continue;
		h.programs++;
		h.pins_missing += !is_there(dir, s->progs[i].name);
		h.left_out += left_out(bpf_program__fd(*s->progs[i].prog));
	}
	return h;
}
