/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stages in a row, and the words for each of their limits.
 */
#include <errno.h>
#include <stdlib.h>

#include "compile.h"
#include "glob.h"
#include "minimise.h"

struct stages {
	const struct rule_list *list;
	struct diag *d;
	struct mark files;
	struct nfa nfa;
	struct dfa dfa, min;
	struct dfa_trouble trouble;
	bool *uniform;
};

static int refuse_nodes(const struct stages *s, size_t rule)
{
	const char *what = "nodes";
	size_t limit = NFA_NODES_MAX;

	if (s->nfa.tokens > NFA_TOKENS_MAX) {
		what = "pattern parts, alternatives multiplied out,";
		limit = NFA_TOKENS_MAX;
	}
	diag_error(s->d, s->list->marks[rule],
		   "path '%s': here the file rules pass the limit of %zu %s",
		   s->list->rules[rule].pattern, limit, what);
	return diag_hint(s->d, "use fewer alternatives, or '*' and '**' instead of many paths");
}

static int build_nfa(struct stages *s)
{
	int r = nfa_init(&s->nfa);

	for (size_t rule = 1; rule < s->list->n && !r; rule++) {
		struct glob *g;
		const char *why;
		size_t offset;

		r = glob_parse(s->list->texts[rule], &g, &why, &offset);
		if (r)
			break;
		r = nfa_add(&s->nfa, g, (uint32_t)rule);
		glob_free(g);
		if (r == -E2BIG)
			return refuse_nodes(s, rule);
	}
	if (!r)
		r = nfa_finish(&s->nfa);
	if (!r && s->nfa.classes > 256 - RF_CLASS_FIRST)
		return diag_error(s->d, s->files,
				  "the paths tell %u kinds of bytes apart: a policy can have %u",
				  s->nfa.classes, 256 - RF_CLASS_FIRST);
	return r;
}

static int build_dfa(struct stages *s)
{
	int r = dfa_build(&s->nfa, s->list->effects, &s->dfa, &s->trouble);

	if (r != -E2BIG)
		return r;
	diag_error(s->d, s->list->marks[s->trouble.rule],
		   "path '%s': with it the file rules need an automaton of more than %zu %s",
		   s->list->rules[s->trouble.rule].pattern, s->trouble.limit, s->trouble.what);
	return diag_hint(s->d, "many '?', classes or names behind a '*' or '**' multiply: make "
			       "the path more definite, or end it in '**'");
}

static int check_size(const struct stages *s, const struct packed *packed)
{
	uint32_t rule = s->trouble.rule;

	if (packed->words <= RF_BODY_MAX)
		return 0;
	diag_error(s->d, s->list->marks[rule],
		   "the file rules take %zu bytes: an image can have %u; path '%s' takes the most",
		   packed->words * 4 + RF_HEAD_SIZE, RF_IMAGE_MAX, s->list->rules[rule].pattern);
	return diag_hint(s->d, "use '*' and '**' instead of many paths");
}

static int run_stages(struct stages *s, uint32_t otherwise, struct packed *packed)
{
	unsigned slash;
	int r = build_nfa(s);

	if (!r)
		r = build_dfa(s);
	if (!r)
		r = dfa_minimise(&s->dfa, &s->min);
	slash = s->nfa.class_of['/'];
	if (!r)
		r = dfa_uniform(&s->min, otherwise, slash, &s->uniform);
	if (!r)
		r = dfa_pack(&s->min, s->uniform, slash, packed);
	if (r == -E2BIG)
		return diag_error(s->d, s->files,
				  "the file rules need an image far beyond the limit of %u bytes",
				  RF_IMAGE_MAX);
	return r ? r : check_size(s, packed);
}

int compile_rules(const struct rule_list *list, uint32_t otherwise, struct mark files,
		  struct diag *d, struct compiled *ret_compiled)
{
	struct stages s = {.list = list, .d = d, .files = files};
	struct compiled c = {0};
	int r = run_stages(&s, otherwise, &c.packed);

	for (unsigned byte = 0; byte < 256; byte++)
		c.class_of[byte] = (uint8_t)(RF_CLASS_FIRST + s.nfa.class_of[byte]);
	c.classes = RF_CLASS_FIRST + s.nfa.classes;
	nfa_done(&s.nfa);
	dfa_done(&s.dfa);
	dfa_done(&s.min);
	free(s.uniform);
	if (r)
		free(c.packed.body);
	else
		*ret_compiled = c;
	return r;
}
