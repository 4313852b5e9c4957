/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command lines of engines: where the command is, which container and
 * bundle it is about, and what the real runtime gets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../enforcer/log.h"
#include "../../enforcer/runtime_args.h"

#define WORDS_MAX 32

/* Words between blanks. */
static int split(char *text, char **argv)
{
	int n = 0;

	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[n++] = word;
	argv[n] = NULL;
	return n;
}

static char *join(char **argv)
{
	static char line[1024];
	size_t at = 0;

	line[0] = '\0';
	for (; *argv; argv++)
		at += (size_t)snprintf(line + at, sizeof(line) - at, "%s%s", at ? " " : "", *argv);
	return line;
}

/* `want`: what crun gets, or runc, with OPTION in the place of ours. */
static void passes(const char *line, enum runtime_about instead, const char *want)
{
	char *text = strdup(line), *argv[WORDS_MAX], **got;
	struct runtime_args a;
	int argc = split(text, argv);
	bool changes = instead != ABOUT_OTHER;

	assert_int_equal(runtime_args_parse(argc, argv, &a), 0);
	got = runtime_args_for(&a, "/real", changes ? "OPTION" : NULL, instead);
	assert_non_null(got);
	assert_string_equal(join(got), want);
	free(got);
	runtime_args_done(&a);
	free(text);
}

static void is_about(const char *line, const char *command, const char *id, const char *bundle)
{
	char *text = strdup(line), *argv[WORDS_MAX];
	struct runtime_args a;
	int argc = split(text, argv);

	assert_int_equal(runtime_args_parse(argc, argv, &a), 0);
	assert_true(runtime_args_are(&a, command));
	if (id)
		assert_string_equal(a.id, id);
	else
		assert_null(a.id);
	assert_string_equal(a.bundle, bundle);
	runtime_args_done(&a);
	free(text);
}

static void refuses(const char *line, const char *why)
{
	char *text = strdup(line), *argv[WORDS_MAX], *said = NULL;
	struct runtime_args a;
	size_t size;
	FILE *out = open_memstream(&said, &size), *before = log_to(out);
	int argc = split(text, argv), r = runtime_args_parse(argc, argv, &a);

	log_to(before);
	fclose(out);
	assert_int_equal(r, -EINVAL);
	if (!strstr(said, why))
		fail_msg("%s: '%s' does not say '%s'", line, said, why);
	free(said);
	free(text);
}

static void what_others_write_is_passed_on(void **state)
{
	static const char *const lines[] = {
	    "--version",
	    "-v",
	    "--root /run/r --log=/l state c1",
	    "--log /l --log-format json --systemd-cgroup kill --all c1 9",
	    "--cgroup-manager cgroupfs --rootless true start c1",
	    "exec --process p.json --pid-file f -d c1",
	    "exec -t c1 sh -c create",
	    "features",
	    "--debug update --resources - c1",
	    "--new-option list -q",
	    "--new-option=x state c1",
	    "--new-option --debug state c1",
	    "--log-level debug -l /l -r /r -s state c1",
	    "spec --rootless",
	    "",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char line[256], want[256];

		snprintf(line, sizeof(line), "rt %s", lines[i]);
		snprintf(want, sizeof(want), "/real%s%s", *lines[i] ? " " : "", lines[i]);
		passes(line, ABOUT_OTHER, want);
	}
}

static void our_options_are_taken_out(void **state)
{
	char line[] = "rt --policy nginx --root=/r --runtime=/usr/bin/crun create --bundle b c1";
	char *argv[WORDS_MAX];
	struct runtime_args a;
	int argc = split(line, argv);

	(void)state;
	assert_int_equal(runtime_args_parse(argc, argv, &a), 0);
	assert_string_equal(a.policy, "nginx");
	assert_string_equal(a.runtime, "/usr/bin/crun");
	assert_string_equal(a.root, "/r");
	runtime_args_done(&a);
	passes("rt --policy=n --runtime /x state c1", ABOUT_OTHER, "/real state c1");
	/* Behind the command they are not ours. */
	passes("rt exec c1 prog --policy x", ABOUT_OTHER, "/real exec c1 prog --policy x");
}

static void the_container_and_its_bundle(void **state)
{
	(void)state;
	is_about("rt create c1", "create", "c1", ".");
	is_about("rt --log l create --bundle /b --pid-file p c1", "create", "c1", "/b");
	is_about("rt create -b /b --console-socket s c1", "create", "c1", "/b");
	is_about("rt create c1 --bundle=/b", "create", "c1", "/b");
	is_about("rt run -d --preserve-fds 2 --no-pivot --bundle /b -- c1", "run", "c1", "/b");
	is_about("rt -root /r run -bundle /b c1", "run", "c1", "/b");
	is_about("rt delete -f c1", "delete", "c1", ".");
	is_about("rt delete --force c1", "delete", "c1", ".");
	is_about("rt create --help", "create", NULL, ".");
	is_about("rt create --new=x c1", "create", "c1", ".");
	is_about("rt --log-level debug create --bundle b c1", "create", "c1", "b");
	is_about("rt --new-option create --bundle b c1", "create", "c1", "b");
	is_about("rt -- create --bundle b c1", "create", "c1", "b");
}

static void ours_comes_in_place_of_theirs(void **state)
{
	(void)state;
	passes("rt --root r create --bundle /b --config x --pid-file p c1", ABOUT_CONFIG,
	       "/real --root r create OPTION --bundle /b --pid-file p c1");
	passes("rt run -f x c1", ABOUT_CONFIG, "/real run OPTION c1");
	passes("rt --root r create --bundle=/b --pid-file p c1", ABOUT_BUNDLE,
	       "/real --root r create OPTION --pid-file p c1");
	passes("rt run -b /b -d c1", ABOUT_BUNDLE, "/real run OPTION -d c1");
}

static void helps(const char *line, const char *want)
{
	char *text = strdup(line), *argv[WORDS_MAX], **got;
	struct runtime_args a;
	int argc = split(text, argv);

	assert_int_equal(runtime_args_parse(argc, argv, &a), 0);
	assert_int_equal(a.help != 0, want != NULL);
	if (want) {
		got = runtime_args_for_help(&a, "/real");
		assert_non_null(got);
		assert_string_equal(join(got), want);
		free(got);
	}
	runtime_args_done(&a);
	free(text);
}

static void who_asks_for_help_gets_nothing_else(void **state)
{
	(void)state;
	helps("rt --root r create --bundle b --help c1", "/real --root r create --help");
	helps("rt run c1 -h", "/real run -h");
	helps("rt run --new --help c1", "/real run --help");
	helps("rt delete --usage c1 c2", "/real delete --usage");
	helps("rt --root r --version create c1", "/real --root r --version");
	helps("rt --new -v create c1", "/real --new -v");
	/* These do not ask. */
	helps("rt create --bundle --help c1", NULL);
	helps("rt create -- --help", NULL);
	helps("rt exec c1 prog --help", NULL);
	helps("rt state c1", NULL);
}

static void deletes(const char *line, const char *want)
{
	char *text = strdup(line), *argv[WORDS_MAX], **got;
	struct runtime_args a;
	int argc = split(text, argv);

	assert_int_equal(runtime_args_parse(argc, argv, &a), 0);
	got = runtime_args_for_delete(&a, "/real");
	assert_non_null(got);
	assert_string_equal(join(got), want);
	free(got);
	runtime_args_done(&a);
	free(text);
}

static void what_was_made_can_be_deleted(void **state)
{
	(void)state;
	deletes("rt create c1", "/real delete --force -- c1");
	deletes("rt --root r --policy p run -d -b b c1", "/real --root r delete --force -- c1");
	deletes("rt create -- -x", "/real delete --force -- -x");
	deletes("rt create -- --all", "/real delete --force -- --all");
}

static bool detaches(const char *line)
{
	char *text = strdup(line), *argv[WORDS_MAX];
	struct runtime_args a;
	int argc = split(text, argv);
	bool does;

	assert_int_equal(runtime_args_parse(argc, argv, &a), 0);
	does = a.detached;
	runtime_args_done(&a);
	free(text);
	return does;
}

static void whether_the_container_stays(void **state)
{
	(void)state;
	assert_true(detaches("rt run -d c1"));
	assert_true(detaches("rt run --bundle b --detach c1"));
	assert_true(detaches("rt run --detach=true c1"));
	assert_true(detaches("rt run -detach c1"));
	assert_true(detaches("rt run -detach=1 c1"));
	assert_false(detaches("rt run c1"));
	assert_false(detaches("rt run --detach=false c1"));
	assert_false(detaches("rt run --pid-file -d c1"));
	assert_false(detaches("rt run -- -d"));
	refuses("rt run --det c1", "not understood");
	refuses("rt run -d=true c1", "not understood");
	refuses("rt run -dx c1", "not understood");
}

/* `want`: the words that may be the id. */
static void may_be_about(const char *line, const char *want)
{
	char *text = strdup(line), *argv[WORDS_MAX];
	struct runtime_args a;
	int argc = split(text, argv);

	assert_int_equal(runtime_args_parse(argc, argv, &a), 0);
	assert_in_range(a.ids_end, a.ids, a.argc);
	a.argv[a.ids_end] = NULL;
	assert_string_equal(join(a.argv + a.ids), want);
	runtime_args_done(&a);
	free(text);
}

static void which_container_is_entered(void **state)
{
	(void)state;
	may_be_about("rt exec c1 sh", "c1");
	may_be_about("rt exec --user web c2 sh web", "c2");
	may_be_about("rt exec -u web -t -d -e A=b --cwd / c2 sh", "c2");
	may_be_about("rt exec --process p.json --pid-file=f --detach c1", "c1");
	may_be_about("rt exec --tty=true --new=web c2 sh", "c2");
	may_be_about("rt exec -u=web c2 sh", "c2");
	may_be_about("rt exec -- c1 sh", "c1");
	may_be_about("rt exec", "");
	/* Here crun and runc do not agree, or none is known to say. */
	may_be_about("rt exec -user web c2 sh", "web c2 sh");
	may_be_about("rt exec -tu web c2 sh", "web c2 sh");
	may_be_about("rt exec --us web c2 sh", "web c2 sh");
	may_be_about("rt exec --user 0 --new web c2 sh", "web c2 sh");
	may_be_about("rt run -d c1", "c1");
	may_be_about("rt delete --force c1", "c1");
	may_be_about("rt kill --all c1 9", "--all c1 9");
}

static void what_is_not_clear_is_refused(void **state)
{
	(void)state;
	refuses("rt create c1 c2", "one container is wanted");
	refuses("rt run --unknown value c1", "one container is wanted");
	refuses("rt create --bund /b c1", "not understood");
	refuses("rt create --conf=/b c1", "not understood");
	refuses("rt run -db /b c1", "not understood");
	refuses("rt create -b=/b c1", "not understood");
	refuses("rt create c1 --bundle", "needs a value");
	refuses("rt --policy", "needs a value");
	refuses("rt --runtime= state c1", "option '--runtime' needs a value");
	refuses("rt --root", "needs a value");
}

/* Whatever is wrong, the engine's log is found. */
static void logs_to(const char *line, const char *log, bool json)
{
	char *text = strdup(line), *argv[WORDS_MAX], *said = NULL;
	struct runtime_args a;
	size_t size;
	FILE *out = open_memstream(&said, &size), *before = log_to(out);
	int argc = split(text, argv), r = runtime_args_parse(argc, argv, &a);

	log_to(before);
	fclose(out);
	assert_int_equal(r, -EINVAL);
	assert_int_equal(a.log_is_json, json);
	if (log)
		assert_string_equal(a.log, log);
	else
		assert_null(a.log);
	free(said);
	free(text);
}

static void where_to_tell_what_is_wrong(void **state)
{
	(void)state;
	logs_to("rt --log /l --log-format=json create c1 c2", "/l", true);
	logs_to("rt --roo r --log=/l --log-format json create c1", "/l", true);
	logs_to("rt --new-option debug --log /l create c1", "/l", false);
	logs_to("rt --log /l --root", "/l", false);
	logs_to("rt --roo r exec c1 prog --log /other", NULL, false);
	logs_to("rt --log-format", NULL, false);
	/* Bytes that are no text, or that a terminal obeys. */
	refuses("rt create --bund=\xff c1", "'--bund=\\xff'");
	refuses("rt create c1 c\x1b[2J", "'c\\x1b[2J'");
	refuses("rt --roo\x1b x list", "'--roo\\x1b' is not known");
}

/* The word after an option that is not known may be its value, and the command another. */
static void what_may_hide_the_command_is_refused(void **state)
{
	static const char *const lines[] = {
	    "--new-option debug create --bundle b c1",
	    "--new-option debug",
	    "--new-option list create --bundle b c1",
	    "--new-option list --debug exec c1 sh",
	    "--new-option --root=/r list create",
	    "--new-option",
	    "-x debug run c1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char line[256];

		snprintf(line, sizeof(line), "rt %s", lines[i]);
		refuses(line, "is not known to ringfence-runtime");
	}
	refuses("rt --roo /x create c1", "'--roo' is not understood");
	refuses("rt --roo=/x create c1", "not understood");
	refuses("rt --log-f json create c1", "not understood");
	refuses("rt --roo list", "not understood");
	/* Not every runtime's has a value, and "--root" may be one itself. */
	refuses("rt --new-option --root create list", "'--root' is not understood");
	refuses("rt --rootless run c1", "'--rootless' is not understood");
	passes("rt --rootless=run state c1", ABOUT_OTHER, "/real --rootless=run state c1");
	passes("rt --policy run state c1", ABOUT_OTHER, "/real state c1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_others_write_is_passed_on),
	    cmocka_unit_test(our_options_are_taken_out),
	    cmocka_unit_test(the_container_and_its_bundle),
	    cmocka_unit_test(ours_comes_in_place_of_theirs),
	    cmocka_unit_test(who_asks_for_help_gets_nothing_else),
	    cmocka_unit_test(which_container_is_entered),
	    cmocka_unit_test(what_was_made_can_be_deleted),
	    cmocka_unit_test(whether_the_container_stays),
	    cmocka_unit_test(what_is_not_clear_is_refused),
	    cmocka_unit_test(where_to_tell_what_is_wrong),
	    cmocka_unit_test(what_may_hide_the_command_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
