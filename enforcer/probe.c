/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs the checks of probe_checks.c and shows what came of them.
 */
#include "probe.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "log.h"
#include "probe_checks.h"

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

int probe_all(struct probe_result **ret_results, size_t *ret_n)
{
	struct probe_result *results = calloc(n_probe_checks, sizeof(*results));
	libbpf_print_fn_t before;
	bool complete = true;

	if (!results)
		return -ENOMEM;
	/* libbpf would report what a probe is there to find out. */
	before = libbpf_set_print(quiet);
	for (size_t i = 0; i < n_probe_checks; i++) {
		struct probe_result *r = &results[i];

		r->name = probe_checks[i].name;
		r->required = probe_checks[i].required;
		probe_checks[i].run(r);
		complete = complete && r->detail && (r->ok || r->hint);
	}
	libbpf_set_print(before);
	if (!complete) {
		probe_free(results, n_probe_checks);
		return -ENOMEM;
	}
	*ret_results = results;
	*ret_n = n_probe_checks;
	return 0;
}

void probe_free(struct probe_result *results, size_t n)
{
	for (size_t i = 0; results && i < n; i++) {
		free(results[i].detail);
		free(results[i].hint);
	}
	free(results);
}

bool probe_suffices(const struct probe_result *results, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (results[i].required && !results[i].ok)
			return false;
	return true;
}

void probe_print(const struct probe_result *results, size_t n, bool failed_only, FILE *out)
{
	for (size_t i = 0; i < n; i++) {
		const struct probe_result *r = &results[i];

		if (failed_only && r->ok)
			continue;
		fprintf(out, "%-3s  %-16s %s\n", r->ok ? "yes" : "no", r->name, r->detail);
		if (!r->ok)
			fprintf(out, "     %shint: %s\n", r->required ? "" : "(not required) ",
				r->hint);
	}
}

void probe_explain(void)
{
	struct probe_result *results;
	size_t n;

	if (probe_all(&results, &n) < 0)
		return;
	if (probe_suffices(results, n))
		log_hint("'ringfence doctor' finds nothing missing; 'ringfence -v' says more");
	else
		probe_print(results, n, true, stderr);
	probe_free(results, n);
}
