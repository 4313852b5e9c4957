/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where alerts go: standard error, standard output, a file, or the system's log.
 *
 * An alert is written at once, or it is counted; none waits in memory. The first that cannot be
 * written is told in the log of messages, each time that it begins anew, and later how many it
 * were: one message a minute.
 */
#ifndef ENFORCER_SINK_H
#define ENFORCER_SINK_H

#include <jansson.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdio.h>

#include "syslog_socket.h"

#define SINK_DEFAULT_FILE "/var/log/ringfence/alerts.json" /* where `log` looks */
#define SINK_SYSLOG	  "syslog" /* as target; a file of that name is ./syslog */

struct sink {
	FILE *out;	   /* NULL: the system's log */
	bool json;	   /* else text */
	const char *path;  /* of the file; NULL: it is none. Borrowed */
	bool reopens;	   /* of a file: looks for another after a failure, see sink_reopen() */
	__u64 unwritten;   /* alerts that could not be written */
	__u64 told;	   /* of these */
	bool fails;	   /* the last could not */
	int error;	   /* of the last that could not */
	__u64 tried, said; /* to open again; a message: CLOCK_MONOTONIC, seconds */
	struct syslog_socket syslog;
};

#define SINK_NONE ((struct sink){.syslog = SYSLOG_SOCKET_NONE})

/*
 * `target`: NULL for standard error, as text unless `json`; "-" for standard output, "syslog" for
 * the system's log, else a file to append to, all as JSON. Borrowed. Tells what goes wrong. 0 or
 * negative errno.
 */
int sink_open(const char *target, bool json, struct sink *ret);

/* Writes an alert (borrowed; NULL: there was no memory for it), or counts it. */
void sink_write(struct sink *s, const json_t *alert);

/* Once a second: tells how many alerts could not be written, unless a message has just been. */
void sink_tick(struct sink *s);

/*
 * Opens the file again, which may be another by that name now (logrotate). If that fails, which is
 * told, the old one stays. Nothing for other sinks.
 */
void sink_reopen(struct sink *s);

/* Tells how many alerts could not be written, if nobody has been told. Harmless on what was never
 * opened. */
void sink_close(struct sink *s);

#endif
