/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ringfence mode: audit or enforce, for who runs already. */
#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "ask.h"
#include "cmd.h"
#include "container_name.h"
#include "util.h"

struct mode_options {
	const char *policy, *container;
	bool audit, json;
};

/* -1: go on; otherwise the exit code. */
static int parse(int argc, char **argv, struct mode_options *o)
{
	static const struct option longs[] = {{"policy", required_argument, NULL, 'p'},
					      {"container", required_argument, NULL, 'c'},
					      {"json", no_argument, NULL, 'j'},
					      {0}};
	int c;

	*o = (struct mode_options){0};
	while ((c = getopt_long(argc, argv, "p:c:", longs, NULL)) != -1) {
		if (c == 'p')
			o->policy = optarg;
		else if (c == 'c')
			o->container = optarg;
		else if (c == 'j')
			o->json = true;
		else
			return command_misused(argv[0], NULL);
	}
	if (optind + 1 != argc ||
	    (strcmp(argv[optind], "audit") != 0 && strcmp(argv[optind], "enforce") != 0))
		return command_misused(argv[0], "say 'audit' or 'enforce'");
	if (!o->policy == !o->container)
		return command_misused(argv[0], "say either --policy or --container");
	if (o->container && !container_name_is_valid(o->container))
		return command_misused(argv[0], CONTAINER_NAME_MISUSED, "--container");
	o->audit = !strcmp(argv[optind], "audit");
	return -1;
}

int cmd_mode(int argc, char **argv)
{
	struct mode_options o;
	json_t *result = NULL;
	int code = parse(argc, argv, &o), r, n;

	if (code >= 0)
		return code;
	r = ask_daemon(json_pack("{s:i, s:s, s:b, s:s*, s:s*}", "version", WIRE_VERSION, "request",
				 "mode", "audit", o.audit, "policy", o.policy, "container",
				 o.container),
		       NULL, 0, &result);
	n = (int)json_integer_value(json_object_get(result, "domains"));
	if (!r && o.json)
		printf("{\"mode\": \"%s\", \"domains\": %d}\n", o.audit ? "audit" : "enforce", n);
	else if (!r)
		printf("%s: %d container%s\n", o.audit ? "audit" : "enforce", n, n == 1 ? "" : "s");
	json_decref(result);
	return r < 0 ? EXIT_CANNOT : EXIT_OK;
}
