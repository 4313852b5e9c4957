/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ringfence daemon --metrics`: from where it listens to what it tells. */
#ifndef ENFORCER_METRICS_SERVER_H
#define ENFORCER_METRICS_SERVER_H

#include "metrics.h"
#include "metrics_address.h"
#include "metrics_http.h"

/* Zeroes: nothing is served, and all of these do nothing. */
struct metrics_server {
	struct metrics_http http;
	struct metrics_sources sources;
	const char *path; /* of the socket file; NULL: none */
	ino_t inode;	  /* of that */
};

/*
 * Listens where the address says, if it says anything; `s` keeps its place from here on. What
 * `sources` points to is read in metrics_server_run() only. Tells what goes wrong. 0 or negative
 * errno.
 */
int metrics_server_open(struct metrics_server *s, const struct metrics_address *at,
			const struct metrics_sources *sources);

/* As the functions of metrics_http.h. */
int metrics_server_fd(struct metrics_server *s);
int metrics_server_wait(struct metrics_server *s, int most);
void metrics_server_run(struct metrics_server *s);

/* Removes the socket file, too. */
void metrics_server_close(struct metrics_server *s);

#endif
