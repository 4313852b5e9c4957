/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Only what decides where the command is, which container it is about and which
 * bundle, is looked at; all else is passed on as it came.
 *
 * An option that takes its value as the next word must be known, or the value
 * would be taken for the command, or for the container. So an unknown one is
 * passed on where nothing hangs on it, and refused where a container is made
 * and the words left over are not exactly one: better no container than one
 * that was looked for in the wrong place. Of two spellings of one option that
 * only one of the runtimes understands (`-b=DIR`, `--bund DIR`) none is guessed.
 */
#include "runtime_args.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "util.h"

struct option_word {
	const char *name;
	bool has_value;
};

/* Of crun and runc, before the command. */
static const struct option_word global_options[] = {
    {"log", true},	{"log-format", true},
    {"root", true},	{"rootless", true},
    {"criu", true},	{"cgroup-manager", true},
    {"policy", true},	{"runtime", true},
    {"debug", false},	{"systemd-cgroup", false},
    {"help", false},	{"h", false},
    {"version", false}, {"v", false},
    {"V", false},	{"usage", false},
    {"?", false},	{},
};

/* Of create, run and delete. */
static const struct option_word command_options[] = {
    {"bundle", true},
    {"b", true},
    {"config", true},
    {"f", true},
    {"console-socket", true},
    {"pid-file", true},
    {"preserve-fds", true},
    {"no-pivot", false},
    {"no-subreaper", false},
    {"no-new-keyring", false},
    {"detach", false},
    {"d", false},
    {"keep", false},
    {"force", false},
    {"regex", true},
    {"r", true},
    {"help", false},
    {"usage", false},
    {"h", false},
    {"?", false},
    {},
};

/* `-f` of delete is --force, of create --config. */
static const struct option_word delete_options[] = {
    {"force", false}, {"f", false},	{"regex", true}, {"r", true}, {"help", false},
    {"h", false},     {"usage", false}, {"?", false},	 {},
};

/* One word that begins with a dash, and what belongs to it. */
struct parsed {
	const struct option_word *word; /* NULL: unknown */
	const char *name, *value;	/* value NULL: none was given */
	size_t name_len;
	int words; /* of the command line */
};

static bool is_option(const char *text)
{
	return text[0] == '-' && text[1];
}

static struct parsed parse_option(char **argv, const struct option_word *table)
{
	const char *name = argv[0] + 1 + (argv[0][1] == '-');
	struct parsed p = {.name = name, .name_len = strcspn(name, "="), .words = 1};

	for (; table->name && !p.word; table++)
		if (strlen(table->name) == p.name_len && !strncmp(table->name, name, p.name_len))
			p.word = table;
	if (name[p.name_len] == '=') {
		p.value = name + p.name_len + 1;
	} else if (p.word && p.word->has_value) {
		p.value = argv[1];
		p.words = argv[1] ? 2 : 1;
	}
	return p;
}

static bool is_named(const struct parsed *p, const char *name)
{
	return p->word && !strcmp(p->word->name, name);
}

static void push(struct runtime_args *a, char **words, int n, enum runtime_about about)
{
	for (int i = 0; i < n; i++) {
		a->about[a->argc] = about;
		a->argv[a->argc++] = words[i];
	}
}

static int missing_value(const struct parsed *p)
{
	log_error("option '--%s' needs a value", p->word->name);
	return -EINVAL;
}

static int take_global(struct runtime_args *a, char **argv, int *ret_words)
{
	const struct parsed p = parse_option(argv, global_options);

	*ret_words = p.words;
	if (p.word && p.word->has_value && !p.value)
		return missing_value(&p);
	if (is_named(&p, "policy")) {
		a->policy = p.value;
		return 0;
	}
	if (is_named(&p, "runtime")) {
		a->runtime = p.value;
		return 0;
	}
	if (is_named(&p, "root"))
		a->root = p.value;
	else if (is_named(&p, "log"))
		a->log = p.value;
	else if (is_named(&p, "log-format"))
		a->log_is_json = !strcmp(p.value, "json");
	push(a, argv, p.words, ABOUT_OTHER);
	return 0;
}

/* Is it the beginning of one of the words that matter, or several short ones in one? */
static int check_spelling(const struct parsed *p, const char *text)
{
	static const char *const matter[] = {"bundle", "config"};
	bool is_short = text[1] != '-';
	bool bad = is_short && (p->name_len > 1 || p->value != NULL);

	for (size_t i = 0; i < sizeof(matter) / sizeof(*matter) && !p->word; i++)
		bad = bad || (p->name_len && !strncmp(matter[i], p->name, p->name_len));
	if (!bad || (is_short && p->word && p->name_len > 1))
		return 0;
	log_error("option '%s' is not understood", text);
	log_hint("write options out: --bundle DIRECTORY, --detach");
	return -EINVAL;
}

static int take_option(struct runtime_args *a, char **argv, const struct option_word *table,
		       int *ret_words)
{
	const struct parsed p = parse_option(argv, table);
	bool bundle = is_named(&p, "bundle") || is_named(&p, "b");
	bool config = table == command_options && (is_named(&p, "config") || is_named(&p, "f"));

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
	push(a, argv, p.words, bundle ? ABOUT_BUNDLE : config ? ABOUT_CONFIG : ABOUT_OTHER);
	return 0;
}

static int take_id(struct runtime_args *a, char *word)
{
	if (a->id) {
		log_error("one container is wanted, not '%s' and '%s'", a->id, word);
		log_hint("or an option before them is not known to ringfence-runtime: write "
			 "--option=VALUE");
		return -EINVAL;
	}
	a->id = word;
	push(a, &word, 1, ABOUT_OTHER);
	return 0;
}

/* What follows create, run or delete. */
static int parse_command(struct runtime_args *a, char **argv)
{
	const struct option_word *table =
	    runtime_args_are(a, "delete") ? delete_options : command_options;
	bool only_words = false;
	int r = 0, words = 1;

	for (; *argv && !r; argv += words) {
		words = 1;
		if (!only_words && !strcmp(*argv, "--")) {
			only_words = true;
			push(a, argv, 1, ABOUT_OTHER);
		} else if (!only_words && is_option(*argv)) {
			r = take_option(a, argv, table, &words);
		} else {
			r = take_id(a, *argv);
		}
	}
	return r;
}

static int parse(struct runtime_args *a, char **argv)
{
	int words, r;

	push(a, argv++, 1, ABOUT_OTHER);
	while (*argv && is_option(*argv)) {
		r = take_global(a, argv, &words);
		if (r < 0)
			return r;
		argv += words;
	}
	if (!*argv)
		return 0;
	a->command = a->argc;
	push(a, argv++, 1, ABOUT_OTHER);
	a->first = a->argc;
	if (runtime_args_are(a, "create") || runtime_args_are(a, "run") ||
	    runtime_args_are(a, "delete"))
		return parse_command(a, argv);
	for (; *argv; argv++)
		push(a, argv, 1, ABOUT_OTHER);
	return 0;
}

int runtime_args_parse(int argc, char **argv, struct runtime_args *ret)
{
	_cleanup_(runtime_args_done) struct runtime_args a = {.bundle = "."};
	int r;

	a.argv = calloc((size_t)argc + 1, sizeof(*a.argv));
	a.about = calloc((size_t)argc + 1, sizeof(*a.about));
	if (!a.argv || !a.about)
		return log_errno(-ENOMEM, "Failed to read the command line");
	r = parse(&a, argv);
	if (r < 0)
		return r;
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
