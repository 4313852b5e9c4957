/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of an OCI seccomp object. JSON says nothing of where a member
 * stands, so messages name it: `syscalls[3].args[0].op`.
 */
#include "oci.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

static const struct {
	const char *word;
	uint32_t verdict;
} actions[] = {
    {"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},
    {"SCMP_ACT_LOG", SECCOMP_RET_LOG},
    {"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO},
    {"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
    {"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
    {"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
    {"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
    {"SCMP_ACT_TRACE", SECCOMP_RET_TRACE},
    {"SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF},
};

static const struct {
	const char *word;
	enum scmp_compare op;
} operators[] = {
    {"SCMP_CMP_NE", SCMP_CMP_NE},
    {"SCMP_CMP_LT", SCMP_CMP_LT},
    {"SCMP_CMP_LE", SCMP_CMP_LE},
    {"SCMP_CMP_EQ", SCMP_CMP_EQ},
    {"SCMP_CMP_GE", SCMP_CMP_GE},
    {"SCMP_CMP_GT", SCMP_CMP_GT},
    {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
};

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define NOWHERE	      ((struct mark){0})

const char *oci_action_word(uint32_t verdict)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (actions[i].verdict == (verdict & SECCOMP_RET_ACTION_FULL))
			return actions[i].word;
	return NULL;
}

int64_t oci_action_from_word(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (!strcmp(actions[i].word, word))
			return actions[i].verdict;
	return -1;
}

/* A member that is a string, or NULL, which is told. `where`: the object, "" or "syscalls[3]." */
static const char *need_string(const json_t *o, const char *where, const char *key, struct diag *d)
{
	const json_t *value = json_object_get(o, key);

	if (!json_is_string(value))
		diag_error(d, NOWHERE, "%s%s: %s", where, key,
			   value ? "not a string" : "is missing");
	return json_string_value(value);
}

/* `most`: the largest that makes sense. A member that is absent, or null, is `absent`. */
static int read_number(const json_t *o, const char *where, const char *key, uint64_t most,
		       uint64_t absent, struct diag *d, uint64_t *ret)
{
	const json_t *value = json_object_get(o, key);
	json_int_t n = json_integer_value(value);

	*ret = absent;
	if (!value || json_is_null(value))
		return 0;
	if (!json_is_integer(value) || n < 0 || (uint64_t)n > most)
		return diag_error(d, NOWHERE, "%s%s: not a number from 0 to %llu", where, key,
				  (unsigned long long)most);
	*ret = (uint64_t)n;
	return 0;
}

/* An action with its errno: `key` and `errno_key` of the object. */
static int read_action(const json_t *o, const char *where, const char *key, const char *errno_key,
		       struct diag *d, uint32_t *ret)
{
	const char *word = need_string(o, where, key, d);
	uint64_t data;
	int64_t verdict;

	if (!word)
		return -EINVAL;
	verdict = oci_action_from_word(word);
	if (verdict < 0)
		return diag_error(d, NOWHERE, "%s%s: '%s' is not an action of this specification",
				  where, key, shown(word).text);
	if (read_number(o, where, errno_key, 4095, EPERM, d, &data) < 0)
		return -EINVAL;
	if (verdict == SECCOMP_RET_ERRNO || verdict == SECCOMP_RET_TRACE)
		verdict |= (int64_t)data;
	*ret = (uint32_t)verdict;
	return 0;
}

int oci_read_otherwise(const json_t *o, struct diag *d, uint32_t *ret_verdict)
{
	if (!json_is_object(o))
		return diag_error(d, NOWHERE, "not a JSON object");
	return read_action(o, "", "defaultAction", "defaultErrnoRet", d, ret_verdict);
}

static int read_arg(const json_t *o, const char *where, struct diag *d, struct oci_arg *ret)
{
	const char *word = json_is_object(o) ? need_string(o, where, "op", d) : NULL;
	uint64_t index;

	if (!json_is_object(o))
		return diag_error(d, NOWHERE, "%.*s: not an object", (int)strlen(where) - 1, where);
	if (!word)
		return -EINVAL;
	if (read_number(o, where, "index", REGION_ARGS - 1, 0, d, &index) < 0 ||
	    read_number(o, where, "value", INT64_MAX, 0, d, &ret->value) < 0 ||
	    read_number(o, where, "valueTwo", INT64_MAX, 0, d, &ret->value_two) < 0)
		return -EINVAL;
	ret->index = (unsigned)index;
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		if (!strcmp(operators[i].word, word)) {
			ret->op = operators[i].op;
			return 0;
		}
	return diag_error(d, NOWHERE, "%sop: '%s' is not an operator of this specification", where,
			  shown(word).text);
}

static int read_args(const json_t *list, size_t at, struct diag *d, struct oci_rule *rule)
{
	int r = 0;

	if (!list || json_is_null(list))
		return 0;
	if (!json_is_array(list))
		return diag_error(d, NOWHERE, "syscalls[%zu].args: not a list", at);
	if (json_array_size(list) > OCI_ARGS_MAX)
		return diag_error(d, NOWHERE, "syscalls[%zu].args: more than %u", at, OCI_ARGS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		char where[64];

		snprintf(where, sizeof(where), "syscalls[%zu].args[%zu].", at, i);
		if (read_arg(json_array_get(list, i), where, d, &rule->args[rule->n_args++]) < 0)
			r = -EINVAL;
	}
	return r;
}

static int read_names(const json_t *entry, size_t at, struct diag *d, struct oci_rule *rule)
{
	const json_t *names = json_object_get(entry, "names");

	rule->name = json_string_value(json_object_get(entry, "name"));
	if (!names || (json_is_null(names) && rule->name))
		return rule->name ? 0
				  : diag_error(d, NOWHERE, "syscalls[%zu].names: is missing", at);
	if (!json_is_array(names))
		return diag_error(d, NOWHERE, "syscalls[%zu].names: not a list", at);
	rule->names = names;
	for (size_t i = 0; i < json_array_size(names); i++)
		if (!json_is_string(json_array_get(names, i)))
			return diag_error(d, NOWHERE, "syscalls[%zu].names[%zu]: not a string", at,
					  i);
	return 0;
}

int oci_read_rule(const json_t *entry, size_t at, struct diag *d, struct oci_rule *ret_rule)
{
	struct oci_rule rule = {.entry = entry, .at = at};
	char where[32];
	int r;

	if (!json_is_object(entry))
		return diag_error(d, NOWHERE, "syscalls[%zu]: not an object", at);
	snprintf(where, sizeof(where), "syscalls[%zu].", at);
	r = read_names(entry, at, d, &rule);
	if (read_action(entry, where, "action", "errnoRet", d, &rule.verdict) < 0)
		r = -EINVAL;
	if (read_args(json_object_get(entry, "args"), at, d, &rule) < 0)
		r = -EINVAL;
	if (!r)
		*ret_rule = rule;
	return r;
}

size_t oci_rule_names(const struct oci_rule *r)
{
	return r->names ? json_array_size(r->names) : 1;
}

const char *oci_rule_name(const struct oci_rule *r, size_t i)
{
	return r->names ? json_string_value(json_array_get(r->names, i)) : r->name;
}

bool oci_rule_is_any(const struct oci_rule *r)
{
	bool seen[REGION_ARGS] = {false};

	for (size_t i = 0; i < r->n_args; i++) {
		if (seen[r->args[i].index])
			return true;
		seen[r->args[i].index] = true;
	}
	return false;
}
