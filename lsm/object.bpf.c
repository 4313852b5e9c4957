// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tagging objects, see object.h. Run by the enforcer over the descriptors of its own task, which
 * may be O_PATH: nothing has to be opened for it that should not be (devices, FIFOs), and no hook
 * is paid for. For each descriptor in rf_targets it prints "FD RESULT GENERATION".
 */
#include "cache.h"
#include "object.h"

static const struct rf_tags no_tags;

static inline __u32 rf_put_tag(struct rf_tags *tags, const struct rf_tag *tag)
{
	for (__u32 i = 0; i < RF_TAGS_MAX; i++) {
		struct rf_tag *at = &tags->tag[i];

		if (at->state && at->state != tag->state)
			continue;
		if (at->state) {
			at->flags &= tag->flags; /* the stricter of two ways here */
			return RF_TAGGED;
		}
		at->image = tag->image;
		at->rule = tag->rule;
		at->flags = tag->flags;
		at->state = tag->state;
		return RF_TAGGED;
	}
	return RF_TAGGED_FULL;
}

static inline void rf_set_hint(__u64 ino)
{
	__u32 bit = RF_HINT(ino);

	__sync_fetch_and_or(&rf_hints[bit / 64], 1ull << (bit % 64));
}

struct rf_tagging {
	struct rf_layers *layers;
	const struct rf_tag *tag;
	__u32 result;
	__u32 generation; /* 0 if any layer has none */
};

static long rf_tag_step(__u32 index, struct rf_tagging *t)
{
	struct rf_layers *l = t->layers;
	struct rf_inode_id id;
	struct rf_tags *tags;
	__u64 inode;

	if (index >= l->n)
		return 1;
	inode = l->inode[index & (RF_LAYERS_MAX - 1)];
	/* Its own numbers mean little; what it stands for is in the list. */
	if (RF_READ(inode, inode, i_sb, s_magic) == OVERLAYFS_SUPER_MAGIC)
		return 0;
	id = rf_inode_id(inode, t->tag->image);
	if (!id.generation)
		t->generation = 0;
	rf_set_hint(id.ino);
	bpf_map_update_elem(&rf_objects, &id, &no_tags, BPF_NOEXIST);
	tags = bpf_map_lookup_elem(&rf_objects, &id);
	t->result = tags ? rf_put_tag(tags, t->tag) : RF_TAGGED_NO_ROOM;
	return t->result != RF_TAGGED;
}

SEC("iter/task_file")
int rf_tag_files(struct bpf_iter__task_file *ctx)
{
	struct rf_tagging t = {.result = RF_TAGGED_UNKNOWN, .generation = 1};
	struct file *file = ctx->file;
	struct rf_scratch *scratch;
	__u32 fd = ctx->fd;

	if (!file)
		return 0;
	t.tag = bpf_map_lookup_elem(&rf_targets, &fd);
	if (!t.tag)
		return 0;
	scratch = rf_scratch_get();
	if (scratch) {
		t.layers = &scratch->found.layers;
		rf_find_layers(t.layers, (__u64)BPF_CORE_READ(file, f_path.dentry));
		if (!t.layers->unknown)
			bpf_loop(RF_LAYERS_MAX, rf_tag_step, &t, 0);
	}
	BPF_SEQ_PRINTF(ctx->meta->seq, "%u %u %u\n", fd, t.result, t.generation);
	return 0;
}
