/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who can write to a folder can put another file there, however well the old
 * one was guarded. So each folder on the way to a policy, from the root on,
 * must belong to root or the caller, and be nobody else's to write; unless it
 * is sticky, as /tmp is, where what is not one's own cannot be replaced. A
 * symbolic link on the way must belong to one of the two as well, and is
 * followed here, step by step: so every folder that counts is looked at, and
 * what was looked at is what is used, since each step starts from the
 * descriptor of the one before.
 */
#include "folders.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40 /* as the kernel */

static const struct mark whole_file = {0, 0};

struct walk {
	int fd;
	char rest[2 * PATH_MAX]; /* what is still to be walked */
	unsigned links;
};

static bool is_ours(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

static int check_folder(const struct stat *st, struct diag *d)
{
	if (!is_ours(st))
		return diag_error(d, whole_file,
				  "is in a folder of user %u, who could replace the policy",
				  (unsigned)st->st_uid);
	if (!(st->st_mode & (S_IWGRP | S_IWOTH)) || (st->st_mode & S_ISVTX))
		return 0;
	diag_error(d, whole_file, "is in a folder that %s can write",
		   st->st_mode & S_IWOTH ? "everybody" : "its group");
	return diag_hint(d, "who can write to a folder on the way can replace the policy: "
			    "chmod go-w takes that away");
}

/* Puts a link's target before the rest. */
static int follow(struct walk *w, int link, const struct stat *st, struct diag *d)
{
	char target[PATH_MAX];
	size_t rest = strlen(w->rest);
	ssize_t n = readlinkat(link, "", target, sizeof(target));

	if (!is_ours(st))
		return diag_error(
		    d, whole_file,
		    "is reached through a symbolic link of user %u, who could change it",
		    (unsigned)st->st_uid);
	if (n < 0)
		return -errno;
	if (++w->links > LINKS_MAX)
		return -ELOOP;
	if ((size_t)n + 1 + rest >= sizeof(w->rest))
		return -ENAMETOOLONG;
	memmove(w->rest + n + 1, w->rest, rest + 1);
	memcpy(w->rest, target, (size_t)n);
	w->rest[n] = '/';
	return 0;
}

/* Starts again from the root, if what is left to be walked says so. */
static int begin(struct walk *w, struct diag *d)
{
	struct stat st;

	if (w->rest[0] != '/')
		return 0;
	if (w->fd >= 0)
		close(w->fd);
	w->fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->fd < 0 || fstat(w->fd, &st) < 0)
		return -errno;
	return check_folder(&st, d);
}

/* Walks one component, which is not the last. */
static int step(struct walk *w, const char *name, struct diag *d)
{
	int fd = openat(w->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), r;
	struct stat st;

	if (fd < 0)
		return -errno;
	r = fstat(fd, &st) < 0 ? -errno : 0;
	if (!r && S_ISLNK(st.st_mode)) {
		r = follow(w, fd, &st, d);
		close(fd);
		return r ? r : begin(w, d);
	}
	if (!r)
		r = S_ISDIR(st.st_mode) ? check_folder(&st, d) : -ENOTDIR;
	close(w->fd);
	w->fd = fd;
	return r;
}

/* Takes the first component off the rest; 1: it is the last. */
static int next_name(struct walk *w, char name[NAME_MAX + 1])
{
	char *at = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(at, "/");
	bool last = !at[len];

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, at, len);
	name[len] = '\0';
	memmove(w->rest, at + len, strlen(at + len) + 1);
	return last;
}

static int walk(struct walk *w, struct diag *d, char name[NAME_MAX + 1])
{
	int r = begin(w, d);

	while (!r) {
		r = next_name(w, name);
		if (r)
			break;
		/* More slashes than names: the next round finds the end. */
		r = *name ? step(w, name, d) : 0;
	}
	return r < 0 ? r : 0;
}

int folders_open(const char *path, struct diag *d, int *ret_fd, char ret_name[NAME_MAX + 1])
{
	struct walk w = {.fd = -1};
	char here[PATH_MAX] = "";
	int r;

	if (!*path)
		return -ENOENT;
	if (*path != '/' && !getcwd(here, sizeof(here)))
		return -errno;
	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	snprintf(w.rest, sizeof(w.rest), "%s%s%s", here, *here ? "/" : "", path);
	r = walk(&w, d, ret_name);
	if (!r && !*ret_name)
		strcpy(ret_name, ".");
	if (r < 0 && w.fd >= 0)
		close(w.fd);
	else if (!r)
		*ret_fd = w.fd;
	return r;
}
