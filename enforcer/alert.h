/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From an event of the ring to an alert: the JSON object and the line of text
 * that people and tools read. The schema is the one of ringfence-alert(5).
 */
#ifndef ENFORCER_ALERT_H
#define ENFORCER_ALERT_H

#include <jansson.h>
#include <stdio.h>
#include <time.h>

#include "../lsm/abi.h"
#include "../policy/image.h"

/* What the event itself does not carry. */
struct alert_context {
	const char *container;		   /* name of the domain */
	const struct policy *policy;	   /* that made the image; for system calls. May be NULL */
	const struct image *image;	   /* that decided */
	struct timespec monotonic_to_real; /* add to time_ns */
};

/*
 * An event checked for its lengths: a ring record is trusted no more than any other input.
 * Returns 0, or -EINVAL when `size` and the lengths inside disagree.
 */
int event_check(const struct rf_event *ev, size_t size);

/* The alert as a JSON object, owned by the caller; NULL when out of memory. */
json_t *alert_json(const struct alert_context *ctx, const struct rf_event *ev);
/* {"action":"lost","count":N,...} */
json_t *alert_lost_json(const struct alert_context *ctx, __u64 cgroup, __u64 count);

/*
 * {"action":"repeated","count":N,...}: alerts alike that were held back; `key` is that of struct
 * rf_throttle.
 */
json_t *alert_repeated_json(const struct alert_context *ctx, __u64 cgroup, __u64 key, __u64 count);

/* {"action":"ended",...}: a domain's last counts. */
json_t *alert_ended_json(const struct alert_context *ctx, const struct rf_domain *dom);

/* Writes one line of compact JSON, flushed. 0 or negative errno. */
int alert_write_json(FILE *out, const json_t *alert);
/* Writes one line of text for terminals: nothing in it can move the cursor or forge a line. */
int alert_write_text(FILE *out, const json_t *alert);
/*
 * How whoever writes alerts waits for the reader of a pipe or a terminal: called with it before
 * each part of a line that it surely takes then. False: the reader is waited for no longer, and the
 * alert is not written: -EAGAIN. Without one, as it begins, write() waits, or fails as it may.
 */
typedef bool (*alert_await_fn)(void *arg, int fd);
void alert_await(alert_await_fn await, void *arg);

/* Writes `text` and a newline for the two: past stdio, and whole or not at all if it can be had. */
int alert_write_line(FILE *out, const char *text);

#endif
