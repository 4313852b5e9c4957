/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "alert_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

/* No alert is that long: two paths and a program, each byte escaped, are 50 KiB. */
#define LINE_SIZE (128u << 10)

int alert_file_open(const char *path, struct alert_file *ret)
{
	_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	FILE *in;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	in = fdopen(fd, "r");
	if (!in)
		return -ENOMEM;
	(void)take_fd(&fd);
	*ret = (struct alert_file){.path = path, .in = in};
	return 0;
}

void alert_file_close(struct alert_file *f)
{
	if (f->in)
		fclose(f->in);
	*f = (struct alert_file){0};
}

/* To the end of a line that was too long. False: it has none yet. */
static bool skip_line(FILE *in)
{
	int c;

	do {
		c = getc(in);
	} while (c != '\n' && c != EOF);
	return c == '\n';
}

static int parse(const char *line, size_t len, json_t **ret)
{
	json_t *alert = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(alert)) {
		json_decref(alert);
		return -EBADMSG;
	}
	*ret = alert;
	return 1;
}

int alert_file_next(struct alert_file *f, json_t **ret)
{
	_free_ char *line = malloc(LINE_SIZE);
	off_t start = ftello(f->in);
	size_t len = 0;
	int c;

	if (!line || start < 0)
		return line ? -errno : -ENOMEM;
	while (len < LINE_SIZE && (c = getc(f->in)) != EOF && c != '\n')
		line[len++] = (char)c;
	if (len < LINE_SIZE && c == '\n') {
		f->line++;
		return parse(line, len, ret);
	}
	if (len == LINE_SIZE && skip_line(f->in)) {
		f->line++;
		return -EBADMSG;
	}
	if (ferror(f->in))
		return -EIO;
	clearerr(f->in);
	return fseeko(f->in, start, SEEK_SET) ? -errno : 0;
}

bool alert_file_renew(struct alert_file *f, struct alert_file *before)
{
	struct stat old, named;
	struct alert_file other;
	bool is_same;

	if (fstat(fileno(f->in), &old) || stat(f->path, &named))
		return false;
	is_same = old.st_dev == named.st_dev && old.st_ino == named.st_ino;
	if ((is_same && old.st_size >= ftello(f->in)) || alert_file_open(f->path, &other) < 0)
		return false;
	if (is_same) {
		alert_file_close(f);
	} else {
		alert_file_close(before);
		*before = *f;
	}
	*f = other;
	return !is_same;
}

bool alert_file_is_torn(const struct alert_file *f)
{
	struct stat st;

	return !fstat(fileno(f->in), &st) && st.st_size > ftello(f->in);
}
