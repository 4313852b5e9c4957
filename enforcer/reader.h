/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the ring buffer to the alert log. */
#ifndef ENFORCER_READER_H
#define ENFORCER_READER_H

#include <stdbool.h>
#include <stdio.h>

#include "alert.h"
#include "bpf.h"
#include "images.h"

struct ring_buffer;

struct reader {
	struct ring_buffer *ring;
	int events;  /* the domain's ring; borrowed */
	int domains; /* the map of domains, for the counters; borrowed */
	__u32 slot;  /* of the domain */
	__u64 cgroup;
	struct alert_context context;
	struct images images; /* that replaced the context's */
	FILE *out;
	bool json;
	unsigned budget; /* events still to be taken in this go */
	__u64 lost_told; /* losses already reported */
	__u64 unwritten; /* alerts the log would not take; told when it does again */
	int error;	 /* of the last failed write */
};

/* Begins to read; `r` has events, domains, slot, cgroup, context, out and json filled. 0 or
 * negative errno. */
int reader_open(struct reader *r);
int reader_fd(const struct reader *r); /* readable when there are events */
/*
 * Writes what is there, at most some thousands, and a `lost` record where the ring has dropped
 * some. True: there may be more. The limit is what lets the caller see signals during a flood.
 */
bool reader_drain(struct reader *r);
void reader_close(struct reader *r);

#endif
