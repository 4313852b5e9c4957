/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arbitrary bytes on the control socket, in two pieces: the reader takes a
 * message, waits, or refuses; and a message it took can be sent on and comes
 * out the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../enforcer/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

static int feed(int from, int to, struct wire_input *in, const uint8_t *data, size_t size,
		json_t **ret)
{
	check(!size || send(from, data, size, 0) == (ssize_t)size);
	return wire_receive(to, in, ret);
}

static void send_on(int from, int to, const json_t *message)
{
	static struct wire_input in;
	json_t *got = NULL;

	if (wire_send(from, message, NULL, 0) < 0) /* written out it can be longer */
		return;
	check(wire_receive(to, &in, &got) == 1 && json_equal(message, got));
	wire_reset(&in);
	json_decref(got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct wire_input in;
	json_t *message = NULL;
	size_t first = size ? data[0] % size : 0;
	int fds[2], fresh[2], r;

	check(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, fresh) == 0);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	r = feed(fds[0], fds[1], &in, data, first, &message);
	if (!r)
		r = feed(fds[0], fds[1], &in, data + first, size - first, &message);
	check((r == 1) == (message != NULL) && r <= 1);
	check(r >= 0 || r == -EPROTO);
	if (message)
		send_on(fresh[0], fresh[1], message);
	json_decref(message);
	wire_reset(&in);
	for (int i = 0; i < 2; i++) {
		close(fds[i]);
		close(fresh[i]);
	}
	return 0;
}
