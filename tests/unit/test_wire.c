/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of the control socket: whole, in pieces, with descriptors, and everything they must not
 * be. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../enforcer/wire.h"

struct pair {
	int here, there; /* the latter does not block */
	struct wire_input in;
};

static int set_up(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	int fds[2];

	assert_non_null(p);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	p->here = fds[0];
	p->there = fds[1];
	fcntl(p->there, F_SETFL, O_NONBLOCK);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct pair *p = *state;

	wire_reset(&p->in);
	close(p->here);
	close(p->there);
	free(p);
	return 0;
}

static void send_bytes(const struct pair *p, const void *bytes, size_t n)
{
	assert_int_equal(send(p->here, bytes, n, 0), n);
}

static void send_text(const struct pair *p, const char *text)
{
	size_t n = strlen(text);
	const unsigned char head[4] = {(unsigned char)n, (unsigned char)(n >> 8), 0, 0};

	send_bytes(p, head, sizeof(head));
	send_bytes(p, text, n);
}

static void assert_refused(struct pair *p)
{
	json_t *message = NULL;

	assert_int_equal(wire_receive(p->there, &p->in, &message), -EPROTO);
	assert_null(message);
}

static void test_round_trip(void **state)
{
	json_t *sent = json_pack("{s:i, s:s}", "version", WIRE_VERSION, "request", "hello");
	struct pair *p = *state;
	json_t *got = NULL;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(wire_receive(p->there, &p->in, &got), 0);
		assert_int_equal(wire_send(p->here, sent, NULL, 0), 0);
		assert_int_equal(wire_receive(p->there, &p->in, &got), 1);
		assert_true(json_equal(sent, got));
		assert_int_equal(p->in.n_fds, 0);
		json_decref(got);
		wire_reset(&p->in);
	}
	json_decref(sent);
}

static void test_byte_by_byte(void **state)
{
	static const char text[] = "{\"version\":1}";
	const unsigned char head[4] = {sizeof(text) - 1};
	struct pair *p = *state;
	json_t *got = NULL;

	for (size_t i = 0; i < sizeof(head) + sizeof(text) - 1; i++) {
		assert_int_equal(wire_receive(p->there, &p->in, &got), 0);
		send_bytes(p, i < sizeof(head) ? (const void *)&head[i] : &text[i - sizeof(head)],
			   1);
	}
	assert_int_equal(wire_receive(p->there, &p->in, &got), 1);
	json_decref(got);
}

static void test_two_in_one_go(void **state)
{
	struct pair *p = *state;
	json_t *got = NULL;

	send_text(p, "{\"version\":1,\"n\":1}");
	send_text(p, "{\"version\":1,\"n\":2}");
	for (int i = 1; i <= 2; i++) {
		assert_int_equal(wire_receive(p->there, &p->in, &got), 1);
		assert_int_equal(json_integer_value(json_object_get(got, "n")), i);
		json_decref(got);
		wire_reset(&p->in);
	}
}

static void test_descriptors_arrive(void **state)
{
	json_t *message = json_pack("{s:i}", "version", WIRE_VERSION), *got = NULL;
	struct pair *p = *state;
	int ends[2], taken;
	char byte;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(wire_send(p->here, message, (const int[]){ends[0], ends[1]}, 2), 0);
	assert_int_equal(wire_receive(p->there, &p->in, &got), 1);
	assert_int_equal(p->in.n_fds, 2);
	assert_int_equal(fcntl(p->in.fds[0], F_GETFD), FD_CLOEXEC);
	close(ends[1]);
	assert_int_equal(write(p->in.fds[1], "x", 1), 1);
	taken = p->in.fds[0];
	p->in.fds[0] = -1;
	wire_reset(&p->in);
	/* What was taken is left open, what was not is closed. */
	assert_int_equal(read(taken, &byte, 1), 1);
	assert_int_equal(read(taken, &byte, 1), 0);
	close(taken);
	close(ends[0]);
	json_decref(message);
	json_decref(got);
}

static void test_too_many_descriptors(void **state)
{
	json_t *message = json_pack("{s:i}", "version", WIRE_VERSION);
	int fds[WIRE_FDS];
	struct pair *p = *state;

	for (unsigned i = 0; i < WIRE_FDS; i++)
		fds[i] = p->here;
	assert_int_equal(wire_send(p->here, message, fds, WIRE_FDS), 0);
	send_bytes(p, "", 1);
	/* A second message brings more before the first was taken away. */
	p->in.fds[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	p->in.n_fds = 1;
	assert_refused(p);
	json_decref(message);
}

static void test_too_long(void **state)
{
	const unsigned n = WIRE_MAX + 1;
	const unsigned char head[4] = {(unsigned char)n, (unsigned char)(n >> 8),
				       (unsigned char)(n >> 16), 0};
	json_t *message = json_pack("{s:i, s:o}", "version", WIRE_VERSION, "text", json_array());
	struct pair *p = *state;

	send_bytes(p, head, sizeof(head));
	assert_refused(p);
	for (unsigned i = 0; i < WIRE_MAX; i++)
		json_array_append_new(json_object_get(message, "text"), json_integer(1));
	assert_int_equal(wire_send(p->here, message, NULL, 0), -EMSGSIZE);
	json_decref(message);
}

static void test_no_message(void **state)
{
	static const char *const texts[] = {"",
					    "{",
					    "[1]",
					    "1",
					    "{\"version\":2}",
					    "{}",
					    "{\"version\":\"1\"}",
					    "{\"version\":1} x"};
	struct pair *p = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		send_text(p, texts[i]);
		assert_refused(p);
		wire_reset(&p->in);
	}
}

static void test_the_other_end_goes(void **state)
{
	const unsigned char head[4] = {100};
	struct pair *p = *state;
	json_t *got = NULL;

	send_bytes(p, head, sizeof(head));
	assert_int_equal(wire_receive(p->there, &p->in, &got), 0);
	shutdown(p->here, SHUT_WR);
	assert_int_equal(wire_receive(p->there, &p->in, &got), -ECONNRESET);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(round_trip),	      TEST(byte_by_byte),	  TEST(two_in_one_go),
	    TEST(descriptors_arrive), TEST(too_many_descriptors), TEST(too_long),
	    TEST(no_message),	      TEST(the_other_end_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
