/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One alert, one line, whole or not at all. A disk fills up in the middle of
 * a line; what follows when there is room again would be appended to the torn
 * half, and both would be lost to whoever reads. Nor may a line wait in a
 * buffer: it was counted as unwritten, and would appear later all the same. So
 * lines go past stdio, and the half of one is taken back from a log file. From
 * a pipe or a terminal nothing can be taken back.
 */
#include "alert.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

/* Is it a file that is only appended to, so that its end is ours? */
static bool has_end(int fd, off_t *ret_end)
{
	struct stat st;

	if (!(fcntl(fd, F_GETFL) & O_APPEND) || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return false;
	*ret_end = st.st_size;
	return true;
}

static int write_whole(int fd, const char *line, size_t len)
{
	off_t end = 0;
	bool back = has_end(fd, &end);
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(fd, line + done, len - done);
		int error = n < 0 ? errno : EIO;

		if (n < 0 && error == EINTR)
			continue;
		if (n <= 0) {
			if (done && back && ftruncate(fd, end))
				error = errno;
			return -error;
		}
		done += (size_t)n;
	}
	return 0;
}

int alert_write_line(FILE *out, const char *text)
{
	_free_ char *line = NULL;
	int len = asprintf(&line, "%s\n", text);

	if (len < 0) {
		line = NULL;
		return -ENOMEM;
	}
	if (fflush(out))
		return errno ? -errno : -EIO;
	if (fileno(out) >= 0)
		return write_whole(fileno(out), line, (size_t)len);
	/* A stream in memory. */
	return fputs(line, out) < 0 || fflush(out) ? -EIO : 0;
}
