/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "log.h"
#include "util.h"

#define LOCK_PATH "/run/ringfence/daemon.lock"

int daemon_lock(void)
{
	_close_ int fd = -1;

	if (mkdir("/run/ringfence", 0700) && errno != EEXIST)
		return log_errno(-errno, "Failed to make '/run/ringfence'");
	fd = open(LOCK_PATH, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return log_errno(-errno, "Failed to open '" LOCK_PATH "'");
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return take_fd(&fd);
	return errno == EWOULDBLOCK ? -EBUSY : log_errno(-errno, "Failed to lock '" LOCK_PATH "'");
}
