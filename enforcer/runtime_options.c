/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime_options.h"

#include <string.h>

#include "../policy/reader.h"

const struct option_word runtime_global_options[] = {
    {"log", true},
    {"log-format", true},
    {"log-level", true},
    {"root", true},
    {"rootless", true},
    {"criu", true},
    {"cgroup-manager", true},
    {"l", true},	    /* youki's --log */
    {"r", true},	    /* youki's --root */
    {"program-name", true}, /* of every program that uses argp */
    {"policy", true},
    {"runtime", true},
    {"debug", false},
    {"systemd-cgroup", false},
    {"s", false},
    {"systemd-log", false},
    {"help", false},
    {"h", false},
    {"version", false},
    {"v", false},
    {"V", false},
    {"usage", false},
    {"?", false},
    {},
};

const struct option_word runtime_command_options[] = {
    {"bundle", true},
    {"b", true},
    {"config", true},
    {"f", true},
    {"console-socket", true},
    {"pidfd-socket", true},
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
const struct option_word runtime_delete_options[] = {
    {"force", false}, {"f", false},	{"regex", true}, {"r", true}, {"help", false},
    {"h", false},     {"usage", false}, {"?", false},	 {},
};

const struct option_word runtime_restore_options[] = {
    {"bundle", true},
    {"b", true},
    {"image-path", true},
    {"work-path", true},
    {"console-socket", true},
    {"pid-file", true},
    {"manage-cgroups-mode", true},
    {"network-lock", true},
    {"lsm-profile", true},
    {"lsm-mount-context", true},
    {"empty-ns", true},
    {"tcp-established", false},
    {"tcp-close", false},
    {"ext-unix-sk", false},
    {"shell-job", false},
    {"file-locks", false},
    {"auto-dedup", false},
    {"lazy-pages", false},
    {"no-subreaper", false},
    {"no-pivot", false},
    {"detach", false},
    {"d", false},
    {"help", false},
    {"h", false},
    {"usage", false},
    {"?", false},
    {},
};

const struct option_word runtime_exec_options[] = {
    {"console-socket", true},
    {"pidfd-socket", true},
    {"cwd", true},
    {"env", true},
    {"e", true},
    {"user", true},
    {"u", true},
    {"additional-gids", true},
    {"g", true},
    {"process", true},
    {"p", true},
    {"pid-file", true},
    {"process-label", true},
    {"apparmor", true},
    {"cap", true},
    {"c", true},
    {"preserve-fds", true},
    {"cgroup", true},
    {"tty", false}, /* crun's may have a value, but not as the next word */
    {"t", false},
    {"detach", false},
    {"d", false},
    {"no-new-privs", false},
    {"ignore-paused", false},
    {"help", false},
    {"h", false},
    {"usage", false},
    {"?", false},
    {},
};

bool option_is(const char *text)
{
	return text[0] == '-' && text[1];
}

struct option_parsed option_parse(char **argv, const struct option_word *table)
{
	const char *name = argv[0] + 1 + (argv[0][1] == '-');
	struct option_parsed p = {.name = name, .name_len = strcspn(name, "="), .words = 1};

	p.is_long = argv[0][1] == '-' || p.name_len > 1;
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

bool option_is_named(const struct option_parsed *p, const char *name)
{
	return p->word && !strcmp(p->word->name, name);
}

bool option_is_abbreviated(const struct option_parsed *p, const struct option_word *table)
{
	bool is = false;

	for (; table->name && !p->word && p->is_long && p->name_len; table++)
		is = is || (strlen(table->name) > 1 && !strncmp(table->name, p->name, p->name_len));
	return is;
}

static bool is_among(const char *word, const char *const *words, size_t n)
{
	bool is = false;

	for (size_t i = 0; i < n; i++)
		is = is || !strcmp(word, words[i]);
	return is;
}

bool runtime_is_command(const char *word)
{
	static const char *const commands[] = {
	    "checkpoint", "create", "delete", "events", "exec",	  "features", "info",
	    "kill",	  "list",   "mounts", "pause",	"ps",	  "restore",  "resume",
	    "run",	  "spec",   "start",  "state",	"update", "help",     "completion"};

	return is_among(word, commands, ARRAY_SIZE(commands));
}

bool runtime_is_starting_command(const char *word)
{
	static const char *const commands[] = {"create", "run", "restore", "exec"};

	return is_among(word, commands, ARRAY_SIZE(commands));
}
