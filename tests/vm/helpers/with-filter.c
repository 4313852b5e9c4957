/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts seccomp filters on itself, as a container runtime would, and executes a command under them:
 *
 *   with-filter runtime COMMAND...      getpgid gets EXFULL, getpgrp kills, all else is allowed
 *   with-filter no-seccomp COMMAND...   seccomp(2) gets EACCES: nobody adds a filter after this
 *   with-filter full COMMAND...         so many instructions that the kernel takes few more
 */
#include "filters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST	 BPF_MAXINSNS
#define SHORTEST 64

/* Filters that allow with their first instruction, and never come to the others. */
static void fill_up(void)
{
	static struct sock_filter insns[LONGEST];
	struct sock_fprog program = {.filter = insns};

	for (int i = 0; i < LONGEST; i++)
		insns[i] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	for (int len = LONGEST; len >= SHORTEST; len /= 2) {
		program.len = (unsigned short)len;
		while (!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
			;
	}
}

int main(int argc, char **argv)
{
	int r = 0;

	if (argc < 3)
		return 125;
	if (!strcmp(argv[1], "runtime")) {
		r = filter_call(SYS_getpgid, SECCOMP_RET_ERRNO | EXFULL, 0);
		if (!r)
			r = filter_call(SYS_getpgrp, SECCOMP_RET_KILL_PROCESS, 0);
	} else if (!strcmp(argv[1], "no-seccomp")) {
		r = filter_call(SYS_seccomp, SECCOMP_RET_ERRNO | EACCES, 0);
	} else {
		fill_up();
	}
	if (r < 0) {
		fprintf(stderr, "with-filter: %s\n", strerror(-r));
		return 125;
	}
	execv(argv[2], argv + 2);
	perror(argv[2]);
	return 125;
}
