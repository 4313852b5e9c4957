/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies by name: NAME means POLICY_DIR/NAME.yaml. What has a slash or ends
 * in ".yaml" is a file, everything else is a name; what lies in the current
 * directory changes nothing about that.
 */
#ifndef ENFORCER_POLICY_NAME_H
#define ENFORCER_POLICY_NAME_H

#include <stdbool.h>

#define POLICY_DIR "/etc/ringfence/policies"

/* The longest name, in bytes: with ".yaml" and a suffix of an editor's it still is a file name. */
#define POLICY_NAME_MAX 200u

/* Is this meant as a name? It need not be a valid one. */
bool policy_is_named(const char *name_or_file);

/* Letters, digits, "_", and, but for the first character, "." and "-". */
bool policy_name_is_valid(const char *name);

/* The file of a valid name; malloc'ed, NULL without memory. */
char *policy_name_path(const char *name);

#endif
