/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the kernel to tag the objects of our descriptors: see lsm/object.bpf.c. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "bpf.h"
#include "bpf_walk.h"
#include "util.h"

#include "ringfence.skel.h"

static int announce(struct bpf *b, const struct bpf_target *targets, size_t n)
{
	int map = bpf_map__fd(b->skel->maps.rf_targets);

	for (size_t i = 0; i < n; i++)
		if (bpf_map_update_elem(map, &targets[i].fd, &targets[i].tag, BPF_NOEXIST))
			return -errno;
	return 0;
}

/* The descriptors' numbers will be others' soon. */
static void withdraw(struct bpf *b, const struct bpf_target *targets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)bpf_map_delete_elem(bpf_map__fd(b->skel->maps.rf_targets), &targets[i].fd);
}

struct targets {
	struct bpf_target *at;
	size_t n;
};

/* What no line is about stays unknown. */
static void take_line(const char *line, void *arg)
{
	const struct targets *t = arg;
	unsigned result, generation;
	int fd;

	if (sscanf(line, "%d %u %u", &fd, &result, &generation) != 3)
		return;
	for (size_t i = 0; i < t->n; i++)
		if (t->at[i].fd == fd) {
			t->at[i].result = (enum rf_tagged)result;
			t->at[i].lasting = generation != 0;
		}
}

void bpf_untag(struct bpf *b, __u64 image)
{
	int map = bpf_map__fd(b->skel->maps.rf_objects);
	struct rf_inode_id key, next;
	bool more = !bpf_map_get_next_key(map, NULL, &next);

	while (more) {
		key = next;
		more = !bpf_map_get_next_key(map, &key, &next);
		if (key.image == image)
			(void)bpf_map_delete_elem(map, &key);
	}
}

int bpf_tag(struct bpf *b, struct bpf_target *targets, size_t n)
{
	union bpf_iter_link_info who = {.task.tid = (__u32)gettid()};
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &who, .link_info_len = sizeof(who));
	struct targets all = {targets, n};
	struct bpf_link *link;
	int r;

	for (size_t i = 0; i < n; i++)
		targets[i].result = RF_TAGGED_UNKNOWN;
	link = bpf_program__attach_iter(b->skel->progs.rf_tag_files, &opts);
	if (!link)
		return -errno;
	r = announce(b, targets, n);
	if (!r)
		r = bpf_walk(bpf_link__fd(link), take_line, &all);
	withdraw(b, targets, n);
	bpf_link__destroy(link);
	return r;
}
