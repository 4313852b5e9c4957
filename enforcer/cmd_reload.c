/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ringfence reload: the daemon compiles policies anew, and replaces them under who runs. */
#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>

#include "ask.h"
#include "cmd.h"
#include "reload_text.h"
#include "util.h"

static void print(json_t *result, bool json)
{
	const json_t *item;
	size_t i;

	if (json) {
		command_print_json(json_incref(result));
		return;
	}
	json_array_foreach(json_object_get(result, "policies"), i, item)
	    puts(reload_text(item).text);
}

static bool all_valid(const json_t *result)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(result, "policies"), i,
			   item) if (!json_is_true(json_object_get(item, "valid"))) return false;
	return true;
}

static int reload(const json_t *names, bool json)
{
	json_t *result = NULL;
	int code, r;

	r = ask_daemon(json_pack("{s:i, s:s, s:O}", "version", WIRE_VERSION, "request", "reload",
				 "policies", names),
		       NULL, 0, &result);
	if (result)
		print(result, json);
	code = !r ? EXIT_OK : result && !all_valid(result) ? EXIT_NO : EXIT_CANNOT;
	json_decref(result);
	return code;
}

int cmd_reload(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {0}};
	json_t *names = json_array();
	bool json = false;
	int c, code;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'j')
			return json_decref(names), command_misused(argv[0], NULL);
		json = true;
	}
	for (int i = optind; i < argc; i++)
		if (json_array_append_new(names, json_string(argv[i])))
			return json_decref(names),
			       command_misused(argv[0], "a policy's name is UTF-8");
	code = reload(names, json);
	json_decref(names);
	return code;
}
