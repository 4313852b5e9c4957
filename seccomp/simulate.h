/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SECCOMP_SIMULATE_H
#define SECCOMP_SIMULATE_H

#include <linux/filter.h>
#include <stddef.h>

/* Whether the kernel would take the program: 0, or -EINVAL. */
int filter_verify(const struct sock_filter *insns, size_t len);

#endif
