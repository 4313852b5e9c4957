/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Literal paths of an image, and what its verdict makes of each: see objects.h. */
#include "objects.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lsm/match.h"
#include "glob.h"
#include "intern.h"

struct collector {
	const struct image *img;
	struct object_paths list;
	size_t room;
	__u32 rule;
};

static uint32_t effect_ops(const struct image_rule *rule, enum image_effect effect)
{
	uint32_t ops = 0;

	for (unsigned op = 0; op < _RF_OP_MAX; op++)
		if (rule->marks[effect][op].line)
			ops |= RF_OP_BIT(op);
	return ops;
}

/* The first place of an effect; line 0: the rule does not have it. */
static struct mark effect_mark(const struct image_rule *rule, enum image_effect effect)
{
	for (unsigned op = 0; op < _RF_OP_MAX; op++)
		if (rule->marks[effect][op].line)
			return rule->marks[effect][op];
	return (struct mark){0};
}

static uint32_t permitted_in(const struct image *img, __u32 state)
{
	return rf_row_permits(img->head->otherwise,
			      rf_row_of(img->head, image_body(img), img->head->words, state));
}

static void classify(const struct image *img, struct object_path *o)
{
	const uint32_t uses = RF_OP_BIT(RF_OP_READ) | RF_OP_BIT(RF_OP_EXEC);
	const uint32_t writes = RF_OP_BIT(RF_OP_WRITE) | RF_OP_BIT(RF_OP_APPEND);
	const struct image_rule *rule = &img->rules[o->rule];
	const struct mark allow = effect_mark(rule, EFFECT_ALLOW);
	uint32_t permitted;

	o->denied = effect_ops(rule, EFFECT_DENY);
	o->ops = o->denied | effect_ops(rule, EFFECT_ALLOW) | effect_ops(rule, EFFECT_AUDIT);
	o->state = image_walk(img, o->path, strlen(o->path));
	permitted = permitted_in(img, o->state);
	o->mark = effect_mark(rule, EFFECT_DENY);
	o->kind = OBJECT_DENIED;
	if (o->mark.line)
		return;
	o->mark = allow.line ? allow : effect_mark(rule, EFFECT_AUDIT);
	o->kind = allow.line && (permitted & uses) && !(permitted & writes) ? OBJECT_READ_ONLY
									    : OBJECT_NAMED;
}

static int add_variant(const struct glob_token *const *tokens, size_t n, void *arg)
{
	struct collector *c = arg;
	struct object_path o = {.rule = c->rule};

	for (size_t i = 0; i < n; i++)
		if (tokens[i]->kind != GLOB_LITERAL)
			return 0;
	if (array_grow(&c->list.items, &c->room, c->list.n + 1, sizeof(o)))
		return -ENOMEM;
	o.path = malloc(n + 1);
	if (!o.path)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		o.path[i] = (char)tokens[i]->byte;
	o.path[n] = '\0';
	classify(c->img, &o);
	c->list.n_protected += o.kind != OBJECT_NAMED;
	c->list.items[c->list.n++] = o;
	return 0;
}

int object_paths_collect(const struct image *img, struct object_paths *ret)
{
	struct collector c = {.img = img};
	struct glob *g;
	const char *why;
	size_t offset;
	int r = 0;

	for (c.rule = 1; c.rule < img->n_rules && !r; c.rule++) {
		r = glob_parse(img->rules[c.rule].pattern, &g, &why, &offset);
		if (r)
			break;
		r = glob_variants(g, add_variant, &c);
		glob_free(g);
	}
	*ret = c.list;
	return r;
}

void object_paths_done(struct object_paths *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i].path);
	free(list->items);
	*list = (struct object_paths){0};
}
