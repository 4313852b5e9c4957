/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The top of a policy: version, name, mode and the sections; and reading a
 * mapping by a table of its keys, which all sections use.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "privilege.h"
#include "reader.h"

#define NAME_MAX_LEN 63u

struct shown node_shown(const struct node *n)
{
	static const char *const kinds[] = {
	    [NODE_BAD] = "nothing", [NODE_LIST] = "a list", [NODE_MAP] = "a mapping"};
	const char *type;
	struct shown s, text;

	if (n->kind != NODE_WORD)
		return shown(kinds[n->kind]);
	type = n->plain ? plain_type(n->text) : NULL;
	text = shown(n->text);
	/* Room for what is put around it. */
	if (strlen(text.text) > sizeof(text.text) - 24)
		strcpy(text.text + sizeof(text.text) - 24, "...");
	if (type && *n->text)
		snprintf(s.text, sizeof(s.text), "%s (%.100s)", type, text.text);
	else if (type)
		strcpy(s.text, type);
	else
		snprintf(s.text, sizeof(s.text), "the string '%.112s'", text.text);
	return s;
}

static bool expect_kind(struct reader *r, const struct node *n, const char *what,
			enum node_kind kind, const char *kind_name)
{
	if (n->kind == kind)
		return true;
	if (n->kind != NODE_BAD)
		diag_error(r->diag, n->mark, "%s must be %s, not %s", what, kind_name,
			   node_shown(n).text);
	return false;
}

bool expect_map(struct reader *r, const struct node *n, const char *what)
{
	return expect_kind(r, n, what, NODE_MAP, "a mapping");
}

bool expect_list(struct reader *r, const struct node *n, const char *what)
{
	unsigned before = r->diag->errors;

	if (expect_kind(r, n, what, NODE_LIST, "a list"))
		return true;
	if (r->diag->errors > before && n->kind == NODE_WORD && *n->text)
		diag_hint(r->diag, "write [%s]", shown(n->text).text);
	return false;
}

bool expect_string(struct reader *r, const struct node *n, const char *what)
{
	const char *type = n->kind == NODE_WORD && n->plain ? plain_type(n->text) : NULL;

	if (!expect_kind(r, n, what, NODE_WORD, "a word"))
		return false;
	if (!n->len) {
		diag_error(r->diag, n->mark, "%s must not be empty", what);
		return false;
	}
	if (!type)
		return true;
	diag_error(r->diag, n->mark, "%s must be a word, not %s", what, node_shown(n).text);
	return false;
}

void hint_words(struct diag *d, const char *text, const char *what, const char *const *words,
		size_t n)
{
	const char *near = nearest_word(text, words, n);
	char list[512];
	size_t len = 0;

	if (near) {
		diag_hint(d, "did you mean '%s'?", near);
		return;
	}
	list[0] = '\0';
	for (size_t i = 0; i < n && len < sizeof(list); i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", i ? ", " : "",
					words[i]);
	diag_hint(d, "%s: %s", what, list);
}

int word_copy(struct word *w, const struct node *n)
{
	char *text = strdup(n->text);

	if (!text)
		return -ENOMEM;
	free(w->text);
	*w = (struct word){.text = text, .mark = n->mark};
	return 0;
}

/* Returns the bit of the key that is likely meant: it shall not be missed as well. */
static uint32_t unknown_key(struct reader *r, const struct node *key, const char *what,
			    const struct key *keys, size_t n)
{
	const char *names[KEYS_MAX], *near;

	for (size_t i = 0; i < n; i++)
		names[i] = keys[i].name;
	diag_error(r->diag, key->mark, "unknown key '%s' in %s", shown(key->text).text, what);
	hint_words(r->diag, key->text, "the keys here are", names, n);
	near = nearest_word(key->text, names, n);
	for (size_t i = 0; i < n; i++)
		if (near == names[i])
			return 1u << i;
	return 0;
}

int read_map(struct reader *r, const struct node *map, const char *what, const struct key *keys,
	     size_t n_keys, void *into, uint32_t *ret_seen)
{
	uint32_t seen = 0;
	bool doubtful = false; /* an unreadable key may be the one that is missing */

	for (size_t i = 0; i + 1 < map->n; i += 2) {
		const struct node *key = &map->items[i];
		size_t k = 0;

		if (key->kind == NODE_BAD) {
			doubtful |= !key->text;
			continue;
		}
		while (k < n_keys && strcmp(key->text, keys[k].name))
			k++;
		if (k == n_keys) {
			seen |= unknown_key(r, key, what, keys, n_keys);
			continue;
		}
		seen |= 1u << k;
		if (keys[k].read(r, key->mark, &map->items[i + 1], into) < 0)
			return -ENOMEM;
	}
	for (size_t k = 0; k < n_keys && !doubtful; k++) {
		if (!keys[k].required || (seen & 1u << k))
			continue;
		diag_error(r->diag, map->mark, "key '%s' is missing in %s", keys[k].name, what);
		diag_hint(r->diag, "%s", keys[k].required);
	}
	if (ret_seen)
		*ret_seen = seen;
	return 0;
}

static int read_version(struct reader *r, struct mark at, const struct node *n, void *into)
{
	(void)at;
	(void)into;
	if (n->kind == NODE_BAD || (n->kind == NODE_WORD && n->plain && !strcmp(n->text, "1")))
		return 0;
	if (n->kind == NODE_WORD && n->plain && n->len && n->text[0] != '0' &&
	    n->text[strspn(n->text, "0123456789")] == '\0') {
		diag_error(r->diag, n->mark, "version %s of the policy language is not known",
			   shown(n->text).text);
		diag_hint(r->diag, "this program reads version 1");
		return 0;
	}
	diag_error(r->diag, n->mark, "version must be the integer 1, not %s", node_shown(n).text);
	if (n->kind == NODE_WORD && !n->plain && !strcmp(n->text, "1"))
		diag_hint(r->diag, "write it without quotes");
	return 0;
}

static bool name_is_valid(const char *name)
{
	static const char alnum[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static const char all[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

	return strspn(name, alnum) && !name[strspn(name, all)] && strlen(name) <= NAME_MAX_LEN;
}

static int read_name(struct reader *r, struct mark at, const struct node *n, void *into)
{
	unsigned before = r->diag->errors;

	(void)at;
	(void)into;
	if (!expect_string(r, n, "the name")) {
		if (r->diag->errors > before && n->kind == NODE_WORD && n->len)
			diag_hint(r->diag, "quote it: \"%s\"", shown(n->text).text);
		return 0;
	}
	if (!name_is_valid(n->text)) {
		diag_error(r->diag, n->mark, "'%s' cannot be the name of a policy",
			   shown(n->text).text);
		diag_hint(r->diag, "1 to %u of a-z, 0-9, '.', '_' and '-', a letter or digit first",
			  NAME_MAX_LEN);
		return 0;
	}
	r->policy->name = strdup(n->text);
	return r->policy->name ? 0 : -ENOMEM;
}

static int read_mode(struct reader *r, struct mark at, const struct node *n, void *into)
{
	static const char *const modes[] = {
	    [RF_MODE_ENFORCE] = "enforce", [RF_MODE_AUDIT] = "audit"};

	(void)into;
	r->policy->mode_mark = at;
	if (!expect_string(r, n, "the mode"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!strcmp(n->text, modes[i])) {
			r->policy->mode = (enum rf_mode)i;
			return 0;
		}
	}
	diag_error(r->diag, n->mark, "unknown mode '%s'", shown(n->text).text);
	hint_words(r->diag, n->text, "the modes are", modes, ARRAY_SIZE(modes));
	return 0;
}

static void read_privilege(struct reader *r, const struct node *n)
{
	struct privilege_section *s = &r->policy->privileges;
	const char *words[_RF_PRIV_MAX];
	const struct privilege *p;

	if (!expect_string(r, n, "a privilege"))
		return;
	p = privilege_from_word(n->text);
	if (!p) {
		for (size_t i = 0; i < _RF_PRIV_MAX; i++)
			words[i] = privileges[i].word;
		diag_error(r->diag, n->mark, "unknown privilege '%s'", shown(n->text).text);
		hint_words(r->diag, n->text, "the privileges are", words, _RF_PRIV_MAX);
		return;
	}
	if (s->granted & RF_PRIV_BIT(p->id)) {
		diag_error(r->diag, n->mark, "privilege '%s' is given twice", p->word);
		diag_note(r->diag, s->granted_mark[p->id], "first given here");
		return;
	}
	s->granted |= RF_PRIV_BIT(p->id);
	s->granted_mark[p->id] = n->mark;
}

static int read_granted(struct reader *r, struct mark at, const struct node *n, void *into)
{
	(void)at;
	(void)into;
	if (expect_list(r, n, "'allow' in privileges"))
		for (size_t i = 0; i < n->n; i++)
			read_privilege(r, &n->items[i]);
	return 0;
}

static int read_privileges(struct reader *r, struct mark at, const struct node *n, void *into)
{
	static const struct key keys[] = {
	    {"allow", read_granted, "write 'allow: []' to grant none"},
	};

	r->policy->privileges.present = true;
	r->policy->privileges.mark = at;
	if (!expect_map(r, n, "section 'privileges'"))
		return 0;
	return read_map(r, n, "privileges", keys, ARRAY_SIZE(keys), into, NULL);
}

static int read_network(struct reader *r, struct mark at, const struct node *n, void *into)
{
	(void)n;
	(void)into;
	diag_error(r->diag, at, "section 'network' is not supported yet");
	return 0;
}

static int read_capabilities(struct reader *r, struct mark at, const struct node *n, void *into)
{
	(void)n;
	(void)into;
	diag_error(r->diag, at, "section 'capabilities' is not supported yet");
	return 0;
}

static int read_root(struct reader *r, const struct node *root)
{
	static const struct key keys[] = {
	    {"version", read_version, "write 'version: 1'"},
	    {"name", read_name, "write for example 'name: web-server'"},
	    {"mode", read_mode, "write 'mode: enforce' or 'mode: audit'"},
	    {"syscalls", read_syscalls, NULL},
	    {"files", read_files, NULL},
	    {"privileges", read_privileges, NULL},
	    {"network", read_network, NULL},
	    {"capabilities", read_capabilities, NULL},
	};
	uint32_t seen = 0;

	if (!expect_map(r, root, "a policy"))
		return 0;
	if (read_map(r, root, "the policy", keys, ARRAY_SIZE(keys), NULL, &seen) < 0)
		return -ENOMEM;
	if (!(seen >> 3)) {
		diag_error(r->diag, root->mark, "the policy has no section");
		diag_hint(r->diag, "give it at least one of syscalls, files and privileges");
	}
	return 0;
}

int policy_read_rest(const char *file, const char *text, size_t size, struct diag *d,
		     struct policy **ret_policy, struct policy **ret_rest)
{
	struct reader r = {.policy = calloc(1, sizeof(struct policy)), .diag = d};
	unsigned before = d->errors;
	struct node root;
	int result;

	if (!r.policy)
		return -ENOMEM;
	r.policy->file = strdup(file);
	if (!r.policy->file) {
		policy_free(r.policy);
		return -ENOMEM;
	}
	result = tree_read(text, size, d, &root);
	if (!result) {
		result = read_root(&r, &root);
		node_done(&root);
	}
	if (!result && d->out_of_memory)
		result = -ENOMEM;
	if (!result && d->errors != before)
		result = -EINVAL;
	if (!result)
		*ret_policy = r.policy;
	else if (result == -EINVAL && ret_rest && r.calls_read)
		*ret_rest = r.policy;
	else
		policy_free(r.policy);
	return result;
}

int policy_read(const char *file, const char *text, size_t size, struct diag *d,
		struct policy **ret_policy)
{
	return policy_read_rest(file, text, size, d, ret_policy, NULL);
}
