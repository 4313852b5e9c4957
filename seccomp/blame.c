/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a system call gets the verdict it gets, found by reading the policy as a
 * person would: entry by entry, word by word. Nothing is shared with the code
 * that makes the filter but the tables (names, groups, constants, types), so
 * that holding one against the other tests both. The order of questions is that
 * of resolve.c.
 */
#include "filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "../policy/privilege.h"
#include "argtypes.h"
#include "names.h"

/* The call under question; name is NULL when the number has none. */
struct question {
	const char *name;
	const struct syscall_call *call;
};

static bool group_has(const char *group_name, const char *call, unsigned depth)
{
	const struct syscall_group *group = syscall_group_find(group_name);

	for (size_t i = 0; group && group->members[i] && depth < 4; i++) {
		const char *member = group->members[i];

		if (member[0] == '@' ? group_has(member, call, depth + 1) : !strcmp(member, call))
			return true;
	}
	return false;
}

/* Whether `value`, one the policy gives, is the argument's, in the bits the kernel looks at. */
static bool value_equals(const struct word *value, uint64_t arg, uint64_t mask)
{
	uint64_t v;

	return !constant_value(value->text, &v) && (v & mask) == (arg & mask);
}

static bool value_in(const struct arg_condition *c, uint64_t arg, uint64_t mask)
{
	for (size_t i = 0; i < c->n_values; i++)
		if (value_equals(&c->values[i], arg, mask))
			return true;
	return false;
}

static bool condition_holds(const struct arg_condition *c, const struct question *q)
{
	uint64_t mask = argument_mask(argument_type(q->name, c->arg));
	uint64_t arg = q->call->args[c->arg] & mask, v, want;

	if (c->op == ARG_EQ || c->op == ARG_IN)
		return value_in(c, arg, mask);
	if (c->op == ARG_NE)
		return !value_in(c, arg, mask);
	if (!c->n_values || constant_value(c->values[0].text, &v) < 0)
		return false;
	switch (c->op) {
	case ARG_LT:
		return arg < v;
	case ARG_LE:
		return arg <= v;
	case ARG_GT:
		return arg > v;
	case ARG_GE:
		return arg >= v;
	default:
		return c->n_values == 2 && !constant_value(c->values[1].text, &want) &&
		       (arg & v) == (want & mask);
	}
}

static bool names_call(const struct syscall_rule *rule, const struct question *q)
{
	return q->name && !strcmp(rule->name.text, q->name);
}

static bool all_hold(const struct syscall_rule *rule, const struct question *q)
{
	for (size_t i = 0; i < rule->n_conditions; i++)
		if (!condition_holds(&rule->conditions[i], q))
			return false;
	return true;
}

static const struct syscall_rule *find_named(const struct syscall_rule *rules, size_t n,
					     const struct question *q)
{
	for (size_t i = 0; i < n; i++)
		if (names_call(&rules[i], q) && all_hold(&rules[i], q))
			return &rules[i];
	return NULL;
}

static const struct syscall_rule *find_group(const struct syscall_rule *rules, size_t n,
					     const struct question *q)
{
	for (size_t i = 0; i < n && q->name; i++)
		if (rules[i].name.text[0] == '@' && group_has(rules[i].name.text, q->name, 0))
			return &rules[i];
	return NULL;
}

static const struct syscall_rule *find_deny(const struct syscall_section *s,
					    const struct question *q)
{
	const struct syscall_rule *rule = find_named(s->deny, s->n_deny, q);

	return rule ? rule : find_group(s->deny, s->n_deny, q);
}

/* Groups count only for calls that no entry names. */
static const struct syscall_rule *find_allow(const struct syscall_section *s,
					     const struct question *q)
{
	for (size_t i = 0; i < s->n_allow; i++)
		if (names_call(&s->allow[i], q))
			return find_named(s->allow, s->n_allow, q);
	return find_group(s->allow, s->n_allow, q);
}

/* Whether the call is one that the privilege leaves to everybody. */
static bool is_harmless(const struct privilege *privilege, const struct question *q)
{
	uint64_t mask = argument_mask(argument_type(q->name, 0));
	char *end;

	for (const char *at = privilege->harmless; at && *at; at = end)
		if ((strtoull(at, &end, 0) & mask) == (q->call->args[0] & mask))
			return true;
	return false;
}

/* The privilege whose absence refuses the call, or _RF_PRIV_MAX. */
static enum rf_privilege find_privilege(const struct policy *p, const struct question *q)
{
	size_t i;

	for (i = 0; i < _RF_PRIV_MAX && q->name; i++)
		if (!(p->privileges.granted & RF_PRIV_BIT(i)) &&
		    privilege_has_call(&privileges[i], q->name) && !is_harmless(&privileges[i], q))
			return (enum rf_privilege)i;
	return _RF_PRIV_MAX;
}

static bool has_entry(const struct syscall_rule *rules, size_t n, const struct question *q)
{
	for (size_t i = 0; i < n; i++)
		if (names_call(&rules[i], q))
			return true;
	return find_group(rules, n, q);
}

/* A call that an allow-list does not have and libseccomp's table neither. */
static bool is_unknown(const struct policy *p, const struct question *q, bool refuses)
{
	const struct syscall_section *s = &p->syscalls;

	return refuses && syscall_is_known(q->call->nr) <= 0 &&
	       !has_entry(s->allow, s->n_allow, q) && !has_entry(s->deny, s->n_deny, q);
}

static bool is_unseen(const struct policy *p, const struct question *q)
{
	for (const char *const *name = unseen_by_hooks; *name && q->name; name++)
		if (!strcmp(*name, q->name))
			return p->files.present;
	return false;
}

static uint32_t otherwise_verdict(const struct syscall_action *a)
{
	switch (a->kind) {
	case SYSCALL_ALLOW:
		return SECCOMP_RET_ALLOW;
	case SYSCALL_LOG:
		return SECCOMP_RET_LOG;
	case SYSCALL_KILL:
		return SECCOMP_RET_KILL_PROCESS;
	default:
		return SECCOMP_RET_ERRNO | (uint32_t)errno_number(a->errno_name.text);
	}
}

static bool is_foreign(const struct syscall_call *call)
{
	if (call->arch != native_arch())
		return true;
	if (!native_has_x32() || call->nr == UINT32_MAX)
		return false;
	return call->nr >= X32_BIT || (call->nr >= X32_FIRST && call->nr <= X32_LAST);
}

static struct syscall_blame judge(const struct policy *p, const struct question *q)
{
	const struct syscall_section *s = &p->syscalls;
	bool governed = s->present;
	uint32_t otherwise = governed ? otherwise_verdict(&s->otherwise) : SECCOMP_RET_ALLOW;
	bool refuses = otherwise != SECCOMP_RET_ALLOW && otherwise != SECCOMP_RET_LOG;
	bool userns = p->privileges.granted & RF_PRIV_BIT(RF_PRIV_USERNS);
	const struct syscall_rule *rule = governed ? find_deny(s, q) : NULL;
	enum rf_privilege privilege = find_privilege(p, q);
	uint32_t deny = refuses ? otherwise : SECCOMP_RET_ERRNO | EPERM;

	if (rule)
		return (struct syscall_blame){BLAME_DENY, rule->name.mark, 0, deny};
	if (privilege != _RF_PRIV_MAX && !is_unknown(p, q, refuses))
		return (struct syscall_blame){BLAME_PRIVILEGE, p->privileges.mark, privilege,
					      SECCOMP_RET_ERRNO | EPERM};
	rule = governed ? find_allow(s, q) : NULL;
	if (rule)
		return (struct syscall_blame){BLAME_ALLOW, rule->name.mark, 0, SECCOMP_RET_ALLOW};
	if (q->name && !strcmp(q->name, "clone3") && (refuses || !userns))
		return (struct syscall_blame){.kind = BLAME_CLONE3,
					      .verdict = SECCOMP_RET_ERRNO | ENOSYS};
	if (refuses ? syscall_is_known(q->call->nr) <= 0 : is_unseen(p, q))
		return (struct syscall_blame){.kind = BLAME_UNKNOWN,
					      .verdict = SECCOMP_RET_ERRNO | ENOSYS};
	if (!governed)
		return (struct syscall_blame){.kind = BLAME_UNGOVERNED,
					      .verdict = SECCOMP_RET_ALLOW};
	return (struct syscall_blame){BLAME_OTHERWISE, s->otherwise.mark, 0, otherwise};
}

struct syscall_blame syscall_blame(const struct policy *p, const struct syscall_call *call)
{
	char *name;
	struct syscall_blame blame;

	if (is_foreign(call))
		return (struct syscall_blame){.kind = BLAME_ARCH,
					      .verdict = SECCOMP_RET_KILL_PROCESS};
	name = syscall_name(call->arch, call->nr);
	blame = judge(p, &(struct question){.name = name, .call = call});
	free(name);
	return blame;
}
