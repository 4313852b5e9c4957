/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the ring buffer to the alert log. */
#ifndef ENFORCER_ALERT_READER_H
#define ENFORCER_ALERT_READER_H

#include <stdbool.h>

#include "alert.h"
#include "sink.h"
#include "tally.h"
#include "throttle.h"
#include "bpf.h"
#include "images.h"

struct ring_buffer;

struct alert_reader {
	struct ring_buffer *ring;
	int events;  /* the domain's ring; borrowed */
	int domains; /* the map of domains, for the counters; borrowed */
	__u32 slot;  /* of the domain */
	__u64 cgroup;
	/* The domain's, mapped; the reader's to unmap. May be NULL. */
	struct rf_throttles *throttles;
	/* Where what is read is counted; borrowed. NULL: nowhere. */
	struct tally_policy *tally;
	struct alert_context context; /* its image: of the start */
	bool start_unknown;	      /* it is a later one: its filter is not in force */
	struct images images;	      /* that replaced the context's */
	/* Whose text was read last, and what it says; the reader's own. NULL: none. */
	const struct image *policy_of;
	struct policy *policy;
	struct sink *sink;  /* borrowed */
	unsigned batch_max; /* events in one go; 0: some thousands */
	unsigned budget;    /* of these, still to be taken */
	__u64 lost_told;    /* losses already reported */
	__u64 looked_at;    /* when what was held back was looked for; CLOCK_MONOTONIC, ns */
};

/*
 * Begins to read; `r` has events, domains, slot, cgroup, throttles, context and sink filled; the
 * context's policy may be NULL, then the image's text is read when it is wanted. 0 or negative
 * errno.
 */
int alert_reader_open(struct alert_reader *r);
int alert_reader_fd(const struct alert_reader *r); /* readable when there are events */
/*
 * Writes what is there, at most so many, a `lost` record where the ring has dropped some,
 * and `repeated` records of what was held back and is not told otherwise. True: there may be more.
 * The limit is what lets the caller see signals during a flood.
 */
bool alert_reader_drain(struct alert_reader *r);
/* Writes all there is, what was held back included. */
void alert_reader_finish(struct alert_reader *r);
/* Does that, if it was opened, and ends. */
void alert_reader_close(struct alert_reader *r);

#endif
