/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime_enter.h"

#include <errno.h>

#include "log.h"
#include "runtime_dir.h"
#include "runtime_live.h"
#include "runtime_register.h"
#include "util.h"

/*
 * Until its init has executed, whatever enters a container's cgroup is taken for the runtime's own
 * and not confined. And one that is not registered must not be started: whoever made it was killed
 * before it could delete it.
 */
static int check_entered(const struct runtime_args *a, const char *id)
{
	_cleanup_(runtime_dir_done) struct runtime_dir dir = RUNTIME_DIR_NONE;
	struct runtime_domain domain;
	int r = runtime_dir_is_id(id) ? runtime_dir_open(a->root, id, &dir) : -ENOENT;

	if (r == -ENOENT) /* not one of ours */
		return 0;
	if (!r && runtime_live_domain(&dir, &domain) < 0) {
		log_error("The container is not registered yet");
		r = -EAGAIN;
	}
	return r < 0 || runtime_args_are(a, "start") ? r : runtime_wait_running(&domain);
}

int runtime_enter_check(const struct runtime_args *a)
{
	int r = 0;

	for (int i = a->ids; i < a->ids_end && !r; i++)
		r = check_entered(a, a->argv[i]);
	return r;
}
