/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Warnings about system call rules: legal, but likely not meant.
 *
 *   - an allowed call that a privilege, not granted, refuses all the same
 *   - an allowed call that no hook sees, where file rules are
 *   - an allowed call that `deny` refuses whatever the arguments
 *   - an entry with conditions next to one of the same call without
 *   - a condition that every argument meets
 *   - allow entries that change nothing, because `otherwise` allows
 *   - `otherwise: allow` with nothing denied
 *   - an allow-list under which no program can start, or end
 *   - a file operation that rules grant and no allowed call can ask for
 *
 * A policy with errors is not looked at: syscalls_check() speaks of those.
 */
#include "filter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../policy/privilege.h"
#include "lookup.h"
#include "resolve.h"

/* Calls whose privilege is enforced by LSM hooks, so that the filter lets them through. */
static const struct {
	const char *call;
	enum rf_privilege privilege;
} hooked[] = {
    {"bpf", RF_PRIV_BPF},
    {"chroot", RF_PRIV_CHROOT},
    {"mount", RF_PRIV_MOUNT},
    {"move_mount", RF_PRIV_MOUNT},
    {"pivot_root", RF_PRIV_MOUNT},
    {"process_vm_readv", RF_PRIV_PTRACE},
    {"process_vm_writev", RF_PRIV_PTRACE},
    {"ptrace", RF_PRIV_PTRACE},
    {"umount2", RF_PRIV_MOUNT},
};

/* The calls through which a program asks for a file operation. */
static const struct {
	enum rf_op op;
	const char *calls; /* space separated */
} requests[] = {
    {RF_OP_READ, "open openat openat2"},
    {RF_OP_WRITE, "open openat openat2 creat truncate"},
    {RF_OP_APPEND, "open openat openat2"},
    {RF_OP_CREATE, "open openat openat2 creat mkdir mkdirat mknod mknodat symlink symlinkat link "
		   "linkat rename renameat renameat2 bind"},
    {RF_OP_DELETE, "unlink unlinkat rmdir rename renameat renameat2"},
    {RF_OP_RENAME, "rename renameat renameat2"},
    {RF_OP_LINK, "link linkat"},
    {RF_OP_SETATTR, "chmod fchmod fchmodat fchmodat2 chown fchown fchownat lchown utime utimes "
		    "utimensat futimesat setxattr lsetxattr fsetxattr setxattrat removexattr "
		    "lremovexattr fremovexattr removexattrat ioctl file_setattr"},
    {RF_OP_EXEC, "execve execveat"},
    {RF_OP_DEVICE, "open openat openat2 mknod mknodat"},
    {RF_OP_CONNECT, "connect sendto sendmsg sendmmsg"},
};

struct linter {
	const struct policy *policy;
	const struct call_table *table;
	struct diag *diag;
};

/* Whether some arguments get the call through the filter. */
static bool is_possible(const struct call_table *t, const char *call)
{
	int nr = syscall_number(call);
	const struct call_rules *c;

	if (nr < 0 || nr >= (int)SYSCALL_NUMBERS_MAX)
		return false;
	c = &t->calls[nr];
	if (c->denied || c->refused)
		return false;
	return c->allowed || c->allow.n || !t->refuses;
}

static bool any_possible(const struct call_table *t, const char *calls)
{
	for (const char *at = calls; *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");
		char call[64];

		snprintf(call, sizeof(call), "%.*s", (int)len, at);
		if (is_possible(t, call))
			return true;
		at += len;
	}
	return false;
}

static void warn_privilege(const struct linter *l, const struct word *name, const char *word)
{
	diag_warn(l->diag, name->mark, "'%s' has no effect: privilege '%s' is not granted",
		  name->text, word);
	diag_hint(l->diag, "grant it with `privileges: {allow: [%s]}`, or leave the entry out",
		  word);
}

static bool test_holds(const struct arg_test *t, uint64_t arg)
{
	bool found = false;

	arg &= t->mask;
	for (size_t i = 0; i < t->n_values; i++)
		found = found || t->values[i] == arg;
	switch (t->kind) {
	case TEST_IN:
		return found;
	case TEST_NOT_IN:
		return !found;
	case TEST_AT_LEAST:
		return arg >= t->values[0];
	case TEST_BELOW:
		return arg < t->values[0];
	default:
		return true;
	}
}

/* Does the entry allow one of the first arguments that a privilege leaves to everybody? */
static bool allows_harmless(const struct call_rules *c, const struct syscall_rule *rule)
{
	const struct arg_test *harmless = &c->refuse.items[0].tests[0]; /* is none of these */
	const struct alternative *a = c->allow.items;
	bool all;

	while (a->rule != rule)
		a++;
	for (size_t v = 0; v < harmless->n_values; v++) {
		all = true;
		for (size_t t = 0; t < a->n_tests; t++)
			all = all && (a->tests[t].arg != harmless->arg ||
				      test_holds(&a->tests[t], harmless->values[v]));
		if (all)
			return true;
	}
	return false;
}

/* The privilege that refuses everything the entry allows, or NULL. */
static const struct privilege *refusing(const struct linter *l, const struct syscall_rule *rule)
{
	const struct call_rules *c = &l->table->calls[syscall_number(rule->name.text)];

	/* What is denied would stay so under the privilege. */
	if (c->denied || (!c->refused && (!c->refuse.n || allows_harmless(c, rule))))
		return NULL;
	for (size_t i = 0; i < _RF_PRIV_MAX; i++)
		if (!(l->policy->privileges.granted & RF_PRIV_BIT(i)) &&
		    privilege_has_call(&privileges[i], rule->name.text))
			return &privileges[i];
	return NULL;
}

/* Returns whether the entry was found to be without effect. */
static bool lint_privilege(const struct linter *l, const struct syscall_rule *rule)
{
	const struct word *name = &rule->name;
	const struct privilege *refuses = refusing(l, rule);

	if (refuses) {
		warn_privilege(l, name, refuses->word);
		return true;
	}
	for (size_t i = 0; i < sizeof(hooked) / sizeof(hooked[0]); i++) {
		const struct privilege *p = &privileges[hooked[i].privilege];

		if (strcmp(hooked[i].call, name->text) ||
		    (l->policy->privileges.granted & RF_PRIV_BIT(p->id)))
			continue;
		warn_privilege(l, name, p->word);
		return true;
	}
	return false;
}

static void lint_unseen(const struct linter *l, const struct word *name)
{
	for (const char *const *call = unseen_by_hooks; *call && l->policy->files.present; call++) {
		if (strcmp(*call, name->text))
			continue;
		diag_warn(l->diag, name->mark, "rules of files do not hold for '%s'", name->text);
		diag_hint(l->diag, "no hook sees it; without the entry it gets ENOSYS, and callers "
				   "use ioctl, which a hook sees");
	}
}

/* The entry of `list` without conditions, or the group that has the call. */
static const struct word *unconditional(const struct alternatives *list)
{
	return list->always ? &list->items[0].rule->name : list->group;
}

static void lint_allow_entry(const struct linter *l, const struct syscall_rule *rule)
{
	const struct call_rules *c;
	const struct word *name = &rule->name, *other;

	if (name->text[0] == '@' || lint_privilege(l, rule))
		return;
	c = &l->table->calls[syscall_number(name->text)];
	if (!c->denied) {
		lint_unseen(l, name);
		return;
	}
	other = unconditional(&c->deny);
	diag_warn(l->diag, name->mark, "'%s' has no effect: it is denied", name->text);
	diag_note(l->diag, other->mark, "denied here%s%s",
		  other->text[0] == '@' ? ", as part of " : "",
		  other->text[0] == '@' ? other->text : "");
}

/* In one list: an entry with conditions beside an entry without. */
static void lint_overshadowed(const struct linter *l, const struct alternatives *list, bool deny)
{
	const struct word *wide = list->always || deny ? unconditional(list) : NULL;

	for (size_t i = 0; wide && i < list->n; i++) {
		const struct alternative *a = &list->items[i];

		if (!a->n_tests)
			continue;
		diag_warn(l->diag, a->rule->name.mark,
			  "the conditions on '%s' have no effect: it is %s without conditions too",
			  a->rule->name.text, deny ? "denied" : "allowed");
		diag_note(l->diag, wide->mark, "here");
	}
}

static void lint_always(const struct linter *l, const struct alternatives *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct syscall_rule *rule = list->items[i].rule;

		if (rule->n_conditions && !list->items[i].n_tests)
			diag_warn(l->diag, rule->conditions[0].mark,
				  "every argument meets the conditions on '%s'", rule->name.text);
	}
}

static void lint_otherwise(const struct linter *l)
{
	const struct syscall_section *s = &l->policy->syscalls;

	if (s->otherwise.kind != SYSCALL_ALLOW)
		return;
	if (!s->n_deny) {
		diag_warn(l->diag, s->otherwise.mark,
			  "every system call is allowed but those of privileges");
		diag_hint(l->diag, "use an allow-list, for example `otherwise: {errno: EPERM}` and "
				   "`allow: [\"@container\"]`, or leave the section out");
	}
	if (s->n_allow)
		diag_warn(l->diag, s->allow[0].name.mark,
			  "the entries of 'allow' have no effect: 'otherwise' allows already");
}

/* What no program can do without. */
static void lint_vital(const struct linter *l)
{
	static const char *const vital[] = {"exit_group", "rt_sigreturn", "restart_syscall"};
	struct mark m = l->policy->syscalls.mark;

	if (!any_possible(l->table, "execve execveat")) {
		diag_warn(l->diag, m, "no program can start: execve is not allowed");
		diag_hint(l->diag, "the command itself is started under the filter; add \"@base\"");
	}
	for (size_t i = 0; i < sizeof(vital) / sizeof(vital[0]); i++) {
		if (is_possible(l->table, vital[i]))
			continue;
		diag_warn(l->diag, m, "programs will misbehave: '%s' is not allowed", vital[i]);
		diag_hint(l->diag, "every program needs it; add \"@base\"");
	}
}

/* One warning for each operation that file rules grant in vain. */
static void lint_files(const struct linter *l)
{
	const struct file_section *f = &l->policy->files;

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		uint32_t bit = RF_OP_BIT(requests[i].op);
		size_t at = 0;

		if (any_possible(l->table, requests[i].calls))
			continue;
		while (f->present && at < f->n_rules && !(f->rules[at].allow & bit))
			at++;
		if (!f->present || at == f->n_rules)
			continue;
		diag_warn(l->diag, f->rules[at].allow_mark,
			  "'%s' is allowed on files, but no system call that asks for it is",
			  op_name(requests[i].op));
		diag_hint(l->diag, "calls that would: %s", requests[i].calls);
	}
}

int syscalls_lint(const struct policy *p, struct diag *d)
{
	struct call_table table;
	struct diag scratch;
	struct linter l = {.policy = p, .table = &table, .diag = d};
	int r;

	if (!p->syscalls.present)
		return 0;
	diag_init(&scratch, p->file);
	r = call_table_build(p, &scratch, &table);
	diag_done(&scratch);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; i < p->syscalls.n_allow; i++)
		lint_allow_entry(&l, &p->syscalls.allow[i]);
	for (size_t nr = 0; nr < SYSCALL_NUMBERS_MAX; nr++) {
		lint_overshadowed(&l, &table.calls[nr].allow, false);
		lint_overshadowed(&l, &table.calls[nr].deny, true);
		lint_always(&l, &table.calls[nr].allow);
		lint_always(&l, &table.calls[nr].deny);
	}
	lint_otherwise(&l);
	lint_vital(&l);
	lint_files(&l);
	call_table_done(&table);
	return 0;
}
