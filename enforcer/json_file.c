/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON of others: opened once, bounded, and no member twice, since two readers
 * would each take another of the two.
 */
#include "json_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "escape.h"
#include "log.h"
#include "util.h"

#define SIZE_MAX_READ (16 << 20) /* bytes */

static int open_regular(int dir, const char *path, const char *shown, FILE **ret)
{
	/* A FIFO's silence is not waited for. */
	_close_ int fd = openat(dir, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return log_errno(-errno, "Failed to read '%s'", shown);
	if (!S_ISREG(st.st_mode) || st.st_size > SIZE_MAX_READ) {
		log_error("'%s' is not a regular file of at most %d MiB", shown,
			  SIZE_MAX_READ >> 20);
		return -EINVAL;
	}
	*ret = fdopen(fd, "r");
	if (!*ret)
		return log_errno(-ENOMEM, "Failed to read '%s'", shown);
	take_fd(&fd);
	return 0;
}

int json_file_read(int dir, const char *path, json_t **ret)
{
	_free_ char *escaped = escape_bytes(path, strlen(path));
	const char *shown = escaped ? escaped : "?";
	_fclose_ FILE *f = NULL;
	json_error_t error;
	json_t *o;
	int r = open_regular(dir, path, shown, &f);

	if (r < 0)
		return r;
	o = json_loadf(f, JSON_REJECT_DUPLICATES, &error);
	if (!o) {
		_free_ char *text = escape_bytes(error.text, strlen(error.text));

		fprintf(stderr, "%s:%d:%d: error: %s\n", shown, error.line, error.column,
			text ? text : "not JSON");
		return -EINVAL;
	}
	if (!json_is_object(o)) {
		json_decref(o);
		fprintf(stderr, "%s:1:1: error: not a JSON object\n", shown);
		return -EINVAL;
	}
	*ret = o;
	return 0;
}
