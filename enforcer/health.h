/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's eye on its own programs: what is found goes to the log, and to `status`. */
#ifndef ENFORCER_HEALTH_H
#define ENFORCER_HEALTH_H

#include <jansson.h>

#include "bpf.h"

/* Looks once, and tells what has changed since `h`, the last look. */
void health_check(const struct bpf *b, const char *pin_dir, struct bpf_health *h);

/* For `ringfence status`; NULL without memory. */
json_t *health_json(const struct bpf_health *h, const char *pin_dir);

#endif
