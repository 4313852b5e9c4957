/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where metrics are served: what is an address and what not, who can connect, and whose a file is.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../enforcer/log.h"
#include "../../enforcer/metrics_address.h"

static char dir[] = "/tmp/ringfence-metrics-XXXXXX";
static char path[sizeof(dir) + 16], spec[sizeof(path) + 8];

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/socket", dir);
	snprintf(spec, sizeof(spec), "unix:%s", path);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static void assert_host(const char *text, int family, const char *host, int port, bool local)
{
	struct metrics_address a;
	char shown[INET6_ADDRSTRLEN];

	assert_int_equal(metrics_address_parse(text, &a), 0);
	assert_int_equal(a.any.sa_family, family);
	assert_non_null(
	    inet_ntop(family, family == AF_INET ? (void *)&a.in.sin_addr : (void *)&a.in6.sin6_addr,
		      shown, sizeof(shown)));
	assert_string_equal(shown, host);
	assert_int_equal(ntohs(family == AF_INET ? a.in.sin_port : a.in6.sin6_port), port);
	assert_int_equal(metrics_address_is_local(&a), local);
}

static void test_addresses(void **state)
{
	(void)state;
	assert_host("127.0.0.1:9100", AF_INET, "127.0.0.1", 9100, true);
	assert_host(":9100", AF_INET, "127.0.0.1", 9100, true);
	assert_host("127.1.2.3:1", AF_INET, "127.1.2.3", 1, true);
	assert_host("0.0.0.0:65535", AF_INET, "0.0.0.0", 65535, false);
	assert_host("10.0.0.1:80", AF_INET, "10.0.0.1", 80, false);
	assert_host("[::1]:9100", AF_INET6, "::1", 9100, true);
	assert_host("[::]:9100", AF_INET6, "::", 9100, false);
	assert_host("[fe80::1]:9100", AF_INET6, "fe80::1", 9100, false);
}

static void test_what_is_no_address(void **state)
{
	static const char *const bad[] = {
	    "",
	    "127.0.0.1",
	    "127.0.0.1:",
	    "127.0.0.1:0",
	    "127.0.0.1:65536",
	    "127.0.0.1:99999",
	    "127.0.0.1:080000",
	    "127.0.0.1:-1",
	    "127.0.0.1: 1",
	    "127.0.0.1:1x",
	    "127.0.0.1:http",
	    "127.0.0:9100",
	    "localhost:9100",
	    "::1:9100",
	    "[::1]",
	    "[::1:9100",
	    "[]:9100",
	    "[127.0.0.1]:1",
	    "[fe80::1%lo]:1",
	    " :9100",
	    "unix:",
	    "unix:relative",
	    "unix:/",
	    "unix:/run/",
	    "unix",
	    "/run/socket",
	    "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb]:1",
	};
	struct metrics_address a;
	char longest[256] = "unix:/";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(metrics_address_parse(bad[i], &a), -EINVAL);
	memset(longest + 6, 'x', sizeof(a.un.sun_path) - 2);
	assert_int_equal(metrics_address_parse(longest, &a), 0);
	assert_int_equal(a.un.sun_path[sizeof(a.un.sun_path) - 1], '\0');
	strcat(longest, "x");
	assert_int_equal(metrics_address_parse(longest, &a), -EINVAL);
}

/* Listens; what is said is in *ret_said, the caller's. */
static int listen_on(const char *text, char **ret_said)
{
	struct metrics_address a;
	size_t size;
	FILE *said = open_memstream(ret_said, &size), *before = log_to(said);
	int fd;

	assert_int_equal(metrics_address_parse(text, &a), 0);
	fd = metrics_address_listen(&a);
	log_to(before);
	fclose(said);
	return fd;
}

static void test_a_socket_file_is_its_owners_alone(void **state)
{
	char *said;
	struct stat st;
	int fd = listen_on(spec, &said);

	(void)state;
	assert_true(fd >= 0);
	assert_string_equal(said, "");
	free(said);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0600);
	/* Somebody listens: it is not taken from them. */
	assert_int_equal(listen_on(spec, &said), -EADDRINUSE);
	assert_non_null(strstr(said, "Failed to listen on 'unix:/tmp/ringfence-metrics-"));
	free(said);
	close(fd);
	/* Nobody does any more. */
	fd = listen_on(spec, &said);
	assert_true(fd >= 0);
	free(said);
	close(fd);
	unlink(path);
}

static void test_a_file_that_is_no_socket_stays(void **state)
{
	struct stat st;
	char *said;

	(void)state;
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(listen_on(spec, &said), -EEXIST);
	free(said);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	unlink(path);
}

static void test_who_can_connect_from_afar_is_told(void **state)
{
	/* None of these ports is likely to be taken; port 0 would not be accepted. */
	static const char *const open_to_all = "0.0.0.0:47113", *const local = "127.0.0.1:47114";
	char *said;
	int fd = listen_on(open_to_all, &said);

	(void)state;
	assert_true(fd >= 0);
	assert_non_null(strstr(said, "warning: Whoever can connect to '0.0.0.0:47113'"));
	free(said);
	close(fd);
	fd = listen_on(local, &said);
	assert_true(fd >= 0);
	assert_string_equal(said, "");
	free(said);
	assert_int_equal(listen_on(local, &said), -EADDRINUSE);
	assert_non_null(strstr(said, "'127.0.0.1:47114'"));
	free(said);
	close(fd);
	/* Of no machine: RFC 5737. */
	assert_int_equal(listen_on("192.0.2.1:47113", &said), -EADDRNOTAVAIL);
	free(said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_what_is_no_address),
	    cmocka_unit_test(test_a_socket_file_is_its_owners_alone),
	    cmocka_unit_test(test_a_file_that_is_no_socket_stays),
	    cmocka_unit_test(test_who_can_connect_from_afar_is_told),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
