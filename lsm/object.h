/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules held by object. A path names a file only as long as nobody has another name for it: a hard
 * link in the image, a bind mount made by the runtime, a second overlay over the same layer. So the
 * objects at protected paths (policy/object.h says which) are tagged when a domain is armed, and
 * every decision about something that exists asks the object's tags besides the path: denied if
 * either denies. Asked where the decisions are, not in the hooks, so that no hook can forget it.
 *
 * WHAT IS ASKED. Every operation, with the row at the protected path: the object meets one verdict
 * under all its names. Deleting and renaming a mere alias would do no harm to the object, but which
 * name is the alias cannot be seen from here: below a bind mount of its directory, the other path
 * leads to the protected name itself. `create` is about a name that nothing has yet.
 *
 * WHAT IDENTIFIES AN OBJECT. Device, inode number and generation, as a hash key, to which the image
 * is added whose tags they are, and not storage attached to the inode, because
 *   - the kernel drops an inode from memory when it needs some, and its storage with it; a task
 *     that can use up memory could have the tags forgotten. Numbers come back with the inode, and
 *     the map stays as long as the programs, whoever is killed;
 *   - overlayfs has an inode of its own for each name: two hard links in a layer are one inode
 *     there and two above it. What both lead to is found by address, and helpers for inode
 *     storage take no address (6.1), nor do global functions take typed pointers.
 * Generations make a number that is given out again another object. Where a file system has none
 * (procfs and the like) the enforcer keeps a descriptor of the object open, so that its inode, and
 * its number, stays.
 *
 * OVERLAYFS. An object there is the inodes that hold it: the one in the upper layer, the topmost
 * below it, and the one with the data (metacopy). All are tagged, all are asked: what was copied
 * up is still what it was a copy of, as long as overlayfs remembers. It does not for ever, so the
 * copying is guarded too: whoever changes what lies in a lower layer makes overlayfs read it and
 * write it elsewhere, and may do so only if reading the object is allowed; a name that may not be
 * read itself takes nothing out.
 */
#ifndef RF_OBJECT_H
#define RF_OBJECT_H

#include "maps.h"
#include "path.h"

/* Operations that make overlayfs copy a file. */
#define RF_OPS_COPY                                                                                \
	(RF_OP_BIT(RF_OP_WRITE) | RF_OP_BIT(RF_OP_APPEND) | RF_OP_BIT(RF_OP_RENAME) |              \
	 RF_OP_BIT(RF_OP_LINK) | RF_OP_BIT(RF_OP_SETATTR))

static inline void rf_add_layer(struct rf_layers *l, __u64 inode)
{
	__u32 n = l->n;

	if (!inode)
		return;
	if (n >= RF_LAYERS_MAX) {
		l->unknown = 1;
		return;
	}
	l->inode[n & (RF_LAYERS_MAX - 1)] = inode;
	l->n = n + 1;
}

static inline void rf_add_dentry(struct rf_layers *l, __u64 dentry)
{
	if (dentry)
		rf_add_layer(l, (__u64)RF_READ(dentry, dentry, d_inode));
}

/* Place `i` of the stack of lower layers (6.5 and later). */
static inline __u64 rf_lower_at(__u64 entry, __u32 i)
{
	__u64 path = entry + bpf_core_field_offset(struct ovl_entry___new, __lowerstack) +
		     i * (__u64)bpf_core_type_size(struct ovl_path);

	return (__u64)RF_FETCH(ovl_path, path, dentry);
}

static inline void rf_add_lower(struct rf_layers *l, __u64 ovl, __u32 type)
{
	__u64 entry;
	__u32 n;

	if (bpf_core_field_exists(struct ovl_inode___one, lowerpath)) {
		rf_add_dentry(l, (__u64)RF_FETCH(ovl_inode___one, ovl, lowerpath.dentry));
		if (type == S_IFREG)
			rf_add_layer(l, (__u64)RF_FETCH(ovl_inode___one, ovl, lowerdata));
		return;
	}
	if (!bpf_core_field_exists(struct ovl_inode___many, oe)) {
		l->unknown = 1;
		return;
	}
	entry = (__u64)RF_FETCH(ovl_inode___many, ovl, oe);
	n = entry ? RF_FETCH(ovl_entry___new, entry, __numlower) : 0;
	if (n)
		rf_add_dentry(l, rf_lower_at(entry, 0));
	if (n > 1)
		rf_add_dentry(l, rf_lower_at(entry, n - 1));
}

/* Adds what an inode of overlayfs stands for. Layers may be overlays again, one deep. */
static long rf_layer_step(__u32 index, struct rf_layers **ctx)
{
	struct rf_layers *l = *ctx;
	__u64 inode, ovl, upper;

	if (index >= l->n || index >= RF_LAYERS_MAX)
		return 1;
	inode = l->inode[index & (RF_LAYERS_MAX - 1)];
	if (RF_READ(inode, inode, i_sb, s_magic) != OVERLAYFS_SUPER_MAGIC)
		return 0;
	if (!bpf_core_type_exists(struct ovl_inode)) {
		l->unknown = 1;
		return 0;
	}
	ovl = inode - bpf_core_field_offset(struct ovl_inode, vfs_inode);
	upper = (__u64)RF_FETCH(ovl_inode, ovl, __upperdentry);
	if (!upper && !index)
		l->copied = 1;
	rf_add_dentry(l, upper);
	rf_add_lower(l, ovl, RF_READ(inode, inode, i_mode) & S_IFMT);
	return 0;
}

/* The inodes of the object at `dentry`; none where nothing is there. */
__weak __noinline int rf_find_layers(struct rf_layers *l, __u64 dentry)
{
	struct rf_layers *ctx = l;

	if (!l)
		return 0;
	l->n = l->unknown = l->copied = 0;
	rf_add_dentry(l, dentry);
	bpf_loop(RF_LAYERS_MAX, rf_layer_step, &ctx, 0);
	return 0;
}

static __always_inline struct rf_inode_id rf_inode_id(__u64 inode, __u64 image)
{
	return (struct rf_inode_id){.image = image,
				    .ino = RF_READ(inode, inode, i_ino),
				    .dev = RF_READ(inode, inode, i_sb, s_dev),
				    .generation = RF_READ(inode, inode, i_generation)};
}

struct rf_tag_walk {
	struct rf_found *found;
	struct rf_tags *tags;
};

static long rf_add_found(__u32 index, struct rf_tag_walk *w)
{
	const struct rf_tag *tag = &w->tags->tag[index & (RF_TAGS_MAX - 1)];
	struct rf_found *f = w->found;
	__u32 n = f->n;

	if (tag->image != f->image || !tag->state)
		return 0;
	if (n >= RF_TAGS_MAX) {
		f->unknown = 1;
		return 1;
	}
	f->state[n & (RF_TAGS_MAX - 1)] = tag->state;
	f->rule[n & (RF_TAGS_MAX - 1)] = tag->rule;
	f->flags[n & (RF_TAGS_MAX - 1)] = tag->flags;
	f->n = n + 1;
	return 0;
}

static long rf_found_step(__u32 index, struct rf_found **ctx)
{
	struct rf_tag_walk w = {.found = *ctx};
	struct rf_inode_id id;

	if (index >= w.found->layers.n)
		return 1;
	id = rf_inode_id(w.found->layers.inode[index & (RF_LAYERS_MAX - 1)], w.found->image);
	w.tags = bpf_map_lookup_elem(&rf_objects, &id);
	if (w.tags)
		bpf_loop(RF_TAGS_MAX, rf_add_found, &w, 0);
	return 0;
}

/* The tags of the object at `dentry` that count for the image. */
__weak __noinline int rf_find_tags(struct rf_found *f, __u64 dentry, __u64 image)
{
	struct rf_found *ctx = f;

	if (!f)
		return 0;
	rf_find_layers(&f->layers, dentry);
	f->image = image;
	f->n = 0;
	f->unknown = f->layers.unknown;
	bpf_loop(RF_LAYERS_MAX, rf_found_step, &ctx, 0);
	return 0;
}

#endif
