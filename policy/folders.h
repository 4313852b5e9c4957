/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way to a policy file: see folders.c.
 */
#ifndef POLICY_FOLDERS_H
#define POLICY_FOLDERS_H

#include <limits.h>

#include "diag.h"

/*
 * Opens the folder that holds the last component of `path`, and gives that component. Every folder
 * on the way must be trusted; a symbolic link as the last component is not followed. Returns 0,
 * -EINVAL (reported to `d`), or a negative errno of opening (not reported).
 */
int folders_open(const char *path, struct diag *d, int *ret_fd, char ret_name[NAME_MAX + 1]);

#endif
