/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said to the user of an engine, who sees a runtime's log, and not always its errors. */
#ifndef ENFORCER_RUNTIME_TELL_H
#define ENFORCER_RUNTIME_TELL_H

#include "runtime_args.h"

/*
 * From here on standard error is kept. Returns a descriptor for runtime_tell_end(), or -1: then it
 * is not.
 */
int runtime_tell_begin(void);

/*
 * Standard error is itself again, and gets what was kept; so does, with `failed`, the log that the
 * engine named.
 */
void runtime_tell_end(int kept, const struct runtime_args *a, bool failed);

/* Likewise what is in the file `name` of the directory `dir`, if anything. */
void runtime_tell_file(int dir, const char *name, const struct runtime_args *a, bool failed);

#endif
