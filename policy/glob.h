/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Globs: the patterns of file rules, from text to tokens.
 *
 * A pattern is matched against a whole path, which is a string of bytes that
 * begins with '/', has no empty, '.' or '..' component, and does not end in
 * '/', except that the root directory is the path "/". What each part means,
 * normative for the whole project:
 *
 *   text      matches
 *   c         the byte c; a leading dot of a name is nothing special
 *   \c        the byte c, whatever it means otherwise
 *   ?         one character but '/': one byte, or one well-formed UTF-8
 *             sequence of two to four bytes
 *   [a-z_]    one of the ASCII bytes listed; a range goes by byte values and
 *             leaves out '/'; '-' first or last is itself; \ quotes
 *   [^a-z]    what ? matches, except the ASCII bytes listed
 *   *         any bytes but '/', also none
 *   **        any bytes, '/' included, also none
 *   {a,b,}    what any of the alternatives would match in its place; an
 *             alternative may be empty and may hold anything, alternatives
 *             included, GLOB_DEPTH_MAX deep
 *
 * Rules 1 to 3 below go by where a part stands. Alternatives mean the same as
 * writing the pattern once for every choice (a variant); stars that come
 * together so stay two parts: {*,a}* never crosses a '/'.
 *
 * Refused, because it cannot match, or hardly says what was meant: a variant
 * that is not absolute, or contains an empty, '.' or '..' component, or ends
 * in '/' (but for "/" itself), or repeats a component of two stars; three
 * stars; [!a] ([^a] is meant); '/', '[' and bytes beyond ASCII in a class
 * (alternatives can say it); {a} without a comma; an unquoted ] or } without
 * its opening; a lone \ at the end; more than GLOB_VARIANTS_MAX variants; a
 * text longer than GLOB_LENGTH_MAX.
 */

// (Line comments, because patterns would end the other kind.)
//
// 1. Two stars between slashes are any number of directories, none included.
//        /a/**/b  matches  /a/b  /a/x/b  /a/x/y/b   not  /ab
// 2. Slash and two stars at the end: the directory itself, and all beneath.
//        /a/**    matches  /a    /a/b    /a/b/c     not  /ab
//        /**      matches  /     and everything
// 3. The root directory has no name that a single star could stand for.
//        /*       matches  /a                       not  /

#ifndef POLICY_GLOB_H
#define POLICY_GLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GLOB_DEPTH_MAX	  8	/* alternatives in alternatives */
#define GLOB_VARIANTS_MAX 1024	/* ways to choose among alternatives */
#define GLOB_LENGTH_MAX	  4096	/* bytes of pattern text: no path is longer */
#define GLOB_TEXT_MAX	  16384 /* of canonical text: quotes can double it */

/* A set of bytes. */
struct byte_set {
	uint64_t bits[4];
};

static inline bool byte_set_has(const struct byte_set *s, uint8_t byte)
{
	return s->bits[byte / 64] >> (byte % 64) & 1;
}

static inline void byte_set_add(struct byte_set *s, uint8_t byte)
{
	s->bits[byte / 64] |= (uint64_t)1 << (byte % 64);
}

enum glob_kind {
	GLOB_LITERAL,  /* .byte */
	GLOB_SET,      /* one of .set */
	GLOB_ANY,      /* one character but '/' and those of .set */
	GLOB_STAR,     /* any bytes but '/' */
	GLOB_GLOBSTAR, /* any bytes */
	GLOB_OPEN,     /* of alternatives */
	GLOB_COMMA,
	GLOB_CLOSE,
};

struct glob_token {
	enum glob_kind kind;
	uint8_t byte;
	uint32_t offset; /* in the pattern's text */
	uint32_t next;	 /* of OPEN and COMMA: the next COMMA or CLOSE of these alternatives */
	uint32_t close;	 /* of COMMA: the CLOSE of these alternatives */
	struct byte_set set;
};

struct glob {
	struct glob_token *tokens;
	size_t n;
};

/*
 * Reads and checks a pattern, as written or canonical: only the length is that of the longest
 * canonical one. Returns 0, -ENOMEM, or -EINVAL with a static text that says what is wrong and a
 * byte offset into `pattern` that says where.
 */
int glob_parse(const char *pattern, struct glob **ret_glob, const char **ret_why,
	       size_t *ret_offset);
void glob_free(struct glob *g);

/* Only checks, a pattern as written: as glob_parse(). -ENOMEM sets *ret_why, too. */
int glob_check(const char *pattern, const char **ret_why, size_t *ret_offset);

/* The one spelling of a pattern that all its spellings share; malloc'ed, NULL without memory. */
char *glob_canonical(const struct glob *g);

/* A pattern with one alternative chosen everywhere: no OPEN, COMMA, CLOSE. */
typedef int (*glob_variant_fn)(const struct glob_token *const *tokens, size_t n, void *arg);

/* Calls `each` for every variant until it returns non-zero; returns that, or 0, or -ENOMEM. */
int glob_variants(const struct glob *g, glob_variant_fn each, void *arg);

static inline bool glob_is_slash(const struct glob_token *t)
{
	return t->kind == GLOB_LITERAL && t->byte == '/';
}

#endif
