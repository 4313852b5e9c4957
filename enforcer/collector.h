/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's reading of alerts: of any number of domains, into one sink. What it does at a time
 * is bounded, and so is its memory: each domain's alerts wait in the domain's ring.
 */
#ifndef ENFORCER_COLLECTOR_H
#define ENFORCER_COLLECTOR_H

#include "alert_reader.h"
#include "sink.h"

struct collector {
	struct sink sink;
	int epoll; /* of all rings; -1: not open */
};

#define COLLECTOR_NONE ((struct collector){.sink = SINK_NONE, .epoll = -1})

/* A domain whose alerts are to be read. */
struct collected_domain {
	int events, domains; /* its ring; the map of domains. Borrowed */
	__u32 slot;
	__u64 cgroup;
	const char *pin_dir, *name; /* no name: the image's */
	const struct image *image;  /* of its start, to be shared; NULL: not at hand */
	bool start_unknown;	    /* it is a later one */
	struct tally_policy *tally; /* borrowed */
};

struct collected {
	struct collector *collector;
	struct alert_reader reader;
	char *name;
	struct image *image; /* shared with whom it came from; NULL: not at hand */
	int events;
};

/* `target` as for sink_open(); borrowed. Tells what goes wrong. 0 or negative errno. */
int collector_open(const char *target, struct collector *ret);
/* After those that are collected. Harmless on what was never opened. */
void collector_close(struct collector *c);

int collector_fd(const struct collector *c); /* readable when there are alerts; -1: none are read */
/* Writes some of the alerts there are, in turn of each domain that has any. */
void collector_read(struct collector *c);

/*
 * Begins to read a domain's alerts. *ret is the caller's until collected_end() or
 * collected_close(). Tells what goes wrong. 0 or negative errno.
 */
int collector_add(struct collector *c, const struct collected_domain *domain,
		  struct collected **ret);
/*
 * Once a second: what was lost or held back, and some of the alerts. True: there are more of these.
 * NULL will do, here and below.
 */
bool collected_tick(struct collected *d);
/* All there is, and the last counts: the domain has ended. Frees it. */
void collected_end(struct collected *d);
/* All there is, but the domain goes on. Frees it. */
void collected_close(struct collected *d);

#endif
