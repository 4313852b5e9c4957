/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libmicrohttpd reads, parses and writes; it has its own epoll set, which the caller's poll()
 * watches. Its time-out is for silence; who sends a byte now and then is ended here.
 */
#include "metrics_http.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "log.h"
#include "metrics_text.h"
#include "util.h"

#define PAGE		 "/metrics"
#define SILENT_SECONDS	 5u
#define MEMORY		 (8u << 10) /* bytes for one connection's request and headers */
#define TURNS_PER_SECOND 100u	    /* a scrape takes less than ten */

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* --- answers -------------------------------------------------------------------------------- */

/* Takes `text`, which is the heap's. NULL without memory. */
static struct MHD_Response *make_response(const struct metrics_http *h, char *text, size_t size)
{
	struct MHD_Response *r =
	    h->mhd->create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);

	if (!r) {
		free(text);
		return NULL;
	}
	if (h->mhd->add_response_header(r, "Content-Type", METRICS_TEXT_TYPE) == MHD_YES &&
	    h->mhd->add_response_header(r, "Connection", "close") == MHD_YES)
		return r;
	h->mhd->destroy_response(r);
	return NULL;
}

/* The page of this second. NULL: it cannot be had. */
static struct MHD_Response *find_page(struct metrics_http *h)
{
	struct MHD_Response *fresh;
	time_t t = now();
	char *text;
	size_t size;

	if (h->page && h->made == t)
		return h->page;
	if (h->make(h->ctx, &text, &size) < 0)
		return NULL;
	fresh = make_response(h, text, size);
	if (!fresh)
		return NULL;
	/* Who is being sent the old one has it still. */
	if (h->page)
		h->mhd->destroy_response(h->page);
	h->page = fresh;
	h->made = t;
	return fresh;
}

/* A word instead of the page. MHD_NO ends the connection. */
static enum MHD_Result refuse(const struct metrics_http *h, struct MHD_Connection *c,
			      unsigned status, const char *word)
{
	char *text = strdup(word);
	struct MHD_Response *r = text ? make_response(h, text, strlen(text)) : NULL;
	enum MHD_Result done = MHD_NO;

	if (!r)
		return MHD_NO;
	if (status != MHD_HTTP_METHOD_NOT_ALLOWED ||
	    h->mhd->add_response_header(r, "Allow", "GET, HEAD") == MHD_YES)
		done = h->mhd->queue_response(c, status, r);
	h->mhd->destroy_response(r);
	return done;
}

/* As soon as the headers are there: what may follow them is not read. */
static enum MHD_Result answer(void *ctx, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version, const char *data,
			      size_t *size, void **request)
{
	struct metrics_http *h = ctx;
	struct MHD_Response *page;

	(void)version, (void)data, (void)size, (void)request;
	if (strcmp(url, PAGE) != 0)
		return refuse(h, c, MHD_HTTP_NOT_FOUND, "There is nothing but " PAGE "\n");
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return refuse(h, c, MHD_HTTP_METHOD_NOT_ALLOWED, "GET or HEAD\n");
	page = find_page(h);
	if (!page)
		return refuse(h, c, MHD_HTTP_INTERNAL_SERVER_ERROR,
			      "The figures are not to be had\n");
	return h->mhd->queue_response(c, MHD_HTTP_OK, page);
}

/* --- connections ---------------------------------------------------------------------------- */

/* Whoever is connected finds that it is over, and so does the library. */
static void hang_up(const struct metrics_http *h, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
	    h->mhd->get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (info)
		(void)shutdown(info->connect_fd, SHUT_RDWR);
}

static void notice(void *ctx, struct MHD_Connection *c, void **unused,
		   enum MHD_ConnectionNotificationCode what)
{
	struct MHD_Connection *before = what == MHD_CONNECTION_NOTIFY_STARTED ? NULL : c;
	struct metrics_http *h = ctx;

	(void)unused;
	for (size_t i = 0; i < METRICS_HTTP_CLIENTS; i++)
		if (h->clients[i].connection == before) {
			h->clients[i].connection = before ? NULL : c;
			h->clients[i].until = now() + METRICS_HTTP_SECONDS;
			return;
		}
	/* There are no more than places; should there be even so, none is without an end. */
	if (!before)
		hang_up(h, c);
}

static void end_slow(struct metrics_http *h)
{
	for (size_t i = 0; i < METRICS_HTTP_CLIENTS; i++)
		if (h->clients[i].connection && now() >= h->clients[i].until)
			hang_up(h, h->clients[i].connection);
}

/* --- turns ---------------------------------------------------------------------------------- */

int metrics_http_open(int listener, metrics_page_fn make, void *ctx, struct metrics_http *ret)
{
	const union MHD_DaemonInfo *info;
	struct metrics_http *h = ret;

	*h = (struct metrics_http){.mhd = mhd_load(), .make = make, .ctx = ctx, .epoll = -1};
	if (!h->mhd) {
		close(listener);
		return -ENOENT;
	}
	/* The socket is the library's from here on, and there is no thread of its own. */
	h->daemon = h->mhd->start_daemon(
	    MHD_USE_EPOLL, 0, NULL, NULL, answer, h, MHD_OPTION_LISTEN_SOCKET, listener,
	    MHD_OPTION_CONNECTION_LIMIT, METRICS_HTTP_CLIENTS, MHD_OPTION_CONNECTION_TIMEOUT,
	    SILENT_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY,
	    MHD_OPTION_NOTIFY_CONNECTION, notice, h, MHD_OPTION_END);
	info = h->daemon ? h->mhd->get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (info) {
		h->epoll = info->epoll_fd;
		return 0;
	}
	metrics_http_close(h);
	log_error("Failed to begin to serve metrics");
	return -EIO;
}

/* Whoever asks without end, or a socket that is ready and cannot be taken, costs so much. */
static bool has_turns(struct metrics_http *h)
{
	time_t t = now();

	if (!h->daemon)
		return false;
	if (t != h->second) {
		h->second = t;
		h->turns = 0;
	}
	return h->turns < TURNS_PER_SECOND;
}

/* Has it read something that it has not dealt with? */
static bool is_pending(const struct metrics_http *h)
{
	MHD_UNSIGNED_LONG_LONG ms;

	return h->mhd->get_timeout(h->daemon, &ms) == MHD_YES && !ms;
}

int metrics_http_fd(struct metrics_http *h)
{
	return has_turns(h) ? h->epoll : -1;
}

int metrics_http_wait(struct metrics_http *h, int most)
{
	return has_turns(h) && is_pending(h) ? 0 : most;
}

void metrics_http_run(struct metrics_http *h)
{
	struct pollfd ready = {h->epoll, POLLIN, 0};

	/* The first turn of a second is for those who are silent. */
	if (!has_turns(h) || (h->turns && !is_pending(h) && poll(&ready, 1, 0) <= 0))
		return;
	h->turns++;
	end_slow(h);
	if (h->mhd->run(h->daemon) == MHD_YES)
		return;
	log_error("Metrics cannot be served any more");
	metrics_http_close(h);
}

void metrics_http_close(struct metrics_http *h)
{
	if (h->daemon)
		h->mhd->stop_daemon(h->daemon);
	if (h->page)
		h->mhd->destroy_response(h->page);
	*h = (struct metrics_http){.epoll = -1};
}
