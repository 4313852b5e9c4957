/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Alternatives are written out as text, one pattern for each choice, with a
 * JOINT where a brace was, so that stars which meet there stay two. Then the
 * text is matched from left to right, trying everything.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "naive_glob.h"

#define JOINT '\1'

struct subject {
	const char *begin, *end;
};

/* Behind the class, escape or character at p. */
static const char *skip_part(const char *p)
{
	if (*p == '\\')
		return p + 2;
	if (*p != '[')
		return p + 1;
	for (p++; *p != ']'; p++)
		if (*p == '\\')
			p++;
	return p + 1;
}

/* The length of the well-formed UTF-8 sequence of more than one byte at s, or 0. */
static size_t sequence_length(const char *s, const char *end)
{
	static const unsigned long smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char lead = s < end ? (unsigned char)*s : 0;
	size_t n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
	unsigned long point = lead & (0xffu >> (n + 1));

	if (!n || lead >= 0xf8 || (size_t)(end - s) < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (point < smallest[n] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	return n;
}

static bool in_class(const char *p, unsigned char byte)
{
	bool found = false;

	while (*p != ']') {
		unsigned char low, high;

		p += *p == '\\';
		low = high = (unsigned char)*p++;
		if (*p == '-' && p[1] != ']') {
			p++;
			p += *p == '\\';
			high = (unsigned char)*p++;
		}
		found |= byte >= low && byte <= high;
	}
	return found;
}

static const char *skip_joints(const char *p)
{
	while (*p == JOINT)
		p++;
	return p;
}

static bool match(const char *p, const char *s, const struct subject *all);

static bool match_any_from(const char *p, const char *s, const struct subject *all, bool slashes)
{
	for (;; s++) {
		if (match(p, s, all))
			return true;
		if (s == all->end || (*s == '/' && !slashes))
			return false;
	}
}

/* p is at a slash. */
static bool match_slash(const char *p, const char *s, const struct subject *all)
{
	const char *stars = skip_joints(p + 1), *after;
	bool here = s < all->end && *s == '/';

	if (stars[0] != '*' || stars[1] != '*')
		return here && match(p + 1, s + 1, all);
	after = skip_joints(stars + 2);
	if (!*after)
		return here || s == all->end;
	if (*after != '/')
		return here && match(p + 1, s + 1, all);
	if (!here)
		return false;
	for (; s < all->end; s++)
		if (*s == '/' && match(after + 1, s + 1, all))
			return true;
	return false;
}

/* ? and classes. */
static bool match_one(const char *p, const char *s, const struct subject *all)
{
	const char *rest = skip_part(p);
	bool negated = *p == '?' || p[1] == '^';
	size_t n = sequence_length(s, all->end);
	bool fits = s < all->end && *s != '/';

	if (*p == '[')
		fits = fits && in_class(p + 1 + negated, (unsigned char)*s) != negated;
	if (fits && match(rest, s + 1, all))
		return true;
	return negated && n && match(rest, s + n, all);
}

static bool match(const char *p, const char *s, const struct subject *all)
{
	p = skip_joints(p);
	if (!*p)
		return s == all->end;
	switch (*p) {
	case '/':
		return match_slash(p, s, all);
	case '?':
	case '[':
		return match_one(p, s, all);
	case '*':
		if (p[1] == '*')
			return match_any_from(p + 2, s, all, true);
		/* The root directory has no name for it to stand for. */
		return all->end - all->begin > 1 && match_any_from(p + 1, s, all, false);
	case '\\':
		p++;
		if (*p == '/')
			return match_slash(p, s, all);
		break;
	}
	return s < all->end && *s == *p && match(p + 1, s + 1, all);
}

/* Behind the alternatives' next ',' or at their '}'. */
static const char *end_of_branch(const char *p)
{
	unsigned depth = 0;

	for (; depth || (*p != ',' && *p != '}'); p = skip_part(p)) {
		depth += *p == '{';
		depth -= *p == '}';
	}
	return p;
}

bool naive_match(const char *pattern, const char *path, size_t len)
{
	const struct subject all = {path, path + len};
	const char *open = pattern, *branch, *close, *end;
	bool matched = false;
	char *chosen;

	if (!len)
		return false;
	while (*open && *open != '{')
		open = skip_part(open);
	if (!*open)
		return match(pattern, path, &all);
	for (close = open + 1; *(close = end_of_branch(close)) != '}'; close++)
		;
	for (branch = open + 1; !matched; branch = end + 1) {
		end = end_of_branch(branch);
		if (asprintf(&chosen, "%.*s%c%.*s%c%s", (int)(open - pattern), pattern, JOINT,
			     (int)(end - branch), branch, JOINT, close + 1) < 0)
			abort();
		matched = naive_match(chosen, path, len);
		free(chosen);
		if (end == close)
			break;
	}
	return matched;
}
