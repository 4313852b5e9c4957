/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A container that was to be confined, and that the runtime has made without our hook. */
#ifndef ENFORCER_RUNTIME_UNREGISTERED_H
#define ENFORCER_RUNTIME_UNREGISTERED_H

#include <stdbool.h>

#include "runtime_args.h"
#include "runtime_dir.h"

/*
 * After `create` or `run` by the runtime `path`, which ended with `code`: tells that nothing was
 * registered, where the hook has not, and deletes the container. Is it gone?
 */
bool runtime_unregistered_end(const struct runtime_dir *dir, const struct runtime_args *a,
			      const char *path, int code);

#endif
