/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Integers that the JSON library does not take, those from 2^63 on: limits have
 * them ("unlimited" is 2^64-1). They are made strings for the while, with a
 * marker in front that no string of the text begins with, and made numbers
 * again in the text that is written.
 */
#ifndef ENFORCER_JSON_LARGE_H
#define ENFORCER_JSON_LARGE_H

/* `text` with such integers as strings; the caller's. NULL: out of memory. */
char *json_large_hide(const char *text, const char *marker);

/* Back again, in place. */
void json_large_show(char *text, const char *marker);

#endif
