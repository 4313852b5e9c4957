/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of `ringfence run`. */
#ifndef ENFORCER_RUN_OPTIONS_H
#define ENFORCER_RUN_OPTIONS_H

#include <stdbool.h>

#include "throttle.h"

/* Texts are the command line's. */
struct run_options {
	const char *policy, *name, *log; /* name, log: NULL: not said */
	bool audit, json;
	unsigned preserve_fds;	   /* descriptors from 3 on that the command keeps */
	const char *throttle_text; /* NULL: not said */
	struct throttle throttle;
	char **argv; /* the command, with at least its name */
};

/* -1: go on; otherwise the exit code of ringfence: of what was wrong, which is told, or of help. */
int run_options_parse(int argc, char **argv, struct run_options *o);

#endif
