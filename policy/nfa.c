/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Enters variants of globs into the trie. Each token leads from a node to its
 * child for that token; stars are a child that has an edge to itself and is
 * entered at no byte. `?` is one byte, or one of the well-formed UTF-8
 * sequences of Unicode's table 3-7, spelled out as a handful of nodes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nfa.h"

struct child_key {
	uint32_t node;
	uint32_t kind; /* enum glob_kind */
	uint32_t set;
	uint32_t rule; /* of two stars at the end, otherwise 0 */
};

static int new_node(struct nfa *nfa, uint32_t rule, uint32_t *ret_node)
{
	if (nfa->n_nodes == NFA_NODES_MAX)
		return -E2BIG;
	if (array_grow(&nfa->nodes, &nfa->nodes_room, nfa->n_nodes + 1, sizeof(*nfa->nodes)))
		return -ENOMEM;
	nfa->nodes[nfa->n_nodes] =
	    (struct nfa_node){.edges = NFA_NONE, .accepts = NFA_NONE, .rule = rule};
	*ret_node = (uint32_t)nfa->n_nodes++;
	return 0;
}

static int new_edge(struct nfa *nfa, uint32_t from, enum nfa_edge_kind kind, uint32_t set,
		    uint32_t to)
{
	if (array_grow(&nfa->edges, &nfa->edges_room, nfa->n_edges + 1, sizeof(*nfa->edges)))
		return -ENOMEM;
	nfa->edges[nfa->n_edges] =
	    (struct nfa_edge){.kind = kind, .set = set, .to = to, .next = nfa->nodes[from].edges};
	nfa->nodes[from].edges = (uint32_t)nfa->n_edges++;
	return 0;
}

/* A pattern may end in one node by several variants: the rule is entered once. */
static int new_accept(struct nfa *nfa, uint32_t node, uint32_t rule)
{
	uint32_t first = nfa->nodes[node].accepts;

	if (first != NFA_NONE && nfa->accepts[first].rule == rule)
		return 0;
	if (array_grow(&nfa->accepts, &nfa->accepts_room, nfa->n_accepts + 1,
		       sizeof(*nfa->accepts)))
		return -ENOMEM;
	nfa->accepts[nfa->n_accepts] = (struct nfa_accept){.rule = rule, .next = first};
	nfa->nodes[node].accepts = (uint32_t)nfa->n_accepts++;
	return 0;
}

/* Every byte has a set of its own, first, so that its number is the byte. */
int nfa_init(struct nfa *nfa)
{
	uint32_t node, set;
	int r;

	*nfa = (struct nfa){0};
	for (unsigned byte = 0; byte < 256; byte++) {
		struct byte_set one = {0};

		byte_set_add(&one, (uint8_t)byte);
		r = intern_add(&nfa->byte_sets, &one, sizeof(one), &set);
		if (r < 0)
			return r;
	}
	r = new_node(nfa, 0, &node);
	return r ? r : new_node(nfa, 0, &node);
}

static int set_number(struct nfa *nfa, const struct byte_set *set, uint32_t *ret_number)
{
	int r = intern_add(&nfa->byte_sets, set, sizeof(*set), ret_number);

	return r < 0 ? r : 0;
}

static int range_edge(struct nfa *nfa, uint32_t from, unsigned low, unsigned high, uint32_t to)
{
	struct byte_set set = {0};
	uint32_t number;
	int r;

	for (unsigned byte = low; byte <= high; byte++)
		byte_set_add(&set, (uint8_t)byte);
	r = set_number(nfa, &set, &number);
	return r ? r : new_edge(nfa, from, NFA_BYTES, number, to);
}

/* The lead bytes, what may follow them, and how many bytes may follow that freely. */
static const struct utf8_row {
	uint8_t lead_low, lead_high, next_low, next_high, more;
} utf8_rows[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 0}, {0xe0, 0xe0, 0xa0, 0xbf, 1}, {0xe1, 0xec, 0x80, 0xbf, 1},
    {0xed, 0xed, 0x80, 0x9f, 1}, {0xee, 0xef, 0x80, 0xbf, 1}, {0xf0, 0xf0, 0x90, 0xbf, 2},
    {0xf1, 0xf3, 0x80, 0xbf, 2}, {0xf4, 0xf4, 0x80, 0x8f, 2},
};

static int utf8_edges(struct nfa *nfa, uint32_t from, uint32_t to, uint32_t rule)
{
	uint32_t rest[3] = {to}, lead;
	int r;

	/* rest[n]: n more bytes of 80..bf lead to `to`. */
	for (unsigned n = 1; n < 3; n++) {
		r = new_node(nfa, rule, &rest[n]);
		if (!r)
			r = range_edge(nfa, rest[n], 0x80, 0xbf, rest[n - 1]);
		if (r)
			return r;
	}
	for (size_t i = 0; i < sizeof(utf8_rows) / sizeof(utf8_rows[0]); i++) {
		const struct utf8_row *row = &utf8_rows[i];

		r = new_node(nfa, rule, &lead);
		if (!r)
			r = range_edge(nfa, from, row->lead_low, row->lead_high, lead);
		if (!r)
			r = range_edge(nfa, lead, row->next_low, row->next_high, rest[row->more]);
		if (r)
			return r;
	}
	return 0;
}

/* The number of the set of bytes a token is about; for a star, those it loops on. */
static int token_set(struct nfa *nfa, const struct glob_token *t, uint32_t *ret_number)
{
	struct byte_set set = {0};

	if (t->kind == GLOB_LITERAL) {
		*ret_number = t->byte; /* nfa_init() saw to it; most tokens are literals */
		return 0;
	}
	if (t->kind == GLOB_SET)
		return set_number(nfa, &t->set, ret_number);
	for (unsigned byte = 0; byte < 256; byte++)
		if (t->kind == GLOB_GLOBSTAR ||
		    (byte != '/' && !byte_set_has(&t->set, (uint8_t)byte)))
			byte_set_add(&set, (uint8_t)byte);
	return set_number(nfa, &set, ret_number);
}

static int connect_child(struct nfa *nfa, uint32_t node, const struct glob_token *t, uint32_t set,
			 uint32_t child, uint32_t rule)
{
	int r;

	switch (t->kind) {
	case GLOB_STAR:
	case GLOB_GLOBSTAR:
		r = new_edge(nfa, node, t->kind == GLOB_STAR ? NFA_ENTER_STAR : NFA_EPSILON, 0,
			     child);
		return r ? r : new_edge(nfa, child, NFA_BYTES, set, child);
	case GLOB_ANY:
		r = utf8_edges(nfa, node, child, rule);
		break;
	default:
		r = 0;
		break;
	}
	return r ? r : new_edge(nfa, node, NFA_BYTES, set, child);
}

/*
 * Goes on from *node by the token, the pattern's last or not. Returns 1 when the child is new, 0,
 * or negative errno.
 */
static int descend(struct nfa *nfa, uint32_t *node, const struct glob_token *t, bool last,
		   uint32_t rule)
{
	bool forever = last && t->kind == GLOB_GLOBSTAR;
	struct child_key key = {.node = *node, .kind = t->kind, .rule = forever ? rule : 0};
	uint32_t number, child;
	int r;

	r = token_set(nfa, t, &key.set);
	if (r)
		return r;
	r = intern_add(&nfa->children, &key, sizeof(key), &number);
	if (r < 0)
		return r;
	if (!r) {
		*node = nfa->child[number];
		nfa->nodes[*node].shared |= nfa->nodes[*node].rule != rule;
		return 0;
	}
	if (array_grow(&nfa->child, &nfa->child_room, number + 1, sizeof(*nfa->child)))
		return -ENOMEM;
	r = new_node(nfa, rule, &child);
	if (!r)
		r = connect_child(nfa, *node, t, key.set, child, rule);
	if (!r && *node == NFA_START)
		r = new_edge(nfa, NFA_START, NFA_BYTES, '/', NFA_ROOT);
	if (r)
		return r;
	nfa->nodes[child].forever = forever;
	nfa->child[number] = *node = child;
	return 1;
}

struct variant {
	struct nfa *nfa;
	uint32_t rule;
};

/* A slash and two stars, followed by a slash: the way around the stars leads behind that. */
static int descend_directories(struct variant *v, uint32_t *node, const struct glob_token *const *t)
{
	uint32_t before;
	int r = descend(v->nfa, node, t[0], false, v->rule);

	before = *node;
	if (r >= 0)
		r = descend(v->nfa, node, t[1], false, v->rule);
	if (r >= 0)
		r = descend(v->nfa, node, t[2], false, v->rule);
	if (r <= 0)
		return r;
	return new_edge(v->nfa, before, NFA_EPSILON, 0, *node);
}

static int add_variant(const struct glob_token *const *t, size_t n, void *arg)
{
	struct variant *v = arg;
	uint32_t node = NFA_START;
	int r = 0;

	v->nfa->tokens += n;
	if (v->nfa->tokens > NFA_TOKENS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n; i++) {
		bool stars = glob_is_slash(t[i]) && i + 1 < n && t[i + 1]->kind == GLOB_GLOBSTAR;

		if (stars && i + 2 == n && i > 0)
			r = new_accept(v->nfa, node, v->rule); /* the directory itself */
		if (r < 0)
			return r;
		if (stars && i + 2 < n && glob_is_slash(t[i + 2])) {
			r = descend_directories(v, &node, t + i);
			i += 2;
		} else {
			r = descend(v->nfa, &node, t[i], i + 1 == n, v->rule);
		}
		if (r < 0)
			return r;
	}
	return new_accept(v->nfa, node, v->rule);
}

int nfa_add(struct nfa *nfa, const struct glob *g, uint32_t rule)
{
	struct variant v = {.nfa = nfa, .rule = rule};

	return glob_variants(g, add_variant, &v);
}

void nfa_done(struct nfa *nfa)
{
	free(nfa->nodes);
	free(nfa->edges);
	free(nfa->accepts);
	free(nfa->child);
	intern_done(&nfa->children);
	intern_done(&nfa->byte_sets);
	free(nfa->sets);
	free(nfa->set_classes);
	*nfa = (struct nfa){0};
}
