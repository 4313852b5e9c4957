/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses are numbers, so that no name service has a say in where the daemon listens. */
#include "metrics_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "log.h"
#include "util.h"

#define UNIX	"unix:"
#define BACKLOG 16

static int parse_path(const char *path, struct metrics_address *a)
{
	size_t n = strlen(path);

	if (*path != '/' || path[n - 1] == '/' || n >= sizeof(a->un.sun_path))
		return -EINVAL;
	a->un = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(a->un.sun_path, path, n + 1);
	a->size = sizeof(a->un);
	return 0;
}

static int parse_port(const char *text, in_port_t *ret)
{
	size_t n = strspn(text, "0123456789");
	unsigned long port = strtoul(text, NULL, 10);

	if (!n || n > 5 || text[n] || !port || port > 65535)
		return -EINVAL;
	*ret = htons((in_port_t)port);
	return 0;
}

/* `text` has an address of `n` bytes at its beginning. */
static int parse_host(const char *text, size_t n, in_port_t port, struct metrics_address *a)
{
	char host[INET6_ADDRSTRLEN + 1];

	if (n >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, n);
	host[n] = '\0';
	if (n >= 2 && host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		a->in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
		a->size = sizeof(a->in6);
		return inet_pton(AF_INET6, host + 1, &a->in6.sin6_addr) == 1 ? 0 : -EINVAL;
	}
	a->in = (struct sockaddr_in){
	    .sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	a->size = sizeof(a->in);
	return !n || inet_pton(AF_INET, host, &a->in.sin_addr) == 1 ? 0 : -EINVAL;
}

int metrics_address_parse(const char *text, struct metrics_address *ret)
{
	const char *colon = strrchr(text, ':');
	struct metrics_address a = {.text = text};
	in_port_t port;
	int r;

	if (!strncmp(text, UNIX, strlen(UNIX)))
		r = parse_path(text + strlen(UNIX), &a);
	else if (!colon || parse_port(colon + 1, &port) < 0)
		r = -EINVAL;
	else
		r = parse_host(text, (size_t)(colon - text), port, &a);
	if (!r)
		*ret = a;
	return r;
}

bool metrics_address_is_local(const struct metrics_address *a)
{
	if (a->any.sa_family == AF_INET)
		return ntohl(a->in.sin_addr.s_addr) >> 24 == 127;
	return a->any.sa_family == AF_UNIX || IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr);
}

/* A socket that nobody listens on is one of a daemon that was killed; anything else stays. */
static int clear_path(const struct metrics_address *a)
{
	_close_ int fd = -1;
	struct stat st;

	if (lstat(a->un.sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, &a->any, a->size) || errno != ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(a->un.sun_path) ? -errno : 0;
}

static int bind_path(int fd, const struct metrics_address *a)
{
	int r = clear_path(a);
	mode_t before;

	if (r < 0)
		return r;
	before = umask(0177);
	r = bind(fd, &a->any, a->size) ? -errno : 0;
	umask(before);
	return r;
}

static int bind_port(int fd, const struct metrics_address *a)
{
	const int yes = 1;

	/* Connections of a daemon that has just ended do not keep the next one away. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)))
		return -errno;
	if (a->any.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)))
		return -errno;
	return bind(fd, &a->any, a->size) ? -errno : 0;
}

int metrics_address_listen(const struct metrics_address *a)
{
	_close_ int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r = fd < 0 ? -errno : 0;

	if (!r)
		r = a->any.sa_family == AF_UNIX ? bind_path(fd, a) : bind_port(fd, a);
	if (!r && listen(fd, BACKLOG))
		r = -errno;
	if (r < 0)
		return log_errno(r, "Failed to listen on '%s' for metrics", a->text);
	if (!metrics_address_is_local(a))
		log_warning("Whoever can connect to '%s' can read the metrics: there is no "
			    "password, and nothing is encrypted",
			    a->text);
	return take_fd(&fd);
}
