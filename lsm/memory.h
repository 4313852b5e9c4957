/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the kernel's memory at an address.
 *
 * RF_READ(type, address, member...) follows members from a struct `type` at an address that came
 * from anywhere. Since 6.2 (fd264ca02094) the verifier lets any address be looked at as a kernel
 * type: each step is one load, which gives 0 where nothing is mapped. Before that each is a call of
 * bpf_probe_read_kernel(), which does the same at about twenty times the cost. The loader settles
 * which one it is, and the verifier drops the other.
 */
#ifndef RF_MEMORY_H
#define RF_MEMORY_H

#include "kernel.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

#define RF_CAST(type, address)                                                                     \
	((struct type *)bpf_rdonly_cast((const void *)(address),                                   \
					bpf_core_type_id_kernel(struct type)))

/* Eight bytes, as a number: of a type that begins with one. Only where bpf_rdonly_cast() is. */
#define RF_WORD(address) (RF_CAST(rb_node, address)->__rb_parent_color)

/* p->a, p->a->b, ... */
#define RF_ARROW1(p, a)	      (p)->a
#define RF_ARROW2(p, a, b)    (p)->a->b
#define RF_ARROW3(p, a, b, c) (p)->a->b->c
#define RF_ARROW_(p, n, ...)  ___apply(RF_ARROW, n)(p, __VA_ARGS__)
#define RF_ARROW(p, ...)      RF_ARROW_(p, ___narg(__VA_ARGS__), __VA_ARGS__)

/* The address is evaluated outside the relocated expression: it is ours, not the kernel's. */
#define RF_READ(type, address, ...)                                                                \
	({                                                                                         \
		struct type *at_ = (struct type *)(address);                                       \
		__typeof__(RF_ARROW(at_, __VA_ARGS__)) value_;                                     \
		if (bpf_rdonly_cast)                                                               \
			value_ = RF_ARROW(RF_CAST(type, at_), __VA_ARGS__);                        \
		else                                                                               \
			value_ = BPF_CORE_READ(at_, __VA_ARGS__);                                  \
		value_;                                                                            \
	})

/* Always the call: what it reads is a number to the verifier, and not a pointer, to be computed
 * with. */
#define RF_FETCH(type, address, ...)                                                               \
	({                                                                                         \
		struct type *at_ = (struct type *)(address);                                       \
		BPF_CORE_READ(at_, __VA_ARGS__);                                                   \
	})

/*
 * `x`, of which the verifier knows nothing any more, as of all that a global function returns: what
 * came there by different ways, with different values, is looked at once from here on.
 */
__weak __noinline __u32 rf_forget(__u32 x)
{
	return x;
}

/* Addresses travel as numbers: the walk reads memory that may be freed under it. */
static inline __u64 rf_u64(const void *p)
{
	return (__u64)p;
}

#endif
