/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives descriptors away: the unconfined peer that hands a container what it could not open.
 *
 *   giver SOCKET        listens on the UNIX socket until it is ended
 *
 * Whoever connects sends "FLAGS PATH" (FLAGS as in attempt.h) and gets one byte, with the
 * descriptor of that file. FLAGS "gone" stands for rdwr of a file that is made for it and unlinked
 * before it is sent; "memfd" and "pipe" for what has no path.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "attempt.h"
#include "descriptor.h"

static int make_gone(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd >= 0)
		unlink(path);
	return fd;
}

static int make_pipe(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	close(ends[1]);
	return ends[0];
}

static int make(const char *flags, const char *path)
{
	if (!strcmp(flags, "gone"))
		return make_gone(path);
	if (!strcmp(flags, "memfd"))
		return memfd_create("given", MFD_CLOEXEC);
	if (!strcmp(flags, "pipe"))
		return make_pipe();
	return open(path, open_flags(flags), 0600);
}

static void serve(int peer)
{
	char request[4096] = {}, *path;
	ssize_t n = read(peer, request, sizeof(request) - 1);
	int fd;

	if (n <= 0)
		return;
	path = strchr(request, ' ');
	if (!path)
		return;
	*path++ = 0;
	fd = make(request, path);
	if (fd < 0)
		fprintf(stderr, "giver: %s %s: %s\n", request, path, strerror(errno));
	send_descriptor(peer, fd);
	close(fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), peer;

	if (argc != 2 || strlen(argv[1]) >= sizeof(name.sun_path) || server < 0)
		return 2;
	strcpy(name.sun_path, argv[1]);
	unlink(argv[1]);
	umask(0);
	if (bind(server, (struct sockaddr *)&name, sizeof(name)) || listen(server, 8)) {
		perror("giver");
		return 1;
	}
	while ((peer = accept4(server, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		serve(peer);
		close(peer);
	}
	return 1;
}
