/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would let a container out of its policy before it has begun. */
#ifndef ENFORCER_RUNTIME_CHECK_H
#define ENFORCER_RUNTIME_CHECK_H

#include <jansson.h>

/*
 * Refuses a configuration in which a runtime would find something else than what ringfence reads
 * and writes. Tells what it is. 0 or -EINVAL.
 */
int runtime_check_config(const json_t *config);

/*
 * Refuses the runtime `path`, by its name, if what it makes cannot be confined. Tells so. 0 or
 * -EOPNOTSUPP.
 */
int runtime_check_kind(const char *path);

#endif
