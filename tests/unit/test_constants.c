/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The values that conditions are written with, and the names of errors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "../../seccomp/constants.h"
#include "../../seccomp/errnos.h"
#include "../../seccomp/filter.h"

static void constants_are_sorted(void **state)
{
	(void)state;
	assert_true(n_constant_names > 300);
	for (size_t i = 0; i < n_constant_names; i++) {
		uint64_t v = ~0ull;

		if (i && strcmp(constant_names[i - 1].name, constant_names[i].name) >= 0)
			fail_msg("%s is out of order", constant_names[i].name);
		assert_int_equal(constant_value(constant_names[i].name, &v), 0);
		assert_true(v == (uint64_t)constant_names[i].value);
	}
}

static const struct {
	const char *text;
	uint64_t value;
} good[] = {
    {"0", 0},
    {"42", 42},
    {"0x10", 16},
    {"0o755", 0755},
    {"-1", UINT64_MAX},
    {"-0", 0},
    {"-9223372036854775808", 1ull << 63},
    {"18446744073709551615", UINT64_MAX},
    {"0xffffffffffffffff", UINT64_MAX},
    {"AF_UNIX", AF_UNIX},
    {"O_WRONLY|O_CREAT", O_WRONLY | O_CREAT},
    {"O_WRONLY | O_CREAT|0x1", O_WRONLY | O_CREAT | 1},
    {"CLONE_NEWUSER", CLONE_NEWUSER},
    {"AT_FDCWD", (uint64_t)AT_FDCWD},
    {"TIOCSTI", TIOCSTI},
    {"TIOCLINUX", TIOCLINUX},
    {"SIGKILL", SIGKILL},
    {"FUTEX_WAIT|FUTEX_PRIVATE_FLAG", 128},
};

static const char *const bad[] = {
    "",
    " ",
    "-",
    "+1",
    "0x",
    "0o",
    "0o8",
    "08",
    "007",
    "1_000",
    "1e3",
    "0XFF",
    "0x1g",
    "1 2",
    "AF_UNIXX",
    "af_unix",
    "|1",
    "1|",
    "1||2",
    "-1|1",
    "1|-1",
    "--1",
    "-0x1",
    "18446744073709551616",
    "-9223372036854775809",
    "0x10000000000000000",
    "AT_FDCWD|1",
};

static void constants_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint64_t v = 77;

		if (constant_value(good[i].text, &v) || v != good[i].value)
			fail_msg("'%s' read as %#llx", good[i].text, (unsigned long long)v);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t v = 77;

		if (constant_value(bad[i], &v) != -EINVAL)
			fail_msg("'%s' was read", bad[i]);
		assert_int_equal(v, 77);
	}
	assert_string_equal(constant_nearest("AF_INTE6", 8), "AF_INET6");
	assert_null(constant_nearest("", 0));
}

static void errnos_read(void **state)
{
	(void)state;
	assert_int_equal(errno_number("EPERM"), EPERM);
	assert_int_equal(errno_number("ENOSYS"), ENOSYS);
	assert_int_equal(errno_number("EWOULDBLOCK"), EAGAIN);
	assert_int_equal(errno_number("EPERMM"), 0);
	assert_int_equal(errno_number(""), 0);
	assert_string_equal(errno_word(EPERM), "EPERM");
	assert_string_equal(errno_word(EAGAIN), "EAGAIN");
	assert_string_equal(errno_word(EOPNOTSUPP), "EOPNOTSUPP");
	assert_string_equal(errno_word(EDEADLK), "EDEADLK");
	assert_null(errno_word(0));
	assert_null(errno_word(4095));
	for (int n = 1; n <= EHWPOISON; n++)
		if (errno_word(n))
			assert_int_equal(errno_number(errno_word(n)), n);
	assert_string_equal(errno_nearest("EPREM"), "EPERM");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(constants_are_sorted),
	    cmocka_unit_test(constants_read),
	    cmocka_unit_test(errnos_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
