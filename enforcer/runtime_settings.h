/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the administrator says about containers: /etc/ringfence/runtime.yaml.
 *
 *   policy: NAME            of containers that name none; default: none
 *   unconfined: refuse      containers without a policy: refuse (the default), or allow
 *   runtime: /usr/bin/crun  which really makes them; default: crun, then runc, by PATH
 */
#ifndef ENFORCER_RUNTIME_SETTINGS_H
#define ENFORCER_RUNTIME_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "../policy/diag.h"

#define RUNTIME_SETTINGS "/etc/ringfence/runtime.yaml"

struct runtime_settings {
	char *policy;  /* NULL: none */
	char *runtime; /* NULL: by PATH */
	bool allow_unconfined;
};

/* Reads a text. Errors go to `d`. 0, -EINVAL, -ENOMEM. */
int runtime_settings_parse(const char *text, size_t size, struct diag *d,
			   struct runtime_settings *ret);

/* Reads RUNTIME_SETTINGS; where there is no such file, the defaults. Tells what is wrong. */
int runtime_settings_read(struct runtime_settings *ret);
void runtime_settings_done(struct runtime_settings *s);

#endif
