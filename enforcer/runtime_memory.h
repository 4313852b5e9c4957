/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which runtime made a container: a file in the container's directory. Only that
 * one knows the container, whichever is the default by then.
 */
#ifndef ENFORCER_RUNTIME_MEMORY_H
#define ENFORCER_RUNTIME_MEMORY_H

#include "runtime_args.h"
#include "runtime_dir.h"

/* Notes the runtime at `path`. Tells what fails. 0 or negative errno. */
int runtime_memory_write(const struct runtime_dir *dir, const char *path);

/* malloc'ed; NULL: it is not known, or no longer there. */
char *runtime_memory_read(const struct runtime_dir *dir);

/* Of the container that the command is about: the first word that can be one and has a memory. */
char *runtime_memory_find(const struct runtime_args *a);

#endif
