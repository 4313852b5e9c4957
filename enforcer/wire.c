/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of the control socket. */
#include "wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "util.h"

union fd_room {
	char bytes[CMSG_SPACE(WIRE_FDS * sizeof(int))];
	struct cmsghdr align;
};

static void put_length(unsigned char *bytes, size_t n)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (unsigned char)(n >> (8 * i));
}

static size_t get_length(const unsigned char *bytes)
{
	size_t n = 0;

	for (int i = 0; i < 4; i++)
		n |= (size_t)bytes[i] << (8 * i);
	return n;
}

/* How many bytes there are to be, as far as is known. */
static size_t wanted(const struct wire_input *in)
{
	return in->have < 4 ? 4 : 4 + get_length(in->bytes);
}

/* More descriptors than there may be are closed by the kernel: MSG_CTRUNC. */
static int take_descriptors(struct wire_input *in, struct msghdr *msg)
{
	int r = msg->msg_flags & MSG_CTRUNC ? -EPROTO : 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (in->n_fds < WIRE_FDS) {
				in->fds[in->n_fds++] = fd;
			} else {
				close(fd);
				r = -EPROTO;
			}
		}
	}
	return r;
}

static int receive_some(int fd, struct wire_input *in)
{
	union fd_room room;
	struct iovec to = {in->bytes + in->have, wanted(in) - in->have};
	struct msghdr msg = {.msg_iov = &to,
			     .msg_iovlen = 1,
			     .msg_control = room.bytes,
			     .msg_controllen = sizeof(room)};
	ssize_t n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	int r;

	if (n < 0)
		return -errno;
	r = take_descriptors(in, &msg);
	if (r < 0)
		return r;
	in->have += (size_t)n;
	return n ? 0 : -ECONNRESET;
}

static int parse(const struct wire_input *in, json_t **ret_message)
{
	json_t *message = json_loadb((const char *)in->bytes + 4, in->have - 4, 0, NULL);

	if (!json_is_object(message) ||
	    json_integer_value(json_object_get(message, "version")) != WIRE_VERSION) {
		json_decref(message);
		return -EPROTO;
	}
	*ret_message = message;
	return 1;
}

int wire_receive(int fd, struct wire_input *in, json_t **ret_message)
{
	int r;

	while (in->have < wanted(in)) {
		r = receive_some(fd, in);
		if (r == -EAGAIN)
			return 0;
		if (r < 0 && r != -EINTR)
			return r;
		if (in->have >= 4 && get_length(in->bytes) > WIRE_MAX)
			return -EPROTO;
	}
	return parse(in, ret_message);
}

void wire_reset(struct wire_input *in)
{
	for (unsigned i = 0; i < in->n_fds; i++)
		close_fd(&in->fds[i]);
	in->n_fds = 0;
	in->have = 0;
}

static void attach_descriptors(struct msghdr *msg, union fd_room *room, const int *fds, unsigned n)
{
	struct cmsghdr *c;

	memset(room, 0, sizeof(*room));
	msg->msg_control = room->bytes;
	msg->msg_controllen = CMSG_SPACE(n * sizeof(*fds));
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(*fds));
	memcpy(CMSG_DATA(c), fds, n * sizeof(*fds));
}

/* The descriptors go with the first piece. */
static int send_all(int fd, const unsigned char *bytes, size_t size, const int *fds, unsigned n_fds)
{
	union fd_room room;

	for (size_t done = 0; done < size;) {
		struct iovec from = {(void *)(bytes + done), size - done};
		struct msghdr msg = {.msg_iov = &from, .msg_iovlen = 1};
		ssize_t n;

		if (n_fds && !done)
			attach_descriptors(&msg, &room, fds, n_fds);
		n = sendmsg(fd, &msg, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int wire_send(int fd, const json_t *message, const int *fds, unsigned n_fds)
{
	_free_ unsigned char *bytes = malloc(4 + WIRE_MAX);
	size_t n;

	if (!bytes)
		return -ENOMEM;
	n = json_dumpb(message, (char *)bytes + 4, WIRE_MAX, JSON_COMPACT);
	if (!n)
		return -ENOMEM;
	if (n > WIRE_MAX)
		return -EMSGSIZE;
	put_length(bytes, n);
	return send_all(fd, bytes, 4 + n, fds, n_fds);
}
