/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENFORCER_SNIPPETS_H
#define ENFORCER_SNIPPETS_H

#include <stdio.h>

/*
 * What engines are to be told of the runtime at `path` (absolute): podman, docker, containerd and
 * Kubernetes, each with the file it belongs in. 0 or -ENOMEM.
 */
int snippets_print(const char *path, FILE *out);

#endif
