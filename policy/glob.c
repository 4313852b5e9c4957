/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the text of a glob. One pass turns the text into a flat list of
 * tokens, in which alternatives are brackets that know each other's places;
 * a second pass goes through the variants and refuses those that are no path.
 * See glob.h for what patterns mean.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "glob.h"

struct parser {
	const char *text;
	size_t at;
	struct glob *g;
	uint32_t open[GLOB_DEPTH_MAX]; /* the OPEN of each level */
	uint32_t last[GLOB_DEPTH_MAX]; /* its last OPEN or COMMA */
	size_t depth;
	size_t class_at; /* the '[' of the class being read */
	const char *why;
	size_t offset;
};

static int refuse(struct parser *p, size_t offset, const char *why)
{
	p->why = why;
	p->offset = offset;
	return -EINVAL;
}

/* The list has room for a token per byte of text: nothing makes more. */
static struct glob_token *add(struct parser *p, enum glob_kind kind, size_t offset)
{
	struct glob_token *t = &p->g->tokens[p->g->n++];

	*t = (struct glob_token){.kind = kind, .offset = (uint32_t)offset};
	return t;
}

static int read_stars(struct parser *p)
{
	size_t start = p->at, n = strspn(p->text + start, "*");

	if (n > 2)
		return refuse(p, start,
			      "three stars: write '*' (within a name) or '**' "
			      "(across names)");
	p->at += n;
	add(p, n == 1 ? GLOB_STAR : GLOB_GLOBSTAR, start);
	return 0;
}

static int read_quoted(struct parser *p)
{
	size_t start = p->at++;

	if (!p->text[p->at])
		return refuse(p, start,
			      "'\\' at the end quotes nothing: write '\\\\' for a "
			      "backslash");
	add(p, GLOB_LITERAL, start)->byte = (uint8_t)p->text[p->at++];
	return 0;
}

/* One member of a class, or one end of a range. */
static int read_member(struct parser *p, uint8_t *ret_byte)
{
	size_t start = p->at;
	uint8_t c = (uint8_t)p->text[p->at];

	if (c == '\\')
		c = (uint8_t)p->text[++p->at];
	else if (c == '[')
		return refuse(p, start, "'[' in a class: write '\\['");
	if (!c)
		return refuse(p, p->class_at, "the class is not closed: ']' is missing");
	if (c == '/')
		return refuse(p, start, "'/' in a class: a class never matches '/'");
	if (c >= 0x80)
		return refuse(p, start,
			      "a class holds ASCII characters only: write "
			      "alternatives, as {é,è}");
	p->at++;
	*ret_byte = c;
	return 0;
}

static int read_range(struct parser *p, bool first, struct byte_set *set)
{
	size_t start = p->at;
	bool dash = p->text[start] == '-';
	uint8_t low, high;
	int r;

	r = read_member(p, &low);
	if (r)
		return r;
	high = low;
	if (p->text[p->at] == '-' && p->text[p->at + 1] != ']') {
		p->at++;
		r = read_member(p, &high);
		if (r)
			return r;
		if (high < low)
			return refuse(p, start, "the range runs backwards");
	} else if (dash && !first && p->text[p->at] != ']') {
		return refuse(p, start, "'-' within a class: write '\\-', or put it first or last");
	}
	for (unsigned c = low; c <= high; c++)
		if (c != '/')
			byte_set_add(set, (uint8_t)c);
	return 0;
}

/* A class of one member is that member, so that [a] and a are one spelling. */
static void add_set(struct parser *p, size_t start, const struct byte_set *set)
{
	unsigned n = 0, member = 0;
	struct glob_token *t;

	for (unsigned c = 0; c < 128; c++)
		if (byte_set_has(set, (uint8_t)c))
			n++, member = c;
	t = add(p, n == 1 ? GLOB_LITERAL : GLOB_SET, start);
	if (n == 1)
		t->byte = (uint8_t)member;
	else
		t->set = *set;
}

static int read_class(struct parser *p)
{
	size_t start = p->at++, members;
	struct byte_set set = {0};
	bool negated = p->text[p->at] == '^';
	int r;

	if (p->text[p->at] == '!')
		return refuse(p, p->at,
			      "'[!' is no negation: write '[^', or '[\\!' for the "
			      "character");
	p->class_at = start;
	p->at += negated;
	members = p->at;
	while (p->text[p->at] != ']') {
		r = read_range(p, p->at == members, &set);
		if (r)
			return r;
	}
	if (p->at == members)
		return refuse(p, start, "the class is empty: write '[\\]]' for a ']'");
	p->at++;
	if (negated)
		add(p, GLOB_ANY, start)->set = set;
	else
		add_set(p, start, &set);
	return 0;
}

static int read_open(struct parser *p)
{
	if (p->depth == GLOB_DEPTH_MAX)
		return refuse(p, p->at, "alternatives are nested more than 8 deep");
	p->open[p->depth] = p->last[p->depth] = (uint32_t)p->g->n;
	p->depth++;
	add(p, GLOB_OPEN, p->at++);
	return 0;
}

static void read_comma(struct parser *p)
{
	uint32_t *last = &p->last[p->depth - 1];

	p->g->tokens[*last].next = (uint32_t)p->g->n;
	*last = (uint32_t)p->g->n;
	add(p, GLOB_COMMA, p->at++);
}

static int read_close(struct parser *p)
{
	struct glob_token *t = p->g->tokens;
	uint32_t end = (uint32_t)p->g->n, i;

	if (!p->depth)
		return refuse(p, p->at, "'}' without '{': write '\\}' for the character");
	p->depth--;
	if (p->last[p->depth] == p->open[p->depth])
		return refuse(p, t[p->open[p->depth]].offset,
			      "one alternative is none: separate alternatives by ',', or write "
			      "'\\{' for the character");
	t[p->last[p->depth]].next = end;
	add(p, GLOB_CLOSE, p->at++);
	for (i = p->open[p->depth]; i != end; i = t[i].next)
		t[i].close = end;
	return 0;
}

static int read_token(struct parser *p)
{
	switch (p->text[p->at]) {
	case '*':
		return read_stars(p);
	case '?':
		add(p, GLOB_ANY, p->at++);
		return 0;
	case '[':
		return read_class(p);
	case '\\':
		return read_quoted(p);
	case '{':
		return read_open(p);
	case '}':
		return read_close(p);
	case ']':
		return refuse(p, p->at, "']' without '[': write '\\]' for the character");
	case ',':
		if (p->depth) {
			read_comma(p);
			return 0;
		}
		break;
	}
	add(p, GLOB_LITERAL, p->at)->byte = (uint8_t)p->text[p->at];
	p->at++;
	return 0;
}

/* Is the component tokens[from..to) all dots, one or two of them? */
static bool is_dots(const struct glob_token *const *tokens, size_t from, size_t to)
{
	if (to - from != 1 && to - from != 2)
		return false;
	for (; from < to; from++)
		if (tokens[from]->kind != GLOB_LITERAL || tokens[from]->byte != '.')
			return false;
	return true;
}

static bool is_double_globstar(const struct glob_token *const *t, size_t i, size_t n)
{
	return i + 3 < n && t[i + 1]->kind == GLOB_GLOBSTAR && glob_is_slash(t[i + 2]) &&
	       t[i + 3]->kind == GLOB_GLOBSTAR;
}

struct variant_check {
	struct parser *p;
	size_t variants;
};

static int check_variant(const struct glob_token *const *t, size_t n, void *arg)
{
	struct variant_check *check = arg;
	struct parser *p = check->p;
	size_t end;

	if (++check->variants > GLOB_VARIANTS_MAX)
		return refuse(p, 0,
			      "the alternatives make more than 1024 patterns: write several "
			      "patterns");
	if (!n || !glob_is_slash(t[0]))
		return refuse(p, n ? t[0]->offset : 0, "not absolute: a path begins with '/'");
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && !glob_is_slash(t[end]); end++)
			;
		if (is_dots(t, i + 1, end))
			return refuse(p, t[i + 1]->offset,
				      end - i == 2
					  ? "a '.' component: leave it out"
					  : "a '..' component: write the path it leads to");
		if (end == i + 1 && end < n)
			return refuse(p, t[i]->offset, "'//': write one '/'");
		if (end == i + 1 && n > 1)
			return refuse(p, t[i]->offset,
				      "'/' at the end: leave it out, or write '/**' for the "
				      "directory and all beneath");
		if (is_double_globstar(t, i, n))
			return refuse(p, t[i]->offset, "'/**/**' says no more than '/**'");
	}
	return 0;
}

static int parse(struct parser *p)
{
	struct variant_check check = {.p = p};
	int r;

	if (strlen(p->text) > GLOB_TEXT_MAX)
		return refuse(p, GLOB_TEXT_MAX, "the pattern is longer than 16384 bytes");
	if (p->text[0] != '/' && p->text[0] != '{')
		return refuse(p, 0, "not absolute: a path begins with '/'");
	while (p->text[p->at]) {
		r = read_token(p);
		if (r)
			return r;
	}
	if (p->depth)
		return refuse(p, p->g->tokens[p->open[p->depth - 1]].offset,
			      "the alternatives are not closed: '}' is missing");
	return glob_variants(p->g, check_variant, &check);
}

int glob_parse(const char *pattern, struct glob **ret_glob, const char **ret_why,
	       size_t *ret_offset)
{
	struct parser p = {.text = pattern};
	size_t room = strnlen(pattern, GLOB_TEXT_MAX) + 1;
	int r = -ENOMEM;

	p.g = calloc(1, sizeof(*p.g));
	if (p.g)
		p.g->tokens = calloc(room, sizeof(*p.g->tokens));
	if (p.g && p.g->tokens)
		r = parse(&p);
	if (!r) {
		*ret_glob = p.g;
		return 0;
	}
	glob_free(p.g);
	*ret_why = r == -EINVAL ? p.why : "out of memory";
	*ret_offset = p.offset;
	return r;
}

void glob_free(struct glob *g)
{
	if (g)
		free(g->tokens);
	free(g);
}

int glob_check(const char *pattern, const char **ret_why, size_t *ret_offset)
{
	struct glob *g = NULL;
	int r;

	if (strlen(pattern) > GLOB_LENGTH_MAX) {
		*ret_why = "the pattern is longer than 4096 bytes";
		*ret_offset = GLOB_LENGTH_MAX;
		return -EINVAL;
	}
	r = glob_parse(pattern, &g, ret_why, ret_offset);
	glob_free(g);
	return r;
}
