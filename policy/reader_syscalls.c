/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The section `syscalls`: its shape and the spelling of its words. Whether a
 * system call, a group, a constant or an errno of that name exists is the
 * business of seccomp/, which knows the kernel's tables.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

static bool is_made_of(const char *text, const char *set)
{
	return *text && !text[strspn(text, set)];
}

static const char otherwise_hint[] = "write allow, log, kill or {errno: EPERM}";

static int read_errno(struct reader *r, struct mark at, const struct node *n, void *into)
{
	struct syscall_action *action = into;

	(void)at;
	action->kind = SYSCALL_DENY_ERRNO;
	if (n->kind == NODE_WORD && is_made_of(n->text, "-" DIGIT)) {
		diag_error(r->diag, n->mark, "errno takes a name, not the number %s",
			   shown(n->text).text);
		diag_hint(r->diag, "write for example {errno: EPERM}");
		return 0;
	}
	if (!expect_string(r, n, "the errno"))
		return 0;
	if (n->text[0] != 'E' || !is_made_of(n->text, UPPER DIGIT)) {
		diag_error(r->diag, n->mark, "'%s' is not the name of an errno",
			   shown(n->text).text);
		diag_hint(r->diag, "write for example {errno: EPERM}");
		return 0;
	}
	return word_copy(&action->errno_name, n);
}

static int read_otherwise(struct reader *r, struct mark at, const struct node *n, void *into)
{
	static const struct key keys[] = {{"errno", read_errno, otherwise_hint}};
	static const char *const words[] = {"allow", "log", "kill"};
	static const enum syscall_action_kind kinds[] = {SYSCALL_ALLOW, SYSCALL_LOG, SYSCALL_KILL};
	struct syscall_action *action = &r->policy->syscalls.otherwise;

	(void)into;
	action->mark = at;
	if (n->kind == NODE_MAP)
		return read_map(r, n, "'otherwise'", keys, ARRAY_SIZE(keys), action, NULL);
	if (!expect_string(r, n, "'otherwise' in syscalls"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(n->text, words[i])) {
			action->kind = kinds[i];
			return 0;
		}
	}
	diag_error(r->diag, n->mark, "unknown action '%s'", shown(n->text).text);
	if (nearest_word(n->text, words, ARRAY_SIZE(words)))
		hint_words(r->diag, n->text, "", words, ARRAY_SIZE(words));
	else
		diag_hint(r->diag, "%s", otherwise_hint);
	return 0;
}

static int read_call_name(struct reader *r, struct mark at, const struct node *n, void *into)
{
	struct syscall_rule *rule = into;
	const char *name;

	(void)at;
	if (!expect_string(r, n, "a system call"))
		return 0;
	name = n->text;
	if (name[0] == '@' ? !is_made_of(name + 1, LOWER DIGIT "-_")
			   : !is_made_of(name, LOWER DIGIT "_")) {
		diag_error(r->diag, n->mark, "'%s' cannot be the name of a system call or group",
			   shown(name).text);
		if (is_made_of(name, LOWER UPPER DIGIT "_"))
			diag_hint(r->diag, "names of system calls are in lower case");
		else
			diag_hint(r->diag, "names are of a-z, 0-9 and '_'; groups begin with '@'");
		return 0;
	}
	return word_copy(&rule->name, n);
}

#define READ_ARGUMENT(number)                                                                      \
	static int read_arg##number(struct reader *r, struct mark at, const struct node *n,        \
				    void *into)                                                    \
	{                                                                                          \
		return read_argument(r, at, n, number, into);                                      \
	}

READ_ARGUMENT(0)
READ_ARGUMENT(1)
READ_ARGUMENT(2)
READ_ARGUMENT(3)
READ_ARGUMENT(4)
READ_ARGUMENT(5)

static int read_call(struct reader *r, const struct node *n, struct syscall_rule *rule)
{
	static const struct key keys[] = {
	    {"name", read_call_name, "write {name: NAME, arg0: {eq: VALUE}}"},
	    {"arg0", read_arg0, NULL},
	    {"arg1", read_arg1, NULL},
	    {"arg2", read_arg2, NULL},
	    {"arg3", read_arg3, NULL},
	    {"arg4", read_arg4, NULL},
	    {"arg5", read_arg5, NULL},
	};

	if (n->kind != NODE_MAP)
		return read_call_name(r, n->mark, n, rule);
	return read_map(r, n, "this entry", keys, ARRAY_SIZE(keys), rule, NULL);
}

static int read_calls(struct reader *r, const struct node *n, const char *what,
		      struct syscall_rule **rules, size_t *n_rules)
{
	if (!expect_list(r, n, what) || !n->n)
		return 0;
	*rules = calloc(n->n, sizeof(**rules));
	if (!*rules)
		return -ENOMEM;
	for (size_t i = 0; i < n->n; i++) {
		struct syscall_rule *rule = &(*rules)[(*n_rules)++];
		unsigned before = r->diag->errors;
		int result = read_call(r, &n->items[i], rule);

		if (result < 0)
			return result;
		/* The others can be looked at further; the policy is refused in any case. */
		if (r->diag->errors > before || !rule->name.text) {
			syscall_rule_done(rule);
			--*n_rules;
		}
	}
	return 0;
}

static int read_allow(struct reader *r, struct mark at, const struct node *n, void *into)
{
	struct syscall_section *s = into;

	(void)at;
	return read_calls(r, n, "'allow' in syscalls", &s->allow, &s->n_allow);
}

static int read_deny(struct reader *r, struct mark at, const struct node *n, void *into)
{
	struct syscall_section *s = into;

	(void)at;
	return read_calls(r, n, "'deny' in syscalls", &s->deny, &s->n_deny);
}

int read_syscalls(struct reader *r, struct mark at, const struct node *n, void *into)
{
	static const struct key keys[] = {
	    {"otherwise", read_otherwise, otherwise_hint},
	    {"allow", read_allow, NULL},
	    {"deny", read_deny, NULL},
	};
	struct syscall_section *s = &r->policy->syscalls;
	int result;

	(void)into;
	s->present = true;
	s->mark = at;
	if (!expect_map(r, n, "section 'syscalls'"))
		return 0;
	result = read_map(r, n, "syscalls", keys, ARRAY_SIZE(keys), s, NULL);
	/* One that is missing or wrong was told; what it would be, nothing hangs on. */
	if (s->otherwise.kind == SYSCALL_DENY_ERRNO && !s->otherwise.errno_name.text)
		s->otherwise.kind = SYSCALL_ALLOW;
	r->calls_read = !result;
	return result;
}
