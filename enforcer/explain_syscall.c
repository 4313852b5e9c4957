/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the filter does with a system call, by running it, and which part of
 * the policy wants it so, by asking the model. The two are made from one
 * policy on two ways; where they differ, neither is to be trusted.
 */
#include "explain.h"

#include <linux/seccomp.h>
#include <stdarg.h>
#include <string.h>

#include "../policy/privilege.h"
#include "../seccomp/filter.h"
#include "dump.h"
#include "escape.h"
#include "util.h"

static const char *const because[] = {
    [BLAME_ALLOW] = "an entry of syscalls.allow",
    [BLAME_DENY] = "an entry of syscalls.deny",
    [BLAME_PRIVILEGE] = "a privilege that is not granted",
    [BLAME_OTHERWISE] = "no entry speaks of it",
    [BLAME_ARCH] = "not a system call of the native architecture",
    [BLAME_UNKNOWN] = "newer than the known system calls: ENOSYS, so that callers fall back",
    [BLAME_CLONE3] = "not allowed by name: ENOSYS, so that libc falls back to clone",
    [BLAME_UNGOVERNED] = "the policy does not govern system calls",
};

static void set_format(json_t *o, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void set_format(json_t *o, const char *key, const char *fmt, ...)
{
	_free_ char *text = NULL;
	_free_ char *safe = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (text)
		safe = escape_bytes(text, strlen(text));
	json_object_set_new(o, key, json_string(safe ? safe : ""));
}

static bool lets_pass(uint32_t verdict)
{
	uint32_t action = verdict & SECCOMP_RET_ACTION_FULL;

	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

static void set_privilege_rule(json_t *o, const struct policy *p)
{
	if (p->privileges.present)
		set_format(o, "rule", "%s:%u", p->file, p->privileges.mark.line);
	else
		set_format(o, "rule", "otherwise");
}

static void set_blame(json_t *o, const struct policy *p, const struct syscall_blame *blame)
{
	set_format(o, "because", "%s", because[blame->kind]);
	if (blame->kind == BLAME_PRIVILEGE) {
		set_format(o, "operation", "privilege.%s", privileges[blame->privilege].word);
		set_privilege_rule(o, p);
		return;
	}
	set_format(o, "operation", "syscall");
	if (blame->kind == BLAME_UNGOVERNED)
		set_format(o, "rule", "none");
	else if (blame->kind == BLAME_OTHERWISE || !blame->mark.line)
		set_format(o, "rule", "otherwise");
	else
		set_format(o, "rule", "%s:%u", p->file, blame->mark.line);
}

static void set_call(json_t *o, const struct syscall_call *call)
{
	_free_ char *name = syscall_name(call->arch, call->nr);
	json_t *args = json_array();

	if (name)
		set_format(o, "syscall", "%s", name);
	else
		set_format(o, "syscall", "%u", call->nr);
	for (size_t i = 0; i < sizeof(call->args) / sizeof(call->args[0]); i++) {
		char hex[2 + 16 + 1];

		snprintf(hex, sizeof(hex), "0x%llx", (unsigned long long)call->args[i]);
		json_array_append_new(args, json_string(hex));
	}
	json_object_set_new(o, "args", args);
}

/* What the filter is to do: see filter.c. */
static uint32_t wanted_verdict(const struct syscall_blame *blame, bool audit)
{
	if (!audit || blame->verdict == SECCOMP_RET_ALLOW)
		return blame->verdict;
	return blame->kind == BLAME_CLONE3 ? SECCOMP_RET_ALLOW : SECCOMP_RET_LOG;
}

json_t *explain_syscall(const struct compiled *c, const struct syscall_call *call)
{
	struct syscall_blame blame = syscall_blame(c->policy, call);
	uint32_t emitted = filter_simulate(c->image->filter, c->image->filter_len, call);
	bool audit = c->image->head->mode == RF_MODE_AUDIT;
	bool pass = lets_pass(audit ? blame.verdict : emitted);
	json_t *o = json_object();
	const char *word = NULL;
	char buf[32];

	if (!o)
		return NULL;
	set_format(o, "verdict", pass ? "allowed" : "denied");
	set_blame(o, c->policy, &blame);
	set_call(o, call);
	set_format(o, "action", "%s", verdict_text(emitted, buf, sizeof(buf)));
	if (!pass && (blame.verdict & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		word = errno_word((int)(blame.verdict & SECCOMP_RET_DATA));
	if (word)
		set_format(o, "errno", "%s", word);
	/* ENOSYS answers a question about the filter, which audit mode does not raise. */
	if (audit && blame.kind == BLAME_CLONE3)
		set_format(o, "mode", "audit: allowed, not reported");
	if (emitted != wanted_verdict(&blame, audit))
		set_format(o, "defect", "the filter and the model disagree (%s)",
			   verdict_text(wanted_verdict(&blame, audit), buf, sizeof(buf)));
	return o;
}

json_t *explain_privilege(const struct compiled *c, enum rf_privilege privilege)
{
	bool granted = c->image->head->privileges & RF_PRIV_BIT(privilege);
	const struct policy *p = c->policy;
	json_t *o = json_object();

	if (!o)
		return NULL;
	set_format(o, "verdict", granted ? "allowed" : "denied");
	set_format(o, "operation", "privilege.%s", privileges[privilege].word);
	if (granted && p->privileges.granted_mark[privilege].line)
		set_format(o, "rule", "%s:%u", p->file, p->privileges.granted_mark[privilege].line);
	else
		set_privilege_rule(o, p);
	set_format(o, "because", "%s: %s", granted ? "granted" : "not granted",
		   privileges[privilege].help);
	if (!granted)
		set_format(o, "errno", "EPERM");
	return o;
}
