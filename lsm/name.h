/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The automaton reads a name where it is: in the dentry, or behind it.
 */
#ifndef RF_NAME_H
#define RF_NAME_H

#include "maps.h"

#define RF_NAME_LONG  40u /* such names, and longer ones, go the long way */
#define RF_NAME_WORDS (RF_NAME_LONG / 8)

/*
 * A name being read, eight bytes at a time. Most are done within the first: because the automaton
 * has come to a state that stays (abi.h), or because they end there.
 */
struct rf_name {
	const struct rf_image *image;
	__u32 state;
	__u32 done;
	__u64 words[RF_NAME_WORDS];
};

static __always_inline void rf_read_word(struct rf_name *n, __u64 word)
{
	const struct rf_image *img = n->image;
	__u32 cap = rf_body_words, state = n->state, unit;

	for (int i = 0; i < 8; i++, word >>= 8) {
		if (!(__u8)word) {
			n->done = true;
			break;
		}
		unit = rf_unit_of(&img->head, img->body, cap, state, (__u8)word);
		state = RF_UNIT_TARGET(unit);
		if (unit & RF_UNIT_STAYS) {
			n->done = true;
			break;
		}
	}
	n->state = state;
}

static long rf_name_step(__u32 index, struct rf_name *n)
{
	__u64 i = index;

	RF_KEEP(i);
	if (i >= RF_NAME_WORDS)
		return 1;
	rf_read_word(n, n->words[i]);
	return n->done & 1;
}

/* The name from its byte `from` on. False: it is long, or cannot be read. */
static __noinline int rf_read_rest(struct rf_name *n, struct dentry *dentry, __u32 from)
{
	__u64 name = rf_u64(dentry->d_name.name) + from;
	__u32 len = dentry->d_name.len;

	if (len >= RF_NAME_LONG || len < from)
		return false;
	len -= from;
	RF_KEEP(len);
	__builtin_memset(n->words, 0, sizeof(n->words));
	if (len >= RF_NAME_LONG || bpf_probe_read_kernel(n->words, len, (const void *)name))
		return false;
	bpf_loop(RF_NAME_WORDS, rf_name_step, n, 0);
	return n->done;
}

/*
 * Goes on from n->state with a component's name. False: it is long, or cannot be read. A name of up
 * to 31 bytes lies in the dentry itself, which every kernel lets be read by plain loads, an array
 * of bytes in words, too.
 */
static __always_inline bool rf_read_name(struct rf_name *n, struct dentry *dentry)
{
	const __u64 inside = rf_u64(dentry) + bpf_core_field_offset(struct dentry, d_iname);
	__u32 from = 0;

	n->done = false;
	if (rf_u64(dentry->d_name.name) == inside) {
		from = sizeof(__u64);
		rf_read_word(n, *(const __u64 *)&dentry->d_iname[0]);
	}
	return n->done || rf_read_rest(n, dentry, from);
}

/* What a row permits without an event. */
static __always_inline __u32 rf_row_quiet(const struct rf_image *img, const struct rf_row *row)
{
	return row ? rf_row_permits(img->head.otherwise, row) & ~row->audit : 0;
}

/* The same of the row of a state. */
static __always_inline __u32 rf_state_quiet(const struct rf_image *img, __u32 state)
{
	return rf_row_quiet(img, rf_row_of(&img->head, img->body, rf_body_words, state));
}

#endif
