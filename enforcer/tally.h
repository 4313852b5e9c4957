/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was counted, by policy, over all the domains there were: the counters of a domain end with
 * it, and what is told of them must not shrink. Kept for as long as the registry is.
 *
 * A policy, here, is a name: that it was asked for by, else the one its text calls itself. The
 * number of names is bounded; what comes after that is counted together.
 */
#ifndef ENFORCER_TALLY_H
#define ENFORCER_TALLY_H

#include <stddef.h>

#include "../lsm/abi.h"

#define TALLY_POLICIES 128u	  /* with a name of their own */
#define TALLY_NAME_MAX 200u	  /* bytes, as it is shown */
#define TALLY_OTHERS   "(others)" /* no policy is called that */

/* Operations as alerts name them: those on files, privileges, and these two. */
enum {
	TALLY_PRIVILEGES = _RF_OP_MAX,
	TALLY_SYSCALL = TALLY_PRIVILEGES + _RF_PRIV_MAX,
	TALLY_UNKNOWN, /* several kinds were held back together: see RF_THROTTLE_JOINTS */
	_TALLY_OPERATION_MAX,
};

struct tally_policy {
	char *name;		  /* as escape_bytes() shows it; NULL: of all others */
	size_t place;		  /* for tally_place() */
	struct rf_count ended[2]; /* of domains that are gone, by enum rf_action */
	/* What alerts that were read told of, by enum rf_action. */
	__u64 told[2][_TALLY_OPERATION_MAX];
};

/* Begins with zeroes. */
struct tally {
	struct tally_policy *items[TALLY_POLICIES];
	size_t n;
	struct tally_policy others;
};

/* The policy of that name, new or not; never NULL, and good until tally_done(). */
struct tally_policy *tally_find(struct tally *t, const char *name);

/* All there are, the one of the others included: `i` below tally_size(). */
size_t tally_size(const struct tally *t);
const struct tally_policy *tally_at(const struct tally *t, size_t i);
/* Which of them: the other way round. */
size_t tally_place(const struct tally *t, const struct tally_policy *p);

/* A domain has ended; these are its last counts. */
void tally_end(struct tally_policy *p, const struct rf_count count[2]);
/* An alert was read, with those of its kind that it tells of. */
void tally_event(struct tally_policy *p, const struct rf_event *ev);
/* `n` of a kind that were held back, and told of without one of them: key of struct rf_throttle. */
void tally_repeated(struct tally_policy *p, __u64 key, __u64 n);

struct tally_operation {
	char text[32];
};

/* As in an alert's `operation`, or "unknown". `i` below _TALLY_OPERATION_MAX. */
struct tally_operation tally_operation(size_t i);

void tally_add(struct rf_count *to, const struct rf_count *count);
void tally_done(struct tally *t);

#endif
