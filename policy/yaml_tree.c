/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libyaml's events to a tree. The open collections stand on a fixed stack,
 * and a node moves into its parent when it is complete, so depth is bounded
 * by the stack and nothing recurses but the freeing of what the stack held.
 *
 * After an error that leaves the structure whole the parse goes on, so that
 * all errors of a file come in one go; a syntax error, too deep nesting, too
 * many nodes and a second document end it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "utf8.h"
#include "yaml_error.h"
#include "yaml_tree.h"

struct builder {
	struct diag *diag;
	struct node open[TREE_DEPTH_MAX]; /* collections not complete yet */
	unsigned depth;
	size_t nodes;
	unsigned documents;
	struct node root;
	bool done;
};

void node_done(struct node *n)
{
	for (size_t i = 0; i < n->n; i++)
		node_done(&n->items[i]);
	free(n->items);
	free(n->text);
	*n = (struct node){.kind = NODE_BAD};
}

struct mark node_mark_at(const struct node *n, size_t offset)
{
	struct mark m = n->mark;

	if (n->text_col && offset <= n->len)
		m.col = n->text_col + (unsigned)utf8_count(n->text, offset);
	return m;
}

/* Takes the complete node into its parent, or as the root. Owns it whatever happens. */
static int place(struct builder *b, struct node *n)
{
	struct node *parent = b->depth ? &b->open[b->depth - 1] : &b->root;

	if (!b->depth) {
		*parent = *n;
		return 0;
	}
	if (parent->n == parent->room) {
		size_t room = parent->room ? parent->room * 2 : 4;
		struct node *items = realloc(parent->items, room * sizeof(*items));

		if (!items) {
			node_done(n);
			return -ENOMEM;
		}
		parent->items = items;
		parent->room = room;
	}
	parent->items[parent->n++] = *n;
	return 0;
}

static int count_node(struct builder *b, struct mark m)
{
	if (++b->nodes <= TREE_NODES_MAX)
		return 0;
	return diag_error(b->diag, m, "the policy has more than %u words, lists and mappings",
			  TREE_NODES_MAX);
}

/* What libyaml makes of "!!". */
static const char yaml_tags[] = "tag:yaml.org,2002:";

static void refuse_properties(struct builder *b, struct mark m, const unsigned char *anchor,
			      const unsigned char *tag)
{
	if (anchor) {
		diag_error(b->diag, m, "anchor '&%s' is not supported",
			   shown((const char *)anchor).text);
		diag_hint(b->diag, "write the value out where it is needed; quote a word that "
				   "begins with '&'");
	}
	if (tag) {
		bool core = !strncmp((const char *)tag, yaml_tags, strlen(yaml_tags));

		diag_error(b->diag, m, "tag '%s%s' is not supported", core ? "!!" : "",
			   shown((const char *)tag + (core ? strlen(yaml_tags) : 0)).text);
		diag_hint(b->diag, "leave it out; quote a word that begins with '!'");
	}
}

static int on_word(struct builder *b, const yaml_event_t *e)
{
	const char *text = (const char *)e->data.scalar.value;
	struct mark m = mark_from_yaml(e->start_mark), end = mark_from_yaml(e->end_mark);
	struct node n = {.kind = NODE_WORD, .mark = m, .len = e->data.scalar.length};
	unsigned quotes;

	if (count_node(b, m) < 0)
		return -EINVAL;
	n.broken = m.line != end.line;
	n.plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	refuse_properties(b, m, e->data.scalar.anchor, e->data.scalar.tag);
	if (memchr(text, '\0', n.len)) {
		n.kind = NODE_BAD;
		diag_error(b->diag, m, "NUL character in a string");
		return place(b, &n);
	}
	/* Without escapes and folds the place is as wide as the text and its quotes. */
	quotes = n.plain ? 0 : 1;
	if (m.line == end.line && end.col - m.col == utf8_count(text, n.len) + 2 * quotes)
		n.text_col = m.col + quotes;
	n.text = malloc(n.len + 1);
	if (!n.text)
		return -ENOMEM;
	memcpy(n.text, text, n.len);
	n.text[n.len] = '\0';
	return place(b, &n);
}

static int on_alias(struct builder *b, const yaml_event_t *e)
{
	const char *name = (const char *)e->data.alias.anchor;
	struct node n = {.kind = NODE_BAD, .mark = mark_from_yaml(e->start_mark)};

	if (count_node(b, n.mark) < 0)
		return -EINVAL;
	diag_error(b->diag, n.mark, "alias '*%s' is not supported", shown(name).text);
	diag_hint(b->diag, "quote a glob that begins with '*'; write a repeated value out");
	return place(b, &n);
}

static int on_open(struct builder *b, enum node_kind kind, const yaml_event_t *e)
{
	struct node n = {.kind = kind, .mark = mark_from_yaml(e->start_mark)};

	if (count_node(b, n.mark) < 0)
		return -EINVAL;
	if (kind == NODE_LIST)
		refuse_properties(b, n.mark, e->data.sequence_start.anchor,
				  e->data.sequence_start.tag);
	else
		refuse_properties(b, n.mark, e->data.mapping_start.anchor,
				  e->data.mapping_start.tag);
	if (b->depth == TREE_DEPTH_MAX)
		return diag_error(b->diag, n.mark, "nested deeper than %u levels", TREE_DEPTH_MAX);
	b->open[b->depth++] = n;
	return 0;
}

static int by_text(const void *x, const void *y)
{
	const struct node *a = *(struct node *const *)x, *b = *(struct node *const *)y;
	int order = strcmp(a->text, b->text);

	/* Keys lie in one array in the order of the text. */
	return order ? order : a < b ? -1 : a > b;
}

/* Makes keys that are not words, merge keys and repeated keys NODE_BAD, with a message. */
static int check_keys(struct builder *b, struct node *map)
{
	struct node **keys = malloc((map->n / 2 + 1) * sizeof(*keys));
	struct node *first = NULL;
	size_t n = 0;

	if (!keys)
		return -ENOMEM;
	for (size_t i = 0; i + 1 < map->n; i += 2) {
		struct node *key = &map->items[i];

		if (key->kind == NODE_LIST || key->kind == NODE_MAP) {
			diag_error(b->diag, key->mark, "a key must be a word, not a %s",
				   key->kind == NODE_LIST ? "list" : "mapping");
			diag_hint(b->diag, "quote a word with [ ] { } or , in it");
			node_done(key);
		} else if (key->kind == NODE_WORD && key->plain && !strcmp(key->text, "<<")) {
			diag_error(b->diag, key->mark, "merge keys are not supported");
			diag_hint(b->diag, "write the keys out");
			node_done(key);
		} else if (key->kind == NODE_WORD) {
			keys[n++] = key;
		}
	}
	qsort(keys, n, sizeof(*keys), by_text);
	for (size_t i = 0; i < n; i++) {
		if (!first || strcmp(first->text, keys[i]->text)) {
			first = keys[i];
			continue;
		}
		diag_error(b->diag, keys[i]->mark, "key '%s' is given twice",
			   shown(first->text).text);
		diag_note(b->diag, first->mark, "first given here");
		keys[i]->kind = NODE_BAD;
	}
	free(keys);
	return 0;
}

static int on_close(struct builder *b)
{
	struct node n = b->open[b->depth - 1];
	int r = n.kind == NODE_MAP ? check_keys(b, &n) : 0;

	b->depth--;
	if (r < 0) {
		node_done(&n);
		return r;
	}
	return place(b, &n);
}

static int on_document(struct builder *b, const yaml_event_t *e)
{
	struct mark m = mark_from_yaml(e->start_mark);

	if (b->documents++)
		return diag_error(b->diag, m, "a second document begins here; a policy is one");
	if (e->data.document_start.version_directive ||
	    e->data.document_start.tag_directives.start !=
		e->data.document_start.tag_directives.end) {
		diag_error(b->diag, m, "YAML directives are not supported");
		diag_hint(b->diag, "remove the line that begins with '%%'");
	}
	return 0;
}

static int on_event(struct builder *b, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		return on_document(b, e);
	case YAML_ALIAS_EVENT:
		return on_alias(b, e);
	case YAML_SCALAR_EVENT:
		return on_word(b, e);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(b, NODE_LIST, e);
	case YAML_MAPPING_START_EVENT:
		return on_open(b, NODE_MAP, e);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_close(b);
	case YAML_STREAM_END_EVENT:
		b->done = true;
		return 0;
	default:
		return 0;
	}
}

static int build(struct builder *b, yaml_parser_t *parser, const char *text, size_t size)
{
	while (!b->done) {
		yaml_event_t event;
		int r;

		if (!yaml_parser_parse(parser, &event))
			return yaml_error_report(parser, text, size, b->diag);
		r = on_event(b, &event);
		yaml_event_delete(&event);
		if (r < 0)
			return r;
	}
	if (!b->documents || (b->root.kind == NODE_WORD && b->root.plain && !b->root.len)) {
		diag_error(b->diag, (struct mark){1, 1}, "the file is empty");
		return diag_hint(b->diag, "a policy begins with 'version: 1'");
	}
	return 0;
}

int tree_read(const char *text, size_t size, struct diag *d, struct node *ret_root)
{
	struct builder b = {.diag = d};
	yaml_parser_t parser;
	int r = text_check(text, size, d);

	if (r < 0)
		return r;
	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		size -= 3;
	}
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
	r = build(&b, &parser, text, size);
	yaml_parser_delete(&parser);
	if (r < 0) {
		while (b.depth)
			node_done(&b.open[--b.depth]);
		node_done(&b.root);
		return r;
	}
	*ret_root = b.root;
	return 0;
}
