/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where alerts go: written whole or counted, told once, and never waited for. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../enforcer/log.h"
#include "../../enforcer/sink.h"
#include "../../enforcer/util.h"

#define MAX_MESSAGES 4096

/* A directory to be in, an alert, and what was told. */
static char top[] = "/tmp/ringfence-sink-XXXXXX";
static json_t *alert;
static char told[MAX_MESSAGES];
static FILE *messages;

static int set_up_all(void **state)
{
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	return !mkdtemp(top) || chdir(top);
}

static int tear_down_all(void **state)
{
	(void)state;
	return chdir("/") || rmdir(top);
}

static int set_up(void **state)
{
	(void)state;
	alert = json_pack("{s:s, s:s, s:i}", "action", "deny", "path", "/etc/shadow", "seq", 7);
	messages = fmemopen(told, sizeof(told), "w");
	setbuf(messages, NULL);
	memset(told, 0, sizeof(told));
	log_to(messages);
	return !alert || !messages;
}

static int tear_down(void **state)
{
	static const char *const files[] = {"log", "log.1", "target", "syslog", "socket"};

	(void)state;
	log_to(NULL);
	fclose(messages);
	json_decref(alert);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		unlink(files[i]);
	return 0;
}

#define LINE "{\"action\":\"deny\",\"path\":\"/etc/shadow\",\"seq\":7}\n"

static void assert_file(const char *path, unsigned lines)
{
	_fclose_ FILE *f = fopen(path, "re");
	char line[256];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		assert_string_equal(line, LINE);
		assert_true(lines-- > 0);
	}
	assert_int_equal(lines, 0);
}

static void test_file(void **state)
{
	struct sink s;
	struct stat st;

	(void)state;
	assert_int_equal(sink_open("log", false, &s), 0);
	sink_write(&s, alert);
	assert_file("log", 1); /* at once */
	assert_int_equal(stat("log", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	/* By another name now: it stays the same, until it is to be opened again. */
	assert_int_equal(rename("log", "log.1"), 0);
	sink_write(&s, alert);
	assert_file("log.1", 2);
	sink_reopen(&s);
	sink_write(&s, alert);
	assert_file("log.1", 2);
	assert_file("log", 1);
	sink_close(&s);
	assert_int_equal(s.unwritten, 0);
	assert_string_equal(told, "");
}

static void test_what_is_no_file_for_it(void **state)
{
	struct sink s;

	(void)state;
	assert_int_equal(symlink("target", "log"), 0);
	assert_int_equal(sink_open("log", false, &s), -ELOOP);
	assert_int_equal(access("target", F_OK), -1);
	assert_non_null(strstr(told, "'log'"));
	assert_int_equal(sink_open("no/such", false, &s), -ENOENT);
	assert_int_equal(mkfifo("target", 0600), 0);
	assert_int_equal(sink_open("target", false, &s), -ENXIO);
	sink_close(&s); /* harmless */
}

/* The new one cannot be had: alerts go on into the old one. */
static void test_reopening_fails(void **state)
{
	struct sink s;

	(void)state;
	assert_int_equal(sink_open("log", false, &s), 0);
	assert_int_equal(rename("log", "log.1"), 0);
	assert_int_equal(symlink("target", "log"), 0);
	sink_reopen(&s);
	assert_non_null(strstr(told, "the old one stays"));
	sink_write(&s, alert);
	assert_file("log.1", 1);
	sink_close(&s);
}

static void test_full_disk(void **state)
{
	struct sink s;

	(void)state;
	assert_int_equal(sink_open("/dev/full", false, &s), 0);
	for (int i = 0; i < 5; i++)
		sink_write(&s, alert);
	sink_write(&s, NULL);
	assert_int_equal(s.unwritten, 6);
	sink_close(&s);
	assert_string_equal(told, "ringfence: Failed to write an alert; enforcement goes on: No "
				  "space left on device\nringfence: 6 alerts could not be written: "
				  "Cannot allocate memory\n");
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Room for one line and a half, then for more: every line is whole, and the others are counted. */
static void test_room_again(void **state)
{
	struct sink s;

	(void)state;
	assert_int_equal(sink_open("log", false, &s), 0);
	limit_files(sizeof(LINE) * 3 / 2);
	for (int i = 0; i < 4; i++)
		sink_write(&s, alert);
	limit_files(RLIM_INFINITY);
	assert_int_equal(s.unwritten, 3);
	assert_file("log", 1);
	sink_write(&s, alert);
	assert_int_equal(s.unwritten, 3);
	assert_file("log", 2);
	sink_close(&s);
	assert_non_null(strstr(told, "ringfence: 3 alerts could not be written: File too large\n"));
}

static void forget_messages(void)
{
	rewind(messages);
	memset(told, 0, sizeof(told));
}

static void write_where_there_is_no_room(struct sink *s, int n)
{
	limit_files(0);
	for (int i = 0; i < n; i++)
		sink_write(s, alert);
	limit_files(RLIM_INFINITY);
	sink_write(s, alert);
}

#define MINUTE 60u
#define FIRST  "ringfence: Failed to write an alert; enforcement goes on: File too large\n"

/* It fails for a short time, again and again: each is told of in the minute after it. */
static void test_failing_again(void **state)
{
	struct sink s;

	(void)state;
	assert_int_equal(sink_open("log", false, &s), 0);
	sink_tick(&s);
	write_where_there_is_no_room(&s, 2);
	sink_tick(&s);
	assert_string_equal(told, FIRST);
	forget_messages();
	s.said -= MINUTE;
	sink_tick(&s);
	assert_string_equal(told, "ringfence: 2 alerts could not be written: File too large\n");
	forget_messages();
	/* Too early for a message; the count comes when it is time. */
	write_where_there_is_no_room(&s, 3);
	sink_tick(&s);
	assert_string_equal(told, "");
	s.said -= MINUTE;
	sink_tick(&s);
	sink_tick(&s);
	assert_string_equal(told, "ringfence: 3 alerts could not be written: File too large\n");
	forget_messages();
	s.said -= MINUTE;
	sink_tick(&s);
	assert_string_equal(told, "");
	write_where_there_is_no_room(&s, 1);
	assert_string_equal(told, FIRST);
	assert_int_equal(s.unwritten, 6);
	sink_close(&s);
}

/* The disk is gone, and there is another: found without being told, if it may be looked for. */
static void test_vanished_disk(void **state)
{
	struct sink s;

	(void)state;
	for (int may = 0; may < 2; may++) {
		assert_int_equal(sink_open("log", false, &s), 0);
		s.reopens = may;
		/* Of the old one, nothing can be written any more. */
		fclose(s.out);
		s.out = fopen("/dev/full", "ae");
		sink_write(&s, alert);
		sink_write(&s, alert);
		assert_int_equal(s.unwritten, may ? 1 : 2);
		assert_file("log", may ? 1 : 0);
		sink_close(&s);
	}
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, path);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void assert_message(int fd, int priority)
{
	char text[256] = "", start[8];

	assert_true(recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT) > 0);
	snprintf(start, sizeof(start), "<%d>", priority);
	assert_memory_equal(text, start, strlen(start));
	assert_non_null(strstr(text, " ringfence["));
	assert_non_null(strstr(text, "]: {\"action\":\""));
}

static void test_syslog(void **state)
{
	struct syslog_socket s;
	int fd, r, sent = 0;

	(void)state;
	assert_int_equal(syslog_socket_open("socket", &s), -ENOENT);
	fd = listen_at("socket");
	assert_int_equal(syslog_socket_open("socket", &s), 0);
	assert_int_equal(syslog_socket_send(&s, alert), 0);
	assert_message(fd, 10 * 8 + 4);
	json_object_set_new(alert, "action", json_string("audit"));
	assert_int_equal(syslog_socket_send(&s, alert), 0);
	assert_message(fd, 10 * 8 + 5);
	/* It is started anew: another socket by the same name. */
	close(fd);
	assert_int_equal(syslog_socket_send(&s, alert), -ECONNREFUSED);
	unlink("socket");
	fd = listen_at("socket");
	assert_int_equal(syslog_socket_send(&s, alert), 0);
	assert_message(fd, 10 * 8 + 5);
	/* It does not read: nobody waits. */
	while (!(r = syslog_socket_send(&s, alert)))
		assert_true(sent++ < 100000);
	assert_int_equal(r, -EAGAIN);
	assert_message(fd, 10 * 8 + 5);
	assert_int_equal(syslog_socket_send(&s, alert), 0);
	close(fd);
	syslog_socket_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_file, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_what_is_no_file_for_it, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_reopening_fails, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_room_again, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_failing_again, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_vanished_disk, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_syslog, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
