/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What belongs to the model itself: freeing it, the words of the operations,
 * and the nearest word for messages.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy.h"

static void words_free(struct word *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(words[i].text);
	free(words);
}

void syscall_rule_done(struct syscall_rule *rule)
{
	for (size_t c = 0; c < rule->n_conditions; c++)
		words_free(rule->conditions[c].values, rule->conditions[c].n_values);
	free(rule->conditions);
	free(rule->name.text);
	*rule = (struct syscall_rule){0};
}

static void syscall_rules_free(struct syscall_rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++)
		syscall_rule_done(&rules[i]);
	free(rules);
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	free(p->file);
	free(p->name);
	free(p->syscalls.otherwise.errno_name.text);
	syscall_rules_free(p->syscalls.allow, p->syscalls.n_allow);
	syscall_rules_free(p->syscalls.deny, p->syscalls.n_deny);
	for (size_t i = 0; i < p->files.n_rules; i++)
		words_free(p->files.rules[i].paths, p->files.rules[i].n_paths);
	free(p->files.rules);
	free(p);
}

static const char *const op_names[_RF_OP_MAX] = {
    [RF_OP_READ] = "read",     [RF_OP_WRITE] = "write",	    [RF_OP_APPEND] = "append",
    [RF_OP_CREATE] = "create", [RF_OP_DELETE] = "delete",   [RF_OP_RENAME] = "rename",
    [RF_OP_LINK] = "link",     [RF_OP_SETATTR] = "setattr", [RF_OP_EXEC] = "exec",
    [RF_OP_DEVICE] = "device", [RF_OP_CONNECT] = "connect",
};

const char *op_name(enum rf_op op)
{
	return op < _RF_OP_MAX ? op_names[op] : "unknown";
}

int op_from_name(const char *name)
{
	for (int op = 0; op < _RF_OP_MAX; op++)
		if (!strcmp(name, op_names[op]))
			return op;
	return -1;
}

uint32_t op_mask_from_word(const char *word)
{
	int op = op_from_name(word);

	if (op >= 0)
		return RF_OP_BIT(op);
	if (!strcmp(word, "modify"))
		return RF_OPS_MODIFY;
	if (!strcmp(word, "all"))
		return RF_OPS_ALL;
	return 0;
}

#define NEAREST_LEN_MAX 63u /* words longer than this resemble nothing we know */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/*
 * Insertions, deletions, replacements and swaps of neighbours that lead from `a` to `b`; case does
 * not count. Three rows of the usual table are enough.
 */
static unsigned edit_distance(const char *a, unsigned la, const char *b, unsigned lb)
{
	unsigned rows[3][NEAREST_LEN_MAX + 1];

	for (unsigned j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= la; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3];
		const unsigned *above2 = rows[(i + 1) % 3];

		row[0] = i;
		for (unsigned j = 1; j <= lb; j++) {
			char x = lower(a[i - 1]), y = lower(b[j - 1]);

			row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == lower(b[j - 2]) && y == lower(a[i - 2]))
				row[j] = least(row[j], above2[j - 2] + 1);
		}
	}
	return rows[la % 3][lb];
}

const char *nearest_word(const char *text, const char *const *words, size_t n)
{
	size_t len = strnlen(text, NEAREST_LEN_MAX + 1);
	/* One slip in three letters, three at most: more and the guess is noise. */
	unsigned limit = least((unsigned)(len + 2) / 3, 3), best = limit + 1;
	const char *nearest = NULL;

	if (!len || len > NEAREST_LEN_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t word_len = strnlen(words[i], NEAREST_LEN_MAX + 1);
		unsigned distance;

		if (word_len > NEAREST_LEN_MAX)
			continue;
		distance = edit_distance(text, (unsigned)len, words[i], (unsigned)word_len);
		/* "execute" for "exec": one begins with the other. */
		if (len > 2 && word_len > 2 && distance > limit &&
		    !strncasecmp(text, words[i], len < word_len ? len : word_len))
			distance = limit;
		if (distance >= len && distance >= word_len)
			continue; /* nothing in common */
		if (distance < best) {
			best = distance;
			nearest = words[i];
		}
	}
	return nearest;
}
