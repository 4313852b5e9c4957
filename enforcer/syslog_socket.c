/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One message, one datagram: "<PRIORITY>TIME ringfence[PID]: TEXT", as the C library writes them.
 */
#include "syslog_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>

#include "util.h"

static int connect_to(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	_close_ int fd = -1;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	return take_fd(&fd);
}

int syslog_socket_open(const char *path, struct syslog_socket *ret)
{
	int fd = connect_to(path);

	if (fd < 0)
		return fd;
	*ret = (struct syslog_socket){.path = path, .fd = fd};
	return 0;
}

static int priority_of(const json_t *alert)
{
	const char *action = json_string_value(json_object_get(alert, "action"));
	const char *of = json_string_value(json_object_get(alert, "of"));

	if (of)
		action = of;
	/* Nothing was refused. */
	if (action && (!strcmp(action, "audit") || !strcmp(action, "ended")))
		return LOG_AUTHPRIV | LOG_NOTICE;
	return LOG_AUTHPRIV | LOG_WARNING;
}

static char *message_of(const json_t *alert)
{
	_free_ char *text = json_dumps(alert, JSON_COMPACT);
	time_t now = time(NULL);
	char *message, date[32];
	struct tm tm;

	if (!text || !localtime_r(&now, &tm) || !strftime(date, sizeof(date), "%b %e %T", &tm) ||
	    asprintf(&message, "<%d>%s ringfence[%d]: %s", priority_of(alert), date, getpid(),
		     text) < 0)
		return NULL;
	return message;
}

int syslog_socket_send(struct syslog_socket *s, const json_t *alert)
{
	_free_ char *message = message_of(alert);
	int r;

	if (!message)
		return -ENOMEM;
	/* Once more if the other end was another's before. */
	for (int i = 0; i < 2; i++) {
		if (s->fd < 0)
			s->fd = connect_to(s->path);
		if (s->fd < 0)
			return s->fd;
		if (send(s->fd, message, strlen(message), MSG_NOSIGNAL) >= 0)
			return 0;
		r = -errno;
		if (r == -EAGAIN || r == -EMSGSIZE)
			return r;
		close(take_fd(&s->fd));
	}
	return r;
}

void syslog_socket_close(struct syslog_socket *s)
{
	close_fd(&s->fd);
	*s = SYSLOG_SOCKET_NONE;
}
