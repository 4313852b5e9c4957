/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ringfence doctor: can this machine enforce a policy, and if not, why not?
 */
#include "cmd.h"

#include <getopt.h>
#include <jansson.h>
#include <string.h>

#include "log.h"
#include "probe.h"
#include "snippets.h"
#include "util.h"

static int print_json(const struct probe_result *results, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		const struct probe_result *r = &results[i];

		json_array_append_new(list, json_pack("{s:s, s:b, s:b, s:s, s:s*}", "name", r->name,
						      "required", r->required, "ok", r->ok,
						      "detail", r->detail, "hint", r->hint));
	}
	if (command_print_json(json_pack("{s:b, s:o}", "ok", probe_suffices(results, n), "checks",
					 list)) != EXIT_OK)
		return EXIT_CANNOT;
	return probe_suffices(results, n) ? EXIT_OK : EXIT_NO;
}

static int print_text(const struct probe_result *results, size_t n)
{
	bool ok = probe_suffices(results, n);

	probe_print(results, n, false, stdout);
	printf("\nThis machine can%s enforce policies.\n", ok ? "" : "not");
	return ok ? EXIT_OK : EXIT_NO;
}

/* The name of this binary for engines is beside its own. */
static int print_snippets(void)
{
	_free_ char *self = realpath("/proc/self/exe", NULL), *path = NULL;

	if (!self ||
	    asprintf(&path, "%.*s/ringfence-runtime", (int)(strrchr(self, '/') - self), self) < 0) {
		path = NULL;
		log_error("failed to find ringfence itself");
		return EXIT_CANNOT;
	}
	if (access(path, X_OK)) {
		log_warning("'%s' is not there", path);
		log_hint("ln -s ringfence '%s'", path);
	}
	return snippets_print(path, stdout) < 0 ? EXIT_CANNOT : EXIT_OK;
}

int cmd_doctor(int argc, char **argv)
{
	static const struct option options[] = {
	    {"json", no_argument, NULL, 'j'}, {"snippets", no_argument, NULL, 's'}, {0}};
	struct probe_result *results;
	bool json = false, snippets = false;
	size_t n;
	int c, code;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'j')
			json = true;
		else if (c == 's')
			snippets = true;
		else
			return command_misused(argv[0], NULL);
	}
	if (optind < argc)
		return command_misused(argv[0], "takes no arguments");
	if (snippets)
		return print_snippets();
	if (probe_all(&results, &n) < 0) {
		log_error("out of memory");
		return EXIT_CANNOT;
	}
	code = json ? print_json(results, n) : print_text(results, n);
	probe_free(results, n);
	return code;
}
