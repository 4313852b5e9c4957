/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tries to have a descriptor send signals: WHOM is a process number, a negative one for a group,
 * or "self".
 *
 *   setown WHOM   setown-ex WHOM   ioctl-own WHOM    of a socket
 *   setsig N   notify   lease   async                of a file or pipe of one's own
 *   tty-async   tty-ioctl                            O_ASYNC on a terminal
 *   shared-sig FD N   shared-async FD                of a descriptor that was handed over
 */
#include "attempt.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

static int whom(const char *text)
{
	return strcmp(text, "self") ? (int)number(text) : getpid();
}

static int on_socket(int (*use)(int, int), int pid)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

	if (fd < 0)
		return -errno;
	r = use(fd, pid);
	close(fd);
	return r;
}

static int own(int fd, int pid)
{
	return answer(fcntl(fd, F_SETOWN, pid));
}

static int own_ex(int fd, int pid)
{
	struct f_owner_ex owner = {.type = F_OWNER_PID, .pid = pid};

	return answer(fcntl(fd, F_SETOWN_EX, &owner));
}

static int own_by_ioctl(int fd, int pid)
{
	return answer(ioctl(fd, FIOSETOWN, &pid));
}

static int own_by_socket_ioctl(int fd, int pid)
{
	return answer(ioctl(fd, SIOCSPGRP, &pid));
}

static int choose_signal(int fd, int n)
{
	return answer(fcntl(fd, F_SETSIG, n));
}

static int make_async(int fd, int unused)
{
	(void)unused;
	return answer(fcntl(fd, F_SETFL, O_ASYNC));
}

static int make_async_by_ioctl(int fd, int unused)
{
	int on = 1;

	(void)unused;
	return answer(ioctl(fd, FIOASYNC, &on));
}

static int try_setown(char **a)
{
	return on_socket(own, whom(a[0]));
}

static int try_setown_ex(char **a)
{
	return on_socket(own_ex, whom(a[0]));
}

static int try_ioctl_own(char **a)
{
	return on_socket(own_by_ioctl, whom(a[0]));
}

static int try_ioctl_group(char **a)
{
	return on_socket(own_by_socket_ioctl, whom(a[0]));
}

static int try_setsig(char **a)
{
	return on_socket(choose_signal, (int)number(a[0]));
}

static int try_async(char **a)
{
	(void)a;
	return on_socket(make_async, 0);
}

static int try_ioctl_async(char **a)
{
	(void)a;
	return on_socket(make_async_by_ioctl, 0);
}

/* Everything together, as programs do that want SIGIO of their own. */
static int own_and_async(int fd, int unused)
{
	int r = own(fd, getpid());

	r = r ? r : choose_signal(fd, SIGRTMIN);
	r = r ? r : make_async(fd, unused);
	return r ? r : own(fd, 0);
}

static int try_all_own(char **a)
{
	(void)a;
	return on_socket(own_and_async, 0);
}

static int on_tty(int (*use)(int, int))
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = use(fd, 0);
	close(fd);
	return r;
}

static int try_tty_async(char **a)
{
	(void)a;
	return on_tty(make_async);
}

static int try_tty_ioctl(char **a)
{
	(void)a;
	return on_tty(make_async_by_ioctl);
}

static int try_notify(char **a)
{
	int fd = open(a[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = answer(fcntl(fd, F_NOTIFY, DN_CREATE));
	close(fd);
	return r;
}

/* Descriptors that were handed over: their owner is who handed them over. */
static int try_shared_sig(char **a)
{
	return choose_signal((int)number(a[0]), (int)number(a[1]));
}

static int try_shared_async(char **a)
{
	return make_async((int)number(a[0]), 0);
}

static const struct attempt attempts[] = {
    {"setown", 1, try_setown},
    {"setown-ex", 1, try_setown_ex},
    {"ioctl-own", 1, try_ioctl_own},
    {"ioctl-group", 1, try_ioctl_group},
    {"setsig", 1, try_setsig},
    {"async", 0, try_async},
    {"ioctl-async", 0, try_ioctl_async},
    {"all-own", 0, try_all_own},
    {"tty-async", 0, try_tty_async},
    {"tty-ioctl", 0, try_tty_ioctl},
    {"notify", 1, try_notify},
    {"shared-sig", 2, try_shared_sig},
    {"shared-async", 1, try_shared_async},
    {},
};

int main(void)
{
	return make_attempts(attempts);
}
