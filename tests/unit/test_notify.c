/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service manager is told, and that nobody is where there is none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../enforcer/notify.h"

/* A socket of that name, as the environment has it. */
static int listen_on(const char *name)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	strcpy(addr.sun_path, name);
	if (*name == '@')
		addr.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&addr,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
			 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static void assert_told(int fd, const char *state)
{
	char got[64] = "";

	assert_int_equal(recv(fd, got, sizeof(got) - 1, 0), strlen(state));
	assert_string_equal(got, state);
}

static void test_path_and_abstract_name(void **state)
{
	char path[64], name[64];
	int by_path, by_name;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/ringfence-notify-%d", (int)getpid());
	snprintf(name, sizeof(name), "@ringfence-notify-%d", (int)getpid());
	by_path = listen_on(path);
	notify("READY=1");
	assert_told(by_path, "READY=1");
	by_name = listen_on(name);
	notify("STOPPING=1");
	assert_told(by_name, "STOPPING=1");
	close(by_path);
	close(by_name);
	unlink(path);
}

static void test_nobody_listens(void **state)
{
	static const char *const names[] = {"", "/", "@", "relative", "/nobody/is/there"};
	char long_name[200], path[64], byte;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "@ringfence-silent-%d", (int)getpid());
	fd = listen_on(path);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		setenv("NOTIFY_SOCKET", names[i], 1);
		notify("READY=1");
	}
	memset(long_name, '/', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	setenv("NOTIFY_SOCKET", long_name, 1);
	notify("READY=1");
	unsetenv("NOTIFY_SOCKET");
	notify("READY=1");
	assert_int_equal(recv(fd, &byte, 1, 0), -1);
	assert_int_equal(errno, EAGAIN);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_path_and_abstract_name),
	    cmocka_unit_test(test_nobody_listens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
