/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Subcommands of `ringfence` and what they share: exit codes and the compiled
 * policy. One cmd_NAME.c per subcommand; main.c holds their table.
 */
#ifndef ENFORCER_CMD_H
#define ENFORCER_CMD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "../policy/image.h"
#include "../policy/policy.h"

enum exit_code {
	EXIT_OK = 0,	       /* done; yes; allowed */
	EXIT_NO = 1,	       /* no: denied, invalid */
	EXIT_USAGE = 2,	       /* the command line is wrong */
	EXIT_CANNOT = 125,     /* ringfence itself failed */
	EXIT_NOT_EXEC = 126,   /* run: found but not executable */
	EXIT_NOT_FOUND = 127,  /* run: no such command */
	EXIT_SIGNAL_BASE = 128 /* run: plus the signal that ended it */
};

/* argv[0] is the subcommand's own name. Returns the exit code. */
int cmd_check(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_compile(int argc, char **argv);
int cmd_groups(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_daemon(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_attach(int argc, char **argv);
int cmd_detach(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_mode(int argc, char **argv);
int cmd_reload(int argc, char **argv);
int cmd_uninstall(int argc, char **argv);

/*
 * The table of subcommands, in enforcer/cmd.c. All help is made from it.
 */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *synopsis; /* of the arguments, one form a line */
	const char *help;     /* one line, no full stop */
	const char *options;  /* their description, whole lines, or "" */
};

extern const struct command commands[];
extern const size_t n_commands;
const struct command *command_find(const char *name); /* NULL: unknown */

/* Usage and options of the subcommand `name` on `out`. */
void command_help(const char *name, FILE *out);
/*
 * Says on stderr what is wrong with the command line, then how it is used. Returns EXIT_USAGE.
 * `fmt` may be NULL where getopt has spoken already.
 */
int command_misused(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Prints what --json asked for, which is taken; NULL: there was no memory for it, which is told.
 * EXIT_OK or EXIT_CANNOT. (Whether standard output took it is asked once, at the end: main.c.)
 */
enum exit_code command_print_json(json_t *json);

/* A policy with everything that is made from it. */
struct compiled {
	struct policy *policy;
	struct image *image; /* sealed, filter included */
};

/*
 * Compiles the file `path`: reads, checks, lints, builds, seals; all that is to be said goes to
 * `d`, nothing is printed. Returns 0, -EINVAL (the policy is refused, see `d`), or another negative
 * errno (it could not be read or compiled; `d` says so as well).
 */
int compiled_build(const char *path, bool audit, struct diag *d, struct compiled *ret);

/*
 * Reads and compiles a policy by its name or its file, see policy_name.h. `audit` forces audit mode
 * (image head and filter). Prints diagnostics to stderr; warnings too unless `quiet`. Returns 0,
 * -EINVAL (told), or another negative errno (told).
 */
int compiled_load(const char *name_or_file, bool audit, bool quiet, struct compiled *ret);
void compiled_done(struct compiled *c);

/* Takes warnings and their notes out of `d`. */
void diag_drop_warnings(struct diag *d);
/* The exit code for what compiled_build() and compiled_load() returned. */
enum exit_code compiled_exit(int r);

#endif
