/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "util.h"

#define OF_FILES  (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB)
#define OF_ITSELF (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)

static void note_change(struct watch *w, __u64 now_ms)
{
	if (!w->changed)
		w->first_ms = now_ms;
	w->changed = true;
	w->last_ms = now_ms;
}

/* By descriptor: what is watched is what was looked at, whatever has the name by now. */
static int add_watch(struct watch *w)
{
	_close_ int at = open(w->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[32];
	struct stat st;

	if (at < 0 || fstat(at, &st))
		return -1;
	w->dev = st.st_dev;
	w->ino = st.st_ino;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", at);
	return inotify_add_watch(w->fd, path,
				 OF_FILES | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
}

/* What was there before we began is no change. */
static int look(struct watch *w)
{
	w->wd = add_watch(w);
	if (w->wd >= 0)
		w->missing = false;
	else if (!w->missing) {
		log_warning("Failed to watch '%s', it is looked for again: %m", w->dir);
		w->missing = true;
	}
	return w->wd;
}

static bool is_still_there(const struct watch *w)
{
	struct stat st;

	return !stat(w->dir, &st) && st.st_dev == w->dev && st.st_ino == w->ino;
}

int watch_open(const char *dir, struct watch *ret)
{
	*ret = (struct watch){.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), .dir = dir, .wd = -1};
	if (ret->fd < 0)
		return log_errno(-errno, "Failed to watch '%s'", dir);
	(void)look(ret);
	return 0;
}

/* Moved away, it would go on telling of what is another directory by now. */
static void forget(struct watch *w)
{
	if (w->wd >= 0)
		(void)inotify_rm_watch(w->fd, w->wd);
	w->wd = -1;
}

static void take_event(struct watch *w, const struct inotify_event *event, __u64 now_ms)
{
	if (!(event->mask & IN_Q_OVERFLOW) && event->wd != w->wd)
		return; /* of the directory that was there before */
	note_change(w, now_ms);
	if (event->mask & OF_ITSELF)
		forget(w);
}

void watch_read(struct watch *w, __u64 now_ms)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;

	if (w->fd < 0)
		return;
	while ((n = read(w->fd, buf, sizeof(buf))) > 0)
		for (const char *at = buf; at < buf + n;) {
			const struct inotify_event *event = (const void *)at;

			take_event(w, event, now_ms);
			at += sizeof(*event) + event->len;
		}
	if (w->wd >= 0 && !is_still_there(w)) {
		note_change(w, now_ms);
		forget(w);
	}
	if (w->wd < 0 && look(w) >= 0)
		note_change(w, now_ms);
}

bool watch_take(struct watch *w, __u64 now_ms)
{
	if (!w->changed)
		return false;
	if (now_ms - w->last_ms < WATCH_QUIET_MS && now_ms - w->first_ms < WATCH_LATE_MS)
		return false;
	w->changed = false;
	return true;
}

void watch_close(struct watch *w)
{
	close_fd(&w->fd);
	*w = WATCH_NONE;
}
