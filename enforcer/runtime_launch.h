/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real runtime: where it is, what it can, and running it. */
#ifndef ENFORCER_RUNTIME_LAUNCH_H
#define ENFORCER_RUNTIME_LAUNCH_H

#include <stdbool.h>

/*
 * The path of the runtime `name`, a path or a name in PATH; NULL: crun, then runc. malloc'ed. Tells
 * what is wrong: there is none, or it is ringfence itself. 0 or negative errno.
 */
int runtime_find(const char *name, char **ret_path);

/*
 * Is it crun, by its name, or by that and a version? It takes --config, which the others do not.
 */
bool runtime_is_crun(const char *path);

/* Does it take seccomp flags? What cannot be found out is a no. */
bool runtime_takes_seccomp_flags(const char *path);

/* Becomes the runtime; returns the exit code if that fails, which is told. */
int runtime_exec(char **argv);

/*
 * Runs it and waits; signals are passed on, and it does not outlive us. Returns its exit status as
 * a shell would, or -1 if it was not run, which is told.
 */
int runtime_run(char **argv);

/* Does it know the container `id` under `root` (NULL: its default)? It is asked for its state. */
bool runtime_knows(const char *path, const char *root, const char *id);

#endif
