/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every path of every entry becomes a line (canonical pattern, entry); sorted,
 * the lines of one pattern lie together and make one rule: masks add up, and
 * each operation of each mask keeps the first place in the text that asks for
 * it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "glob.h"
#include "rules.h"

struct line {
	char *pattern;
	const struct word *path;
	const struct file_rule *entry;
};

static bool mark_before(struct mark a, struct mark b)
{
	return a.line != b.line ? a.line < b.line : a.col < b.col;
}

static int compare_lines(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int r = strcmp(x->pattern, y->pattern);

	if (r)
		return r;
	if (mark_before(x->path->mark, y->path->mark))
		return -1;
	return mark_before(y->path->mark, x->path->mark);
}

static int read_line(const struct word *path, const struct file_rule *entry, struct diag *d,
		     struct line *line)
{
	struct glob *g = NULL;
	const char *why;
	size_t offset;
	int r = glob_parse(path->text, &g, &why, &offset);

	if (r == -EINVAL)
		return diag_error(d, path->mark, "path '%s', character %zu: %s", path->text,
				  offset + 1, why);
	if (r)
		return r;
	*line = (struct line){.pattern = glob_canonical(g), .path = path, .entry = entry};
	glob_free(g);
	return line->pattern ? 0 : -ENOMEM;
}

static int read_lines(const struct file_section *files, struct diag *d, struct line *lines,
		      size_t *n)
{
	int r, worst = 0;

	for (size_t i = 0; i < files->n_rules; i++) {
		const struct file_rule *entry = &files->rules[i];

		for (size_t k = 0; k < entry->n_paths; k++) {
			r = read_line(&entry->paths[k], entry, d, &lines[*n]);
			if (r == -ENOMEM)
				return r;
			if (r)
				worst = r;
			else
				++*n;
		}
	}
	return worst;
}

/* The entry's mask for an effect, and the place of its key. */
static uint32_t effect_mask(const struct file_rule *e, enum image_effect effect,
			    struct mark *ret_mark)
{
	const uint32_t masks[] = {e->allow, e->deny, e->audit};
	const struct mark marks[] = {e->allow_mark, e->deny_mark, e->audit_mark};

	*ret_mark = marks[effect].line ? marks[effect] : e->mark;
	return effect_implied(masks[effect]);
}

static void add_entry(struct rule_list *list, size_t rule, const struct file_rule *entry)
{
	struct rule_effect *e = &list->effects[rule];
	uint32_t *masks[] = {&e->allow, &e->deny, &e->audit}, mask;
	struct mark mark, *first;

	for (unsigned effect = 0; effect < _EFFECT_MAX; effect++) {
		mask = effect_mask(entry, effect, &mark);
		*masks[effect] |= mask;
		for (unsigned op = 0; op < _RF_OP_MAX; op++) {
			first = &list->rules[rule].marks[effect][op];
			if ((mask & RF_OP_BIT(op)) && (!first->line || mark_before(mark, *first)))
				*first = mark;
		}
	}
}

static size_t count_patterns(const struct line *lines, size_t n)
{
	size_t patterns = 0;

	for (size_t i = 0; i < n; i++)
		patterns += !i || strcmp(lines[i - 1].pattern, lines[i].pattern) != 0;
	return patterns;
}

static int merge_lines(struct line *lines, size_t n, struct diag *d, struct mark files,
		       struct rule_list *list)
{
	size_t patterns = count_patterns(lines, n);

	if (patterns > RF_RULES_MAX)
		return diag_error(d, files, "%zu different paths: a policy can have %u", patterns,
				  RF_RULES_MAX);
	list->rules = calloc(patterns + 1, sizeof(*list->rules));
	list->effects = calloc(patterns + 1, sizeof(*list->effects));
	list->marks = calloc(patterns + 1, sizeof(*list->marks));
	list->texts = calloc(patterns + 1, sizeof(*list->texts));
	if (!list->rules || !list->effects || !list->marks || !list->texts)
		return -ENOMEM;
	list->n = 1;
	for (size_t i = 0; i < n; i++) {
		if (!i || strcmp(list->rules[list->n - 1].pattern, lines[i].pattern)) {
			list->marks[list->n] = lines[i].path->mark;
			list->texts[list->n] = lines[i].path->text;
			list->rules[list->n++].pattern = lines[i].pattern;
			lines[i].pattern = NULL; /* the rule owns it now */
		}
		add_entry(list, list->n - 1, lines[i].entry);
	}
	return 0;
}

int rules_collect(const struct file_section *files, struct diag *d, struct rule_list *ret_list)
{
	struct rule_list list = {0};
	struct line *lines;
	size_t room = 1, n = 0;
	int r;

	for (size_t i = 0; i < files->n_rules; i++)
		room += files->rules[i].n_paths;
	lines = calloc(room, sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	r = read_lines(files, d, lines, &n);
	if (!r) {
		qsort(lines, n, sizeof(*lines), compare_lines);
		r = merge_lines(lines, n, d, files->mark, &list);
	}
	for (size_t i = 0; i < n; i++)
		free(lines[i].pattern);
	free(lines);
	if (r)
		rules_done(&list);
	else
		*ret_list = list;
	return r;
}

void image_rules_free(struct image_rule *rules, size_t n)
{
	for (size_t i = 0; rules && i < n; i++)
		free(rules[i].pattern);
	free(rules);
}

void rules_done(struct rule_list *list)
{
	image_rules_free(list->rules, list->n);
	free(list->effects);
	free(list->marks);
	free(list->texts);
	*list = (struct rule_list){0};
}
