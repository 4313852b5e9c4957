/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * race-swap DIR SLOT IMAGE IMAGE: replaces the policy of a running domain by the one and the other
 * image (files of `ringfence compile`), from DIR/go to DIR/stop. Each time a new map is made and
 * put into the slot of rf_images, and the old one is left to the kernel, as a reload does it.
 */
#include <linux/bpf.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "race.h"

#define HEADS 32 /* of the file and of its first section, the last 8 bytes its size */

static int bpf(int cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(2);
}

static struct bpf_map_info info_of(int fd)
{
	struct bpf_map_info info = {};
	union bpf_attr attr = {.info = {.bpf_fd = (uint32_t)fd,
					.info_len = sizeof(info),
					.info = (uint64_t)(uintptr_t)&info}};

	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr))
		fail("BPF_OBJ_GET_INFO_BY_FD");
	return info;
}

static int map_by_id(uint32_t id)
{
	union bpf_attr attr = {.map_id = id};

	return bpf(BPF_MAP_GET_FD_BY_ID, &attr);
}

static int find_map(const char *name)
{
	union bpf_attr attr = {};
	int fd;

	while (!bpf(BPF_MAP_GET_NEXT_ID, &attr)) {
		fd = map_by_id(attr.next_id);
		if (fd >= 0 && !strcmp(info_of(fd).name, name))
			return fd;
		if (fd >= 0)
			close(fd);
		attr.start_id = attr.next_id;
	}
	errno = ENOENT;
	fail(name);
}

static uint32_t size_of_slot(int images, uint32_t slot)
{
	uint32_t id = 0, size;
	union bpf_attr attr = {.map_fd = (uint32_t)images,
			       .key = (uint64_t)(uintptr_t)&slot,
			       .value = (uint64_t)(uintptr_t)&id};
	int fd;

	if (bpf(BPF_MAP_LOOKUP_ELEM, &attr))
		fail("rf_images");
	fd = map_by_id(id);
	if (fd < 0)
		fail("image");
	size = info_of(fd).value_size;
	close(fd);
	return size;
}

/* The kernel's part of the file, with zeroes behind it. */
static void *read_image(const char *path, uint32_t slot_size)
{
	char *image = calloc(1, slot_size), heads[HEADS];
	uint64_t size;
	FILE *f = fopen(path, "re");

	if (!image || !f || fread(heads, HEADS, 1, f) != 1)
		fail(path);
	memcpy(&size, heads + HEADS - sizeof(size), sizeof(size));
	if (size > slot_size || fread(image, size, 1, f) != 1) {
		errno = E2BIG;
		fail(path);
	}
	fclose(f);
	return image;
}

static void update(int map, uint32_t key, const void *value)
{
	union bpf_attr attr = {.map_fd = (uint32_t)map,
			       .key = (uint64_t)(uintptr_t)&key,
			       .value = (uint64_t)(uintptr_t)value};

	if (bpf(BPF_MAP_UPDATE_ELEM, &attr))
		fail("BPF_MAP_UPDATE_ELEM");
}

static void put_image(int images, uint32_t slot, const void *image, uint32_t size)
{
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY,
			       .key_size = sizeof(uint32_t),
			       .value_size = size,
			       .max_entries = 1,
			       .map_flags = BPF_F_RDONLY_PROG};
	int map = bpf(BPF_MAP_CREATE, &attr);

	if (map < 0)
		fail("BPF_MAP_CREATE");
	update(map, 0, image);
	update(images, slot, &map);
	close(map);
}

int main(int argc, char **argv)
{
	uint32_t slot = argc == 5 ? (uint32_t)atoi(argv[2]) : 0, size;
	void *image[2];
	long n = 0;
	int images;

	alarm(RACE_LIMIT);
	if (!slot)
		return 2;
	await_flag(argv[1], "go");
	images = find_map("rf_images");
	size = size_of_slot(images, slot);
	for (int i = 0; i < 2; i++)
		image[i] = read_image(argv[3 + i], size);
	while (!has_flag(argv[1], "stop"))
		put_image(images, slot, image[++n & 1], size);
	printf("swaps %ld\n", n);
	return 0;
}
