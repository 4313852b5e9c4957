/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notices changes to the files of a directory, inotify(7), and says when they are over: an editor
 * writes in several steps, and a set of files is put in place one by one. It is the directory that
 * is watched, not its files. inotify knows directories by what they are, and not by their names: so
 * each time the name is looked up, and where it means another directory, because one above it was
 * replaced, a symbolic link on the way leads elsewhere (Kubernetes' ConfigMaps are changed so), or
 * something is mounted there, that is a change. A directory that is not there, or no longer, is
 * looked for again; when it is there, that is a change, too.
 */
#ifndef ENFORCER_WATCH_H
#define ENFORCER_WATCH_H

#include <linux/types.h>
#include <stdbool.h>
#include <sys/types.h>

#define WATCH_QUIET_MS 500u  /* so long after the last change they are over, */
#define WATCH_LATE_MS  5000u /* or so long after the first */

struct watch {
	int fd;			 /* to be polled for reading; -1: nothing is watched */
	const char *dir;	 /* borrowed */
	int wd;			 /* -1: it is not there */
	dev_t dev;		 /* of what is watched, */
	ino_t ino;		 /* which may not be what has the name */
	bool missing;		 /* which has been told */
	bool changed;		 /* and nobody has been told */
	__u64 first_ms, last_ms; /* such changes */
};

#define WATCH_NONE ((struct watch){.fd = -1, .wd = -1})

/* Begins; what is there is no change. Tells what goes wrong. 0 or negative errno. */
int watch_open(const char *dir, struct watch *ret);

/*
 * Takes note of what has changed; looks whether the directory is there, and still the same. Times
 * are in milliseconds, of any clock that never goes back. Nothing where nothing is watched.
 */
void watch_read(struct watch *w, __u64 now_ms);

/* Were there changes, and are they over? It is told once. */
bool watch_take(struct watch *w, __u64 now_ms);

/* Harmless on what was never opened. */
void watch_close(struct watch *w);

#endif
