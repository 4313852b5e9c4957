/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json_text.h"

#include <string.h>

#include "escape.h"
#include "util.h"

const char *json_text(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "-";
}

int json_set_text(json_t *o, const char *key, const char *text)
{
	_free_ char *shown = text ? escape_bytes(text, strlen(text)) : NULL;

	return json_object_set_new(o, key, shown ? json_string(shown) : json_null());
}
