/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a container may be called, in alerts and to the daemon. */
#ifndef ENFORCER_CONTAINER_NAME_H
#define ENFORCER_CONTAINER_NAME_H

#include <stdbool.h>

#define CONTAINER_NAME_MAX 255 /* bytes */

/* For command_misused(), after the name of the option. */
#define CONTAINER_NAME_MISUSED "%s wants a name of 1 to 255 bytes of UTF-8"

/* UTF-8, of 1 to so many bytes. */
bool container_name_is_valid(const char *name);

#endif
