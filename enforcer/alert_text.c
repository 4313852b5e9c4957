/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The alert as one line for people:
 *
 *   ringfence: deny file.read /etc/shadow by nginx.yaml:14 (EACCES) container=web comm=cat ...
 *
 * It is made from the JSON object, so that both forms say the same. Strings
 * come from whoever chose a file name; they are escaped like those of the
 * object, and their spaces too, so that a name cannot add words of its own.
 */
#include "alert.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "escape.h"
#include "util.h"

/* Members that follow the sentence as KEY=VALUE, in this order. */
static const char *const details[] = {
    "of",     "reason",	 "path_state", "new_path_state", "policy", "container",
    "comm",   "exe",	 "pid",	       "ppid",		 "uid",	   "seq",
    "denied", "audited", "delivered",  "repeated",	 "lost",   "time",
};

static const char *text_of(const json_t *alert, const char *key)
{
	return json_string_value(json_object_get(alert, key));
}

/* A string of the object with its spaces escaped; the words `before` come first. */
static int put_word(FILE *out, const char *before, const char *escaped)
{
	_free_ char *bytes = NULL;
	_free_ char *word = NULL;
	size_t len;
	int r;

	/* Undone and done again: safe even where the object was not made by alert_json(). */
	r = escape_undo(escaped, &bytes, &len);
	if (r == -ENOMEM)
		return r;
	word = r < 0 ? escape_bytes_also(escaped, strlen(escaped), " ")
		     : escape_bytes_also(bytes, len, " ");
	if (!word)
		return -ENOMEM;
	fprintf(out, "%s%s", before, word);
	return 0;
}

static int put_member(FILE *out, const char *before, const json_t *alert, const char *key)
{
	const json_t *value = json_object_get(alert, key);

	if (json_is_integer(value)) {
		fprintf(out, "%s%lld", before, (long long)json_integer_value(value));
		return 0;
	}
	return json_is_string(value) ? put_word(out, before, json_string_value(value)) : 0;
}

static int put_call(FILE *out, const json_t *alert)
{
	const json_t *args = json_object_get(alert, "args"), *arg;
	size_t i;
	int r = put_member(out, " ", alert, "syscall");

	if (r < 0)
		return r;
	fputc('(', out);
	json_array_foreach(args, i, arg)
	{
		r = put_word(out, i ? "," : "",
			     json_string_value(arg) ? json_string_value(arg) : "?");
		if (r < 0)
			return r;
	}
	fputc(')', out);
	return 0;
}

/* Is it worth a word? What is as usual is left to the JSON form. */
static bool is_detail(const json_t *alert, const char *key)
{
	const char *value = text_of(alert, key);

	return !(strcmp(key, "path_state") == 0 && value && strcmp(value, "attached") == 0);
}

static int put_details(FILE *out, const json_t *alert)
{
	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		char before[32];
		int r;

		if (!is_detail(alert, details[i]))
			continue;
		snprintf(before, sizeof(before), " %s=", details[i]);
		r = put_member(out, before, alert, details[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What the caller got, or in audit mode would have got. A refused system call without an errno has
 * no caller left. */
static int put_outcome(FILE *out, const json_t *alert)
{
	const char *action = text_of(alert, "action");
	int r;

	if (!text_of(alert, "errno")) {
		if (action && strcmp(action, "deny") == 0 && json_object_get(alert, "syscall"))
			fputs(" (killed)", out);
		return 0;
	}
	/* Only audit mode tells of an error that nobody got. */
	r = put_member(out, action && strcmp(action, "audit") == 0 ? " (would be " : " (", alert,
		       "errno");
	fputc(')', out);
	return r;
}

static int put_line(FILE *out, const json_t *alert)
{
	int r = put_member(out, "ringfence: ", alert, "action");

	if (r == 0)
		r = put_member(out, " ", alert, "count");
	if (r == 0)
		r = put_member(out, " ", alert, "operation");
	if (r == 0 && json_object_get(alert, "syscall"))
		r = put_call(out, alert);
	if (r == 0)
		r = put_member(out, " ", alert, "path");
	if (r == 0)
		r = put_member(out, " -> ", alert, "new_path");
	if (r == 0)
		r = put_member(out, " by ", alert, "rule");
	if (r == 0)
		r = put_outcome(out, alert);
	if (r == 0)
		r = put_details(out, alert);
	return r;
}

int alert_write_text(FILE *out, const json_t *alert)
{
	_free_ char *line = NULL;
	size_t len;
	FILE *memory = open_memstream(&line, &len);
	int r;

	if (!memory)
		return -ENOMEM;
	r = put_line(memory, alert);
	if (fclose(memory) != 0 && r == 0)
		r = -ENOMEM;
	if (r < 0)
		return r;
	return alert_write_line(out, line);
}
