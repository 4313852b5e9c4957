/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes of `register` and `attach`: a domain, which is the client's then. Both tell what goes
 * wrong. 0 or negative errno.
 */
#ifndef ENFORCER_CLIENT_REGISTER_H
#define ENFORCER_CLIENT_REGISTER_H

#include <jansson.h>

#include "client.h"

/* `attaches`: the tasks of the cgroup run already, and no command comes with the request. */
int register_domain(struct client *c, const struct client_context *ctx, const json_t *request,
		    bool attaches, struct registered *ret);

/* Confines all tasks of the cgroup. *ret_result is the caller's. */
int attach_domain(struct client *c, const struct client_context *ctx, const json_t *request,
		  json_t **ret_result);

#endif
