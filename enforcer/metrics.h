/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that `daemon --metrics` tells, at one moment: collected from what the daemon holds
 * (metrics_collect.c), and written (metrics.c). ringfence(8) has the table.
 *
 * How many lines: two dozens, three for each program, and for each policy 11, and one for each
 * operation of either action that somebody was refused, 68 at most. tally.h bounds the policies,
 * and so a page has a few megabytes at most, where all of that comes together; usually it has some
 * ten kilobytes.
 */
#ifndef ENFORCER_METRICS_H
#define ENFORCER_METRICS_H

#include <stdbool.h>
#include <stdio.h>

#include "bpf.h"
#include "policies.h"
#include "registry.h"
#include "sink.h"
#include "tally.h"

struct metrics_policy {
	const char *name;
	const struct tally_policy *tally;
	struct rf_count count[2]; /* of all domains there were, by enum rf_action */
	__u64 domains[2];	  /* now, by enum rf_mode */
	__u64 image_bytes;	  /* of all images that are loaded */
};

struct metrics {
	struct metrics_policy *policies;
	size_t n_policies;
	__u64 images, domains_limit;
	__u64 reloads, reload_failures;
	__u64 unwritten; /* alerts */
	struct bpf_health health;
	struct bpf_program *programs;
	size_t n_programs;
	bool statistics; /* kernel.bpf_stats_enabled */
	__u64 cpu;	 /* ns, of the daemon */
	__u64 started;	 /* seconds since 1970 */
};

/* Where it comes from; all borrowed. */
struct metrics_sources {
	struct registry *registry;
	const struct policies *policies;
	const struct bpf_health *health;
	const struct sink *sink;
	__u64 started;
};

/* Collects; `ret` is then to be done with. 0 or negative errno. */
int metrics_collect(const struct metrics_sources *s, struct metrics *ret);
void metrics_done(struct metrics *m);

void metrics_write(const struct metrics *m, FILE *out);

#endif
