/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ringfence-runtime keeps of a container: a directory of its own, root's
 * alone, from create to delete.
 */
#ifndef ENFORCER_RUNTIME_DIR_H
#define ENFORCER_RUNTIME_DIR_H

#include <stdbool.h>
#include <stddef.h>

#define RUNTIME_DIRS "/run/ringfence/runtime"

struct runtime_dir {
	char *path;
	int fd; /* locked while the container is made, or runs in the foreground; -1: none */
};

#define RUNTIME_DIR_NONE ((struct runtime_dir){.fd = -1})

/* Names of files in it. */
#define RUNTIME_FILE_CONFIG	"config.json" /* the runtime's, with all that is ours in it */
#define RUNTIME_FILE_POLICY	"policy"      /* for the hook: its name and hash; or, ... */
#define RUNTIME_FILE_IMAGE	"image"	      /* ... of one without a name, its image */
#define RUNTIME_FILE_RUNTIME	"runtime"     /* the path of the one that made it */
#define RUNTIME_FILE_MESSAGES	"messages"    /* of the hook, for who waits for the runtime */
#define RUNTIME_FILE_REGISTERED "registered"  /* the daemon has the container: its domain */

/*
 * Makes the directory of container `id` under the runtime's `root` (NULL: its default), and locks
 * it. 0; or 1: it was there, and is as it was. Tells what fails: -EINVAL, the id is none; -EBUSY,
 * it is being made by somebody else.
 */
int runtime_dir_make(const char *root, const char *id, struct runtime_dir *ret);

/* For who is to change one that was opened. -EBUSY: its container is being made. Tells nothing. */
int runtime_dir_lock(const struct runtime_dir *d);

/* Removes what a container that is gone has left in it. */
void runtime_dir_empty(const struct runtime_dir *d);

/* Can it be the id of a container? */
bool runtime_dir_is_id(const char *id);

/* Opens one that is there. -ENOENT is not told. */
int runtime_dir_open(const char *root, const char *id, struct runtime_dir *ret);

/* Opens one by its path; must be below RUNTIME_DIRS. Tells what fails. */
int runtime_dir_open_path(const char *path, struct runtime_dir *ret);

/* Writes a file of it as a whole. 0 or negative errno. */
int runtime_dir_write(const struct runtime_dir *d, const char *name, const char *bytes,
		      size_t size);

/* Removes it with all that is in it, as far as it goes, and closes. Tells what stays. */
void runtime_dir_remove(struct runtime_dir *d);
void runtime_dir_done(struct runtime_dir *d); /* closes; removes nothing */

#endif
