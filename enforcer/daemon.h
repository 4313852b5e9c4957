/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs loaded once, for all who are to be confined; see daemon.c. */
#ifndef ENFORCER_DAEMON_H
#define ENFORCER_DAEMON_H

#include <stdbool.h>
#include <stddef.h>

#include "metrics_address.h"
#include "throttle.h"

struct daemon_options {
	bool no_cache;		  /* remember nothing of directories */
	bool watch;		  /* reload when files of POLICY_DIR change */
	struct throttle throttle; /* of domains that do not say otherwise */
	size_t ring_size;	  /* bytes, see ring_size_parse() */
	const char *log;	  /* see collector_open(); borrowed */
	struct metrics_address metrics;
};

/* Serves until it is told to end by a signal. Tells what goes wrong. 0 or negative errno. */
int daemon_run(const struct daemon_options *options);

#endif
