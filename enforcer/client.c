/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nobody is believed: who is confined here is no client of ours, root or not,
 * and what others send is in client_register.c.
 */
#include "client.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>

#include "cgroup.h"
#include "client_answer.h"
#include "client_register.h"
#include "log.h"
#include "requests.h"
#include "rundir.h"
#include "said.h"
#include "state_file.h"
#include "tasks.h"
#include "util.h"

#define REQUEST_SECONDS 30
#define WAITING_SECONDS 60 /* all its requests together; a domain's connection has no end */
#define ROOM_SECONDS	5  /* so long it keeps its place though others want it */

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5, 7b26952a91cf */
#endif

/*
 * The process that connected. Before Linux 6.5 there is but its number, which may be another's by
 * now if it has ended.
 */
static int peer_pidfd(int fd, pid_t pid)
{
	socklen_t size = sizeof(int);
	int pidfd;

	if (!getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size))
		return pidfd;
	return errno == ENOPROTOOPT ? pidfd_open(pid, 0) : -1;
}

/*
 * Asked for each request: who was free when it connected may have been attached since. Gone by now
 * is as good as confined.
 */
static bool is_trusted(const struct client_context *ctx, int fd, pid_t *ret_peer)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	_close_ int pidfd = -1;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) || peer.uid)
		return false;
	*ret_peer = peer.pid;
	pidfd = peer_pidfd(fd, peer.pid);
	return pidfd >= 0 && !bpf_task_is_confined(ctx->registry->bpf, pidfd);
}

/* For the next request. Who goes on asking does not keep a place for ever. */
static void renew(struct client *c)
{
	time_t next = now() + REQUEST_SECONDS, last = c->since + WAITING_SECONDS;

	c->deadline = next < last ? next : last;
}

struct client *client_find_place(struct client *clients, size_t n, unsigned waiting_max)
{
	struct client *place = NULL, *oldest = NULL;
	unsigned waiting = 0;

	for (size_t i = 0; i < n; i++) {
		struct client *c = &clients[i];

		if (!place && client_is_free(c))
			place = c;
		if (!client_waits(c))
			continue;
		waiting++;
		if (!oldest || c->since < oldest->since)
			oldest = c;
	}
	if (waiting < waiting_max)
		return place;
	return oldest && now() >= oldest->since + ROOM_SECONDS ? oldest : NULL;
}

int client_accept(struct client *c, const struct client_context *ctx, int fd)
{
	struct wire_input *in;
	pid_t peer;

	if (!is_trusted(ctx, fd, &peer)) {
		close(fd);
		return -EACCES;
	}
	in = calloc(1, sizeof(*in));
	if (!in) {
		close(fd);
		return -ENOMEM;
	}
	*c = (struct client){.fd = fd, .peer = peer, .in = in, .cgroup = -1, .since = now()};
	renew(c);
	return 0;
}

static void drop_input(struct client *c)
{
	if (c->in)
		wire_reset(c->in);
	free(take_ptr(c->in));
}

static void hang_up(struct client *c)
{
	drop_input(c);
	close_fd(&c->fd);
	c->fd = -1;
}

/* The connection is the domain's then. */
static void answer_register(struct client *c, const struct client_context *ctx,
			    const json_t *request)
{
	struct registered got = {.events = -1};
	_free_ char *messages = NULL;
	struct said said;
	int r;

	if (said_begin(&said)) {
		hang_up(c);
		return;
	}
	r = register_domain(c, ctx, request, false, &got);
	if (!r) /* before anybody is told */
		state_add(ctx->registry, ctx->policies, got.slot);
	messages = said_end(&said);
	if (!messages)
		r = r < 0 ? r : -ENOMEM;
	drop_input(c);
	r = r < 0 ? answer_no(c->fd, r, messages ? messages : "")
		  : answer_yes(c->fd, ctx, &got, messages);
	close_fd(&got.events);
	if (r < 0 || !c->slot)
		hang_up(c);
}

/* The domain lasts as long as there is somebody in it. */
static void answer_attach(struct client *c, const struct client_context *ctx, const json_t *request)
{
	_free_ char *messages = NULL;
	json_t *result = NULL;
	struct said said;
	int r;

	if (said_begin(&said)) {
		hang_up(c);
		return;
	}
	r = attach_domain(c, ctx, request, &result);
	messages = said_end(&said);
	(void)answer_result(c->fd, r, result, messages);
	hang_up(c);
}

/* What changes and tells of domains, requests.h; another request may follow. */
static void answer_request(struct client *c, const struct client_context *ctx,
			   const json_t *request)
{
	_free_ char *messages = NULL;
	json_t *result = NULL;
	struct said said;
	int r;

	if (said_begin(&said)) {
		hang_up(c);
		return;
	}
	r = request_serve(ctx, c->peer, request, &result);
	messages = said_end(&said);
	wire_reset(c->in);
	if (answer_result(c->fd, r, result, messages) < 0)
		hang_up(c);
	else
		renew(c);
}

static void answer(struct client *c, const struct client_context *ctx, const json_t *request)
{
	const char *what = json_string_value(json_object_get(request, "request"));

	if (what && !strcmp(what, "register")) {
		answer_register(c, ctx, request);
		return;
	}
	if (what && !strcmp(what, "attach")) {
		answer_attach(c, ctx, request);
		return;
	}
	if (what && request_is_known(what)) {
		answer_request(c, ctx, request);
		return;
	}
	wire_reset(c->in);
	if (what && !strcmp(what, "hello") && !answer_hello(c->fd, ctx, request)) {
		renew(c);
		return;
	}
	(void)answer_no(c->fd, -EOPNOTSUPP, "ringfence: the daemon does not know this request\n");
	hang_up(c);
}

void client_serve(struct client *c, const struct client_context *ctx)
{
	json_t *request = NULL;
	char byte;
	int r;

	if (!c->in) { /* the connection has served; there is only its end to come */
		if (recv(c->fd, &byte, 1, MSG_DONTWAIT) >= 0 || errno != EAGAIN)
			hang_up(c);
		return;
	}
	r = wire_receive(c->fd, c->in, &request);
	if (r > 0 && !is_trusted(ctx, c->fd, &c->peer))
		r = -EACCES;
	if (r > 0)
		answer(c, ctx, request);
	else if (r < 0)
		hang_up(c);
	json_decref(request);
}

/*
 * Of a domain that was taken over the connection is not ours, and its `ringfence run` may go on: it
 * reads the last alerts, and counts, before its lock goes. Its cgroup bears its id.
 */
static bool has_run(const struct client *c)
{
	char link[64], path[PATH_MAX];
	const char *id;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", c->cgroup);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	id = strrchr(path, '/');
	return id && !strncmp(id + 1, RUNDIR_OF_RUN "-", strlen(RUNDIR_OF_RUN "-")) &&
	       !strchr(id, ' ') && rundir_is_held(id + 1);
}

/* Nobody is left in the domain, nor will be. */
static bool has_ended(const struct client *c, const struct client_context *ctx)
{
	if (!registry_at(ctx->registry, c->slot)->detached && c->cgroup != CLIENT_CGROUP_GONE &&
	    !cgroup_is_empty(c->cgroup, "cgroup.events"))
		return false;
	return !tasks_remain(ctx->pin_dir, c->slot) && !has_run(c);
}

/* The image's file is for whoever has it, and the next daemon. */
static void end_domain(struct client *c, const struct client_context *ctx)
{
	const struct image *image = c->image;

	collected_end(take_ptr(c->alerts));
	registry_remove(ctx->registry, c->slot);
	c->slot = 0;
	if (image)
		policies_drop_image(ctx->policies, image);
	client_done(c);
}

bool client_tick(struct client *c, const struct client_context *ctx)
{
	bool more;

	if (client_waits(c) && now() >= c->deadline)
		hang_up(c);
	more = collected_tick(c->alerts);
	/* A full ring is read in turn with the others' before its domain ends. */
	if (c->fd >= 0 || !c->slot || more || !has_ended(c, ctx))
		return false;
	end_domain(c, ctx);
	return true;
}

void client_done(struct client *c)
{
	hang_up(c);
	close_fd(&c->cgroup);
	collected_close(c->alerts);
	image_free(c->image);
	*c = CLIENT_NONE;
}
