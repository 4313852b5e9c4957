/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options that crun, runc and youki know, and how one is read: which words
 * of a command line belong together.
 */
#ifndef ENFORCER_RUNTIME_OPTIONS_H
#define ENFORCER_RUNTIME_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct option_word {
	const char *name;
	bool has_value;
};

/* Each ends with an empty one. */
extern const struct option_word runtime_global_options[];  /* before the command */
extern const struct option_word runtime_command_options[]; /* of create and run */
extern const struct option_word runtime_delete_options[];
extern const struct option_word runtime_exec_options[];
extern const struct option_word runtime_restore_options[];

/* One word that begins with a dash, and what belongs to it. */
struct option_parsed {
	const struct option_word *word; /* NULL: unknown */
	const char *name, *value;	/* value NULL: none was given */
	size_t name_len;
	bool is_long; /* two dashes, or, as runc has it, one before several letters */
	int words;    /* of the command line */
};

bool option_is(const char *text); /* a dash, and something */
struct option_parsed option_parse(char **argv, const struct option_word *table);
bool option_is_named(const struct option_parsed *p, const char *name);

/* Unknown, but with letters left out that crun does not ask for. */
bool option_is_abbreviated(const struct option_parsed *p, const struct option_word *table);

/* Is it a command of one of the runtimes? */
bool runtime_is_command(const char *word);
/* Can it put a process into a container? */
bool runtime_is_starting_command(const char *word);

#endif
