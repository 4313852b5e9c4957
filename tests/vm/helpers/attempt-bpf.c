/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tries bpf(): to get at objects of others, and to load programs. What it loads answers 0.
 *
 *   map-id N   prog-id N   link-id N   own-map          descriptors by number
 *   pin-get PATH   pin-detach PATH   pin-update PATH    a link, by its pin
 *   pin-map PATH                                        pins a map of its own
 *   load TYPE                                           a program of a type, by its number
 */
#include "attempt.h"

#include <linux/bpf.h>
#include <stdint.h>
#include <sys/syscall.h>

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int by_id(int cmd, const char *id)
{
	union bpf_attr attr = {.map_id = (uint32_t)number(id)};

	return answer_fd(sys_bpf(cmd, &attr));
}

static int try_map_id(char **a)
{
	return by_id(BPF_MAP_GET_FD_BY_ID, a[0]);
}

static int try_prog_id(char **a)
{
	return by_id(BPF_PROG_GET_FD_BY_ID, a[0]);
}

static int try_link_id(char **a)
{
	return by_id(BPF_LINK_GET_FD_BY_ID, a[0]);
}

static int make_map(void)
{
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY,
			       .key_size = 4,
			       .value_size = 4,
			       .max_entries = 1,
			       .map_name = "own"};

	return sys_bpf(BPF_MAP_CREATE, &attr);
}

/* Makes a map, and gets it again by its number. */
static int try_own_map(char **a)
{
	struct bpf_map_info info = {0};
	union bpf_attr attr = {.info = {.info_len = sizeof(info), .info = (uintptr_t)&info}};
	int fd = make_map(), r;

	(void)a;
	if (fd < 0)
		return -errno;
	attr.info.bpf_fd = (uint32_t)fd;
	r = answer(sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr));
	if (!r) {
		attr = (union bpf_attr){.map_id = info.id};
		r = answer_fd(sys_bpf(BPF_MAP_GET_FD_BY_ID, &attr));
	}
	close(fd);
	return r;
}

static int pin_get(const char *path)
{
	union bpf_attr attr = {.pathname = (uintptr_t)path};

	return sys_bpf(BPF_OBJ_GET, &attr);
}

static int try_pin_get(char **a)
{
	return answer_fd(pin_get(a[0]));
}

static int try_pin_detach(char **a)
{
	int fd = pin_get(a[0]), r;
	union bpf_attr attr = {.link_detach = {.link_fd = (uint32_t)fd}};

	if (fd < 0)
		return -errno;
	r = answer(sys_bpf(BPF_LINK_DETACH, &attr));
	close(fd);
	return r;
}

static int try_pin_update(char **a)
{
	int fd = pin_get(a[0]), r;
	union bpf_attr attr = {.link_update = {.link_fd = (uint32_t)fd}};

	if (fd < 0)
		return -errno;
	r = answer(sys_bpf(BPF_LINK_UPDATE, &attr));
	close(fd);
	return r;
}

static int try_pin_map(char **a)
{
	int fd = make_map(), r;
	union bpf_attr attr = {.pathname = (uintptr_t)a[0], .bpf_fd = (uint32_t)fd};

	if (fd < 0)
		return -errno;
	r = answer(sys_bpf(BPF_OBJ_PIN, &attr));
	close(fd);
	return r;
}

static int try_load(char **a)
{
	static const struct bpf_insn zero[] = {
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
	    {.code = BPF_JMP | BPF_EXIT}};
	union bpf_attr attr = {.prog_type = (uint32_t)number(a[0]),
			       .insn_cnt = 2,
			       .insns = (uintptr_t)zero,
			       .license = (uintptr_t) "GPL"};

	return answer_fd(sys_bpf(BPF_PROG_LOAD, &attr));
}

static const struct attempt attempts[] = {
    {"map-id", 1, try_map_id},
    {"prog-id", 1, try_prog_id},
    {"link-id", 1, try_link_id},
    {"own-map", 0, try_own_map},
    {"pin-get", 1, try_pin_get},
    {"pin-detach", 1, try_pin_detach},
    {"pin-update", 1, try_pin_update},
    {"pin-map", 1, try_pin_map},
    {"load", 1, try_load},
    {},
};

int main(void)
{
	return make_attempts(attempts);
}
