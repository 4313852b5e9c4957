/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling the service manager, sd_notify(3): one datagram to the socket in $NOTIFY_SOCKET. */
#ifndef ENFORCER_NOTIFY_H
#define ENFORCER_NOTIFY_H

/* Sends `state`, such as "READY=1". Nothing is sent, and nothing said, where nobody listens. */
void notify(const char *state);

#endif
