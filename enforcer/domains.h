/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon tells of its domains: `ringfence list` and `ringfence status`. */
#ifndef ENFORCER_DOMAINS_H
#define ENFORCER_DOMAINS_H

#include <jansson.h>

#include "registry.h"

/*
 * An array with an object for each domain, the members those of ringfence(8). `pin_dir` is where
 * the task iterator is. NULL without memory.
 */
json_t *domains_json(const struct registry *r, const char *pin_dir);

#endif
