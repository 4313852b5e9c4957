/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Only the unified hierarchy (cgroup v2) counts: its ids are what the BPF
 * programs see. Where some controllers are on v1, the unified one is mounted
 * elsewhere (/sys/fs/cgroup/unified), which the mount table tells.
 */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "log.h"
#include "util.h"

#define PARENT "ringfence"

static void close_mounts(FILE **f)
{
	if (*f)
		endmntent(*f);
}

int cgroup_root(char **ret_path)
{
	_cleanup_(close_mounts) FILE *f = setmntent("/proc/self/mounts", "re");
	struct mntent *m;

	if (!f)
		return -errno;
	while ((m = getmntent(f)))
		if (!strcmp(m->mnt_type, "cgroup2")) {
			*ret_path = strdup(m->mnt_dir);
			return *ret_path ? 0 : -ENOMEM;
		}
	return -ENOENT;
}

static int make_dir(const char *path)
{
	return mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
}

static int open_made(struct cgroup *cg)
{
	struct stat st;

	cg->fd = open(cg->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cg->fd < 0 || fstat(cg->fd, &st))
		return -errno;
	cg->events = openat(cg->fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (cg->events < 0)
		return -errno;
	/* kernfs: the inode number is the 64-bit cgroup id (Linux 5.5, 40430452fd5d). */
	cg->id = st.st_ino;
	return 0;
}

static int make_below(const char *root, const char *name, struct cgroup *ret)
{
	_cleanup_(cgroup_done) struct cgroup cg = CGROUP_NONE;
	_free_ char *parent = NULL;
	int r;

	if (asprintf(&parent, "%s/" PARENT, root) < 0 ||
	    asprintf(&cg.path, "%s/%s", parent, name) < 0)
		return -ENOMEM;
	r = make_dir(parent);
	if (r < 0)
		return r;
	if (mkdir(cg.path, 0755))
		return -errno;
	r = open_made(&cg);
	if (r < 0) {
		(void)rmdir(cg.path);
		return r;
	}
	*ret = cg;
	cg = CGROUP_NONE;
	return 0;
}

int cgroup_make(const char *name, struct cgroup *ret)
{
	_free_ char *root = NULL;
	int r = cgroup_root(&root);

	if (r == -ENOENT) {
		log_error("Failed to make a cgroup: cgroup v2 is mounted nowhere");
		log_hint("mount -t cgroup2 none /sys/fs/cgroup");
		return r;
	}
	if (!r)
		r = make_below(root, name, ret);
	return r < 0 ? log_errno(r, "Failed to make a cgroup") : 0;
}

/* Reads an open cgroup.events. 1: nobody is in, 0: somebody, or negative errno. */
static int read_empty(int events)
{
	char text[256];
	ssize_t n = pread(events, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return n ? -errno : -EIO;
	text[n] = '\0';
	return strstr(text, "populated 0") != NULL;
}

bool cgroup_populated(const struct cgroup *cg)
{
	return read_empty(cg->events) != 1;
}

bool cgroup_is_empty(int at, const char *events)
{
	_close_ int fd = openat(at, events, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : read_empty(fd);

	return r == 1 || r == -ENOENT || r == -ENODEV;
}

/* The path of a process's cgroup below the root of the hierarchy. */
static int read_own(pid_t pid, char *ret, size_t size)
{
	_fclose_ FILE *f = NULL;
	char path[64], line[PATH_MAX];

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "0::", 3))
			return snprintf(ret, size, "%s", line + 3) < (int)size ? 0 : -ENAMETOOLONG;
	}
	return -ENOENT;
}

bool cgroup_has_process(__u64 id, pid_t pid)
{
	_free_ char *root = NULL, *path = NULL;
	char own[PATH_MAX], *end;
	struct stat st;

	if (cgroup_root(&root) < 0 || read_own(pid, own, sizeof(own)) < 0 ||
	    asprintf(&path, "%s%s", root, own) < 0)
		return true;
	/* From there up to the root, which everybody is below. */
	for (;;) {
		if (stat(path, &st) || st.st_ino == id)
			return true;
		end = strrchr(path, '/');
		if (!end || (size_t)(end - path) < strlen(root))
			return false;
		*end = '\0';
	}
}

#define FILEID_KERNFS 0xfe /* linux/exportfs.h: the handle is the id */

int cgroup_open(__u64 id)
{
	_free_ struct file_handle *handle = calloc(1, sizeof(*handle) + sizeof(id));
	_free_ char *root = NULL;
	_close_ int mount = -1;
	int r = handle ? cgroup_root(&root) : -ENOMEM, fd;

	if (r < 0)
		return r;
	mount = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mount < 0)
		return -errno;
	handle->handle_bytes = sizeof(id);
	handle->handle_type = FILEID_KERNFS;
	memcpy(handle->f_handle, &id, sizeof(id));
	fd = open_by_handle_at(mount, handle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int cgroup_kill(const struct cgroup *cg)
{
	_close_ int fd = openat(cg->fd, "cgroup.kill", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "1", 1) != 1)
		return -errno;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	return type == FTW_DP && rmdir(path) ? -1 : 0;
}

int cgroup_remove(const char *path)
{
	/* What the confined tasks made below goes with it. */
	return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) ? -errno : 0;
}

void cgroup_done(struct cgroup *cg)
{
	free(cg->path);
	close_fd(&cg->fd);
	close_fd(&cg->events);
	*cg = CGROUP_NONE;
}
