/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection to the daemon, and the domain that was asked for over it. It
 * outlives the connection for as long as there are tasks in the domain.
 */
#ifndef ENFORCER_CLIENT_H
#define ENFORCER_CLIENT_H

#include <sys/types.h>
#include <time.h>

#include "collector.h"
#include "policies.h"
#include "registry.h"
#include "wire.h"

struct client {
	int fd;			  /* -1: gone */
	pid_t peer;		  /* the process that connected */
	struct wire_input *in;	  /* NULL: nothing more is expected */
	time_t since, deadline;	  /* CLOCK_MONOTONIC; for the request to be complete */
	__u32 slot;		  /* of its domain; 0: none */
	int cgroup;		  /* its directory, or CLIENT_CGROUP_GONE */
	struct image *image;	  /* its own; NULL: its policy has a name */
	struct collected *alerts; /* that the daemon reads; NULL: somebody else does */
};

#define CLIENT_CGROUP_GONE -2
#define CLIENT_NONE	   ((struct client){.fd = -1, .cgroup = -1})

/* What the clients have in common. */
struct client_context {
	struct registry *registry;
	struct policies *policies;
	struct bpf_health *health;
	const char *pin_dir;
	size_t ring_size;	  /* bytes */
	struct throttle throttle; /* for who does not say otherwise */
	struct collector *collector;
};

static inline bool client_is_free(const struct client *c)
{
	return c->fd < 0 && !c->slot;
}

/* It takes a place, and room for a message, and is nobody's connection yet. */
static inline bool client_waits(const struct client *c)
{
	return c->fd >= 0 && c->in;
}

/*
 * Where another connection may go: to a free place, or, where `waiting_max` wait, to the place of
 * the one that has waited longest, if that was long; client_done() is for the caller. NULL: nowhere
 * yet.
 */
struct client *client_find_place(struct client *clients, size_t n, unsigned waiting_max);

/* Takes a connection, which becomes the client's, if its other end is root and not confined. */
int client_accept(struct client *c, const struct client_context *ctx, int fd);

/* There is something to read, or the end. Tells what goes wrong. */
void client_serve(struct client *c, const struct client_context *ctx);

/* Once a second: who is slow is dropped, a domain without connection and tasks ends. True: one has
 * ended, which took several waits for the kernel. */
bool client_tick(struct client *c, const struct client_context *ctx);

/* Closes what is open; the domain stays. */
void client_done(struct client *c);

#endif
