/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds what a word of the syscalls section names: see lookup.c. Each returns
 * 0, -EINVAL (reported to `d`) or -ENOMEM.
 */
#ifndef SECCOMP_LOOKUP_H
#define SECCOMP_LOOKUP_H

#include "filter.h"

int call_lookup(const struct word *w, struct diag *d, int *ret_nr);
int group_lookup(const struct word *w, struct diag *d, const struct syscall_group **ret_group);
/* Names only: 0 would make a refused call look done, other numbers differ by architecture. */
int errno_lookup(const struct word *w, struct diag *d, int *ret_number);

/*
 * Calls `each` for every system call number behind `name`, which is a call's name or a group's;
 * names this architecture lacks are skipped. Stops at and returns the first negative result.
 */
int syscall_name_expand(const char *name, int (*each)(const char *call, int nr, void *data),
			void *data);

#endif
