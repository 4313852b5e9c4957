/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handing maps on, and being handed some. */
#include "bpf_reuse.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "log.h"
#include "util.h"

#include "ringfence.skel.h"

#define LAYOUT_PIN "rf_layout"

/* All that has state which must not be lost. What they hold is part of the layout: RF_LAYOUT. */
static const char *const handed_on[] = {"rf_domains", "rf_cgroups", "rf_tasks",	   "rf_images",
					"rf_rings",   "rf_objects", "rf_throttled"};

#define N_HANDED_ON (sizeof(handed_on) / sizeof(*handed_on))

struct pin_path {
	char text[256];
};

static int path_of(const char *dir, const char *name, struct pin_path *ret)
{
	return snprintf(ret->text, sizeof(ret->text), "%s/%s", dir, name) < (int)sizeof(ret->text)
		   ? 0
		   : -ENAMETOOLONG;
}

/* A descriptor, or negative errno. */
static int open_pin(const char *dir, const char *name)
{
	struct pin_path path;
	int r = path_of(dir, name, &path);

	if (r)
		return r;
	r = bpf_obj_get(path.text);
	return r < 0 ? -errno : r;
}

static int pin(int fd, const char *dir, const char *name)
{
	struct pin_path path;
	int r = path_of(dir, name, &path);

	if (!r && bpf_obj_pin(fd, path.text))
		r = -errno;
	return r;
}

/* --- the layout as a whole ------------------------------------------------------------------ */

struct rf_layout bpf_layout(const struct bpf_options *options)
{
	return (struct rf_layout){.layout = RF_LAYOUT,
				  .image_version = RF_IMAGE_VERSION,
				  .image_size = (__u32)options->image_size,
				  .domains = options->domains,
				  .objects = options->objects};
}

int bpf_reuse_check(const char *dir, const struct bpf_options *options,
		    struct rf_layout *ret_theirs)
{
	const struct rf_layout ours = bpf_layout(options);
	_close_ int fd = open_pin(dir, LAYOUT_PIN);
	struct bpf_map_info info = {0};
	__u32 size = sizeof(info), zero = 0;

	*ret_theirs = (struct rf_layout){0};
	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	if (info.type != BPF_MAP_TYPE_ARRAY || info.value_size != sizeof(*ret_theirs))
		return -EMEDIUMTYPE;
	if (bpf_map_lookup_elem(fd, &zero, ret_theirs))
		return -errno;
	return memcmp(ret_theirs, &ours, sizeof(ours)) ? -EMEDIUMTYPE : 0;
}

int bpf_pin_layout(const struct bpf *b, const char *dir)
{
	const struct rf_layout layout = bpf_layout(&b->options);
	_close_ int fd =
	    bpf_map_create(BPF_MAP_TYPE_ARRAY, LAYOUT_PIN, sizeof(__u32), sizeof(layout), 1, NULL);
	__u32 zero = 0;

	if (fd < 0 || bpf_map_update_elem(fd, &zero, &layout, BPF_ANY))
		return -errno;
	return pin(fd, dir, LAYOUT_PIN);
}

/* --- map by map ----------------------------------------------------------------------------- */

static struct bpf_map *find(const struct bpf *b, const char *name)
{
	return bpf_object__find_map_by_name(b->skel->obj, name);
}

/* The layout's number says what is in them; this is what the kernel knows of it. */
static int check_map(const struct bpf_map *ours, int fd)
{
	struct bpf_map_info info = {0};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	if (info.type != bpf_map__type(ours) || info.key_size != bpf_map__key_size(ours) ||
	    info.value_size != bpf_map__value_size(ours) ||
	    info.max_entries != bpf_map__max_entries(ours) ||
	    info.map_flags != bpf_map__map_flags(ours))
		return -EMEDIUMTYPE;
	return 0;
}

static int reuse_map(struct bpf *b, const char *name)
{
	_close_ int fd = open_pin(b->options.reuse, name);
	struct bpf_map *map = find(b, name);
	int r = !map ? -ENOENT : fd < 0 ? fd : check_map(map, fd);

	return r ? r : bpf_map__reuse_fd(map, fd);
}

int bpf_reuse_maps(struct bpf *b)
{
	int r = 0;

	for (size_t i = 0; i < N_HANDED_ON && !r; i++) {
		r = reuse_map(b, handed_on[i]);
		if (r < 0)
			log_errno(r, "Failed to take over the map '%s/%s'", b->options.reuse,
				  handed_on[i]);
	}
	return r;
}

int bpf_pin_maps(const struct bpf *b, const char *dir)
{
	int r = 0;

	for (size_t i = 0; i < N_HANDED_ON && !r; i++) {
		struct bpf_map *map = find(b, handed_on[i]);

		r = map ? pin(bpf_map__fd(map), dir, handed_on[i]) : -ENOENT;
	}
	return r;
}

unsigned bpf_missing_maps(const char *dir, unsigned *ret_all)
{
	unsigned missing = 0;
	struct pin_path path;

	for (size_t i = 0; i < N_HANDED_ON; i++)
		missing += path_of(dir, handed_on[i], &path) || access(path.text, F_OK);
	missing += path_of(dir, LAYOUT_PIN, &path) || access(path.text, F_OK);
	*ret_all = N_HANDED_ON + 1;
	return missing;
}

int bpf_reuse_hints(struct bpf *b)
{
	int map = bpf_map__fd(b->skel->maps.rf_objects);
	struct rf_inode_id key, next;
	int r = bpf_map_get_next_key(map, NULL, &next);

	while (!r) {
		__u32 bit = RF_HINT(next.ino);

		b->skel->bss->rf_hints[bit / 64] |= 1ull << (bit % 64);
		key = next;
		r = bpf_map_get_next_key(map, &key, &next);
	}
	return r == -ENOENT ? 0 : r;
}

int bpf_inner(const struct bpf *b, const char *outer, __u32 slot)
{
	const struct bpf_map *map = find(b, outer);
	__u32 id;
	int fd;

	if (!map)
		return -ENOENT;
	if (bpf_map_lookup_elem(bpf_map__fd(map), &slot, &id))
		return -errno;
	fd = bpf_map_get_fd_by_id(id);
	return fd < 0 ? -errno : fd;
}
