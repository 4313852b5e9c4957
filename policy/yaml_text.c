/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a policy before YAML sees them. YAML takes more characters for
 * line breaks than an editor does, and text can be made to show in another
 * order than it is read: then what looks like a comment is a rule. Such
 * characters must be written as escapes in double quotes, where they show.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "utf8.h"
#include "yaml_tree.h"

static int report_byte(struct diag *d, struct mark m, unsigned char byte, bool utf16)
{
	if (byte || !utf16) {
		diag_error(d, m, byte ? "invalid UTF-8: byte \\x%02x" : "NUL byte", byte);
		return diag_hint(d, byte ? "policies are UTF-8 text"
					 : "a policy is text, not a binary file");
	}
	diag_error(d, m, "NUL byte: this looks like UTF-16");
	return diag_hint(d, "policies are UTF-8; convert the file with iconv -f UTF-16 -t UTF-8");
}

static int report_character(struct diag *d, struct mark m, uint32_t c)
{
	if (c == '\r') {
		diag_error(d, m, "carriage return that is not part of a line end");
		return diag_hint(d, "end lines with a newline");
	}
	diag_error(d, m, "character U+%04X does not show, or changes how the text shows",
		   (unsigned)c);
	if (c == 0xfffe || c == 0xffff)
		return diag_hint(d, "remove it");
	return diag_hint(d, "remove it, or write it as \"\\%c%0*X\" in double quotes",
			 c < 0x100     ? 'x'
			 : c < 0x10000 ? 'u'
				       : 'U',
			 c < 0x100     ? 2
			 : c < 0x10000 ? 4
				       : 8,
			 (unsigned)c);
}

int text_check(const char *text, size_t size, struct diag *d)
{
	struct mark m = {1, 1};
	bool utf16 = size >= 2 && (!text[0] != !text[1]);
	size_t at = 0;

	if (size >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2))) {
		diag_error(d, m, "the file is UTF-16 or UTF-32");
		return diag_hint(
		    d, "policies are UTF-8; convert the file with iconv -f UTF-16 -t UTF-8");
	}
	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		at = 3;
	while (at < size) {
		uint32_t c;
		size_t len = utf8_decode(text + at, size - at, &c);

		if (!len || !c)
			return report_byte(d, m, (unsigned char)text[at], utf16);
		at += len;
		m.col++;
		if (c == '\n')
			m = (struct mark){m.line + 1, 1};
		else if (c == '\r' && at < size && text[at] == '\n')
			continue;
		else if (c != '\t' && utf8_is_deceptive(c))
			return report_character(d, (struct mark){m.line, m.col - 1}, c);
	}
	return 0;
}

static bool in_list(const char *text, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(text, *list))
			return true;
	return false;
}

static bool all_of(const char *text, const char *set)
{
	return *text && text[strspn(text, set)] == '\0';
}

/* Whatever a YAML 1.1 or 1.2 loader might take for a number. */
static bool is_number(const char *s)
{
	static const char *const special[] = {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN", NULL};

	if (*s == '+' || *s == '-')
		s++;
	if (in_list(s, special))
		return true;
	if (!strncmp(s, "0x", 2))
		return all_of(s + 2, "0123456789abcdefABCDEF_");
	if (!strncmp(s, "0o", 2))
		return all_of(s + 2, "01234567_");
	if (!strncmp(s, "0b", 2))
		return all_of(s + 2, "01_");
	if (!strspn(s + (*s == '.'), "0123456789"))
		return false;
	if (strchr(s, ':') && all_of(s, "0123456789_:"))
		return true;
	s += strspn(s, "0123456789_");
	if (*s == '.')
		s += 1 + strspn(s + 1, "0123456789_");
	if (*s != 'e' && *s != 'E')
		return !*s;
	s += s[1] == '+' || s[1] == '-' ? 2 : 1;
	return all_of(s, "0123456789");
}

const char *plain_type(const char *text)
{
	static const char *const nulls[] = {"~", "null", "Null", "NULL", NULL};
	/* Not y and n, which stand in one edition of YAML and in few programs. */
	static const char *const booleans[] = {
	    "yes",   "Yes",   "YES", "no", "No", "NO",	"true", "True", "TRUE", "false",
	    "False", "FALSE", "on",  "On", "ON", "off", "Off",	"OFF",	NULL};

	if (!*text)
		return "empty";
	if (in_list(text, nulls))
		return "null";
	if (in_list(text, booleans))
		return "a boolean";
	return is_number(text) ? "a number" : NULL;
}
