/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A YAML text as a small tree with places, for the reader of policies. YAML
 * that makes a policy hard to read (anchors, aliases, merge keys, tags,
 * directives, several documents) is refused here, so that the tree is plain
 * words, lists and mappings.
 */
#ifndef POLICY_YAML_TREE_H
#define POLICY_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "diag.h"

#define TREE_DEPTH_MAX 32u
#define TREE_NODES_MAX (1u << 20) /* 10,000 rules of 100 words; about 64 MiB */

enum node_kind {
	NODE_BAD, /* was reported already: readers pass over it in silence */
	NODE_WORD,
	NODE_LIST,
	NODE_MAP,
};

struct node {
	enum node_kind kind;
	struct mark mark;
	bool broken; /* a word over several lines, whose text has breaks or blanks for them */
	bool plain;  /* a word without quotes: may be a number, a boolean, null */
	/* Column of a word's first character when columns follow its text one by one, else 0. */
	unsigned text_col;
	char *text; /* of a word; no NUL inside */
	size_t len;
	struct node *items; /* of a list; of a mapping: key, value, key, value... */
	size_t n, room;
};

/*
 * Parses `text` and adds what is wrong with it to `d`. Returns 0 and the root, which is then
 * whole though parts may be NODE_BAD; -EINVAL when there is no tree to go on with; -ENOMEM.
 */
int tree_read(const char *text, size_t size, struct diag *d, struct node *ret_root);

/* Frees the contents of a node. */
void node_done(struct node *n);

/* Is it text a person can read as it is? Adds the first thing that is wrong. 0 or -EINVAL. */
int text_check(const char *text, size_t size, struct diag *d);

/* What YAML holds a plain word for: "a number", "a boolean", "empty"; NULL for a string. */
const char *plain_type(const char *text);

/* The place of the byte at `offset` of a word's text, as near as it can be told. */
struct mark node_mark_at(const struct node *n, size_t offset);

#endif
