/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text format of Prometheus, version 0.0.4: lines of numbers that have a name and labels, and,
 * before those of one name, what it is and of which type. Whether all could be written is the
 * stream's to tell, ferror().
 */
#ifndef ENFORCER_METRICS_TEXT_H
#define ENFORCER_METRICS_TEXT_H

#include <linux/types.h>
#include <stdio.h>

#define METRICS_TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Metrics of one name, whose lines follow. */
struct metrics_family {
	const char *name;
	const char *type; /* "counter" or "gauge" */
	const char *help; /* one sentence */
};

/* The last one has no name. */
struct metrics_label {
	const char *name;
	const char *value; /* any bytes; what is no UTF-8 is shown as U+FFFD */
};

void metrics_text_family(FILE *out, const struct metrics_family *f);
/* A number. No labels: NULL. */
void metrics_text_count(FILE *out, const struct metrics_family *f,
			const struct metrics_label *labels, __u64 n);
/* Nanoseconds, as seconds. */
void metrics_text_seconds(FILE *out, const struct metrics_family *f,
			  const struct metrics_label *labels, __u64 ns);

#endif
