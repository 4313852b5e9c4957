/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime_unregistered.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"
#include "runtime_launch.h"
#include "runtime_tell.h"
#include "util.h"

static void tell(const struct runtime_args *a, const char *path, int code, bool ran)
{
	int kept = runtime_tell_begin();

	log_error("'%s' did not call the hook that registers the container", path);
	if (ran)
		log_hint("if anything has run in it, it was not confined");
	runtime_tell_end(kept, a, !code); /* else the log has the runtime's reason */
}

/* A container that is there, and that the daemon knows nothing of, is not to be started. */
static void delete_container(const struct runtime_args *a, const char *path)
{
	_free_ char **argv = runtime_args_for_delete(a, path);

	if (argv)
		(void)runtime_run(argv);
}

bool runtime_unregistered_end(const struct runtime_dir *dir, const struct runtime_args *a,
			      const char *path, int code)
{
	bool ran = runtime_args_are(a, "run");

	/*
	 * A hook that was called has said why. Of a create that failed the runtime has; but a run
	 * may have failed because what it ran has, and nobody would know.
	 */
	if ((!code || ran) && faccessat(dir->fd, RUNTIME_FILE_MESSAGES, F_OK, 0))
		tell(a, path, code, ran);
	if (!code)
		delete_container(a, path);
	return !runtime_knows(path, a->root, a->id);
}
