/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "container_name.h"

#include <jansson.h>
#include <string.h>

bool container_name_is_valid(const char *name)
{
	json_t *text = strlen(name) <= CONTAINER_NAME_MAX ? json_string(name) : NULL;
	bool valid = *name && text;

	json_decref(text);
	return valid;
}
