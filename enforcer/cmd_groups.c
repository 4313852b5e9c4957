/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ringfence groups: what the words with an @ in a policy stand for.
 */
#include "cmd.h"

#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../seccomp/filter.h"
#include "escape.h"
#include "log.h"
#include "util.h"

/* Adds the system calls of `g` and of the groups in it, each once, as keys of `calls`. */
static void collect_calls(const struct syscall_group *g, json_t *calls)
{
	for (const char *const *m = g->members; *m; m++) {
		const struct syscall_group *inner = **m == '@' ? syscall_group_find(*m) : NULL;

		if (inner)
			collect_calls(inner, calls);
		else
			json_object_set_new(calls, *m, json_null());
	}
}

static json_t *group_json(const struct syscall_group *g)
{
	json_t *members = json_array(), *list = json_array(), *calls = json_object();
	const char *name;
	json_t *value;

	for (const char *const *m = g->members; *m; m++)
		json_array_append_new(members, json_string(*m));
	collect_calls(g, calls);
	json_object_foreach(calls, name, value) json_array_append_new(list, json_string(name));
	json_decref(calls);
	return json_pack("{s:s, s:s, s:o, s:o}", "name", g->name, "help", g->help, "members",
			 members, "syscalls", list);
}

static int list_groups(bool json)
{
	json_t *all;

	if (!json) {
		for (size_t i = 0; i < n_syscall_groups; i++)
			printf("%-18s %s\n", syscall_groups[i].name, syscall_groups[i].help);
		return EXIT_OK;
	}
	all = json_array();
	for (size_t i = 0; i < n_syscall_groups; i++)
		json_array_append_new(all, group_json(&syscall_groups[i]));
	return command_print_json(all);
}

static int show_group(const struct syscall_group *g, bool json)
{
	if (json)
		return command_print_json(group_json(g));
	printf("# %s: %s\n", g->name, g->help);
	for (const char *const *m = g->members; *m; m++)
		puts(*m);
	return EXIT_OK;
}

static int unknown_group(const char *name)
{
	_free_ const char **names = calloc(n_syscall_groups, sizeof(*names));
	_free_ char *shown = escape_bytes(name, strlen(name));
	const char *near = NULL;

	for (size_t i = 0; names && i < n_syscall_groups; i++)
		names[i] = syscall_groups[i].name;
	if (names)
		near = nearest_word(name, names, n_syscall_groups);
	log_error("no group '%s'", shown ? shown : "?");
	if (near)
		log_hint("did you mean '%s'?", near);
	else
		log_hint("'ringfence groups' lists them");
	return EXIT_NO;
}

/* With or without the @, which shells do not mind but fingers forget. */
static int find_and_show(const char *name, bool json)
{
	_free_ char *full = NULL;
	const struct syscall_group *g;

	if (asprintf(&full, "%s%s", *name == '@' ? "" : "@", name) < 0) {
		full = NULL;
		log_error("out of memory");
		return EXIT_CANNOT;
	}
	g = syscall_group_find(full);
	return g ? show_group(g, json) : unknown_group(full);
}

int cmd_groups(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {0}};
	bool json = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'j')
			return command_misused(argv[0], NULL);
		json = true;
	}
	if (argc - optind > 1)
		return command_misused(argv[0], "one group at a time");
	return optind < argc ? find_and_show(argv[optind], json) : list_groups(json);
}
