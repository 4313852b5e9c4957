/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime_enter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "log.h"
#include "runtime_dir.h"
#include "runtime_register.h"
#include "util.h"

/* The domain that the hook noted. */
static int read_domain(const struct runtime_dir *dir, struct runtime_domain *ret)
{
	int fd = openat(dir->fd, RUNTIME_FILE_REGISTERED, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_fclose_ FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (f && fscanf(f, "%255s %u %u", ret->pins, &ret->slot, &ret->generation) == 3)
		return 0;
	if (!f)
		close_fd(&fd);
	log_error("The container is not registered yet");
	return -EAGAIN;
}

/*
 * Until its init has executed, whatever enters a container's cgroup is taken for the runtime's own
 * and not confined.
 */
static int check_entered(const struct runtime_args *a, const char *id)
{
	_cleanup_(runtime_dir_done) struct runtime_dir dir = RUNTIME_DIR_NONE;
	struct runtime_domain domain;
	int r = runtime_dir_is_id(id) ? runtime_dir_open(a->root, id, &dir) : -ENOENT;

	if (!r)
		r = read_domain(&dir, &domain);
	else if (r == -ENOENT) /* not one of ours */
		return 0;
	return r < 0 ? r : runtime_wait_running(&domain);
}

int runtime_enter_check(const struct runtime_args *a)
{
	int r = 0;

	for (int i = a->ids; i < a->ids_end && !r; i++)
		r = check_entered(a, a->argv[i]);
	return r;
}
