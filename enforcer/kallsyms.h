/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of kernel symbols, from /proc/kallsyms. */
#ifndef ENFORCER_KALLSYMS_H
#define ENFORCER_KALLSYMS_H

#include <stddef.h>
#include <stdint.h>

struct ksym {
	const char *name;
	uint64_t address; /* filled in; 0 where the kernel hides it or has none */
};

/* Fills the addresses of `n` symbols in one pass. 0, -ENOENT (one is missing), or negative errno.
 */
int kallsyms_find(struct ksym *syms, size_t n);

#endif
