/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration of a container, as the engine wrote it and as the runtime
 * gets it: see runtime_bundle.c.
 */
#ifndef ENFORCER_RUNTIME_BUNDLE_H
#define ENFORCER_RUNTIME_BUNDLE_H

#include <jansson.h>
#include <stdbool.h>

#include "../policy/policy.h"

#define RUNTIME_ANNOTATION "io.ringfence.policy"

struct runtime_bundle {
	char *path; /* of the bundle's directory, absolute */
	json_t *config;
	char marker[40]; /* see json_large.h; of random digits */
};

/*
 * Reads `config` (NULL: config.json) of the bundle `dir`. Tells what is wrong as FILE:LINE:COLUMN.
 * 0 or negative errno.
 */
int runtime_bundle_read(const char *dir, const char *config, struct runtime_bundle *ret);
void runtime_bundle_done(struct runtime_bundle *b);

/*
 * The policy that the container names. 0, with NULL where it names none; -EINVAL, told: it is no
 * name.
 */
int runtime_bundle_policy(const struct runtime_bundle *b, const char **ret_name);

/*
 * Makes the container's filter the stricter of its own and the policy's. `log`: the runtime takes
 * the flag that makes the kernel tell of refusals. Tells what is wrong; then nothing has changed.
 */
int runtime_bundle_merge(struct runtime_bundle *b, const struct policy *policy, bool log);

/*
 * Adds the hook that registers the container: the program `path` (absolute), called with the
 * directory `dir`. 0; -ENOMEM; -EINVAL, told: there is something else where hooks belong.
 */
int runtime_bundle_add_hook(struct runtime_bundle *b, const char *path, const char *dir);

/* For a runtime that is given another bundle's directory: nothing in it is relative to it. */
int runtime_bundle_make_absolute(struct runtime_bundle *b);

/* The text; the caller's. NULL: out of memory. */
char *runtime_bundle_text(const struct runtime_bundle *b);

#endif
