/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs the matcher of lsm/match.h in the kernel, on the value of an array map
 * as large as images can be, so that the real verifier judges it and the tests
 * can hold its answers against those of user space.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "../../lsm/match.h"
#include "match_test.h"

struct image_value {
	struct rf_image_head head;
	__u32 body[RF_BODY_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct image_value);
} rf_image SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct match_question);
} rf_question SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct match_answer);
} rf_answer SEC(".maps");

struct walk {
	struct image_value *img;
	struct match_question *q;
	__u32 state;
};

static long step(__u32 i, void *ctx)
{
	struct walk *w = ctx;

	if (i >= RF_PATH_MAX)
		return 1;
	w->state = rf_step(&w->img->head, w->img->body, RF_BODY_MAX, w->state, w->q->path[i]);
	return 0;
}

SEC("syscall")
int match_path(void *ctx)
{
	__u32 zero = 0;
	struct image_value *img = bpf_map_lookup_elem(&rf_image, &zero);
	struct match_question *q = bpf_map_lookup_elem(&rf_question, &zero);
	struct match_answer *a = bpf_map_lookup_elem(&rf_answer, &zero);
	const struct rf_row *row;
	struct rf_verdict v;
	struct walk w;

	if (!img || !q || !a)
		return 1;
	w = (struct walk){.img = img, .q = q, .state = img->head.start};
	bpf_loop(q->len, step, &w, 0);
	row = rf_row_of(&img->head, img->body, RF_BODY_MAX, w.state);
	v = rf_judge(img->head.otherwise, row, q->ops);
	a->state = w.state;
	a->uniform = rf_is_uniform(&img->head, img->body, RF_BODY_MAX, w.state);
	a->permits = rf_row_permits(img->head.otherwise, row);
	a->denied = v.denied;
	a->audited = v.audited;
	a->op = v.op;
	a->rule = v.rule;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
