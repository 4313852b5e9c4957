/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures the messages of log.h while a request is served, to be sent to the client. */
#ifndef ENFORCER_SAID_H
#define ENFORCER_SAID_H

#include <stdio.h>

struct said {
	FILE *text, *before;
	char *messages;
	size_t size;
};

/* From here on messages are kept, and not shown. 0 or -ENOMEM: then they are shown. */
int said_begin(struct said *said);
/* As it was before. The messages, the caller's, UTF-8 and of bounded length; NULL without memory.
 */
char *said_end(struct said *said);

#endif
