/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts a filter on the calling process: the only code of this folder that
 * changes anything. All threads or none (TSYNC); the kernel logs refusals (LOG),
 * which is where alerts about system calls come from.
 */
#include "filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int filter_install(const struct sock_filter *insns, size_t len)
{
	struct sock_fprog program = {.len = (unsigned short)len,
				     .filter = (struct sock_filter *)insns};
	long r;

	if (!len || len > BPF_MAXINSNS)
		return -EINVAL;
	/* Without it a filter could lie to a set-user-ID program, so the kernel insists. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG, &program);
	if (r < 0)
		return -errno;
	/* A thread with a filter of its own cannot be brought along: nothing was installed. */
	return r ? -EBUSY : 0;
}
