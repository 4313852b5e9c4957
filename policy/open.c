/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A policy decides what a container may do, so its file must be nobody's to
 * change but root's or the caller's, nor to replace (folders.c). The file is
 * opened once and everything is asked of that descriptor: what was judged is
 * what is read.
 *
 * The mode bits tell of POSIX ACLs, too: with an ACL the group bits are its
 * mask, so an ACL that lets anybody write shows as a group that may.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folders.h"
#include "policy.h"

static const struct mark whole_file = {0, 0};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void free_text(char **text)
{
	free(*text);
}

static int open_refused(int error, struct diag *d)
{
	switch (-error) {
	case EINVAL: /* said already */
		return error;
	case ELOOP:
		diag_error(d, whole_file, "is a symbolic link");
		return diag_hint(d, "name the file that it points to");
	case ENXIO: /* a socket */
		return diag_error(d, whole_file, "is not a regular file");
	case ENOMEM:
		return -ENOMEM;
	default:
		return diag_error(d, whole_file, "cannot be opened: %s", strerror(-error));
	}
}

static int open_file(const char *path, struct diag *d, int *ret_fd)
{
	int folder __attribute__((cleanup(close_fd))) = -1;
	char name[NAME_MAX + 1];
	int r = folders_open(path, d, &folder, name);

	if (r < 0)
		return open_refused(r, d);
	*ret_fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	return *ret_fd < 0 ? open_refused(-errno, d) : 0;
}

static int check_trust(const struct stat *st, struct diag *d)
{
	uid_t caller = geteuid();

	if (!S_ISREG(st->st_mode))
		return diag_error(d, whole_file, "is not a regular file");
	if (st->st_uid != 0 && st->st_uid != caller) {
		diag_error(d, whole_file, "belongs to user %u, who could change the policy",
			   (unsigned)st->st_uid);
		return diag_hint(d, "a policy belongs to root or to the user who runs ringfence");
	}
	if (st->st_mode & (S_IWGRP | S_IWOTH)) {
		diag_error(d, whole_file, "can be written by %s",
			   st->st_mode & S_IWOTH ? "everybody" : "its group");
		return diag_hint(d, "chmod go-w takes that away");
	}
	if (st->st_size > (off_t)POLICY_TEXT_MAX)
		return diag_error(d, whole_file, "is %lld bytes long, more than %u",
				  (long long)st->st_size, POLICY_TEXT_MAX);
	return 0;
}

/* Reads to the end, wherever that has moved since fstat(). */
static int read_all(int fd, size_t expected, struct diag *d, char **ret_text, size_t *ret_size)
{
	size_t room = expected + 1, size = 0;
	char *text __attribute__((cleanup(free_text))) = malloc(room);

	if (!text)
		return -ENOMEM;
	while (true) {
		ssize_t got = read(fd, text + size, room - size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return diag_error(d, whole_file, "cannot be read: %s", strerror(errno));
		if (!got)
			break;
		size += (size_t)got;
		if (size > POLICY_TEXT_MAX)
			return diag_error(d, whole_file, "is longer than %u bytes",
					  POLICY_TEXT_MAX);
		if (size == room) {
			char *more = realloc(text, room * 2);

			if (!more)
				return -ENOMEM;
			text = more;
			room *= 2;
		}
	}
	*ret_text = text;
	*ret_size = size;
	text = NULL;
	return 0;
}

int policy_read_text(const char *path, struct diag *d, char **ret_text, size_t *ret_size)
{
	int fd __attribute__((cleanup(close_fd))) = -1;
	struct stat st;
	int r;

	r = open_file(path, d, &fd);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return diag_error(d, whole_file, "cannot be examined: %s", strerror(errno));
	r = check_trust(&st, d);
	if (r < 0)
		return r;
	return read_all(fd, (size_t)st.st_size, d, ret_text, ret_size);
}

int policy_read_file(const char *path, struct diag *d, struct policy **ret_policy,
		     struct policy **ret_rest, char **ret_text, size_t *ret_size)
{
	char *text __attribute__((cleanup(free_text))) = NULL;
	size_t size = 0;
	int r = policy_read_text(path, d, &text, &size);

	if (r < 0)
		return r;
	r = policy_read_rest(path, text, size, d, ret_policy, ret_rest);
	if (r < 0 || !ret_text)
		return r;
	*ret_text = text;
	*ret_size = size;
	text = NULL;
	return 0;
}
