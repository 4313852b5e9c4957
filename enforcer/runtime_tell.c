/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Engines name a log (--log), read the last error in it when a runtime fails,
 * and show that to their user. So what we have to say of a failure is one entry
 * of it, in the runtime's format.
 */
#include "runtime_tell.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "../policy/utf8.h"
#include "util.h"

#define TEXT_MAX 16384 /* bytes; what is longer is cut */

static int saved_stderr = -1;

int runtime_tell_begin(void)
{
	int kept = memfd_create("ringfence-messages", MFD_CLOEXEC);

	saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (kept < 0 || saved_stderr < 0 || dup2(kept, STDERR_FILENO) < 0) {
		close_fd(&kept);
		close_fd(&saved_stderr);
		saved_stderr = -1;
		return -1;
	}
	return kept;
}

static json_t *entry(const char *text)
{
	char when[40];
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_pack("{s:s, s:s, s:s}", "level", "error", "msg", text, "time", when);
}

/*
 * Who reads the log takes it for UTF-8, which names of files need not be: what is none becomes
 * question marks. With `cut`, the end may be the beginning of a character, and goes.
 */
static void make_utf8(char *text, size_t size, bool cut)
{
	uint32_t c;

	for (size_t i = 0, n; i < size; i += n) {
		n = utf8_decode(text + i, size - i, &c);
		if (n)
			continue;
		text[i] = '?';
		n = 1;
		if (cut && size - i < 4)
			text[i] = '\0';
	}
}

/* A failure to write it is nothing to fail for: standard error has it too. */
static void write_log(const struct runtime_args *a, const char *text)
{
	const char *path = a->log;
	_fclose_ FILE *f = NULL;
	json_t *o;
	int fd;

	if (!path)
		return;
	if (!strncmp(path, "file:", 5)) /* crun has this, and other places */
		path += 5;
	else if (strchr(path, ':'))
		return;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
	f = fd < 0 ? NULL : fdopen(fd, "a");
	if (!f) {
		close_fd(&fd);
		return;
	}
	if (!a->log_is_json) {
		fprintf(f, "%s\n", text);
		return;
	}
	o = entry(text);
	if (o && !json_dumpf(o, f, JSON_COMPACT))
		fputc('\n', f);
	json_decref(o);
}

static void tell(int fd, const struct runtime_args *a, bool failed)
{
	_free_ char *text = calloc(1, TEXT_MAX + 1);
	ssize_t n = text ? pread(fd, text, TEXT_MAX, 0) : -1;
	bool cut = n == TEXT_MAX;

	if (n <= 0)
		return;
	fputs(text, stderr);
	while (n && text[n - 1] == '\n')
		text[--n] = '\0';
	make_utf8(text, (size_t)n, cut);
	if (failed)
		write_log(a, text);
}

void runtime_tell_end(int kept, const struct runtime_args *a, bool failed)
{
	if (kept < 0)
		return;
	fflush(stderr);
	dup2(saved_stderr, STDERR_FILENO);
	close(take_fd(&saved_stderr));
	tell(kept, a, failed);
	close(kept);
}

void runtime_tell_file(int dir, const char *name, const struct runtime_args *a, bool failed)
{
	_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0)
		tell(fd, a, failed);
}
