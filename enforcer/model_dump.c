/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model as a list: every part with the line it came from, so that reader
 * and text can be held against each other.
 */
#include "dump.h"

#include "../policy/privilege.h"
#include "escape.h"
#include "util.h"

#include <string.h>

static void print_word(const char *before, const char *text, FILE *out)
{
	_free_ char *safe = escape_bytes(text, strlen(text));

	fprintf(out, "%s%s", before, safe ? safe : "?");
}

static void print_condition(const struct arg_condition *c, FILE *out)
{
	static const char *const ops[] = {
	    [ARG_EQ] = "eq", [ARG_NE] = "ne", [ARG_LT] = "lt", [ARG_LE] = "le",
	    [ARG_GT] = "gt", [ARG_GE] = "ge", [ARG_IN] = "in", [ARG_MASKED] = "mask, eq"};

	fprintf(out, " arg%u %s", c->arg, ops[c->op]);
	for (size_t i = 0; i < c->n_values; i++)
		print_word(i ? ", " : " ", c->values[i].text, out);
}

static void print_syscall_rules(const char *effect, const struct syscall_rule *rules, size_t n,
				FILE *out)
{
	for (size_t i = 0; i < n; i++) {
		fprintf(out, "%6u  %s", rules[i].name.mark.line, effect);
		print_word(" ", rules[i].name.text, out);
		for (size_t j = 0; j < rules[i].n_conditions; j++)
			print_condition(&rules[i].conditions[j], out);
		fputc('\n', out);
	}
}

static void print_syscalls(const struct syscall_section *s, FILE *out)
{
	static const char *const actions[] = {[SYSCALL_DENY_ERRNO] = "errno",
					      [SYSCALL_ALLOW] = "allow",
					      [SYSCALL_LOG] = "log",
					      [SYSCALL_KILL] = "kill"};

	if (!s->present) {
		fputs("syscalls: not governed\n", out);
		return;
	}
	fprintf(out, "%6u  syscalls: otherwise %s", s->mark.line, actions[s->otherwise.kind]);
	if (s->otherwise.kind == SYSCALL_DENY_ERRNO && s->otherwise.errno_name.text)
		print_word(" ", s->otherwise.errno_name.text, out);
	fputc('\n', out);
	print_syscall_rules("allow", s->allow, s->n_allow, out);
	print_syscall_rules("deny", s->deny, s->n_deny, out);
}

static void print_mask(const char *effect, uint32_t mask, struct mark mark, FILE *out)
{
	if (!mask)
		return;
	fprintf(out, "%6u    %s:", mark.line, effect);
	for (int op = 0; op < _RF_OP_MAX; op++)
		if (mask & RF_OP_BIT(op))
			fprintf(out, " %s", op_name((enum rf_op)op));
	fputc('\n', out);
}

static void print_files(const struct file_section *s, FILE *out)
{
	if (!s->present) {
		fputs("files: not governed\n", out);
		return;
	}
	fprintf(out, "%6u  files: otherwise %s\n", s->mark.line,
		s->otherwise_allow ? "allow" : "deny");
	for (size_t i = 0; i < s->n_rules; i++) {
		const struct file_rule *rule = &s->rules[i];

		for (size_t j = 0; j < rule->n_paths; j++) {
			fprintf(out, "%6u  path", rule->paths[j].mark.line);
			print_word(" ", rule->paths[j].text, out);
			fputc('\n', out);
		}
		print_mask("allow", rule->allow, rule->allow_mark, out);
		print_mask("deny", rule->deny, rule->deny_mark, out);
		print_mask("audit", rule->audit, rule->audit_mark, out);
	}
}

static void print_privileges(const struct privilege_section *s, FILE *out)
{
	fprintf(out, "%6u  privileges:%s", s->mark.line, s->granted ? "" : " none");
	for (int i = 0; i < _RF_PRIV_MAX; i++)
		if (s->granted & RF_PRIV_BIT(i))
			fprintf(out, " %s", privileges[i].word);
	fputc('\n', out);
}

void model_dump(const struct policy *p, FILE *out)
{
	print_word("policy ", p->name, out);
	print_word(" of ", p->file, out);
	fprintf(out, "; mode %s; a place is a line of it, 0 is none\n",
		p->mode == RF_MODE_AUDIT ? "audit" : "enforce");
	print_syscalls(&p->syscalls, out);
	print_files(&p->files, out);
	print_privileges(&p->privileges, out);
}
