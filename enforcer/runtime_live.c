/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime_live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "bpf.h"
#include "log.h"
#include "runtime_launch.h"
#include "util.h"

int runtime_live_domain(const struct runtime_dir *dir, struct runtime_domain *ret)
{
	int fd = openat(dir->fd, RUNTIME_FILE_REGISTERED, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_fclose_ FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (!f) {
		int r = -errno;

		close_fd(&fd);
		return r;
	}
	return fscanf(f, "%255s %u %u", ret->pins, &ret->slot, &ret->generation) == 3 ? 0 : -EINVAL;
}

/* A domain is over when its slot is free, or another's, or when the programs are gone. */
static bool has_domain(const struct runtime_dir *dir)
{
	struct runtime_domain domain;
	struct rf_domain dom;
	int r = runtime_live_domain(dir, &domain);

	if (r < 0)
		return r != -ENOENT && r != -EINVAL; /* half a note: of a hook that was killed */
	r = bpf_get_pinned_domain(domain.pins, domain.slot, &dom);
	if (r < 0)
		return r != -ENOENT;
	return dom.generation == domain.generation && dom.state != RF_DOMAIN_FREE;
}

/* Of this runtime, or of another one under the same root. */
static bool is_live(const struct runtime_dir *dir, const char *path, const char *root,
		    const char *id)
{
	return has_domain(dir) || runtime_knows(path, root, id);
}

static int taken(const char *id)
{
	log_error("There is a container '%s' already", id);
	log_hint("delete it, or give this one another id: runtimes with one root share them");
	return -EEXIST;
}

int runtime_live_claim(const char *path, const char *root, const char *id, struct runtime_dir *ret)
{
	_cleanup_(runtime_dir_done) struct runtime_dir dir = RUNTIME_DIR_NONE;
	int r = runtime_dir_make(root, id, &dir);

	if (r == 1)
		r = is_live(&dir, path, root, id) ? taken(id) : 0;
	if (r < 0)
		return r;
	runtime_dir_empty(&dir);
	*ret = dir;
	dir = RUNTIME_DIR_NONE;
	return 0;
}

int runtime_live_forget(const char *path, const char *root, const char *id)
{
	_cleanup_(runtime_dir_done) struct runtime_dir dir = RUNTIME_DIR_NONE;

	if (!runtime_dir_is_id(id) || runtime_dir_open(root, id, &dir) < 0)
		return 0;
	if (runtime_dir_lock(&dir) < 0)
		return log_errno(-EBUSY, "Container '%s' is being made, or runs", id);
	if (is_live(&dir, path, root, id))
		return taken(id);
	runtime_dir_remove(&dir);
	return 0;
}

bool runtime_live_gone(const struct runtime_dir *dir, const char *path, const char *root,
		       const char *id)
{
	return !runtime_dir_lock(dir) && !is_live(dir, path, root, id);
}
