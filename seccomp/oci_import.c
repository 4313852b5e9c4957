/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a seccomp profile to the section `syscalls` of a policy.
 *
 * Entry by entry, so that who knows the profile finds it again. What a policy
 * cannot say is told, and left out in the way that allows less: an entry that
 * allows is dropped, one that refuses loses its conditions. Where two entries
 * contradict each other, the one that refuses is taken. A refused call gets one
 * answer for the whole section.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "../policy/privilege.h"
#include "argtypes.h"
#include "names.h"
#include "oci.h"

#define NOWHERE ((struct mark){0})

struct import {
	const char *const *caps; /* NULL-terminated */
	struct diag *d;
	uint32_t otherwise;
	/* By name of a system call: null where it is listed without conditions, else an object
	 * that has the entries, each under its own text. */
	json_t *allow, *deny;
	json_t *absent; /* names that this architecture lacks, as keys */
	json_t *logged; /* names that are allowed and logged, likewise */
	json_t *others; /* names that are refused with another answer, likewise */
	bool fallback;	/* clone3 gets ENOSYS */
	bool failed;	/* out of memory */
};

static uint32_t action_of(uint32_t verdict)
{
	return verdict & SECCOMP_RET_ACTION_FULL;
}

static bool is_refusal(uint32_t verdict)
{
	return action_of(verdict) != SECCOMP_RET_ALLOW && action_of(verdict) != SECCOMP_RET_LOG;
}

/* Takes `value`. */
static void put(struct import *im, json_t *object, const char *key, json_t *value)
{
	if (!value || json_object_set_new(object, key, value))
		im->failed = true;
}

/* ---- conditions ------------------------------------------------------ */

static json_t *number(uint64_t n, bool hex)
{
	return json_sprintf(hex ? "0x%llx" : "%llu", (unsigned long long)n);
}

/* {eq: 1}, {mask: 0x7, eq: 0}; `full`: the bits the argument has. NULL: out of memory. */
static json_t *condition(const struct arg_test *t, uint64_t full)
{
	static const char *const words[] = {
	    [TEST_IN] = "eq", [TEST_NOT_IN] = "ne", [TEST_AT_LEAST] = "ge", [TEST_BELOW] = "lt"};
	bool masked = t->mask != full;
	json_t *value = number(t->values[0], masked);

	if (!masked)
		return json_pack("{s:o}", words[t->kind], value);
	return json_pack("{s:o, s:o}", "mask", number(t->mask, true), words[t->kind], value);
}

enum said { SAID, NEVER, UNSAYABLE };

/* Adds the comparison to the conditions of an entry. */
static enum said add_condition(struct import *im, const char *call, const struct oci_rule *rule,
			       size_t i, json_t *conditions)
{
	const struct oci_arg *a = &rule->args[i];
	uint64_t full = argument_mask(argument_type(call, a->index)), value;
	struct arg_test t;
	char key[8];

	if (!full) {
		diag_warn(im->d, NOWHERE, "syscalls[%zu].args[%zu]: no condition on arg%u of '%s'",
			  rule->at, i, a->index, shown(call).text);
		diag_hint(im->d, "it is a pointer, or not there; see ringfence.yaml(5)");
		return UNSAYABLE;
	}
	if (!oci_arg_test(call, a, &value, &t) || (t.kind == TEST_BELOW && !value))
		return NEVER;
	snprintf(key, sizeof(key), "arg%u", a->index);
	/* At least 0, or no bit of it: whatever it is. */
	if (t.kind != TEST_ALWAYS && t.mask && (t.kind != TEST_AT_LEAST || value))
		put(im, conditions, key, condition(&t, full));
	return SAID;
}

/* Lists the call, under these conditions; none: whatever its arguments. Takes `conditions`. */
static void list(struct import *im, json_t *where, const char *call, json_t *conditions)
{
	json_t *entries = json_object_get(where, call);
	char *text;

	if (!json_object_size(conditions)) {
		json_decref(conditions);
		put(im, where, call, json_null());
		return;
	}
	if (!entries) {
		put(im, where, call, json_object());
		entries = json_object_get(where, call);
	}
	text = json_dumps(conditions, JSON_COMPACT | JSON_SORT_KEYS);
	if (!text)
		im->failed = true;
	if (text && json_is_object(entries))
		put(im, entries, text, json_incref(conditions));
	free(text);
	json_decref(conditions);
}

/* Comparisons `first` to `end` of an entry, which all must hold. */
static void list_conditions(struct import *im, json_t *where, const char *call,
			    const struct oci_rule *rule, size_t first, size_t end)
{
	json_t *conditions = json_object();
	bool never = false, unsayable = false;

	if (!conditions) {
		im->failed = true;
		return;
	}
	for (size_t i = first; i < end; i++) {
		enum said said = add_condition(im, call, rule, i, conditions);

		never = never || said == NEVER;
		unsayable = unsayable || said == UNSAYABLE;
	}
	if (never || (unsayable && where == im->allow))
		json_decref(conditions);
	else
		list(im, where, call, conditions);
}

/* ---- entries --------------------------------------------------------- */

/* The list that a call goes to. NULL: none. */
static json_t *list_for(struct import *im, const char *call, const struct oci_rule *rule)
{
	/* clone3 is answered with ENOSYS unless it is allowed, whatever the list says. */
	if (!strcmp(call, "clone3") && rule->verdict == (SECCOMP_RET_ERRNO | ENOSYS)) {
		im->fallback = true;
		return NULL;
	}
	/* What `otherwise` refuses may be allowed by another entry, which this one is to win over.
	 */
	if (rule->verdict == im->otherwise)
		return is_refusal(im->otherwise) ? im->deny : NULL;
	if (action_of(rule->verdict) == SECCOMP_RET_LOG) {
		if (is_refusal(im->otherwise))
			put(im, im->logged, call, json_null());
		return NULL;
	}
	if (!is_refusal(rule->verdict))
		return im->allow;
	if (is_refusal(im->otherwise) || rule->verdict != (SECCOMP_RET_ERRNO | EPERM))
		put(im, im->others, call, json_null());
	return im->deny;
}

static void take_call(struct import *im, const char *call, const struct oci_rule *rule)
{
	json_t *where;
	int nr = syscall_number(call);

	if (nr < 0 || nr >= (int)SYSCALL_NUMBERS_MAX) {
		put(im, im->absent, call, json_null());
		return;
	}
	where = list_for(im, call, rule);
	if (!where)
		return;
	if (!rule->n_args)
		list(im, where, call, json_object());
	else if (!oci_rule_is_any(rule))
		list_conditions(im, where, call, rule, 0, rule->n_args);
	else
		for (size_t i = 0; i < rule->n_args; i++)
			list_conditions(im, where, call, rule, i, i + 1);
}

static int take_entries(struct import *im, const json_t *entries)
{
	struct oci_rule rule;
	bool applies;
	int r = 0;

	if (entries && !json_is_null(entries) && !json_is_array(entries))
		return diag_error(im->d, NOWHERE, "syscalls: not a list");
	for (size_t at = 0; at < json_array_size(entries); at++) {
		if (oci_read_rule(json_array_get(entries, at), at, im->d, &rule) < 0 ||
		    oci_rule_applies(&rule, im->caps, im->d, &applies) < 0) {
			r = -EINVAL;
			continue;
		}
		for (size_t i = 0; applies && i < oci_rule_names(&rule); i++)
			take_call(im, oci_rule_name(&rule, i), &rule);
	}
	return r;
}

/* ---- what is told ---------------------------------------------------- */

/* "N system calls WHAT: one, two, three, ..." */
static void tell_names(struct import *im, const json_t *names, const char *what)
{
	char text[256] = "";
	size_t n = json_object_size(names), at = 0;
	const char *key;
	json_t *value;

	if (!n)
		return;
	json_object_foreach((json_t *)names, key, value)
	{
		if (at + strlen(key) + sizeof(", ...") > sizeof(text)) {
			at += (size_t)snprintf(text + at, sizeof(text) - at, ", ...");
			break;
		}
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", at ? ", " : "", key);
	}
	diag_warn(im->d, NOWHERE, "%zu system call%s %s: %s", n, n == 1 ? "" : "s", what, text);
}

/* Do the conditions, of an entry in `allow`, leave out every harmless argument? */
static bool is_beyond_harmless(const char *harmless, const json_t *conditions)
{
	const json_t *eq = json_object_get(json_object_get(conditions, "arg0"), "eq");
	const char *text = json_string_value(eq);
	char *end;

	if (!text || json_object_get(json_object_get(conditions, "arg0"), "mask"))
		return false;
	for (const char *at = harmless; *at; at = end)
		if (strtoull(at, &end, 0) == strtoull(text, NULL, 0))
			return false;
	return true;
}

/* Does `allow` have a call, or arguments of it, that the privilege refuses? */
static bool wants(const struct import *im, const struct privilege *p, const char *call)
{
	const json_t *entries = json_object_get(im->allow, call);
	const char *key;
	json_t *conditions;

	if (!entries || !p->harmless)
		return entries;
	json_object_foreach((json_t *)(uintptr_t)entries, key, conditions)
	{
		if (is_beyond_harmless(p->harmless, conditions))
			return true;
	}
	return json_is_null(entries);
}

/* A privilege that is not granted wins over `allow`. */
static void tell_privileges(struct import *im)
{
	for (size_t i = 0; i < _RF_PRIV_MAX; i++) {
		const char *at = privileges[i].syscalls;
		bool wanted = false;

		while (*at) {
			size_t len = strcspn(at, " ");
			char name[64];

			snprintf(name, sizeof(name), "%.*s", (int)len, at);
			wanted = wanted || wants(im, &privileges[i], name);
			at += len + strspn(at + len, " ");
		}
		if (wanted) {
			diag_warn(im->d, NOWHERE,
				  "system calls that it allows need the privilege '%s'",
				  privileges[i].word);
			diag_hint(im->d, "grant it in the section 'privileges', or they are "
					 "refused");
		}
	}
}

static void tell_others(struct import *im, const json_t *o)
{
	const json_t *arches = json_object_get(o, "architectures");

	if (json_array_size(arches) > 1 || json_object_get(o, "archMap")) {
		diag_warn(im->d, NOWHERE, "other architectures than %s are not taken",
			  native_arch_word());
		diag_hint(im->d, "calls of another architecture, or of x32, are killed");
	}
	if (im->fallback && !is_refusal(im->otherwise)) {
		diag_warn(im->d, NOWHERE,
			  "clone3 gets ENOSYS, unless the privilege 'userns' is granted");
		diag_hint(im->d, "who grants it can deny clone3, but programs that start threads "
				 "then fail");
	}
	if (json_object_get(o, "listenerPath"))
		diag_warn(im->d, NOWHERE, "listenerPath: a policy asks nobody");
	tell_names(im, im->absent, "unknown on this architecture, left out");
	tell_names(im, im->logged, "that it logs refused");
	tell_names(im, im->others, "refused with another answer than it gives");
	tell_privileges(im);
}

/* ---- the section ----------------------------------------------------- */

static json_t *otherwise_of(struct import *im)
{
	const char *name;

	switch (action_of(im->otherwise)) {
	case SECCOMP_RET_ALLOW:
		return json_string("allow");
	case SECCOMP_RET_LOG:
		return json_string("log");
	case SECCOMP_RET_KILL_PROCESS:
		return json_string("kill");
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_TRAP:
		diag_warn(im->d, NOWHERE, "defaultAction: taken as 'kill', of the whole process");
		return json_string("kill");
	case SECCOMP_RET_ERRNO:
		name = errno_word((int)(im->otherwise & SECCOMP_RET_DATA));
		if (name)
			return json_pack("{s:s}", "errno", name);
		diag_warn(im->d, NOWHERE,
			  "defaultErrnoRet: no errno has that number; taken as EPERM");
		break;
	default:
		diag_warn(im->d, NOWHERE, "defaultAction: a policy asks nobody; taken as EPERM");
	}
	return json_pack("{s:s}", "errno", "EPERM");
}

/* Is the call refused whatever its arguments, so that to allow it is to contradict that? */
static bool is_denied(const struct import *im, const char *call)
{
	return json_is_null(json_object_get(im->deny, call)) ||
	       (im->fallback && !strcmp(call, "clone3"));
}

static json_t *entries_of(struct import *im, json_t *from)
{
	json_t *entries = json_array(), *value, *each;
	const char *call, *text;

	json_object_foreach(from, call, value)
	{
		if (from == im->allow && is_denied(im, call))
			continue;
		/* Where `otherwise` refuses, to deny what nothing allows is to say it twice. */
		if (from == im->deny && is_refusal(im->otherwise) &&
		    (json_is_null(value) || !json_object_get(im->allow, call)))
			continue;
		if (json_is_null(value))
			im->failed |= json_array_append_new(entries, json_string(call)) != 0;
		json_object_foreach(value, text, each)
		{
			json_t *entry = json_pack("{s:s}", "name", call);

			im->failed |= !entry || json_object_update(entry, each) ||
				      json_array_append_new(entries, entry);
		}
	}
	return entries;
}

static json_t *section_of(struct import *im)
{
	json_t *allow = entries_of(im, im->allow), *deny = entries_of(im, im->deny);
	json_t *section = json_pack("{s:o}", "otherwise", otherwise_of(im));

	if (json_array_size(allow))
		put(im, section, "allow", json_incref(allow));
	if (json_array_size(deny))
		put(im, section, "deny", json_incref(deny));
	json_decref(allow);
	json_decref(deny);
	return section;
}

int oci_import(const json_t *o, const char *const *caps, struct diag *d, json_t **ret_section)
{
	struct import im = {.caps = caps, .d = d};
	json_t *section = NULL;
	int r = oci_read_otherwise(o, d, &im.otherwise);

	if (r < 0)
		return r;
	im.allow = json_object();
	im.deny = json_object();
	im.absent = json_object();
	im.logged = json_object();
	im.others = json_object();
	im.failed = !im.allow || !im.deny || !im.absent || !im.logged || !im.others;
	r = take_entries(&im, json_object_get(o, "syscalls"));
	if (!r) {
		section = section_of(&im);
		tell_others(&im, o);
	}
	json_decref(im.allow);
	json_decref(im.deny);
	json_decref(im.absent);
	json_decref(im.logged);
	json_decref(im.others);
	if (!r && (im.failed || !section))
		r = -ENOMEM;
	if (r < 0)
		json_decref(section);
	else
		*ret_section = section;
	return r;
}
