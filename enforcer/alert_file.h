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
 * Is another file there by that name now, or is this one shorter than what was read of it? Then
 * that is read from its beginning, and `before`, which is closed first, becomes the file that was
 * renamed: whoever writes it may not know yet. True: another file is there. Nothing by that name is
 * no reason.
 */
bool alert_file_renew(struct alert_file *f, struct alert_file *before);

/* Has it half a line at its end? */
bool alert_file_is_torn(const struct alert_file *f);

/* Harmless on what is not open. */
void alert_file_close(struct alert_file *f);

#endif
