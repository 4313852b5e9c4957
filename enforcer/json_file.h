/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENFORCER_JSON_FILE_H
#define ENFORCER_JSON_FILE_H

#include <jansson.h>

/*
 * Reads a JSON object from the regular file `path` (at most 16 MiB; `dir`: where relative paths
 * start, or AT_FDCWD). Tells what is wrong as FILE:LINE:COLUMN. 0, -EINVAL (not such an object), or
 * another negative errno.
 */
int json_file_read(int dir, const char *path, json_t **ret);

#endif
