/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The escaping of ringfence-alert(5). What passes is valid UTF-8 that shows
 * itself; all else becomes `\xNN` byte by byte, and the backslash `\\`:
 *
 *   - bytes that are no UTF-8: strays, truncated and overlong sequences,
 *     surrogates, beyond U+10FFFF
 *   - characters that do not show or that make others show as what they are
 *     not (policy/utf8.h): controls, separators of lines, marks of direction
 *
 * So the text has one line, holds no terminal command, is a JSON string
 * whatever the bytes were, and each escaped text has one original.
 */
#include "escape.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../policy/utf8.h"
#include "util.h"

static char *put_hex(char *to, const char *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		*to++ = '\\';
		*to++ = 'x';
		*to++ = digits[byte >> 4];
		*to++ = digits[byte & 15];
	}
	return to;
}

/* Shows itself, whatever comes before and after: most of what there is to escape. */
static bool is_plain(char c, const char *also)
{
	return c >= ' ' && c <= '~' && c != '\\' && (!*also || !strchr(also, c));
}

char *escape_bytes_also(const char *bytes, size_t len, const char *also)
{
	char *text, *to;

	if (len > (SIZE_MAX - 1) / 4)
		return NULL;
	to = text = malloc(4 * len + 1);
	if (!text)
		return NULL;
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t c = 0;

		if (is_plain(bytes[i], also)) {
			*to++ = bytes[i];
			n = 1;
			continue;
		}
		n = utf8_decode(bytes + i, len - i, &c);
		if (n == 0) {
			n = 1;
			to = put_hex(to, bytes + i, n);
		} else if (c == '\\') {
			*to++ = '\\';
			*to++ = '\\';
		} else if (utf8_is_deceptive(c) || (n == 1 && strchr(also, (int)c))) {
			to = put_hex(to, bytes + i, n);
		} else {
			memcpy(to, bytes + i, n);
			to += n;
		}
	}
	*to = '\0';
	return text;
}

char *escape_bytes(const char *bytes, size_t len)
{
	return escape_bytes_also(bytes, len, "");
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int escape_undo(const char *text, char **ret_bytes, size_t *ret_len)
{
	_free_ char *bytes = malloc(strlen(text) + 1);
	size_t len = 0;

	if (!bytes)
		return -ENOMEM;
	while (*text) {
		int high, low;

		if (*text != '\\') {
			bytes[len++] = *text++;
			continue;
		}
		if (text[1] == '\\') {
			bytes[len++] = '\\';
			text += 2;
			continue;
		}
		if (text[1] != 'x')
			return -EINVAL;
		high = hex_digit(text[2]);
		low = high < 0 ? -1 : hex_digit(text[3]);
		if (low < 0)
			return -EINVAL;
		bytes[len++] = (char)(high << 4 | low);
		text += 4;
	}
	bytes[len] = '\0';
	*ret_bytes = take_ptr(bytes);
	*ret_len = len;
	return 0;
}
