/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to the daemon about the domains and policies it has; wire.h says what is in them. */
#ifndef ENFORCER_REQUESTS_H
#define ENFORCER_REQUESTS_H

#include <jansson.h>

#include "client.h"

bool request_is_known(const char *what);

/*
 * Does what the process `peer` asks. Tells what goes wrong. What is changed is told in the daemon's
 * log, too. *ret_result, the caller's, may be there in either case. 0 or negative errno.
 */
int request_serve(const struct client_context *ctx, pid_t peer, const json_t *request,
		  json_t **ret_result);

#endif
