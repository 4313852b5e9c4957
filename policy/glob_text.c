/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What else is done with the tokens of a glob: the variants its alternatives
 * make, and the text all its spellings share.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "glob.h"

struct walk {
	const struct glob *g;
	const struct glob_token **chosen;
	glob_variant_fn each;
	void *arg;
};

/*
 * Chooses from token `i` on; n tokens are chosen before it. A COMMA is met at
 * the end of a chosen alternative: the text goes on behind the CLOSE. Recursion
 * is as deep as choices follow each other: GLOB_TEXT_MAX / 3 at most, for the
 * shortest alternatives are {,}.
 */
static int choose(struct walk *w, size_t i, size_t n)
{
	const struct glob_token *t = w->g->tokens;
	uint32_t branch;
	int r;

	for (; i < w->g->n; i++) {
		if (t[i].kind == GLOB_COMMA)
			i = t[i].close;
		else if (t[i].kind == GLOB_OPEN)
			break;
		else if (t[i].kind != GLOB_CLOSE)
			w->chosen[n++] = &t[i];
	}
	if (i == w->g->n)
		return w->each(w->chosen, n, w->arg);
	for (branch = (uint32_t)i; t[branch].kind != GLOB_CLOSE; branch = t[branch].next) {
		r = choose(w, branch + 1, n);
		if (r)
			return r;
	}
	return 0;
}

int glob_variants(const struct glob *g, glob_variant_fn each, void *arg)
{
	struct walk w = {.g = g, .each = each, .arg = arg};
	int r;

	w.chosen = calloc(g->n + 1, sizeof(const struct glob_token *));
	if (!w.chosen)
		return -ENOMEM;
	r = choose(&w, 0, 0);
	free(w.chosen);
	return r;
}

/* Appends a byte, quoted where it stands for something else among `special`. */
static char *put(char *to, uint8_t byte, const char *special)
{
	if (byte && strchr(special, byte))
		*to++ = '\\';
	*to++ = (char)byte;
	return to;
}

/* Ranges of three and more are written as ranges. */
static char *put_class(char *to, const struct glob_token *t)
{
	static const char special[] = "\\[]^-!";
	unsigned last;

	*to++ = '[';
	if (t->kind == GLOB_ANY)
		*to++ = '^';
	for (unsigned c = 0; c < 128; c = last + 1) {
		last = c;
		if (!byte_set_has(&t->set, (uint8_t)c))
			continue;
		while (last < 127 && byte_set_has(&t->set, (uint8_t)(last + 1)))
			last++;
		if (last - c < 2)
			last = c;
		to = put(to, (uint8_t)c, special);
		if (last == c)
			continue;
		*to++ = '-';
		to = put(to, (uint8_t)last, special);
	}
	*to++ = ']';
	return to;
}

static bool set_is_empty(const struct byte_set *s)
{
	return !(s->bits[0] | s->bits[1] | s->bits[2] | s->bits[3]);
}

static char *put_token(char *to, const struct glob_token *t, unsigned depth)
{
	static const char *const text[] = {
	    [GLOB_STAR] = "*",	[GLOB_GLOBSTAR] = "**", [GLOB_OPEN] = "{",
	    [GLOB_COMMA] = ",", [GLOB_CLOSE] = "}",
	};

	switch (t->kind) {
	case GLOB_LITERAL:
		return put(to, t->byte, depth ? "\\*?[]{}," : "\\*?[]{}");
	case GLOB_SET:
		return put_class(to, t);
	case GLOB_ANY:
		if (set_is_empty(&t->set))
			return stpcpy(to, "?");
		return put_class(to, t);
	default:
		return stpcpy(to, text[t->kind]);
	}
}

char *glob_canonical(const struct glob *g)
{
	unsigned depth = 0;
	size_t room = 1;
	char *text, *to;

	/* A class takes the most: two bytes for each of 128, and brackets. */
	for (size_t i = 0; i < g->n; i++)
		room += g->tokens[i].kind == GLOB_SET || g->tokens[i].kind == GLOB_ANY ? 260 : 2;
	text = to = malloc(room);
	if (!text)
		return NULL;
	for (size_t i = 0; i < g->n; i++) {
		depth -= g->tokens[i].kind == GLOB_CLOSE;
		to = put_token(to, &g->tokens[i], depth);
		depth += g->tokens[i].kind == GLOB_OPEN;
	}
	*to = '\0';
	return text;
}
