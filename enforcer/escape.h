/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes that others chose (paths, process names) as text that is safe to
 * print, to log and to put into JSON, and back to the very same bytes.
 */
#ifndef ENFORCER_ESCAPE_H
#define ENFORCER_ESCAPE_H

#include <stddef.h>

/* `len` bytes as text; malloc'ed, NULL when out of memory. */
char *escape_bytes(const char *bytes, size_t len);

/* The same, and every character of `also` (ASCII) is escaped too. */
char *escape_bytes_also(const char *bytes, size_t len, const char *also);

/*
 * The bytes that `text` stands for; `ret_bytes` is malloc'ed, and a NUL that is not counted
 * follows. Returns 0, -EINVAL for what escape_bytes() cannot have written (a backslash that begins
 * no escape), -ENOMEM.
 */
int escape_undo(const char *text, char **ret_bytes, size_t *ret_len);

#endif
