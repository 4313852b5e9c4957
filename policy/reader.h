/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the files of the reader: a mapping is read by a table of its keys,
 * and every expectation that is not met is said at its place.
 *
 * All functions return 0, also where the text is wrong (the error is in the
 * diagnostics and the reading goes on), or -ENOMEM. What they fill is valid
 * for policy_free() at any time.
 */
#ifndef POLICY_READER_H
#define POLICY_READER_H

#include <stdint.h>

#include "policy.h"
#include "yaml_tree.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct reader {
	struct policy *policy;
	struct diag *diag;
	bool calls_read; /* what is in the section `syscalls` can be looked at further */
};

/* A key of a mapping; `read` gets the place of the key, its value and what to fill. */
struct key {
	const char *name;
	int (*read)(struct reader *r, struct mark at, const struct node *value, void *into);
	const char *required; /* the hint when it is missing, NULL: may be missing */
};

#define KEYS_MAX 16u

/*
 * Reads the mapping `map`, called `what` in messages. `ret_seen` (may be NULL) gets a bit for each
 * key of the table that is there, a misspelt one included.
 */
int read_map(struct reader *r, const struct node *map, const char *what, const struct key *keys,
	     size_t n_keys, void *into, uint32_t *ret_seen);

/* True when `n` is of that kind; else says so ("'WHAT' must be a list, not a mapping"). */
bool expect_map(struct reader *r, const struct node *n, const char *what);
bool expect_list(struct reader *r, const struct node *n, const char *what);
/* A word that YAML holds for a string and that is not empty. */
bool expect_string(struct reader *r, const struct node *n, const char *what);

/* "a list", "a number", "the string 'x'": what a node is, for messages. */
struct shown node_shown(const struct node *n);

/* Adds the hint "did you mean" or, when nothing is near, "WHAT: a, b, c". */
void hint_words(struct diag *d, const char *text, const char *what, const char *const *words,
		size_t n);

int word_copy(struct word *w, const struct node *n);

int read_syscalls(struct reader *r, struct mark at, const struct node *value, void *into);
int read_argument(struct reader *r, struct mark at, const struct node *value, unsigned arg,
		  struct syscall_rule *rule);
int read_files(struct reader *r, struct mark at, const struct node *value, void *into);
int read_path(struct reader *r, const struct node *n, struct file_rule *rule);

#endif
