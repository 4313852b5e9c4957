/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many alerts alike are let through (lsm/throttle.h), and what became of the others. */
#ifndef ENFORCER_THROTTLE_H
#define ENFORCER_THROTTLE_H

#include <stdbool.h>

#include "bpf.h"

struct throttle {
	__u32 burst; /* at once */
	__u32 rate;  /* a second, after that; 0: nothing is held back */
};

#define THROTTLE_DEFAULT ((struct throttle){.burst = 1000, .rate = 100})
#define THROTTLE_OFF	 ((struct throttle){0})
#define THROTTLE_MAX	 1000000u /* of both */

/* What to say of an argument that throttle_parse() does not take. */
#define THROTTLE_MISUSED                                                                           \
	"--throttle wants BURST:RATE, two numbers from 1 to 1000000, or 'off', not '%s'"

/* "BURST:RATE" or "off". 0 or -EINVAL. */
int throttle_parse(const char *text, struct throttle *ret);

/* Gives a slot its table, new. 0 or negative errno. */
int throttle_put(struct bpf *b, __u32 slot, const struct throttle *t);
/* Takes it away; who has it mapped keeps it. */
void throttle_remove(struct bpf *b, __u32 slot);

/*
 * Maps the table of a slot, through what bpf_pin() has pinned under `dir`; to be unmapped. 0 or
 * negative errno.
 */
int throttle_map(const char *dir, __u32 slot, struct rf_throttles **ret);
void throttle_unmap(struct rf_throttles *table); /* NULL will do */

/*
 * Fetches what the throttle at `i` has held back and nobody has been told: how many, 0 for none;
 * their key in *ret_key, without rule and operation where it is one that several share. Only if it
 * has been quiet for so long that its burst is there again at `now` (CLOCK_MONOTONIC, ns), else the
 * next alert of the kind will tell. Until throttle_told() it is noted in the table, one at a time.
 */
__u64 throttle_take(struct rf_throttles *table, __u32 i, __u64 now, __u64 *ret_key);
void throttle_told(struct rf_throttles *table);
/* What a reader that was killed has fetched, and may not have told; 0: nothing. */
__u64 throttle_left(const struct rf_throttles *table, __u64 *ret_key);

#endif
