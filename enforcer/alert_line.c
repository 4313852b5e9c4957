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
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

/*
 * Takes the `done` bytes back that have been written. Only from a file that is appended to, and
 * only if nobody else has appended since: the log may be that of several runs, and what follows
 * ours is theirs. 0 or negative errno.
 */
static int take_back(int fd, size_t done)
{
	off_t end = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	if (!(fcntl(fd, F_GETFL) & O_APPEND) || fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    st.st_size != end)
		return 0;
	return ftruncate(fd, end - (off_t)done) ? -errno : 0;
}

static alert_await_fn awaits;
static void *await_arg;

void alert_await(alert_await_fn await, void *arg)
{
	awaits = await;
	await_arg = arg;
}

static bool is_file(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode);
}

static int write_whole(int fd, const char *line, size_t len)
{
	const bool waits = awaits && !is_file(fd);
	size_t done = 0;

	while (done < len) {
		size_t part = waits && len - done > PIPE_BUF ? PIPE_BUF : len - done;
		bool given_up = waits && !awaits(await_arg, fd);
		ssize_t n = given_up ? -1 : write(fd, line + done, part);
		int error = given_up ? EAGAIN : n < 0 ? errno : EIO;

		if (n < 0 && (error == EINTR || (error == EAGAIN && waits && !given_up)))
			continue;
		if (n <= 0) {
			int r = done ? take_back(fd, done) : 0;

			return r < 0 ? r : -error;
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
