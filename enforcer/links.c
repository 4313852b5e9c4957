/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Denials that name a symbolic link. The kernel judges what it finds behind links, so `deny` on a
 * path that leads through one (/var/run/docker.sock, where /var/run is a link to /run) denies
 * nothing, and is worth a warning. Links are those of this machine; a container may have others.
 *
 * Rules that allow are left alone: the worst they do is to allow nothing, which shows at once, and
 * policies name /lib and /usr/lib alike so as to fit machines where one is a link and where not.
 */
#include "links.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util.h"

#define META "*?[{\\"

/* What a rule about a link's own path does govern. */
#define OPS_OF_LINK                                                                                \
	(RF_OP_BIT(RF_OP_CREATE) | RF_OP_BIT(RF_OP_DELETE) | RF_OP_BIT(RF_OP_RENAME) |             \
	 RF_OP_BIT(RF_OP_LINK))

static bool is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

static void warn_link(const struct word *path, const char *link, struct diag *d)
{
	_free_ char *target = realpath(link, NULL);

	diag_warn(d, path->mark,
		  "'%s' is a symbolic link on this machine: what is behind it has another path, "
		  "which this does not name",
		  shown(link).text);
	if (target)
		diag_hint(d, "it leads to '%s'", shown(target).text);
}

/* The part of the pattern before its first metacharacter, component by component. */
static void lint_path(const struct word *path, uint32_t deny, struct diag *d)
{
	size_t literal = strcspn(path->text, META), len = 0;
	char prefix[PATH_MAX];

	while (len < literal && literal < sizeof(prefix)) {
		bool whole;

		len += 1 + strcspn(path->text + len + 1, "/");
		whole = !path->text[len];
		if (len > literal || (whole && !(deny & ~OPS_OF_LINK)))
			return;
		memcpy(prefix, path->text, len);
		prefix[len] = '\0';
		if (is_link(prefix)) {
			warn_link(path, prefix, d);
			return;
		}
	}
}

void links_lint(const struct policy *p, struct diag *d)
{
	for (size_t i = 0; i < p->files.n_rules; i++) {
		const struct file_rule *rule = &p->files.rules[i];

		for (size_t k = 0; rule->deny && k < rule->n_paths; k++)
			lint_path(&rule->paths[k], rule->deny, d);
	}
}
