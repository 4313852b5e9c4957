/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a policy: the reader answers with a policy or with an error,
 * linting finishes, and what is printed is clean text, a line at a time.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../policy/policy.h"
#include "../../policy/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_output(const struct diag *d)
{
	char *text = NULL;
	size_t size, at = 0;
	FILE *out = open_memstream(&text, &size);

	require(out);
	diag_print(d, out);
	require(!fclose(out));
	while (at < size) {
		uint32_t c;
		size_t len = utf8_decode(text + at, size - at, &c);

		require(len && (c == '\n' || !utf8_is_deceptive(c)));
		at += len;
	}
	free(text);
}

static void check_policy(const struct policy *p)
{
	require(p->name && p->file);
	require(p->syscalls.present || p->files.present || p->privileges.present);
	for (size_t i = 0; i < p->files.n_rules; i++) {
		const struct file_rule *rule = &p->files.rules[i];

		require(rule->n_paths && (rule->allow | rule->deny | rule->audit));
		require(!(rule->allow & rule->deny));
		for (size_t k = 0; k < rule->n_paths; k++)
			require(rule->paths[k].text[0] == '/' && rule->paths[k].mark.line);
	}
	for (size_t i = 0; i < p->syscalls.n_allow; i++)
		require(p->syscalls.allow[i].name.text);
	for (size_t i = 0; i < p->syscalls.n_deny; i++)
		require(p->syscalls.deny[i].name.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy *p = NULL;
	struct diag d;
	int r;

	diag_init(&d, "fuzz.yaml");
	r = policy_read("fuzz.yaml", (const char *)data, size, &d, &p);
	require(r == 0 || r == -EINVAL);
	require((r == -EINVAL) == (d.errors > 0));
	require((r == 0) == (p != NULL));
	if (p) {
		check_policy(p);
		require(policy_lint(p, &d) == 0);
	}
	check_output(&d);
	policy_free(p);
	diag_done(&d);
	return 0;
}
