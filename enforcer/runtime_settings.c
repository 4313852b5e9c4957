/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same strict reading as for policies, and the same demands on the file:
 * whoever could write it could start containers without a policy.
 */
#include "runtime_settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../policy/reader.h"
#include "log.h"
#include "policy_name.h"
#include "util.h"

static int copy(const struct node *n, char **into)
{
	free(*into);
	*into = strdup(n->text);
	return *into ? 0 : -ENOMEM;
}

static int read_policy(struct reader *r, struct mark at, const struct node *n, void *into)
{
	struct runtime_settings *s = into;

	(void)at;
	if (!expect_string(r, n, "'policy'"))
		return 0;
	if (policy_name_is_valid(n->text))
		return copy(n, &s->policy);
	diag_error(r->diag, n->mark, "'%s' cannot be the name of a policy", shown(n->text).text);
	diag_hint(r->diag, "a policy NAME is the file /etc/ringfence/policies/NAME.yaml");
	return 0;
}

static int read_unconfined(struct reader *r, struct mark at, const struct node *n, void *into)
{
	struct runtime_settings *s = into;

	(void)at;
	if (!expect_string(r, n, "'unconfined'"))
		return 0;
	if (!strcmp(n->text, "allow")) {
		s->allow_unconfined = true;
	} else if (strcmp(n->text, "refuse")) {
		diag_error(r->diag, n->mark, "'%s' is neither refuse nor allow",
			   shown(n->text).text);
		diag_hint(r->diag, "allow lets containers without a policy start as they are");
	}
	return 0;
}

static int read_runtime(struct reader *r, struct mark at, const struct node *n, void *into)
{
	struct runtime_settings *s = into;

	(void)at;
	if (!expect_string(r, n, "'runtime'"))
		return 0;
	if (n->text[0] == '/')
		return copy(n, &s->runtime);
	diag_error(r->diag, n->mark, "'%s' is no absolute path", shown(n->text).text);
	return 0;
}

int runtime_settings_parse(const char *text, size_t size, struct diag *d,
			   struct runtime_settings *ret)
{
	static const struct key keys[] = {{"policy", read_policy, NULL},
					  {"unconfined", read_unconfined, NULL},
					  {"runtime", read_runtime, NULL}};
	_cleanup_(runtime_settings_done) struct runtime_settings s = {0};
	struct reader reader = {.diag = d};
	_cleanup_(node_done) struct node root = {0};
	int r = tree_read(text, size, d, &root);

	if (r < 0)
		return r;
	if (expect_map(&reader, &root, "the file"))
		r = read_map(&reader, &root, "the file", keys, ARRAY_SIZE(keys), &s, NULL);
	if (!r && d->errors)
		r = -EINVAL;
	if (!r && d->out_of_memory)
		r = -ENOMEM;
	if (r < 0)
		return r;
	*ret = s;
	s = (struct runtime_settings){0};
	return 0;
}

int runtime_settings_read(struct runtime_settings *ret)
{
	_cleanup_(diag_done) struct diag d = {0};
	_free_ char *text = NULL;
	size_t size;
	int r;

	*ret = (struct runtime_settings){0};
	if (access(RUNTIME_SETTINGS, F_OK) && errno == ENOENT)
		return 0;
	diag_init(&d, RUNTIME_SETTINGS);
	r = policy_read_text(RUNTIME_SETTINGS, &d, &text, &size);
	if (!r)
		r = runtime_settings_parse(text, size, &d, ret);
	diag_print(&d, stderr);
	if (r == -ENOMEM)
		log_errno(r, "Failed to read '" RUNTIME_SETTINGS "'");
	return r;
}

void runtime_settings_done(struct runtime_settings *s)
{
	free(s->policy);
	free(s->runtime);
	*s = (struct runtime_settings){0};
}
