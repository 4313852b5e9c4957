/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reload_text.h"

#include <stdbool.h>
#include <stdio.h>

#include "json_text.h"

static bool is_true(const json_t *item, const char *key)
{
	return json_is_true(json_object_get(item, key));
}

/* What does not compile has no hash of a policy: its text has one. */
static struct reload_text invalid(const char *name, const char *old, const json_t *item)
{
	const char *file = json_string_value(json_object_get(item, "file_hash"));
	struct reload_text t;

	if (file)
		snprintf(t.text, sizeof(t.text),
			 "%s: stays %.8s, its file is not valid (SHA-256 %.8s)", name, old, file);
	else
		snprintf(t.text, sizeof(t.text),
			 "%s: stays %.8s, its file is not valid (it cannot be read)", name, old);
	return t;
}

struct reload_text reload_text(const json_t *item)
{
	const char *name = json_text(item, "policy"), *old = json_text(item, "old_hash");
	const char *hash = json_text(item, "hash");
	int n = (int)json_integer_value(json_object_get(item, "domains"));
	struct reload_text t;

	if (!n)
		snprintf(t.text, sizeof(t.text), "%s: %s, nothing runs under it", name,
			 is_true(item, "valid") ? "valid" : "not valid");
	else if (is_true(item, "applied"))
		snprintf(t.text, sizeof(t.text), "%s: %.8s -> %.8s, %d container%s", name, old,
			 hash, n, n == 1 ? "" : "s");
	else if (!is_true(item, "valid"))
		return invalid(name, old, item);
	else if (is_true(item, "changed"))
		snprintf(t.text, sizeof(t.text), "%s: stays %.8s, not replaced by %.8s", name, old,
			 hash);
	else
		snprintf(t.text, sizeof(t.text), "%s: %.8s, unchanged", name, hash);
	return t;
}
