/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The section `files`: rules of paths and of words for operations. Words are
 * read together with their places, so that a conflict within a rule shows
 * both of its sides.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

/* Operations of one key of a rule, with the place that gave each. */
struct op_set {
	uint32_t mask;
	struct mark at[_RF_OP_MAX];
	const char *word[_RF_OP_MAX]; /* as given: "all", "modify" or the operation */
};

/* A rule while its mapping is read. */
struct rule_draft {
	struct file_rule *rule;
	struct op_set allow, deny, audit;
};

static const char *const op_words[] = {"read",	  "write",  "append",  "create", "delete",
				       "rename",  "link",   "setattr", "exec",	 "device",
				       "connect", "modify", "all"};
_Static_assert(ARRAY_SIZE(op_words) == _RF_OP_MAX + 2, "every operation, modify and all");

static void unknown_op(struct reader *r, const struct node *n)
{
	/* Names from other places, some of them near to a word that means another thing. */
	static const struct {
		const char *word, *op;
	} known[] = {
	    {"unlink", "delete"}, {"rmdir", "delete"},	{"remove", "delete"},
	    {"mkdir", "create"},  {"mknod", "create"},	{"symlink", "create"},
	    {"chmod", "setattr"}, {"chown", "setattr"}, {"x", "exec"},
	    {"r", "read"},	  {"w", "write"},	{"open", "read"},
	    {"list", "read"},	  {"mmap", "exec"},	{"truncate", "write"},
	    {"move", "rename"},
	};

	diag_error(r->diag, n->mark, "unknown operation '%s'", shown(n->text).text);
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!strcmp(n->text, known[i].word)) {
			diag_hint(r->diag, "the operation is '%s' here", known[i].op);
			return;
		}
	}
	hint_words(r->diag, n->text, "the operations are", op_words, ARRAY_SIZE(op_words));
}

static void read_op(struct reader *r, const struct node *n, struct op_set *set)
{
	uint32_t mask, twice;
	const char *word = NULL;

	if (!expect_string(r, n, "an operation"))
		return;
	mask = op_mask_from_word(n->text);
	if (!mask) {
		unknown_op(r, n);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(op_words); i++)
		if (!strcmp(op_words[i], n->text))
			word = op_words[i];
	twice = mask & set->mask;
	if (twice) {
		enum rf_op op = (enum rf_op)__builtin_ctz(twice);

		if (mask == RF_OP_BIT(op) && set->word[op] != word)
			diag_error(r->diag, n->mark, "operation '%s' is given twice: '%s' has it",
				   word, set->word[op]);
		else if (set->word[op] != word)
			diag_error(r->diag, n->mark, "operation '%s' is given twice: '%s' has it",
				   op_name(op), word);
		else
			diag_error(r->diag, n->mark, "operation '%s' is given twice", word);
		diag_note(r->diag, set->at[op], "first given here");
	}
	for (int op = 0; op < _RF_OP_MAX; op++) {
		if (mask & ~set->mask & RF_OP_BIT(op)) {
			set->at[op] = n->mark;
			set->word[op] = word;
		}
	}
	set->mask |= mask;
}

static int read_ops(struct reader *r, const struct node *n, const char *what, struct op_set *set)
{
	if (n->kind == NODE_WORD) {
		read_op(r, n, set);
		return 0;
	}
	if (n->kind == NODE_MAP) {
		diag_error(r->diag, n->mark, "'%s' must be a list of operations, not a mapping",
			   what);
		return 0;
	}
	if (n->kind == NODE_LIST && !n->n) {
		diag_error(r->diag, n->mark, "'%s' lists no operation", what);
		diag_hint(r->diag, "name operations, write 'all', or leave '%s' out", what);
	}
	for (size_t i = 0; i < n->n; i++)
		read_op(r, &n->items[i], set);
	return 0;
}

static int read_allow(struct reader *r, struct mark at, const struct node *n, void *into)
{
	struct rule_draft *draft = into;

	draft->rule->allow_mark = at;
	return read_ops(r, n, "allow", &draft->allow);
}

static int read_deny(struct reader *r, struct mark at, const struct node *n, void *into)
{
	struct rule_draft *draft = into;

	draft->rule->deny_mark = at;
	return read_ops(r, n, "deny", &draft->deny);
}

static int read_audit(struct reader *r, struct mark at, const struct node *n, void *into)
{
	struct rule_draft *draft = into;

	draft->rule->audit_mark = at;
	return read_ops(r, n, "audit", &draft->audit);
}

static int read_paths(struct reader *r, struct mark at, const struct node *n, void *into)
{
	struct file_rule *rule = ((struct rule_draft *)into)->rule;
	bool list = n->kind == NODE_LIST;

	(void)at;
	if (n->kind == NODE_MAP) {
		diag_error(r->diag, n->mark, "'path' must be a path or a list of paths");
		diag_hint(r->diag, "quote a glob with { } in it");
		return 0;
	}
	if (list && !n->n) {
		diag_error(r->diag, n->mark, "'path' lists no path");
		return 0;
	}
	rule->paths = calloc(list ? n->n : 1, sizeof(*rule->paths));
	if (!rule->paths)
		return -ENOMEM;
	for (size_t i = 0; i < (list ? n->n : 1); i++) {
		int result = read_path(r, list ? &n->items[i] : n, rule);

		if (result < 0)
			return result;
	}
	return 0;
}

static void check_conflict(struct reader *r, const struct rule_draft *draft)
{
	uint32_t both = draft->allow.mask & draft->deny.mask;
	enum rf_op op;
	int more;

	if (!both)
		return;
	op = (enum rf_op)__builtin_ctz(both);
	more = __builtin_popcount(both) - 1;
	if (more)
		diag_error(r->diag, draft->deny.at[op],
			   "the rule allows and denies '%s' and %d more operations", op_name(op),
			   more);
	else
		diag_error(r->diag, draft->deny.at[op], "the rule allows and denies '%s'",
			   op_name(op));
	diag_note(r->diag, draft->allow.at[op], "allowed here");
}

static int read_rule(struct reader *r, const struct node *n, struct file_rule *rule)
{
	static const struct key keys[] = {
	    {"path", read_paths, "write 'path: /some/where'"},
	    {"allow", read_allow, NULL},
	    {"deny", read_deny, NULL},
	    {"audit", read_audit, NULL},
	};
	struct rule_draft draft = {.rule = rule};
	uint32_t seen = 0;

	rule->mark = n->mark;
	if (!expect_map(r, n, "a rule"))
		return 0;
	if (read_map(r, n, "this rule", keys, ARRAY_SIZE(keys), &draft, &seen) < 0)
		return -ENOMEM;
	rule->allow = draft.allow.mask;
	rule->deny = draft.deny.mask;
	rule->audit = draft.audit.mask;
	if (!(seen >> 1)) {
		diag_error(r->diag, n->mark, "the rule says nothing about its path");
		diag_hint(r->diag, "add at least one of allow, deny and audit");
	}
	check_conflict(r, &draft);
	return 0;
}

static int read_rules(struct reader *r, struct mark at, const struct node *n, void *into)
{
	struct file_section *s = into;

	(void)at;
	if (!expect_list(r, n, "'rules' in files") || !n->n)
		return 0;
	s->rules = calloc(n->n, sizeof(*s->rules));
	if (!s->rules)
		return -ENOMEM;
	for (size_t i = 0; i < n->n; i++) {
		int result = read_rule(r, &n->items[i], &s->rules[s->n_rules++]);

		if (result < 0)
			return result;
	}
	return 0;
}

static int read_otherwise(struct reader *r, struct mark at, const struct node *n, void *into)
{
	static const char *const words[] = {"deny", "allow"};
	struct file_section *s = into;

	(void)at;
	if (!expect_string(r, n, "'otherwise' in files"))
		return 0;
	s->otherwise_allow = !strcmp(n->text, "allow");
	if (s->otherwise_allow || !strcmp(n->text, "deny"))
		return 0;
	diag_error(r->diag, n->mark, "'otherwise' in files is deny or allow, not '%s'",
		   shown(n->text).text);
	if (nearest_word(n->text, words, ARRAY_SIZE(words)))
		hint_words(r->diag, n->text, "", words, ARRAY_SIZE(words));
	return 0;
}

int read_files(struct reader *r, struct mark at, const struct node *n, void *into)
{
	static const struct key keys[] = {
	    {"otherwise", read_otherwise, "write 'otherwise: deny' or 'otherwise: allow'"},
	    {"rules", read_rules, NULL},
	};
	struct file_section *s = &r->policy->files;

	(void)into;
	s->present = true;
	s->mark = at;
	if (!expect_map(r, n, "section 'files'"))
		return 0;
	return read_map(r, n, "files", keys, ARRAY_SIZE(keys), s, NULL);
}
