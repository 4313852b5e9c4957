/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Warnings about what is legal but likely not meant:
 *
 *  - files or syscalls are not governed, because the section is absent
 *  - a section denies nothing
 *  - an allow where `otherwise` is allow
 *  - no rule lets anything be executed, so that no program can start
 *  - a pattern ends in a blank
 *  - an operation is given to a pattern twice, or both allowed and denied
 *  - a rule never grants: a deny covers all of it
 *  - what can be written can be executed
 *
 * A pattern covers another when they are equal, or when it is some beginning
 * of the other, up to a slash, with two stars: what can be seen by looking at
 * the text. More would need the automaton; `explain` is for that.
 *
 * Patterns are sorted, and what covers a pattern is looked up, so that ten
 * thousand rules cost no more than a sort.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "effect.h"
#include "glob.h"
#include "policy.h"

#define OPS_WRITING (RF_OP_BIT(RF_OP_WRITE) | RF_OP_BIT(RF_OP_APPEND) | RF_OP_BIT(RF_OP_CREATE))
#define OPS_EXEC    RF_OP_BIT(RF_OP_EXEC)

enum effect { ALLOW, DENY, AUDIT, _EFFECTS };

/* What one rule says about one pattern. */
struct claim {
	const char *pattern;
	struct mark mark; /* of the path */
	uint32_t ops[_EFFECTS];
};

/* All claims about one pattern: claims[first..first + n). */
struct group {
	size_t first, n;
	uint32_t ops[_EFFECTS];
};

struct lint {
	struct diag *diag;
	struct claim *claims;
	size_t n_claims;
	struct group *groups;
	size_t n_groups;
};

static void lint_done(struct lint *l)
{
	free(l->claims);
	free(l->groups);
}

static int by_pattern(const void *x, const void *y)
{
	const struct claim *a = x, *b = y;
	int order = strcmp(a->pattern, b->pattern);

	if (order)
		return order;
	if (a->mark.line != b->mark.line)
		return a->mark.line < b->mark.line ? -1 : 1;
	return a->mark.col < b->mark.col ? -1 : a->mark.col > b->mark.col;
}

static const char *pattern_of(const struct lint *l, const struct group *g)
{
	return l->claims[g->first].pattern;
}

static int collect(struct lint *l, const struct file_section *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_rules; i++)
		n += s->rules[i].n_paths;
	l->claims = calloc(n + 1, sizeof(*l->claims));
	l->groups = calloc(n + 1, sizeof(*l->groups));
	if (!l->claims || !l->groups)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_rules; i++) {
		const struct file_rule *rule = &s->rules[i];

		for (size_t p = 0; p < rule->n_paths; p++)
			l->claims[l->n_claims++] = (struct claim){
			    .pattern = rule->paths[p].text,
			    .mark = rule->paths[p].mark,
			    .ops = {rule->allow, rule->deny, rule->audit},
			};
	}
	qsort(l->claims, n, sizeof(*l->claims), by_pattern);
	for (size_t i = 0; i < n; i++) {
		struct group *g = &l->groups[l->n_groups];

		if (!i || strcmp(l->claims[i].pattern, l->claims[i - 1].pattern)) {
			g->first = i;
			l->n_groups++;
		} else {
			g--;
		}
		g->n++;
		for (int e = 0; e < _EFFECTS; e++)
			g->ops[e] |= l->claims[i].ops[e];
	}
	return 0;
}

/* The group of the pattern `text`, `len` bytes of it, with two stars as its last component. */
static const struct group *find_beneath(const struct lint *l, const char *text, size_t len)
{
	size_t from = 0, to = l->n_groups;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const char *pattern = pattern_of(l, &l->groups[middle]);
		int order = strncmp(pattern, text, len);

		if (!order)
			order = strcmp(pattern + len, "/**");
		if (!order)
			return &l->groups[middle];
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

/* The patterns that cover one: itself, then its ancestors. At most a path has that many. */
struct cover {
	const struct group *groups[GLOB_LENGTH_MAX / 2 + 2];
	size_t n;
	uint32_t ops[_EFFECTS];
};

static void cover_add(struct cover *c, const struct group *g)
{
	if (!g || (c->n && g == c->groups[0]))
		return;
	if (c->n == sizeof(c->groups) / sizeof(c->groups[0]))
		return; /* no pattern has so many components */
	c->groups[c->n++] = g;
	for (int e = 0; e < _EFFECTS; e++)
		c->ops[e] |= g->ops[e];
}

static void find_cover(const struct lint *l, const struct group *g, struct cover *c)
{
	const char *pattern = pattern_of(l, g);
	size_t len = strlen(pattern);

	c->n = 0;
	memset(c->ops, 0, sizeof(c->ops));
	cover_add(c, g);
	for (size_t i = len + 1; i-- > 0;)
		if (i == len || pattern[i] == '/')
			cover_add(c, find_beneath(l, pattern, i));
}

/* The first claim of `g` that gives one of `ops` that effect; there is one. */
static const struct claim *claim_of(const struct lint *l, const struct group *g, enum effect effect,
				    uint32_t ops)
{
	const struct claim *c = &l->claims[g->first];

	while (!(c->ops[effect] & ops))
		c++;
	return c;
}

/* As claim_of(), of the nearest pattern that covers; NULL when none does. */
static const struct claim *cover_claim(const struct lint *l, const struct cover *c,
				       enum effect effect, uint32_t ops)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->groups[i]->ops[effect] & ops)
			return claim_of(l, c->groups[i], effect, ops);
	return NULL;
}

struct op_list {
	char text[128];
};

static struct op_list op_list(uint32_t ops)
{
	struct op_list list = {""};
	size_t len = 0;

	if (ops == RF_OPS_ALL)
		return (struct op_list){"all"};
	for (enum rf_op op = 0; op < _RF_OP_MAX && len < sizeof(list.text); op++)
		if (ops & RF_OP_BIT(op))
			len += (size_t)snprintf(list.text + len, sizeof(list.text) - len, "%s%s",
						len ? " " : "", op_name(op));
	return list;
}

static void lint_repeats(const struct lint *l, const struct group *g)
{
	static const char *const names[] = {"allow", "deny", "audit"};

	for (int e = 0; e < _EFFECTS; e++) {
		uint32_t seen = 0;

		for (size_t i = g->first; i < g->first + g->n; i++) {
			uint32_t twice = l->claims[i].ops[e] & seen;
			const struct claim *first;

			seen |= l->claims[i].ops[e];
			if (!twice)
				continue;
			first = claim_of(l, g, (enum effect)e, twice);
			diag_warn(l->diag, l->claims[i].mark,
				  "'%s: %s' for '%s' is already given at line %u", names[e],
				  op_list(twice).text, shown(l->claims[i].pattern).text,
				  first->mark.line);
			diag_note(l->diag, first->mark, "first given here");
		}
	}
}

/* Operations of which one, denied, denies one of `ops`: to write is to append, too. */
static uint32_t denying(uint32_t ops)
{
	return ops & RF_OP_BIT(RF_OP_APPEND) ? ops | RF_OP_BIT(RF_OP_WRITE) : ops;
}

static void lint_both(const struct lint *l, const struct group *g, uint32_t both)
{
	diag_warn(l->diag, claim_of(l, g, ALLOW, both)->mark,
		  "'%s' is both allowed and denied %s: deny wins", shown(pattern_of(l, g)).text,
		  op_list(both).text);
	if (both & ~g->ops[DENY])
		diag_hint(l->diag, "to deny 'write' is to deny 'append', too");
	diag_note(l->diag, claim_of(l, g, DENY, denying(both))->mark, "denied here");
}

static void lint_denied(const struct lint *l, const struct group *g, const struct cover *c)
{
	uint32_t both = g->ops[ALLOW] & effect_implied(g->ops[DENY]);
	const struct claim *deny;

	if (both) {
		lint_both(l, g, both);
		return;
	}
	if (!g->ops[ALLOW] || (g->ops[ALLOW] & ~effect_implied(c->ops[DENY])))
		return;
	deny = cover_claim(l, c, DENY, denying(g->ops[ALLOW]));
	diag_warn(l->diag, claim_of(l, g, ALLOW, g->ops[ALLOW])->mark,
		  "'%s' is never allowed anything: '%s' is denied, and deny wins",
		  shown(pattern_of(l, g)).text, shown(deny->pattern).text);
	diag_note(l->diag, deny->mark, "denied here");
}

/* Blanks at the end are seldom meant, and not seen. */
static void lint_blank(const struct lint *l, const struct group *g)
{
	const char *pattern = pattern_of(l, g);

	if (!strchr(" \t\n", pattern[strlen(pattern) - 1]))
		return;
	diag_warn(l->diag, l->claims[g->first].mark, "path '%s' ends in a blank",
		  shown(pattern).text);
	diag_hint(l->diag, "it matches such names alone");
}

static void lint_write_exec(const struct lint *l, const struct group *g, const struct cover *c)
{
	uint32_t allowed = c->ops[ALLOW] & ~effect_implied(c->ops[DENY]);
	uint32_t own = g->ops[ALLOW] & allowed & (OPS_WRITING | OPS_EXEC);
	uint32_t writing = allowed & OPS_WRITING;
	const struct claim *write, *exec, *here;

	if (!own || !writing || !(allowed & OPS_EXEC))
		return;
	write = cover_claim(l, c, ALLOW, writing);
	exec = cover_claim(l, c, ALLOW, OPS_EXEC);
	here = claim_of(l, g, ALLOW, own);
	diag_warn(l->diag, here->mark, "'%s' can be written and executed",
		  shown(pattern_of(l, g)).text);
	if (write != here)
		diag_note(l->diag, write->mark, "%s of '%s' is allowed here",
			  op_list(writing & write->ops[ALLOW]).text, shown(write->pattern).text);
	if (exec != here)
		diag_note(l->diag, exec->mark, "exec of '%s' is allowed here",
			  shown(exec->pattern).text);
}

static int lint_rules(const struct file_section *s, struct diag *d)
{
	struct lint l __attribute__((cleanup(lint_done))) = {.diag = d};
	struct cover cover;
	int r = collect(&l, s);

	if (r < 0)
		return r;
	for (size_t i = 0; i < l.n_groups; i++) {
		find_cover(&l, &l.groups[i], &cover);
		lint_blank(&l, &l.groups[i]);
		lint_repeats(&l, &l.groups[i]);
		lint_denied(&l, &l.groups[i], &cover);
		if (!s->otherwise_allow)
			lint_write_exec(&l, &l.groups[i], &cover);
	}
	return 0;
}

static void lint_otherwise(const struct file_section *s, struct diag *d)
{
	const struct file_rule *useless = NULL;
	bool denies = !s->otherwise_allow, execs = s->otherwise_allow;

	for (size_t i = 0; i < s->n_rules; i++) {
		denies |= s->rules[i].deny != 0;
		execs |= (s->rules[i].allow & OPS_EXEC) != 0;
		if (s->otherwise_allow && s->rules[i].allow && !useless)
			useless = &s->rules[i];
	}
	if (!denies)
		diag_warn(d, s->mark, "section 'files' denies nothing");
	if (!execs) {
		diag_warn(d, s->mark, "no rule allows exec: no program can start");
		diag_hint(d, "allow read and exec of the program and of its libraries");
	}
	if (useless) {
		diag_warn(d, useless->allow_mark, "allow adds nothing where otherwise is allow");
		diag_hint(d, "to allow only what is listed, write 'otherwise: deny'");
	}
}

int policy_lint(const struct policy *p, struct diag *d)
{
	static const struct mark whole_file = {0, 0};
	const struct syscall_section *calls = &p->syscalls;

	if (!calls->present)
		diag_warn(d, whole_file,
			  "section 'syscalls' is absent: system calls are not governed");
	else if (!calls->n_deny &&
		 (calls->otherwise.kind == SYSCALL_ALLOW || calls->otherwise.kind == SYSCALL_LOG))
		diag_warn(d, calls->mark, "section 'syscalls' denies nothing");
	if (!p->files.present) {
		diag_warn(d, whole_file, "section 'files' is absent: files are not governed");
		return d->out_of_memory ? -ENOMEM : 0;
	}
	lint_otherwise(&p->files, d);
	if (lint_rules(&p->files, d) < 0)
		return -ENOMEM;
	return d->out_of_memory ? -ENOMEM : 0;
}
