/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where metrics are served: `--metrics ADDRESS:PORT` or `--metrics unix:PATH`. */
#ifndef ENFORCER_METRICS_ADDRESS_H
#define ENFORCER_METRICS_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

struct metrics_address {
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
	socklen_t size;	  /* 0: none */
	const char *text; /* as it was given; borrowed */
};

/* What to say of an argument that metrics_address_parse() does not take. */
#define METRICS_MISUSED                                                                            \
	"--metrics wants ADDRESS:PORT, as 127.0.0.1:9100, [::1]:9100 or :9100, or unix:PATH, an "  \
	"absolute path, not '%s'"

/* No names are looked up, and no address is the loopback one. 0 or -EINVAL. */
int metrics_address_parse(const char *text, struct metrics_address *ret);

/* Can nobody but this machine connect? */
bool metrics_address_is_local(const struct metrics_address *a);

/*
 * Listens there; a socket file is made for its owner alone, in place of one that nobody listens on
 * any more. Tells what goes wrong. A descriptor that does not block, or negative errno.
 */
int metrics_address_listen(const struct metrics_address *a);

#endif
