/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The little of Unicode that policy text and messages need: is it UTF-8, and
 * would a person see it for what it is?
 */
#ifndef POLICY_UTF8_H
#define POLICY_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decodes the character at `text`, of which `size` bytes may be read. Returns its length in bytes
 * and writes `ret_char`; returns 0 where the bytes are no UTF-8 (overlong forms, surrogates and
 * what lies beyond U+10FFFF included) or `size` is 0.
 */
size_t utf8_decode(const char *text, size_t size, uint32_t *ret_char);

/* Characters in the first `size` bytes; a byte that is not UTF-8 counts as one. */
size_t utf8_count(const char *text, size_t size);

/*
 * True for characters that do not show, or that make the text around them show as what it is not:
 * controls, line breaks other than newline, marks of direction, byte order marks.
 */
bool utf8_is_deceptive(uint32_t c);

#endif
