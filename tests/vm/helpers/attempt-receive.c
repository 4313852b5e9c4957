/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets descriptors that others opened:
 *
 *   receive SOCKET FLAGS PATH   from `giver`; "ok" if it arrived and is that of an open file
 *   peek SOCKET FLAGS PATH      the same with MSG_PEEK
 *   use SOCKET FLAGS PATH       receives an O_PATH descriptor and opens the file through it
 *   pass FLAGS PATH             opens it in a child of the same container, which sends it
 *   pass-on FD                  sends its own descriptor FD, which it was born with, to itself
 *   getfd PIDFILE FD            pidfd_getfd() from a process outside
 *   getfd-child FLAGS PATH      pidfd_getfd() from a child that has opened the file
 *   addfd FD                    as the listener of a child's filter puts descriptor FD into it
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "attempt.h"
#include "descriptor.h"

static int ask(const char *socket_path, const char *flags, const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(name.sun_path, socket_path, sizeof(name.sun_path) - 1);
	if (peer < 0 || connect(peer, (struct sockaddr *)&name, sizeof(name)) ||
	    dprintf(peer, "%s %s", flags, path) < 0)
		return -errno;
	return peer;
}

/* A descriptor that names no open file would be a hollow success. */
static int answer_received(int fd)
{
	int r;

	if (fd < 0)
		return fd;
	r = answer(fcntl(fd, F_GETFL));
	close(fd);
	return r > 0 ? 0 : r;
}

static int receive(char **arguments, int flags)
{
	int peer = ask(arguments[0], arguments[1], arguments[2]), r;

	if (peer < 0)
		return peer;
	r = receive_descriptor(peer, flags);
	close(peer);
	return r;
}

static int try_receive(char **arguments)
{
	return answer_received(receive(arguments, 0));
}

static int try_peek(char **arguments)
{
	return answer_received(receive(arguments, MSG_PEEK));
}

static int try_use(char **arguments)
{
	int fd = receive(arguments, 0);
	char path[64];

	if (fd < 0)
		return fd == -EACCES ? -EBADMSG : fd; /* it was to arrive */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return answer_fd(open(path, O_RDONLY | O_CLOEXEC));
}

static int try_pass(char **arguments)
{
	int ends[2], status, r;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	child = fork();
	if (child == 0) {
		int fd = open(arguments[1], open_flags(arguments[0]), 0600);

		_exit(fd < 0 || send_descriptor(ends[1], fd));
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -errno;
	if (status)
		return status;
	r = answer_received(receive_descriptor(ends[0], 0));
	close(ends[0]);
	close(ends[1]);
	return r;
}

static int try_pass_on(char **arguments)
{
	int ends[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	r = send_descriptor(ends[1], (int)number(arguments[0]));
	if (!r)
		r = answer_received(receive_descriptor(ends[0], 0));
	close(ends[0]);
	close(ends[1]);
	return r;
}

static int getfd(pid_t pid, int theirs)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), r;

	if (pidfd < 0)
		return -errno;
	r = (int)syscall(SYS_pidfd_getfd, pidfd, theirs, 0);
	if (r < 0)
		r = -errno;
	close(pidfd);
	return answer_received(r);
}

static int try_getfd(char **arguments)
{
	FILE *f = fopen(arguments[0], "re");
	int pid = 0;

	if (!f || fscanf(f, "%d", &pid) != 1)
		return -ESRCH;
	fclose(f);
	return getfd(pid, (int)number(arguments[1]));
}

/* The child tells through a pipe which descriptor it has, and waits for the other's end. */
static int try_getfd_child(char **arguments)
{
	int tell[2], over[2], fd = -1, r;
	pid_t child;

	if (pipe2(tell, O_CLOEXEC) || pipe2(over, O_CLOEXEC))
		return -errno;
	child = fork();
	if (child == 0) {
		close(over[1]);
		fd = open(arguments[1], open_flags(arguments[0]), 0600);
		if (write(tell[1], &fd, sizeof(fd)) < 0)
			_exit(1);
		_exit(read(over[0], &fd, 1) != 0);
	}
	if (read(tell[0], &fd, sizeof(fd)) != sizeof(fd))
		fd = -1;
	r = fd < 0 ? -EBADMSG : getfd(child, fd);
	close(over[0]);
	close(over[1]);
	close(tell[0]);
	close(tell[1]);
	waitpid(child, NULL, 0);
	return r;
}

/* A filter that asks its listener about getppid(), whose number no policy minds. */
static int install_listener(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(*code), .filter = code};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    &program);
}

static int add_to(int listener, int fd)
{
	struct seccomp_notif request = {};
	struct seccomp_notif_addfd add = {.srcfd = (__u32)fd};
	struct seccomp_notif_resp response = {};
	int r;

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request))
		return -errno;
	add.id = response.id = request.id;
	r = answer(ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add));
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
	return r;
}

static int try_addfd(char **arguments)
{
	int ends[2], listener, r;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	child = fork();
	if (child == 0) {
		listener = install_listener();
		if (listener < 0 || send_descriptor(ends[1], listener))
			_exit(1);
		close(listener);
		syscall(SYS_getppid);
		_exit(0);
	}
	attempt_child = child;
	listener = receive_descriptor(ends[0], 0);
	r = listener < 0 ? -EBADMSG : add_to(listener, (int)number(arguments[0]));
	close(listener);
	waitpid(child, NULL, 0);
	close(ends[0]);
	close(ends[1]);
	return r;
}

static const struct attempt attempts[] = {
    {"receive", 3, try_receive},
    {"peek", 3, try_peek},
    {"use", 3, try_use},
    {"pass", 2, try_pass},
    {"pass-on", 1, try_pass_on},
    {"getfd", 2, try_getfd},
    {"getfd-child", 2, try_getfd_child},
    {"addfd", 1, try_addfd},
    {},
};

int main(void)
{
	return make_attempts(attempts);
}
