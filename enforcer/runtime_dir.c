/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runtimes keep containers of one id apart by their root directory (--root), so
 * the name of ours is made of both. Only files are in it.
 */
#include "runtime_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "escape.h"
#include "log.h"
#include "util.h"

#define ID_MAX 200 /* bytes; engines have 64, and a file's name ends at 255 */

static const char *const files[] = {RUNTIME_FILE_CONFIG,   RUNTIME_FILE_POLICY,
				    RUNTIME_FILE_IMAGE,	   RUNTIME_FILE_RUNTIME,
				    RUNTIME_FILE_MESSAGES, RUNTIME_FILE_REGISTERED};

bool runtime_dir_is_id(const char *id)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				  "_+-.";
	size_t len = strlen(id);

	return len && len <= ID_MAX && id[0] != '.' && strspn(id, set) == len;
}

/*
 * One directory under all its names: absolute, without a slash too many or a "." in it. Links and
 * ".." are not followed: the runtime itself may have yet to make it. NULL: out of memory.
 */
static char *plain_path(const char *path)
{
	_free_ char *here = *path == '/' ? strdup("") : getcwd(NULL, 0);
	_free_ char *whole = NULL;
	char *plain;
	size_t len = 0;

	if (!here || asprintf(&whole, "%s/%s", here, path) < 0) {
		whole = NULL;
		return NULL;
	}
	plain = malloc(strlen(whole) + 2);
	for (const char *at = whole + strspn(whole, "/"); plain && *at; at += strspn(at, "/")) {
		size_t n = strcspn(at, "/");

		if (n != 1 || *at != '.') {
			plain[len++] = '/';
			memcpy(plain + len, at, n);
			len += n;
		}
		at += n;
	}
	if (plain)
		plain[len] = '\0';
	return plain;
}

/* FNV-1a: nobody hostile chooses the root. */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
	return hash;
}

static int path_of(const char *root, const char *id, char **ret)
{
	_free_ char *plain = NULL;

	if (!runtime_dir_is_id(id)) {
		_free_ char *shown = escape_bytes(id, strlen(id));

		log_error("'%s' is no id of a container", shown ? shown : "?");
		log_hint("letters, digits, '_', '+', '-' and '.', at most %d", ID_MAX);
		return -EINVAL;
	}
	plain = root ? plain_path(root) : strdup("");
	if (!plain ||
	    asprintf(ret, RUNTIME_DIRS "/%016llx-%s", (unsigned long long)hash_of(plain), id) < 0) {
		*ret = NULL;
		return log_errno(-ENOMEM, "Failed to begin");
	}
	return 0;
}

/* 1: it is there. */
static int make_dir(const char *path)
{
	if (!mkdir(path, 0700))
		return 0;
	return errno == EEXIST ? 1 : log_errno(-errno, "Failed to make '%s'", path);
}

void runtime_dir_empty(const struct runtime_dir *d)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		(void)unlinkat(d->fd, files[i], 0);
}

int runtime_dir_lock(const struct runtime_dir *d)
{
	struct stat st;

	if (flock(d->fd, LOCK_EX | LOCK_NB))
		return -EBUSY;
	/* Whoever had the lock may have removed it meanwhile. */
	return fstat(d->fd, &st) || !st.st_nlink ? -EBUSY : 0;
}

int runtime_dir_make(const char *root, const char *id, struct runtime_dir *ret)
{
	_cleanup_(runtime_dir_done) struct runtime_dir d = RUNTIME_DIR_NONE;
	int r = path_of(root, id, &d.path);

	if (!r)
		r = make_dir("/run/ringfence");
	if (r >= 0)
		r = make_dir(RUNTIME_DIRS);
	if (r >= 0)
		r = make_dir(d.path);
	if (r < 0)
		return r;
	d.fd = open(d.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d.fd < 0)
		return log_errno(-errno, "Failed to open '%s'", d.path);
	if (runtime_dir_lock(&d) < 0)
		return log_errno(-EBUSY, "Container '%s' is being made, or runs", id);
	*ret = d;
	d = RUNTIME_DIR_NONE;
	return r;
}

int runtime_dir_open(const char *root, const char *id, struct runtime_dir *ret)
{
	_cleanup_(runtime_dir_done) struct runtime_dir d = RUNTIME_DIR_NONE;
	int r = path_of(root, id, &d.path);

	if (r < 0)
		return r;
	d.fd = open(d.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d.fd < 0)
		return errno == ENOENT ? -ENOENT : log_errno(-errno, "Failed to open '%s'", d.path);
	*ret = d;
	d = RUNTIME_DIR_NONE;
	return 0;
}

int runtime_dir_open_path(const char *path, struct runtime_dir *ret)
{
	_cleanup_(runtime_dir_done) struct runtime_dir d = RUNTIME_DIR_NONE;
	const char *name = path + strlen(RUNTIME_DIRS "/");

	if (strncmp(path, RUNTIME_DIRS "/", strlen(RUNTIME_DIRS "/")) || strchr(name, '/') ||
	    !*name || *name == '.') {
		log_error("'%s' is no directory of ringfence-runtime", path);
		return -EINVAL;
	}
	d.path = strdup(path);
	d.fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (!d.path || d.fd < 0)
		return log_errno(d.path ? -errno : -ENOMEM, "Failed to open '%s'", path);
	*ret = d;
	d = RUNTIME_DIR_NONE;
	return 0;
}

int runtime_dir_write(const struct runtime_dir *d, const char *name, const char *bytes, size_t size)
{
	_close_ int fd =
	    openat(d->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

void runtime_dir_remove(struct runtime_dir *d)
{
	if (d->fd < 0)
		return;
	runtime_dir_empty(d);
	if (rmdir(d->path) && errno != ENOENT)
		log_errno(-errno, "Failed to remove '%s', ignoring", d->path);
	runtime_dir_done(d);
}

void runtime_dir_done(struct runtime_dir *d)
{
	free(d->path);
	close_fd(&d->fd);
	*d = RUNTIME_DIR_NONE;
}
