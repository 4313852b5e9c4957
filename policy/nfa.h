/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The nondeterministic automaton of all globs together: a trie over tokens, so
 * that common beginnings are shared and 10,000 similar patterns cost what
 * differs in them. Nodes are numbers; node 0 is before the first byte.
 *
 * NFA_ROOT is a node without edges that is reached along with the path "/" and
 * no other. It tells that path's subset from all others, because a `*` may be
 * nothing anywhere but there (glob.h, rule 3): that is why entering a star has
 * an epsilon of its own.
 *
 * Two stars at a pattern's end are a node of that pattern alone, even where
 * patterns meet, because they become part of a row (subset_state.c).
 *
 * Bytes are used through sets of bytes, and the sets define the classes: bytes
 * in the same sets are one class. NUL is in no narrow set, for no path has it:
 * its class is what a byte does that no pattern mentions.
 */
#ifndef POLICY_NFA_H
#define POLICY_NFA_H

#include "glob.h"
#include "intern.h"

#define NFA_START 0u
#define NFA_ROOT  1u
#define NFA_NONE  0xffffffffu

/* No policy that fits an image comes near; bounds memory at about 100 MiB. */
#define NFA_NODES_MAX (2u << 20)
/* Tokens of all variants; bounds time. */
#define NFA_TOKENS_MAX (64u << 20)

enum nfa_edge_kind {
	NFA_BYTES,   /* .set */
	NFA_EPSILON, /* at no byte */
	NFA_ENTER_STAR,
};

struct nfa_edge {
	enum nfa_edge_kind kind;
	uint32_t set;
	uint32_t to;
	uint32_t next; /* edge of the same node, or NFA_NONE */
};

struct nfa_accept {
	uint32_t rule;
	uint32_t next;
};

struct nfa_node {
	uint32_t edges;	  /* first, or NFA_NONE */
	uint32_t accepts; /* first, or NFA_NONE */
	uint32_t rule;	  /* whose pattern made it */
	bool shared;	  /* another rule's pattern goes through it, too */
	bool forever;	  /* accepts for .rule, and is never left: two stars at the end */
};

/* A set of bytes as classes: listed are those in it, or, of a broad one, those that are not. */
struct nfa_set {
	bool broad;
	uint8_t n;
	uint8_t *classes;
	struct byte_set has; /* by class */
};

struct nfa {
	struct nfa_node *nodes;
	struct nfa_edge *edges;
	struct nfa_accept *accepts;
	size_t n_nodes, n_edges, n_accepts;
	size_t nodes_room, edges_room, accepts_room;
	size_t tokens;
	struct intern children; /* struct child_key, to the index into child */
	uint32_t *child;
	size_t child_room;
	struct intern byte_sets; /* struct byte_set; a byte's own set has its number */

	/* From nfa_finish(): */
	struct nfa_set *sets;  /* by number of byte set */
	uint8_t *set_classes;  /* what their .classes point into */
	uint8_t class_of[256]; /* from 0 */
	unsigned classes;
};

/* Makes an automaton of two nodes. Returns 0 or -ENOMEM; nfa_done() is due in either case. */
int nfa_init(struct nfa *nfa);
/*
 * Adds the pattern of rule `rule`. Rules come in ascending order. Returns 0, -ENOMEM, or -E2BIG
 * when one of the limits above is passed.
 */
int nfa_add(struct nfa *nfa, const struct glob *g, uint32_t rule);
/* Computes the classes. Returns 0 or -ENOMEM. */
int nfa_finish(struct nfa *nfa);
void nfa_done(struct nfa *nfa);

#endif
