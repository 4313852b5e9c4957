/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors through UNIX sockets. */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

/* Sends one byte, with `fd` unless that is negative. 0 or a negative errno. */
static inline int send_descriptor(int peer, int fd)
{
	char byte = 'x', control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
	struct cmsghdr *head;

	if (fd >= 0) {
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	}
	return sendmsg(peer, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/*
 * Receives that byte. The descriptor; -EACCES if the message came with its descriptor withheld,
 * which is told by MSG_CTRUNC; -ENODATA if none was sent with it; another negative errno.
 */
static inline int receive_descriptor(int peer, int flags)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	struct cmsghdr *head;
	ssize_t n = recvmsg(peer, &message, flags | MSG_CMSG_CLOEXEC);
	int fd;

	if (n < 0)
		return -errno;
	if (n != 1 || byte != 'x')
		return -EPROTO;
	head = CMSG_FIRSTHDR(&message);
	if (!head || head->cmsg_len < CMSG_LEN(sizeof(int)))
		return message.msg_flags & MSG_CTRUNC ? -EACCES : -ENODATA;
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

#endif
