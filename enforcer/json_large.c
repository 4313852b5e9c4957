/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text is gone through token by token: what looks like an integer within a
 * string is none.
 */
#include "json_large.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Is the token an integer that the library does not take? */
static bool is_large(const char *token, size_t len)
{
	if (len < 19 || len > 40 || strspn(token, "-0123456789") < len)
		return false;
	errno = 0;
	(void)strtoll(token, NULL, 10);
	return errno == ERANGE;
}

/* The end of a string that begins here, its quote included. */
static size_t string_length(const char *text)
{
	size_t i = 1;

	while (text[i] && text[i] != '"')
		i += text[i] == '\\' && text[i + 1] ? 2 : 1;
	return text[i] ? i + 1 : i;
}

char *json_large_hide(const char *text, const char *marker)
{
	char *out = NULL;
	size_t size = 0, len;
	FILE *f = open_memstream(&out, &size);

	if (!f)
		return NULL;
	for (; *text; text += len) {
		len = *text == '"' ? string_length(text) : strspn(text, "-+.0123456789eE");
		if (*text != '"' && is_large(text, len)) {
			fprintf(f, "\"%s%.*s\"", marker, (int)len, text);
			continue;
		}
		len = len ? len : 1;
		fwrite(text, 1, len, f);
	}
	if (fclose(f)) {
		free(out);
		return NULL;
	}
	return out;
}

void json_large_show(char *text, const char *marker)
{
	const size_t len = strlen(marker);
	char *to = text;

	for (const char *from = text; *from;) {
		if (*from == '"' && !strncmp(from + 1, marker, len)) {
			for (from += 1 + len; *from != '"'; from++)
				*to++ = *from;
			from++;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}
