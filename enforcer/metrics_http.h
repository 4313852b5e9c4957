/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Serves one page, /metrics, by HTTP, in the caller's thread and poll loop: no other thread sees
 * what the page is made of, and a peer that is slow is waited for by nobody.
 *
 * Bounded: connections at once, memory for what one sends, seconds it may take, how often the page
 * is made (once a second), and how much is done in a second.
 */
#ifndef ENFORCER_METRICS_HTTP_H
#define ENFORCER_METRICS_HTTP_H

#include "mhd.h"

#define METRICS_HTTP_CLIENTS 8u
#define METRICS_HTTP_SECONDS 10 /* for a connection, from its beginning to its end */

/* Makes the page, the caller's to free. 0 or negative errno. */
typedef int (*metrics_page_fn)(void *ctx, char **ret, size_t *ret_size);

struct metrics_http {
	const struct mhd *mhd;
	struct MHD_Daemon *daemon; /* NULL: nothing is served */
	metrics_page_fn make;
	void *ctx;
	int epoll;		   /* the daemon's */
	struct MHD_Response *page; /* as it was made last; NULL: not yet */
	time_t made;		   /* when; CLOCK_MONOTONIC, seconds, as all of these */
	time_t second;		   /* that `turns` were taken in */
	unsigned turns;
	struct {
		struct MHD_Connection *connection; /* NULL: free */
		time_t until;			   /* it has to be over */
	} clients[METRICS_HTTP_CLIENTS];
};

/*
 * Begins to serve on a socket that listens, which is taken. `ret` keeps its place from here on.
 * Tells what goes wrong. 0 or negative errno.
 */
int metrics_http_open(int listener, metrics_page_fn make, void *ctx, struct metrics_http *ret);

/* To be polled for reading; -1: not now. */
int metrics_http_fd(struct metrics_http *h);
/* How long to poll, if not for more than `most` milliseconds. */
int metrics_http_wait(struct metrics_http *h, int most);
/* One turn, if there is something to do. To be called once a second at least. */
void metrics_http_run(struct metrics_http *h);

/* Harmless on zeroes. */
void metrics_http_close(struct metrics_http *h);

#endif
