/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ringfence status: what is confined on this machine now, under which policy,
 * what it was refused, and which of its rules hold by object as well as by
 * path. Each run tells of itself (run_info.h), the kernel tells the counters, and
 * the daemon what has changed since, and who else it confines (run_live.h), or
 * one that is gone (run_left.h).
 */
#include "cmd.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "json_text.h"
#include "log.h"
#include "run_info.h"
#include "run_live.h"
#include "util.h"

static long long number_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void print_object(const json_t *o)
{
	static const struct {
		const char *word, *text;
	} why_not[] = {{"absent", "there is nothing"},
		       {"link", "a symbolic link leads elsewhere"},
		       {"own", "each process has its own"}};
	long long links = number_of(o, "other_links");
	const char *target = json_string_value(json_object_get(o, "target"));
	bool held = json_is_true(json_object_get(o, "held"));

	printf("  %s: %s (%s, %s)", held ? "by object" : "by path alone", json_text(o, "path"),
	       json_text(o, "rule"), json_text(o, "effect"));
	if (target)
		printf(" -> %s", target);
	if (links)
		printf(", %lld other link%s", links, links == 1 ? "" : "s");
	for (size_t i = 0; i < sizeof(why_not) / sizeof(*why_not) && !held; i++)
		if (!strcmp(json_text(o, "because"), why_not[i].word))
			printf(": %s", why_not[i].text);
	putchar('\n');
}

static void print_identity(const json_t *run)
{
	printf("%s: %s", json_text(run, "id"), json_text(run, "state"));
	if (json_object_get(run, "policy"))
		printf(", policy %s (%s, %.8s), %s, container %s", json_text(run, "policy"),
		       json_text(run, "file"), json_text(run, "hash"), json_text(run, "mode"),
		       json_text(run, "container"));
	else if (json_is_string(json_object_get(run, "container")))
		printf(", container %s", json_text(run, "container"));
	if (json_object_get(run, "pid"))
		printf(", pid %lld", number_of(run, "pid"));
	if (json_is_integer(json_object_get(run, "tasks")))
		printf(", %lld task%s", number_of(run, "tasks"),
		       number_of(run, "tasks") == 1 ? "" : "s");
	putchar('\n');
}

static void print_run(const json_t *run)
{
	const json_t *o;
	size_t i;

	print_identity(run);
	if (json_object_get(run, "denied"))
		printf("  denied %lld, audited %lld; alerts delivered %lld, repeated %lld, "
		       "lost %lld\n",
		       number_of(run, "denied"), number_of(run, "audited"),
		       number_of(run, "delivered"), number_of(run, "repeated"),
		       number_of(run, "lost"));
	json_array_foreach(json_object_get(run, "not_enforced"), i, o)
	    printf("  not enforced: %s: %s\n", json_text(o, "what"), json_text(o, "because"));
	json_array_foreach(json_object_get(run, "objects"), i, o) print_object(o);
}

static void print_daemon(const json_t *daemon)
{
	printf("daemon: pid %lld, %lld programs", number_of(daemon, "pid"),
	       number_of(daemon, "programs"));
	if (number_of(daemon, "pins_missing"))
		printf(", %lld PINS ARE GONE", number_of(daemon, "pins_missing"));
	if (number_of(daemon, "unjudged"))
		printf(", LEFT OUT BY THE KERNEL %lld TIMES", number_of(daemon, "unjudged"));
	putchar('\n');
}

static void print_no_daemon(void)
{
	puts("daemon: none; what one has confined stays so, and nobody new is let in by it");
	log_hint("start it again, it takes over: ringfence daemon");
}

static int print_all(json_t *daemon, bool left, json_t *runs, bool json)
{
	const json_t *run;
	size_t i;

	if (json)
		return command_print_json(json_pack("{s:O?, s:O}", "daemon", daemon, "runs", runs));
	if (daemon)
		print_daemon(daemon);
	else if (left)
		print_no_daemon();
	json_array_foreach(runs, i, run) print_run(run);
	if (!json_array_size(runs) && !left)
		puts("nothing is confined");
	return EXIT_OK;
}

int cmd_status(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {0}};
	json_t *runs, *daemon;
	bool json = false, left;
	int c, code, r;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'j')
			return command_misused(argv[0], NULL);
		json = true;
	}
	if (optind < argc)
		return command_misused(argv[0], "takes no arguments");
	r = run_info_list(&runs);
	if (r < 0) {
		log_errno(r, "Failed to read '" RUNDIR_LOCKS "'");
		return EXIT_CANNOT;
	}
	code = run_live_add(runs, &daemon, &left) < 0 ? EXIT_CANNOT
						      : print_all(daemon, left, runs, json);
	json_decref(daemon);
	json_decref(runs);
	return code;
}
