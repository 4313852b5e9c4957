/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * under-filter IMAGE|allow COMMAND...: executes a command under the seccomp filter of a compiled
 * policy (policy/image_file.c has the format), or under one that allows everything.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>

#include "bench.h"

#define FILTER_SECTION 2

struct section {
	uint32_t kind, zero;
	uint64_t size;
};

static struct sock_filter filter[BPF_MAXINSNS];

static unsigned short read_filter(const char *path)
{
	struct section s;
	FILE *in = fopen(path, "r");

	must(in && !fseek(in, 16, SEEK_SET), path);
	for (;;) {
		must(fread(&s, sizeof(s), 1, in) == 1, "no filter");
		if (s.kind == FILTER_SECTION)
			break;
		must(!fseek(in, (long)s.size, SEEK_CUR), path);
	}
	must(s.size && s.size <= sizeof(filter) && fread(filter, s.size, 1, in) == 1, "no filter");
	fclose(in);
	return (unsigned short)(s.size / sizeof(*filter));
}

int main(int argc, char **argv)
{
	struct sock_fprog program = {.filter = filter, .len = 1};

	if (argc < 3)
		wants(argc, 2, "under-filter IMAGE|allow COMMAND...");
	if (strcmp(argv[1], "allow"))
		program.len = read_filter(argv[1]);
	else
		filter[0] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	must(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	must(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), "seccomp");
	execv(argv[2], argv + 2);
	must(0, argv[2]);
	return 1;
}
