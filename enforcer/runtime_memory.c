/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "util.h"

/* `path` for who stands elsewhere. Links are kept: a runtime may go by its name. */
static char *absolute(const char *path)
{
	_free_ char *here = path[0] == '/' ? NULL : get_current_dir_name();
	char *whole;

	if (path[0] == '/')
		return strdup(path);
	return here && asprintf(&whole, "%s/%s", here, path) >= 0 ? whole : NULL;
}

int runtime_memory_write(const struct runtime_dir *dir, const char *path)
{
	_free_ char *whole = absolute(path);
	int r =
	    whole ? runtime_dir_write(dir, RUNTIME_FILE_RUNTIME, whole, strlen(whole)) : -ENOMEM;

	return r < 0 ? log_errno(r, "Failed to note the container's runtime") : 0;
}

char *runtime_memory_read(const struct runtime_dir *dir)
{
	_close_ int fd = openat(dir->fd, RUNTIME_FILE_RUNTIME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char path[PATH_MAX];
	ssize_t n = fd < 0 ? -1 : read(fd, path, sizeof(path));

	if (n <= 0 || n == sizeof(path))
		return NULL;
	path[n] = '\0';
	return path[0] == '/' && !access(path, X_OK) ? strdup(path) : NULL;
}

char *runtime_memory_find(const struct runtime_args *a)
{
	char *path = NULL;

	if (access(RUNTIME_DIRS, X_OK)) /* there are none, or they are not ours to see */
		return NULL;
	for (int i = a->ids; i < a->ids_end && !path; i++) {
		_cleanup_(runtime_dir_done) struct runtime_dir dir = RUNTIME_DIR_NONE;

		if (runtime_dir_is_id(a->argv[i]) && !runtime_dir_open(a->root, a->argv[i], &dir))
			path = runtime_memory_read(&dir);
	}
	return path;
}
