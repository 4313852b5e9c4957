/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UTF-8 by the book (RFC 3629). The list of deceptive characters exists
 * because a policy is read by people before it is read by the program: what
 * an editor shows as a comment must not be a rule.
 */
#include "utf8.h"

size_t utf8_decode(const char *text, size_t size, uint32_t *ret_char)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *s = (const unsigned char *)text;
	uint32_t c;
	size_t len;

	if (!size)
		return 0;
	if (s[0] < 0x80) {
		*ret_char = s[0];
		return 1;
	}
	if (s[0] >= 0xc2 && s[0] < 0xe0) {
		len = 2;
		c = s[0] & 0x1f;
	} else if (s[0] >= 0xe0 && s[0] < 0xf0) {
		len = 3;
		c = s[0] & 0x0f;
	} else if (s[0] >= 0xf0 && s[0] < 0xf5) {
		len = 4;
		c = s[0] & 0x07;
	} else {
		return 0;
	}
	if (size < len)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < smallest[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret_char = c;
	return len;
}

size_t utf8_count(const char *text, size_t size)
{
	size_t count = 0;

	for (size_t at = 0; at < size; count++) {
		uint32_t c;
		size_t len = utf8_decode(text + at, size - at, &c);

		at += len ? len : 1;
	}
	return count;
}

bool utf8_is_deceptive(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = {
	    {0x0000, 0x001f},	/* C0 controls */
	    {0x007f, 0x009f},	/* delete, C1 controls */
	    {0x061c, 0x061c},	/* Arabic letter mark */
	    {0x200b, 0x200b},	/* zero width space */
	    {0x200e, 0x200f},	/* left-to-right and right-to-left marks */
	    {0x2028, 0x202e},	/* line and paragraph separators, embeddings, overrides */
	    {0x2060, 0x2069},	/* word joiner, invisible operators, isolates */
	    {0xfeff, 0xfeff},	/* byte order mark */
	    {0xfffe, 0xffff},	/* no characters */
	    {0xe0000, 0xe007f}, /* tags */
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return true;
	return false;
}
