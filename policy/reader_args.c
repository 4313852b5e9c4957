/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conditions on the arguments of a system call: {eq: V}, {in: [V, W]},
 * {mask: M, eq: V}. One comparison an argument: a range is what nobody has
 * needed, and the filter library compares an argument once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

#define DIGIT "0123456789"
#define HEXA  "0123456789abcdefABCDEF"
#define WORDS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

/* NULL when `s` is a number as policies write them and fits, else what is wrong with it. */
static const char *number_fault(const char *s)
{
	bool negative = *s == '-';
	char *end;

	s += negative;
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'o')) {
		const char *set = s[1] == 'x' ? HEXA : "01234567";

		if (negative || !s[2] || s[2 + strspn(s + 2, set)])
			return "is not a number as policies write them";
		errno = 0;
		strtoull(s + 2, &end, s[1] == 'x' ? 16 : 8);
		return errno ? "does not fit in 64 bits" : NULL;
	}
	if (s[0] == '0' && s[1] && !s[1 + strspn(s + 1, DIGIT)])
		return "begins with 0: octal or decimal?";
	if (!*s || s[strspn(s, DIGIT)])
		return "is not a number as policies write them";
	errno = 0;
	if (negative)
		strtoll(s - 1, &end, 10);
	else
		strtoull(s, &end, 10);
	return errno ? "does not fit in 64 bits" : NULL;
}

/* Constants joined by |, blanks around it allowed. */
static bool is_constants(const char *s)
{
	while (true) {
		size_t len = strspn(s, WORDS);

		if (!len || strchr(DIGIT, *s))
			return false;
		s += len;
		s += strspn(s, " ");
		if (!*s)
			return true;
		if (*s++ != '|')
			return false;
		s += strspn(s, " ");
	}
}

/* Reads one value behind the condition's others; there must be room. */
static int read_value(struct reader *r, const struct node *n, struct arg_condition *c)
{
	const char *type = n->kind == NODE_WORD && n->plain ? plain_type(n->text) : NULL;
	bool number = type && !strcmp(type, "a number");
	const char *fault;

	if (!number && !expect_string(r, n, "a value"))
		return 0;
	if (!number && is_constants(n->text))
		return word_copy(&c->values[c->n_values++], n);
	fault = number_fault(n->text);
	if (number && !fault)
		return word_copy(&c->values[c->n_values++], n);
	if (fault && (number || strspn(n->text, "+-" DIGIT))) {
		diag_error(r->diag, n->mark, "'%s' %s", shown(n->text).text, fault);
		diag_hint(r->diag, "numbers are decimal, or begin with 0x or 0o");
	} else if (!fault) {
		diag_error(r->diag, n->mark, "'%s' is a string, not a number", shown(n->text).text);
		diag_hint(r->diag, "write it without quotes");
	} else {
		diag_error(r->diag, n->mark, "'%s' is neither a number nor a constant",
			   shown(n->text).text);
		diag_hint(r->diag, "write for example 1, 0x1000, AF_UNIX or O_WRONLY|O_CREAT");
	}
	return 0;
}

/* A condition while its mapping is read: which comparison, from which key. */
struct condition_draft {
	struct arg_condition *condition;
	const struct node *value, *mask;
	struct mark value_at, mask_at;
	const char *key; /* of the comparison, NULL: none yet */
};

static int take(struct reader *r, struct mark at, const struct node *n, struct condition_draft *d,
		enum arg_op op, const char *key)
{
	if (d->key) {
		diag_error(r->diag, at, "an argument takes one comparison: '%s' and '%s'", d->key,
			   key);
		diag_note(r->diag, d->value_at, "the first one");
		return 0;
	}
	d->condition->op = op;
	d->value = n;
	d->value_at = at;
	d->key = key;
	return 0;
}

#define READ_COMPARISON(name, op)                                                                  \
	static int read_##name(struct reader *r, struct mark at, const struct node *n, void *into) \
	{                                                                                          \
		return take(r, at, n, into, op, #name);                                            \
	}

READ_COMPARISON(eq, ARG_EQ)
READ_COMPARISON(ne, ARG_NE)
READ_COMPARISON(lt, ARG_LT)
READ_COMPARISON(le, ARG_LE)
READ_COMPARISON(gt, ARG_GT)
READ_COMPARISON(ge, ARG_GE)
READ_COMPARISON(in, ARG_IN)

static int read_mask(struct reader *r, struct mark at, const struct node *n, void *into)
{
	struct condition_draft *d = into;

	(void)r;
	d->mask = n;
	d->mask_at = at;
	return 0;
}

/* Is the draft one condition? If not, says why. */
static bool check_draft(struct reader *r, const struct node *map, const struct condition_draft *d)
{
	if (!d->key) {
		diag_error(r->diag, map->mark, "the condition compares with nothing");
		diag_hint(r->diag, d->mask ? "write {mask: BITS, eq: VALUE}"
					   : "write for example {eq: VALUE} or {in: [V, W]}");
		return false;
	}
	if (d->mask && d->condition->op != ARG_EQ) {
		diag_error(r->diag, d->mask_at, "mask goes with eq, not with %s", d->key);
		diag_hint(r->diag, "write {mask: BITS, eq: VALUE}");
		return false;
	}
	return true;
}

static int read_values(struct reader *r, struct condition_draft *d)
{
	struct arg_condition *c = d->condition;
	const struct node *first = d->value, *second = NULL;
	size_t n = 1;
	int result = 0;

	if (c->op == ARG_IN) {
		if (!expect_list(r, d->value, "'in'"))
			return 0;
		first = d->value->items;
		n = d->value->n;
	} else if (d->mask) {
		c->op = ARG_MASKED;
		first = d->mask;
		second = d->value;
	}
	if (!n) {
		diag_error(r->diag, d->value->mark, "'in' lists no value");
		return 0;
	}
	c->values = calloc(n + 1, sizeof(*c->values));
	if (!c->values)
		return -ENOMEM;
	for (size_t i = 0; i < n && !result; i++)
		result = read_value(r, &first[i], c);
	if (second && !result)
		result = read_value(r, second, c);
	return result;
}

int read_argument(struct reader *r, struct mark at, const struct node *n, unsigned arg,
		  struct syscall_rule *rule)
{
	static const struct key keys[] = {
	    {"eq", read_eq, NULL}, {"ne", read_ne, NULL},     {"lt", read_lt, NULL},
	    {"le", read_le, NULL}, {"gt", read_gt, NULL},     {"ge", read_ge, NULL},
	    {"in", read_in, NULL}, {"mask", read_mask, NULL},
	};
	struct condition_draft draft = {0};
	struct arg_condition *conditions;
	unsigned before = r->diag->errors;

	if (n->kind == NODE_WORD) {
		diag_error(r->diag, n->mark, "arg%u must be a condition, not %s", arg,
			   node_shown(n).text);
		if (*n->text)
			diag_hint(r->diag, "write {eq: %s}", shown(n->text).text);
		return 0;
	}
	if (!expect_map(r, n, "the condition"))
		return 0;
	conditions = realloc(rule->conditions, (rule->n_conditions + 1) * sizeof(*conditions));
	if (!conditions)
		return -ENOMEM;
	rule->conditions = conditions;
	draft.condition = &conditions[rule->n_conditions++];
	*draft.condition = (struct arg_condition){.arg = arg, .mark = at};
	if (read_map(r, n, "the condition", keys, ARRAY_SIZE(keys), &draft, NULL) < 0)
		return -ENOMEM;
	if (r->diag->errors == before && !check_draft(r, n, &draft))
		return 0;
	return draft.key ? read_values(r, &draft) : 0;
}
