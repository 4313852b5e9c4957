/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libyaml says what its scanner expected; an author wants to know what to
 * write. Most syntax errors in policies come from words that must be quoted:
 * "@group", globs with brackets in a [list], globs that begin with '*'.
 */
#include <errno.h>
#include <string.h>

#include "utf8.h"
#include "yaml_error.h"

/* The text at a mark, whose index counts characters; NULL beyond the end. */
static const char *text_at(const char *text, size_t size, size_t index)
{
	size_t at = 0;

	for (; index && at < size; index--) {
		uint32_t c;
		size_t len = utf8_decode(text + at, size - at, &c);

		at += len ? len : 1;
	}
	return at < size ? text + at : NULL;
}

static void hint_quotes(struct diag *d, const char *word, const char *end)
{
	const char *at = word;

	while (at < end && !strchr(" \t\r\n,]}\"", *at)) {
		uint32_t c;
		size_t len = utf8_decode(at, (size_t)(end - at), &c);

		at += len ? len : 1;
		if (at - word > 60) {
			diag_hint(d, "quote a word that begins with '%c'", *word);
			return;
		}
	}
	diag_hint(d, "quote a word that begins with '%c': \"%.*s\"", *word, (int)(at - word), word);
}

static bool problem_is(const yaml_parser_t *p, const char *part)
{
	return p->problem && strstr(p->problem, part);
}

static void add_hint(const yaml_parser_t *p, const char *text, size_t size, struct diag *d)
{
	const char *end = text + size;
	const char *at = text_at(text, size, p->problem_mark.index);
	const char *from = p->context ? text_at(text, size, p->context_mark.index) : NULL;

	if (at && strchr("@`%", *at) && problem_is(p, "cannot start any token"))
		hint_quotes(d, at, end);
	else if (at && *at == '\t')
		diag_hint(d, "indent with spaces, not tabs");
	else if (from && strchr("*&!", *from) && strstr(p->context, "while scanning a"))
		hint_quotes(d, from, end);
	else if (from && *from == '%')
		hint_quotes(d, from, end);
	else if (at && strchr("[{*&!?", *at) && problem_is(p, "did not find expected ',' or"))
		diag_hint(d, "inside [ ] and { }, quote a glob that has [ ] { } or , in it");
	else if (problem_is(p, "mapping values are not allowed"))
		diag_hint(d, "look at the indentation; quote a word with ': ' in it");
	else if (problem_is(p, "could not find expected ':'"))
		diag_hint(d, "a key is followed by ': ' and its value");
	else if (problem_is(p, "unexpected end of stream") && from && strchr("'\"", *from))
		diag_hint(d, "close the quote");
	else if (problem_is(p, "did not find expected '-' indicator") ||
		 problem_is(p, "did not find expected key"))
		diag_hint(d, "look at the indentation of this line and of the lines above");
}

/* "while parsing a block mapping" without what the reader was doing. */
static const char *thing(const char *context)
{
	static const char *const doing[] = {"while parsing ", "while scanning "};

	for (size_t i = 0; i < sizeof(doing) / sizeof(doing[0]); i++)
		if (!strncmp(context, doing[i], strlen(doing[i])))
			return context + strlen(doing[i]);
	return context;
}

int yaml_error_report(const yaml_parser_t *p, const char *text, size_t size, struct diag *d)
{
	struct mark m = mark_from_yaml(p->problem_mark);
	bool apart = p->context && (p->context_mark.line != p->problem_mark.line);

	if (p->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	/* text_check() lets nothing through that the reader of libyaml refuses. */
	if (p->error == YAML_READER_ERROR)
		return diag_error(d, (struct mark){0, 0}, "YAML: %s at byte %zu", p->problem,
				  p->problem_offset);
	if (p->context && !apart)
		diag_error(d, m, "YAML syntax: %s, %s", p->problem, p->context);
	else
		diag_error(d, m, "YAML syntax: %s", p->problem ? p->problem : "unknown error");
	add_hint(p, text, size, d);
	if (apart)
		diag_note(d, mark_from_yaml(p->context_mark), "%s begins here", thing(p->context));
	return -EINVAL;
}
