/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system's log (syslogd, journald), without waiting for it: syslog(3) does, for as long as
 * nobody reads, and does not say what became of a message.
 */
#ifndef ENFORCER_SYSLOG_SOCKET_H
#define ENFORCER_SYSLOG_SOCKET_H

#include <jansson.h>

#define SYSLOG_PATH "/dev/log"

struct syslog_socket {
	const char *path; /* borrowed; NULL: not in use */
	int fd;		  /* -1: not connected */
};

#define SYSLOG_SOCKET_NONE ((struct syslog_socket){.fd = -1})

/* 0 or negative errno: nobody listens there. */
int syslog_socket_open(const char *path, struct syslog_socket *ret);

/*
 * Sends an alert as one message of facility authpriv: a warning where something was denied or lost,
 * else a notice. Connects again where the other end has gone. 0, -EAGAIN (it does not read),
 * -EMSGSIZE, other negative errno: it was not sent.
 */
int syslog_socket_send(struct syslog_socket *s, const json_t *alert);

void syslog_socket_close(struct syslog_socket *s);

#endif
