/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading an alert log that somebody else is writing. */
#ifndef ENFORCER_ALERT_FILE_H
#define ENFORCER_ALERT_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct alert_file {
	const char *path; /* borrowed */
	FILE *in;
	unsigned long long line; /* of what was read last, from 1 on */
};

/* A regular file only: others may have no end. 0 or negative errno; -EINVAL: it is none. */
int alert_file_open(const char *path, struct alert_file *ret);

/*
 * The next alert, the caller's: 1. 0: there is none yet; half a line waits for its other half.
 * -EBADMSG: the line is no JSON object, and was passed over. Other negative errno.
 */
int alert_file_next(struct alert_file *f, json_t **ret);

/*
 * When there is none yet: is another file there by that name now, or is this one shorter than what
 * was read of it? Then that is read from its beginning. What the old one has was read. Nothing by
 * that name is no reason.
 */
void alert_file_renew(struct alert_file *f);

/* Has it half a line at its end? */
bool alert_file_is_torn(const struct alert_file *f);

void alert_file_close(struct alert_file *f);

#endif
