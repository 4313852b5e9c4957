/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The automaton reads a name where it is: in the dentry, or behind it.
 */
#ifndef RF_NAME_H
#define RF_NAME_H

#include "maps.h"

#define RF_NAME_LONG  40u /* such names, and longer ones, go the long way */
#define RF_NAME_WORDS (RF_NAME_LONG / 8)

#define RF_STATE_UNKNOWN 0xffffffffu /* none of an automaton's: those have 23 bits */

/*
 * The state after (at most) eight bytes of a name, from `state` on. Most names are done within the
 * first eight: because the automaton has come to a state that stays (abi.h), or because they end
 * there.
 */
static __always_inline __u32 rf_read_word(const struct rf_image *img, __u32 state, __u64 word,
					  bool *done)
{
	__u32 cap = rf_body_words, unit;

	*done = true;
	for (int i = 0; i < 8; i++, word >>= 8) {
		if (!(__u8)word)
			return state;
		unit = rf_unit_of(&img->head, img->body, cap, state, (__u8)word);
		state = RF_UNIT_TARGET(unit);
		if (unit & RF_UNIT_STAYS)
			return state;
	}
	*done = false;
	return state;
}

/* What has to be read word by word. */
struct rf_name {
	const struct rf_image *image;
	__u32 state;
	__u32 done;
	__u64 words[RF_NAME_WORDS];
};

static long rf_name_step(__u32 index, struct rf_name *n)
{
	__u64 i = index;
	bool done;

	RF_KEEP(i);
	if (i >= RF_NAME_WORDS)
		return 1;
	n->state = rf_read_word(n->image, n->state, n->words[i], &done);
	n->done = done;
	return done;
}

/* The state after the name from its byte `from` on; RF_STATE_UNKNOWN: see rf_read_name(). */
static __noinline __u32 rf_read_rest(const struct rf_image *img, __u32 state, struct dentry *dentry,
				     __u32 from)
{
	__u64 name = rf_u64(dentry->d_name.name) + from;
	struct rf_name n = {.image = img, .state = state};
	__u32 len = dentry->d_name.len;

	if (!img || len >= RF_NAME_LONG || len < from)
		return RF_STATE_UNKNOWN;
	len -= from;
	RF_KEEP(len);
	if (len >= RF_NAME_LONG || bpf_probe_read_kernel(n.words, len, (const void *)name))
		return RF_STATE_UNKNOWN;
	bpf_loop(RF_NAME_WORDS, rf_name_step, &n, 0);
	return n.done ? n.state : RF_STATE_UNKNOWN;
}

/*
 * Goes on from `state` with a component's name. False: it is long, or cannot be read. A name of up
 * to 31 bytes lies in the dentry itself, which every kernel lets be read by plain loads, an array
 * of bytes in words, too.
 */
static __always_inline bool rf_read_name(const struct rf_image *img, __u32 *state,
					 struct dentry *dentry)
{
	const __u64 inside = rf_u64(dentry) + bpf_core_field_offset(struct dentry, d_iname);
	__u32 from = 0;
	bool done;

	if (rf_u64(dentry->d_name.name) == inside) {
		*state = rf_read_word(img, *state, *(const __u64 *)&dentry->d_iname[0], &done);
		if (done)
			return true;
		from = sizeof(__u64);
	}
	*state = rf_read_rest(img, *state, dentry, from);
	return *state != RF_STATE_UNKNOWN;
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
