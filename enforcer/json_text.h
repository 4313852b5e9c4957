/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings in JSON objects, for what is printed. */
#ifndef ENFORCER_JSON_TEXT_H
#define ENFORCER_JSON_TEXT_H

#include <jansson.h>

/* The string under `key`, borrowed; "-": there is none. */
const char *json_text(const json_t *o, const char *key);

/*
 * Sets it to `text`, which may be any bytes: escaped as in alerts. NULL, or no memory: to null. 0,
 * or -1 as jansson says it.
 */
int json_set_text(json_t *o, const char *key, const char *text);

#endif
