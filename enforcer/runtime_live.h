/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the container still there that a directory was made for? */
#ifndef ENFORCER_RUNTIME_LIVE_H
#define ENFORCER_RUNTIME_LIVE_H

#include <stdbool.h>

#include "runtime_dir.h"
#include "runtime_register.h"

/* The domain that the hook noted. -ENOENT: it has noted none. Tells nothing. */
int runtime_live_domain(const struct runtime_dir *dir, struct runtime_domain *ret);

/*
 * The directory for a new container `id` of the runtime `path` under its `root` (NULL: its
 * default): empty, and locked. Tells what fails: -EEXIST, there is such a container; and what
 * runtime_dir_make() tells.
 */
int runtime_live_claim(const char *path, const char *root, const char *id, struct runtime_dir *ret);

/*
 * For a new container that needs none, which `exec` must not take for another one that was called
 * so: removes what is left of that. As runtime_live_claim() it fails where the other one lives.
 */
int runtime_live_forget(const char *path, const char *root, const char *id);

/* Is the directory all that is left of the container? What cannot be found out is a no. */
bool runtime_live_gone(const struct runtime_dir *dir, const char *path, const char *root,
		       const char *id);

#endif
