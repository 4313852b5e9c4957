/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Only what decides where the command is, which container it is about and which
 * bundle, is looked at; all else is passed on as it came.
 *
 * An option that takes its value as the next word must be known, or the value
 * would be taken for the command, or for the container. So an unknown one is
 * passed on where nothing hangs on it: before the command, where a command of
 * the runtimes follows, and no second one that could start something; where a
 * container is made, when one word is left over. Else it is refused: better no
 * container than one that was looked for in the wrong place. Of two spellings
 * of one option that only one of the runtimes understands (`-b=DIR`, `--bund
 * DIR`, `--roo DIR`) none is guessed.
 */
#include "runtime_args.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "log.h"
#include "runtime_options.h"
#include "util.h"

static void push(struct runtime_args *a, char **words, int n, enum runtime_about about)
{
	for (int i = 0; i < n; i++) {
		a->about[a->argc] = about;
		a->argv[a->argc++] = words[i];
	}
}

static int missing_value(const struct option_parsed *p)
{
	log_error("option '--%s' needs a value", p->word->name);
	return -EINVAL;
}

static int not_understood(const char *option, const char *hint)
{
	_free_ char *text = escape_bytes(option, strlen(option));

	log_error("option '%s' is not understood", text ? text : "?");
	log_hint("write options out: %s", hint);
	return -EINVAL;
}

/* Of an option. */
static bool asks_for_help(const struct option_parsed *p)
{
	static const char *const names[] = {"help", "h", "?", "usage", "version", "v", "V"};
	bool asks = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		asks = asks || option_is_named(p, names[i]);
	return asks;
}

static void note_log(struct runtime_args *a, const struct option_parsed *p)
{
	if (option_is_named(p, "log") || option_is_named(p, "l"))
		a->log = p->value;
	else if (option_is_named(p, "log-format") && p->value)
		a->log_is_json = !strcmp(p->value, "json");
}

static int take_global(struct runtime_args *a, char **argv, int *ret_words)
{
	const struct option_parsed p = option_parse(argv, runtime_global_options);

	*ret_words = p.words;
	if (p.word && p.word->has_value &&
	    (!p.value || (option_is_named(&p, "runtime") && !*p.value)))
		return missing_value(&p);
	if (option_is_abbreviated(&p, runtime_global_options))
		return not_understood(argv[0], "--root DIRECTORY, --log FILE");
	if (option_is_named(&p, "policy")) {
		a->policy = p.value;
		return 0;
	}
	if (option_is_named(&p, "runtime")) {
		a->runtime = p.value;
		return 0;
	}
	if (option_is_named(&p, "root") || option_is_named(&p, "r"))
		a->root = p.value;
	else if (asks_for_help(&p))
		a->help = a->argc;
	/* Some runtime may have this option without a value. */
	if (p.words == 2 && runtime_is_starting_command(p.value))
		return not_understood(argv[0],
				      "--option=VALUE, where the value is a command's name");
	note_log(a, &p);
	push(a, argv, p.words, ABOUT_OTHER);
	return 0;
}

/* Is it the beginning of one of the words that matter, or several short ones in one? */
static int check_spelling(const struct option_parsed *p, const char *text)
{
	static const char *const matter[] = {"bundle", "config", "detach"};
	bool is_short = text[1] != '-';
	bool bad = is_short && (p->name_len > 1 || p->value != NULL);

	for (size_t i = 0; i < sizeof(matter) / sizeof(*matter) && !p->word; i++)
		bad = bad || (p->name_len && !strncmp(matter[i], p->name, p->name_len));
	if (!bad || (is_short && p->word && p->name_len > 1))
		return 0;
	return not_understood(text, "--bundle DIRECTORY, --detach");
}

/* As Go reads a flag's value. What is no such value is an error to the runtime. */
static bool is_false(const char *value)
{
	static const char *const words[] = {"0", "f", "F", "false", "FALSE", "False"};
	bool is = false;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words) && value; i++)
		is = is || !strcmp(value, words[i]);
	return is;
}

static int take_option(struct runtime_args *a, char **argv, const struct option_word *table,
		       int *ret_words)
{
	const struct option_parsed p = option_parse(argv, table);
	bool bundle = option_is_named(&p, "bundle") || option_is_named(&p, "b");
	bool config = table == runtime_command_options &&
		      (option_is_named(&p, "config") || option_is_named(&p, "f"));

	*ret_words = p.words;
	if (p.word && p.word->has_value && !p.value)
		return missing_value(&p);
	/* A short option with its value in the next word is fine in both. */
	if (!(p.words == 2 && p.word) && check_spelling(&p, argv[0]) < 0)
		return -EINVAL;
	if (bundle)
		a->bundle = p.value;
	if (config)
		a->config = p.value;
	if (option_is_named(&p, "detach") || option_is_named(&p, "d"))
		a->detached = !is_false(p.value);
	if (asks_for_help(&p))
		a->help = a->argc;
	push(a, argv, p.words, bundle ? ABOUT_BUNDLE : config ? ABOUT_CONFIG : ABOUT_OTHER);
	return 0;
}

static int take_id(struct runtime_args *a, char *word)
{
	if (a->id) {
		_free_ char *one = escape_bytes(a->id, strlen(a->id));
		_free_ char *other = escape_bytes(word, strlen(word));

		log_error("one container is wanted, not '%s' and '%s'", one ? one : "?",
			  other ? other : "?");
		log_hint("or an option before them is not known to ringfence-runtime: write "
			 "--option=VALUE");
		return -EINVAL;
	}
	a->id = word;
	a->ids = a->argc;
	a->ids_end = a->argc + 1;
	push(a, &word, 1, ABOUT_OTHER);
	return 0;
}

/* What follows create, run, restore or delete; `table`: the options of that. */
static int parse_command(struct runtime_args *a, char **argv, const struct option_word *table)
{
	bool only_words = false;
	int r = 0, words = 1;

	for (; *argv && !r && !a->help; argv += words) {
		words = 1;
		if (!only_words && !strcmp(*argv, "--")) {
			only_words = true;
			push(a, argv, 1, ABOUT_OTHER);
		} else if (!only_words && option_is(*argv)) {
			r = take_option(a, argv, table, &words);
		} else {
			r = take_id(a, *argv);
		}
	}
	return r;
}

/*
 * The words from `argv` on come after an option that is not known. Its value may be the first of
 * them, and then what is taken for the command is not the command. So it must be one, and no other
 * word may be a command that a container must not be started or entered by unseen.
 */
static int check_unknown(const char *option, char **argv, char **command)
{
	_free_ char *text = escape_bytes(option, strlen(option));
	bool clear = *argv && (argv != command || runtime_is_command(*argv));

	for (; *argv && clear; argv++)
		clear = argv == command || !runtime_is_starting_command(*argv);
	if (clear)
		return 0;
	log_error("option '%s' is not known to ringfence-runtime: the word after it may be its "
		  "value or the command",
		  text ? text : "?");
	log_hint("write --option=VALUE");
	return -EINVAL;
}

/* The options before the command. */
static int parse_globals(struct runtime_args *a, char **argv, char ***ret_command)
{
	char **unknown = NULL;
	int words, r;

	for (; *argv && option_is(*argv) && !a->help; argv += words) {
		const struct option_parsed p = option_parse(argv, runtime_global_options);

		if (!strcmp(*argv, "--")) {
			push(a, argv++, 1, ABOUT_OTHER);
			break;
		}
		if (!p.word && !p.value && !unknown)
			unknown = argv;
		r = take_global(a, argv, &words);
		if (r < 0)
			return r;
	}
	*ret_command = argv;
	return unknown && !a->help ? check_unknown(*unknown, unknown + 1, argv) : 0;
}

/*
 * What follows exec. Where the id is depends on the options before it. One word for several short
 * ones, or a short one with its value, is read in different ways by crun and runc; an option may be
 * unknown. After such a one every word may be the id, and has to be good.
 */
static void parse_exec(struct runtime_args *a, char **argv)
{
	bool clear = true, only_words = false;

	while (*argv && option_is(*argv) && clear && !only_words) {
		const struct option_parsed p = option_parse(argv, runtime_exec_options);
		bool is_known = p.word && ((*argv)[1] == '-' || p.name_len == 1);
		int words = is_known ? p.words : 1;

		only_words = !strcmp(*argv, "--");
		clear = only_words || is_known || strchr(*argv, '=');
		push(a, argv, words, ABOUT_OTHER);
		argv += words;
	}
	a->ids = a->argc;
	for (; *argv; argv++)
		push(a, argv, 1, ABOUT_OTHER);
	a->ids_end = clear && a->ids < a->argc ? a->ids + 1 : a->argc;
}

static int parse(struct runtime_args *a, char **argv)
{
	int r;

	push(a, argv++, 1, ABOUT_OTHER);
	r = parse_globals(a, argv, &argv);
	if (r < 0)
		return r;
	if (!*argv || a->help)
		return 0;
	a->command = a->argc;
	push(a, argv++, 1, ABOUT_OTHER);
	a->first = a->argc;
	if (runtime_args_are(a, "create") || runtime_args_are(a, "run"))
		return parse_command(a, argv, runtime_command_options);
	if (runtime_args_are(a, "restore"))
		return parse_command(a, argv, runtime_restore_options);
	if (runtime_args_are(a, "delete"))
		return parse_command(a, argv, runtime_delete_options);
	if (runtime_args_are(a, "exec")) {
		parse_exec(a, argv);
		return 0;
	}
	a->ids = a->argc;
	for (; *argv; argv++)
		push(a, argv, 1, ABOUT_OTHER);
	a->ids_end = a->argc;
	return 0;
}

/* What is wrong is for the engine's log, too, which may be named behind it. */
static void find_log(struct runtime_args *a, char **argv)
{
	int words = 1;

	for (; *argv && !runtime_is_command(*argv); argv += words) {
		const struct option_parsed p = option_parse(argv, runtime_global_options);

		words = option_is(*argv) ? p.words : 1;
		if (option_is(*argv))
			note_log(a, &p);
	}
}

int runtime_args_parse(int argc, char **argv, struct runtime_args *ret)
{
	_cleanup_(runtime_args_done) struct runtime_args a = {.bundle = "."};
	int r;

	*ret = (struct runtime_args){0};
	a.argv = calloc((size_t)argc + 1, sizeof(*a.argv));
	a.about = calloc((size_t)argc + 1, sizeof(*a.about));
	if (!a.argv || !a.about)
		return log_errno(-ENOMEM, "Failed to read the command line");
	r = parse(&a, argv);
	if (r < 0) {
		find_log(ret, argv + 1);
		return r;
	}
	*ret = a;
	a = (struct runtime_args){0};
	return 0;
}

void runtime_args_done(struct runtime_args *a)
{
	free(a->argv);
	free(a->about);
	*a = (struct runtime_args){0};
}

bool runtime_args_are(const struct runtime_args *a, const char *command)
{
	return a->command && !strcmp(a->argv[a->command], command);
}

char **runtime_args_for(const struct runtime_args *a, const char *path, const char *option,
			enum runtime_about instead)
{
	char **argv = calloc((size_t)a->argc + 2, sizeof(*argv));
	int n = 0;

	if (!argv)
		return NULL;
	argv[n++] = (char *)(uintptr_t)path;
	for (int i = 1; i < a->argc; i++) {
		enum runtime_about about = a->about[i];

		if (option && i == a->first)
			argv[n++] = (char *)(uintptr_t)option;
		/* A file named in the caller's way would be looked for beside ours. */
		if (!option || (about != ABOUT_CONFIG && about != instead))
			argv[n++] = a->argv[i];
	}
	return argv;
}

char **runtime_args_for_help(const struct runtime_args *a, const char *path)
{
	char **argv = calloc((size_t)a->argc + 1, sizeof(*argv));
	int n = 0;

	if (!argv)
		return NULL;
	argv[n++] = (char *)(uintptr_t)path;
	for (int i = 1; i < a->argc; i++)
		if (!a->command || i <= a->command || i == a->help)
			argv[n++] = a->argv[i];
	return argv;
}

char **runtime_args_for_delete(const struct runtime_args *a, const char *path)
{
	char **argv = calloc((size_t)a->command + 5, sizeof(*argv));
	int n = 0;

	if (!argv)
		return NULL;
	argv[n++] = (char *)(uintptr_t)path;
	for (int i = 1; i < a->command; i++)
		argv[n++] = a->argv[i];
	argv[n++] = (char *)(uintptr_t) "delete";
	argv[n++] = (char *)(uintptr_t) "--force";
	argv[n++] = (char *)(uintptr_t) "--"; /* an id may begin with a dash */
	argv[n++] = (char *)(uintptr_t)a->id;
	return argv;
}
