/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page is made whole in memory, and then sent: no peer can draw out the moment it is of. */
#include "metrics_server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

static int make_page(void *ctx, char **ret, size_t *ret_size)
{
	const struct metrics_sources *sources = ctx;
	struct metrics m;
	char *text = NULL;
	size_t size = 0;
	FILE *out;
	int r = metrics_collect(sources, &m);

	if (r < 0)
		return r;
	out = open_memstream(&text, &size);
	if (out) {
		metrics_write(&m, out);
		r = ferror(out) ? -ENOMEM : 0;
		if (fclose(out))
			r = -ENOMEM;
	}
	metrics_done(&m);
	if (!out || r < 0) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	*ret_size = size;
	return 0;
}

int metrics_server_open(struct metrics_server *s, const struct metrics_address *at,
			const struct metrics_sources *sources)
{
	struct stat st;
	int fd;

	if (!at->size)
		return 0;
	fd = metrics_address_listen(at);
	if (fd < 0)
		return fd;
	if (at->any.sa_family == AF_UNIX && !lstat(at->un.sun_path, &st)) {
		s->path = at->un.sun_path;
		s->inode = st.st_ino;
	}
	s->sources = *sources;
	s->sources.started = (__u64)time(NULL);
	return metrics_http_open(fd, make_page, &s->sources, &s->http);
}

int metrics_server_fd(struct metrics_server *s)
{
	return metrics_http_fd(&s->http);
}

int metrics_server_wait(struct metrics_server *s, int most)
{
	return metrics_http_wait(&s->http, most);
}

void metrics_server_run(struct metrics_server *s)
{
	metrics_http_run(&s->http);
}

/* Somebody may have put another in its place meanwhile. */
void metrics_server_close(struct metrics_server *s)
{
	struct stat st;

	metrics_http_close(&s->http);
	if (s->path && !lstat(s->path, &st) && S_ISSOCK(st.st_mode) && st.st_ino == s->inode)
		unlink(s->path);
	s->path = NULL;
}
