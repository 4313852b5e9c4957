/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes in memory, as people write them. */
#ifndef ENFORCER_SIZE_H
#define ENFORCER_SIZE_H

#include <stddef.h>

/* A number of bytes, or of KiB or MiB with a K or an M behind it. 0, or -EINVAL: it is none. */
int size_parse(const char *text, size_t *ret);

/* The size of a domain's ring (bpf_put_ring()). */
#define RING_SIZE_DEFAULT (1u << 20)
#define RING_SIZE_LEAST	  4096u
#define RING_SIZE_MOST	  (64u << 20)
#define RING_SIZE_MISUSED                                                                          \
	"'%s' is no size of a ring: a power of two from 4K to 64M, in bytes or with K or M"

/* A size that a ring can have. 0 or -EINVAL. */
int ring_size_parse(const char *text, size_t *ret);

#endif
