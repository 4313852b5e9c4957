/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon says to a client, on the connection `to`; wire.h has the forms. 0 or negative
 * errno. */
#ifndef ENFORCER_CLIENT_ANSWER_H
#define ENFORCER_CLIENT_ANSWER_H

#include "client.h"

/* How large an image there is room for, and whether the policy of the request is in audit mode. */
int answer_hello(int to, const struct client_context *ctx, const json_t *request);
/* It is registered. */
int answer_yes(int to, const struct client_context *ctx, const struct registered *got,
	       const char *messages);
/* It is not: `error` is a negative errno. */
int answer_no(int to, int error, const char *messages);
/* What came of another request. Takes `result`, which may be NULL; so may `messages`. */
int answer_result(int to, int error, json_t *result, const char *messages);

#endif
