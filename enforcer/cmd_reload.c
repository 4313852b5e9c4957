/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ringfence reload: the daemon compiles policies anew, and replaces them under who runs. */
#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>

#include "ask.h"
#include "cmd.h"
#include "util.h"

static const char *short_hash(const json_t *item, const char *key)
{
	const char *hash = json_string_value(json_object_get(item, key));

	return hash ? hash : "-";
}

static void print_item(const json_t *item)
{
	const char *name = json_string_value(json_object_get(item, "policy"));
	int n = (int)json_integer_value(json_object_get(item, "domains"));

	printf("%s: ", name ? name : "?");
	if (!n)
		printf("%s, nothing runs under it\n",
		       json_is_true(json_object_get(item, "valid")) ? "valid" : "not valid");
	else if (json_is_true(json_object_get(item, "applied")))
		printf("%.8s -> %.8s, %d container%s\n", short_hash(item, "old_hash"),
		       short_hash(item, "hash"), n, n == 1 ? "" : "s");
	else if (!json_is_true(json_object_get(item, "valid")))
		printf("stays %.8s, its file is not valid\n", short_hash(item, "old_hash"));
	else if (json_is_true(json_object_get(item, "changed")))
		printf("stays %.8s, not replaced by %.8s\n", short_hash(item, "old_hash"),
		       short_hash(item, "hash"));
	else
		printf("%.8s, unchanged\n", short_hash(item, "hash"));
}

static void print(const json_t *result, bool json)
{
	const json_t *item;
	size_t i;

	if (json) {
		json_dumpf(result, stdout, JSON_INDENT(2));
		putchar('\n');
		return;
	}
	json_array_foreach(json_object_get(result, "policies"), i, item) print_item(item);
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
