/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of an OCI runtime, as engines write it for runc and crun:
 * see runtime_args.c.
 */
#ifndef ENFORCER_RUNTIME_ARGS_H
#define ENFORCER_RUNTIME_ARGS_H

#include <stdbool.h>

enum runtime_about { ABOUT_OTHER, ABOUT_BUNDLE, ABOUT_CONFIG };

struct runtime_args {
	/* Ours, taken out. NULL: not given. */
	const char *policy, *runtime;
	/* What is passed on: argv[0] is a place for the runtime's path. NULL-terminated. */
	char **argv;
	int argc;
	const char *root, *log; /* of the runtime's global options; NULL: not given */
	bool log_is_json;
	int command; /* where in argv it is; 0: there is none, the runtime will say so */
	int help;    /* in argv: an option that only asks for help; 0: none */
	/* Of create, run, restore and delete: */
	const char *bundle; /* "." if not given */
	const char *config; /* crun's --config; NULL: not given */
	const char *id;
	bool detached; /* of run: the container stays when the runtime ends */
	int first;     /* in argv: the first after the command */
	/* Which of argv may be the container's id: one where that is clear. */
	int ids, ids_end;
	enum runtime_about *about; /* for each of argv */
};

/*
 * Tells what is wrong; then nothing is set but the log, if one is named. The words of `argv` are
 * borrowed, the lists are freed by runtime_args_done(). 0, -EINVAL, -ENOMEM.
 */
int runtime_args_parse(int argc, char **argv, struct runtime_args *ret);
void runtime_args_done(struct runtime_args *a);

/* Is it this command? */
bool runtime_args_are(const struct runtime_args *a, const char *command);

/*
 * The command line for the runtime at `path`. `option`: put behind the command, in place of those
 * about the configuration and `instead`; NULL: nothing is changed. The list is the caller's, its
 * words are borrowed. NULL: out of memory.
 */
char **runtime_args_for(const struct runtime_args *a, const char *path, const char *option,
			enum runtime_about instead);

/*
 * The command line that asks for help and can do nothing else: what stands behind the command is
 * left out but for `a->help`. As above.
 */
char **runtime_args_for_help(const struct runtime_args *a, const char *path);

/* The one that deletes the container of this create or run, running or not. As above. */
char **runtime_args_for_delete(const struct runtime_args *a, const char *path);

#endif
