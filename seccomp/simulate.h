/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two steps of running a filter: see simulate.c.
 */
#ifndef SECCOMP_SIMULATE_H
#define SECCOMP_SIMULATE_H

#include "filter.h"

/* Whether the kernel would take the program: 0, or -EINVAL. */
int filter_verify(const struct sock_filter *insns, size_t len);

/* As filter_simulate(), for a program that was verified. */
uint32_t filter_run(const struct sock_filter *insns, const struct syscall_call *call);

#endif
