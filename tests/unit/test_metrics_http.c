/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page by HTTP, as the daemon's poll loop serves it: what is answered, and what those cost who
 * send half a request, read nothing, or come in crowds. Server and clients are one thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../enforcer/metrics_http.h"

#define GET  "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
#define TYPE "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"

static struct metrics_http server;
static struct sockaddr_un address = {.sun_family = AF_UNIX};

/* What the page is to be. */
static size_t page_size;
static int page_error;
static unsigned pages_made;

static int make(void *ctx, char **ret, size_t *ret_size)
{
	assert_ptr_equal(ctx, &server);
	pages_made++;
	if (page_error)
		return page_error;
	*ret = malloc(page_size);
	assert_non_null(*ret);
	memset(*ret, 'x', page_size);
	*ret_size = page_size;
	return 0;
}

static int open_server(void **state)
{
	static int n;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	/* An abstract name: nothing is left behind. */
	int size = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1,
			    "ringfence-metrics-%d-%d", (int)getpid(), n++);

	(void)state;
	(void)size;
	page_size = 10;
	page_error = 0;
	pages_made = 0;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 16))
		return -1;
	return metrics_http_open(fd, make, &server, &server);
}

static int close_server(void **state)
{
	(void)state;
	metrics_http_close(&server);
	assert_int_equal(metrics_http_fd(&server), -1);
	return 0;
}

/* One turn of the daemon's loop. False: there was nothing to do. */
static bool turn(int most)
{
	struct pollfd p = {metrics_http_fd(&server), POLLIN, 0};
	int wait = metrics_http_wait(&server, most);
	int n = poll(&p, 1, wait);

	metrics_http_run(&server);
	return n > 0 || wait < most;
}

/* A client that has sent this. */
static int ask(const char *request)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	return fd;
}

/* The whole answer, up to the end of the connection; malloc'ed. */
static char *answer_of(int fd, size_t *ret_size)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	for (;;) {
		text = realloc(text, size + 65537);
		assert_non_null(text);
		n = recv(fd, text + size, 65536, 0);
		if (n > 0)
			size += (size_t)n;
		else if (n < 0 && errno == EAGAIN)
			turn(1000);
		else
			break;
	}
	close(fd);
	text[size] = '\0';
	if (ret_size)
		*ret_size = size;
	return text;
}

static void assert_answer(const char *request, const char *status, const char *header,
			  const char *body)
{
	char *text = answer_of(ask(request), NULL), *end = strstr(text, "\r\n\r\n");

	assert_int_equal(strncmp(text, status, strlen(status)), 0);
	assert_non_null(end);
	assert_non_null(strstr(text, header));
	assert_string_equal(end + 4, body);
	free(text);
}

static void test_the_page(void **state)
{
	(void)state;
	assert_answer(GET, "HTTP/1.1 200 ", TYPE, "xxxxxxxxxx");
	assert_answer("GET /metrics?a=b HTTP/1.0\r\n\r\n", "HTTP/1.", TYPE, "xxxxxxxxxx");
	assert_answer("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 ",
		      "Content-Length: 10\r\n", "");
}

static void test_what_is_not_there(void **state)
{
	static const char *const paths[] = {"/",	 "/metrics/", "/metricsx",
					    "//metrics", "/%2e/x",    "/../metrics"};
	char request[128];

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", paths[i]);
		assert_answer(request, "HTTP/1.1 404 ", TYPE, "There is nothing but /metrics\n");
	}
	assert_int_equal(pages_made, 0);
}

static void test_what_cannot_be_done(void **state)
{
	static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "get", "X"};
	char request[128];

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		snprintf(request, sizeof(request),
			 "%s /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
			 methods[i]);
		assert_answer(request, "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n", "GET or HEAD\n");
	}
	/* A body is not waited for. */
	assert_answer("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\nbegin",
		      "HTTP/1.1 405 ", "Connection: close\r\n", "GET or HEAD\n");
	assert_int_equal(pages_made, 0);
}

static void test_no_page(void **state)
{
	(void)state;
	page_error = -ENOMEM;
	assert_answer(GET, "HTTP/1.1 500 ", TYPE, "The figures are not to be had\n");
	page_error = 0;
	assert_answer(GET, "HTTP/1.1 200 ", TYPE, "xxxxxxxxxx");
}

static void test_too_much_is_refused(void **state)
{
	char *request = malloc(40000), *text;

	(void)state;
	assert_non_null(request);
	memset(request, 'x', 39999);
	request[39999] = '\0';
	memcpy(request, "GET /metrics HTTP/1.1\r\nHost: ", 29);
	text = answer_of(ask(request), NULL);
	assert_null(strstr(text, " 200 "));
	assert_int_equal(pages_made, 0);
	free(text);
	free(request);
	assert_answer(GET, "HTTP/1.1 200 ", TYPE, "xxxxxxxxxx");
}

static void test_the_page_is_made_once_a_second(void **state)
{
	struct timespec before, after;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &before);
	for (unsigned i = 0; i < 12; i++)
		assert_answer(GET, "HTTP/1.1 200 ", TYPE, "xxxxxxxxxx");
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_true(pages_made >= 1);
	assert_true(pages_made <= after.tv_sec - before.tv_sec + 1);
}

/* Half a request, silence, and a reader that does not read: another is served meanwhile. */
static void test_who_is_slow_holds_up_nobody(void **state)
{
	int idle = ask(""), half = ask("GET /metrics HTTP/1.1\r\nHo"), full;
	char *text;
	size_t size;

	(void)state;
	/* More than a socket takes at once; and who reads none of it has but five seconds. */
	page_size = 1 << 20;
	full = ask(GET);
	while (turn(0))
		;
	/* All wait, and nothing turns meanwhile. */
	assert_false(turn(0));
	assert_false(turn(0));
	text = answer_of(ask(GET), &size);
	assert_true(size > page_size);
	free(text);
	/* Half a request becomes a whole one, and what was not read is still there. */
	assert_int_equal(send(half, "st: x\r\n\r\n", 9, MSG_NOSIGNAL), 9);
	text = answer_of(half, &size);
	assert_true(size > page_size);
	free(text);
	text = answer_of(full, &size);
	assert_true(size > page_size);
	free(text);
	close(idle);
}

/* Bytes that keep coming do not keep a connection for ever. */
static void test_who_drips_is_ended(void **state)
{
	int fds[METRICS_HTTP_CLIENTS], next;
	char byte, *text;

	(void)state;
	for (size_t i = 0; i < METRICS_HTTP_CLIENTS; i++)
		fds[i] = ask("GET /metrics HTTP/1.1\r\nX: ");
	while (turn(0))
		;
	/* There is no place for another one, who waits; and that costs nothing. */
	next = ask(GET);
	turn(0);
	assert_false(turn(0));
	assert_int_equal(recv(next, &byte, 1, 0), -1);
	for (unsigned dripped = 0;; dripped++) {
		if (send(fds[0], "x", 1, MSG_NOSIGNAL) < 0)
			break;
		assert_true(dripped < 4000); /* it is not the request's size that ends it */
		turn(200);
		poll(NULL, 0, 20);
	}
	for (size_t i = 0; i < METRICS_HTTP_CLIENTS; i++)
		close(fds[i]);
	text = answer_of(next, NULL);
	assert_int_equal(strncmp(text, "HTTP/1.1 200 ", 13), 0);
	free(text);
}

/* However many there are, so many turns a second and no more. */
static void test_a_crowd_has_its_turns(void **state)
{
	struct timespec before, after;
	unsigned ran = 0;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &before);
	for (unsigned i = 0; i < 2000; i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

		/* They do not wait for an answer; the last of them find no room to wait in. */
		if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
			(void)!send(fd, GET, strlen(GET), MSG_NOSIGNAL);
		close(fd);
		ran += metrics_http_fd(&server) >= 0;
		metrics_http_run(&server);
	}
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_true(ran >= 100);
	assert_true(ran <= 100 * (after.tv_sec - before.tv_sec + 1));
	while (turn(1000))
		;
	assert_answer(GET, "HTTP/1.1 200 ", TYPE, "xxxxxxxxxx");
}

static void test_off(void **state)
{
	struct metrics_http off = {0};

	(void)state;
	assert_int_equal(metrics_http_fd(&off), -1);
	assert_int_equal(metrics_http_wait(&off, 1000), 1000);
	metrics_http_run(&off);
	metrics_http_close(&off);
}

#define test_served(f) cmocka_unit_test_setup_teardown(f, open_server, close_server)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test_served(test_the_page),
	    test_served(test_what_is_not_there),
	    test_served(test_what_cannot_be_done),
	    test_served(test_no_page),
	    test_served(test_too_much_is_refused),
	    test_served(test_the_page_is_made_once_a_second),
	    test_served(test_who_is_slow_holds_up_nobody),
	    test_served(test_who_drips_is_ended),
	    test_served(test_a_crowd_has_its_turns),
	    cmocka_unit_test(test_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
