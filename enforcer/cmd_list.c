/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ringfence list: the daemon's domains, a line each. `status` says more. */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>

#include "ask.h"
#include "cmd.h"
#include "json_text.h"
#include "log.h"
#include "util.h"

static void print_domain(const json_t *o)
{
	const json_t *tasks = json_object_get(o, "tasks");
	const char *name = json_string_value(json_object_get(o, "by_name"));

	printf("%-24s %-24s %-8.8s %-8s %-8s ", json_text(o, "container"),
	       name ? name : json_text(o, "file"), json_text(o, "hash"), json_text(o, "mode"),
	       json_text(o, "state"));
	if (json_is_integer(tasks))
		printf("%5lld", (long long)json_integer_value(tasks));
	else
		printf("%5s", "?");
	printf(" %8lld\n", (long long)json_integer_value(json_object_get(o, "denied")));
}

static void print(const json_t *domains)
{
	const json_t *o;
	size_t i;

	printf("%-24s %-24s %-8s %-8s %-8s %5s %8s\n", "CONTAINER", "POLICY", "HASH", "MODE",
	       "STATE", "TASKS", "DENIED");
	json_array_foreach(domains, i, o) print_domain(o);
}

int cmd_list(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {0}};
	json_t *result = NULL;
	bool json = false;
	int c, r;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'j')
			return command_misused(argv[0], NULL);
		json = true;
	}
	if (optind < argc)
		return command_misused(argv[0], "takes no arguments");
	r = ask_daemon(json_pack("{s:i, s:s}", "version", WIRE_VERSION, "request", "list"), NULL, 0,
		       &result);
	if (!r && !json_is_array(json_object_get(result, "domains")))
		r = log_errno(-EPROTO, "The daemon's answer makes no sense");
	if (!r && json)
		return command_print_json(result);
	if (!r)
		print(json_object_get(result, "domains"));
	json_decref(result);
	return r < 0 ? EXIT_CANNOT : EXIT_OK;
}
