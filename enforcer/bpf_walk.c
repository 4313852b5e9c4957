/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bpf_walk.h"

#include <bpf/bpf.h>
#include <errno.h>

#include "util.h"

int bpf_walk(int link, void (*take)(const char *line, void *arg), void *arg)
{
	int fd = bpf_iter_create(link);
	_fclose_ FILE *f = NULL;
	char line[64];

	if (fd < 0)
		return -errno;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	while (fgets(line, sizeof(line), f))
		take(line, arg);
	return ferror(f) ? -EIO : 0;
}
