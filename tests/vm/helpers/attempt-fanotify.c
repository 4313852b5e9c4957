/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries to come by a file through fanotify, which opens for its reader what others have open. */
#include "attempt.h"

#include <sys/fanotify.h>

/*
 * Marks the children of directory a[0]; opens a[1], a[2] says how: "open" to read it, "copy-up" to
 * write it. Then reads an event. -EAGAIN: there was none.
 */
static int try_fanotify(char **a)
{
	int flags = strcmp(a[2], "copy-up") ? O_RDONLY : O_WRONLY, fd, r;
	struct fanotify_event_metadata event[8];
	int fan = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_CLOEXEC);

	if (fan < 0)
		return -errno;
	if (fanotify_mark(fan, FAN_MARK_ADD, FAN_OPEN | FAN_ACCESS | FAN_EVENT_ON_CHILD, AT_FDCWD,
			  a[0]))
		return -errno;
	fd = open(a[1], flags | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	r = answer(read(fan, event, sizeof(event)));
	close(fan);
	return r;
}

static const struct attempt attempts[] = {
    {"fanotify", 3, try_fanotify},
    {},
};

int main(void)
{
	return make_attempts(attempts);
}
