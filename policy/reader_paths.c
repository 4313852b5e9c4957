/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The paths of file rules. What is wrong with a pattern as such the automaton
 * tells; what is looked for here first are the slips that have a right
 * spelling, which the hint gives.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "glob.h"
#include "reader.h"

static bool is_glob(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strchr("*?[]{}\\", text[i]))
			return true;
	return false;
}

/*
 * The path without empty, `.` and `..` components; NULL without memory, or where `..` follows a
 * glob, so that nobody can say what it leaves.
 */
static char *normalise(const char *path)
{
	char *out = malloc(strlen(path) + 2);
	size_t len = 0;

	if (!out)
		return NULL;
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && !memcmp(path, "..", 2)) {
			size_t end = len;

			while (len && out[--len] != '/')
				;
			if (is_glob(out + len, end - len)) {
				free(out);
				return NULL;
			}
		} else if (n && !(n == 1 && *path == '.')) {
			out[len++] = '/';
			memcpy(out + len, path, n);
			len += n;
		}
		path += n + (path[n] == '/');
	}
	if (!len)
		out[len++] = '/';
	out[len] = '\0';
	return out;
}

static void hint_normal(struct diag *d, const char *path)
{
	char *normal = normalise(path);

	if (normal)
		diag_hint(d, "write '%s'", shown(normal).text);
	else
		diag_hint(d, "write the path that is meant without '..'");
	free(normal);
}

static void refuse_relative(struct reader *r, const struct node *n)
{
	const char *path = n->text;

	diag_error(r->diag, n->mark, "path '%s' is not absolute", shown(path).text);
	if (path[0] == '~' || path[0] == '$')
		diag_hint(r->diag, "write it out: nothing is expanded in a policy");
	else if (path[0] == '*')
		diag_hint(r->diag, "write '%s%s' for any directory", path[1] == '*' ? "/" : "/**/",
			  shown(path).text);
	else if (path[0] == '.' || strchr("{[?\\", path[0]))
		diag_hint(r->diag, "a path begins with '/'");
	else
		diag_hint(r->diag, "write '/%s'", shown(path).text);
}

/* Looks for components that no path has. True when there are none. */
static bool check_components(struct reader *r, const struct node *n)
{
	const char *path = n->text;

	for (size_t at = 1; path[at - 1]; at++) {
		size_t len = strcspn(path + at, "/");
		bool last = !path[at + len], dots;

		dots = (len == 1 || len == 2) && !strncmp(path + at, "..", len);
		if (!len && last && at == 1)
			return true; /* "/" */
		if (!len && last) {
			diag_error(r->diag, node_mark_at(n, at - 1), "path '%s' ends in '/'",
				   shown(path).text);
			diag_hint(r->diag,
				  "write '%.*s' for the directory itself, '%.*s/**' for it and "
				  "all beneath",
				  (int)(at - 1 < 100 ? at - 1 : 100), path,
				  (int)(at - 1 < 100 ? at - 1 : 100), path);
			return false;
		}
		if (!len || dots) {
			diag_error(r->diag, node_mark_at(n, at), "path '%s' contains %s",
				   shown(path).text,
				   !len	      ? "an empty component"
				   : len == 1 ? "the component '.'"
					      : "the component '..'");
			hint_normal(r->diag, path);
			return false;
		}
		at += len;
		if (last)
			break;
	}
	return true;
}

/* Reads one path behind the rule's others; there must be room. */
int read_path(struct reader *r, const struct node *n, struct file_rule *rule)
{
	const char *why;
	size_t offset;
	int result;

	if (!expect_string(r, n, "a path"))
		return 0;
	if (n->broken) {
		diag_error(r->diag, n->mark, "the path goes over several lines");
		diag_hint(r->diag, "write it on one line, without '|' or '>': line breaks would be "
				   "part of its name, or blanks");
		return 0;
	}
	if (n->len > GLOB_LENGTH_MAX) {
		diag_error(r->diag, n->mark, "the path is %zu bytes long, more than %d", n->len,
			   GLOB_LENGTH_MAX);
		return 0;
	}
	if (n->text[0] != '/') {
		refuse_relative(r, n);
		return 0;
	}
	if (!check_components(r, n))
		return 0;
	result = glob_check(n->text, &why, &offset);
	if (result == -ENOMEM)
		return result;
	if (result < 0) {
		diag_error(r->diag, node_mark_at(n, offset), "path '%s': %s", shown(n->text).text,
			   why);
		return 0;
	}
	return word_copy(&rule->paths[rule->n_paths++], n);
}
