/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lsm-links HOOK RESULT N COMMAND...
 *
 * Attaches up to N BPF programs of its own to an LSM hook, each of which answers RESULT (0, or a
 * negative errno, for everybody on the machine), and executes COMMAND, which holds them until it
 * ends. Prints how many the kernel took. Raw bpf(2), so that the program is static and small.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BTF_MAX (16u << 20)

static int bpf(int cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* Bytes that follow a type, by its kind. */
static size_t tail_of(uint32_t info)
{
	size_t n = BTF_INFO_VLEN(info);

	switch (BTF_INFO_KIND(info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
	case BTF_KIND_ENUM64:
		return n * 12;
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return n * 8;
	default:
		return 0;
	}
}

/* The BTF id of a function of the kernel, 0 where there is none. */
static uint32_t find_function(const char *name)
{
	static char data[BTF_MAX];
	const struct btf_header *head = (const struct btf_header *)data;
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	ssize_t n;
	uint32_t id = 1;

	while (fd >= 0 && (n = read(fd, data + size, sizeof(data) - size)) > 0)
		size += (size_t)n;
	close(fd);
	if (size < sizeof(*head) || head->magic != BTF_MAGIC)
		return 0;
	for (size_t at = 0; at < head->type_len; id++) {
		const struct btf_type *t =
		    (const struct btf_type *)(data + head->hdr_len + head->type_off + at);

		if (BTF_INFO_KIND(t->info) == BTF_KIND_FUNC &&
		    !strcmp(data + head->hdr_len + head->str_off + t->name_off, name))
			return id;
		at += sizeof(*t) + tail_of(t->info);
	}
	return 0;
}

static int load(uint32_t hook, int result)
{
	const struct bpf_insn insns[] = {
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = result},
	    {.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_LSM,
			       .expected_attach_type = BPF_LSM_MAC,
			       .attach_btf_id = hook,
			       .insns = (uintptr_t)insns,
			       .insn_cnt = sizeof(insns) / sizeof(*insns),
			       .license = (uintptr_t) "GPL",
			       .prog_name = "dummy"};

	return bpf(BPF_PROG_LOAD, &attr);
}

int main(int argc, char **argv)
{
	char name[128];
	uint32_t hook;
	long n = 0;

	if (argc < 5)
		return 125;
	snprintf(name, sizeof(name), "bpf_lsm_%s", argv[1]);
	hook = find_function(name);
	for (; n < atol(argv[3]); n++) {
		int fd = load(hook, atoi(argv[2]));
		union bpf_attr attr = {
		    .link_create = {.prog_fd = (uint32_t)fd, .attach_type = BPF_LSM_MAC}};

		/* The descriptors are inherited, and that is what holds the links. */
		int link = fd < 0 ? -1 : bpf(BPF_LINK_CREATE, &attr);

		if (link < 0)
			break;
		fcntl(link, F_SETFD, 0);
	}
	fprintf(stderr, "lsm-links: %ld\n", n);
	if (!n) {
		perror("lsm-links");
		return 125;
	}
	execvp(argv[4], argv + 4);
	perror(argv[4]);
	return 125;
}
