/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing alerts: what a hostile name cannot do to a line, losses, and failures. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../enforcer/escape.h"
#include "../../enforcer/util.h"
#include "alert_fixture.h"

/* A name cannot end the line, speak JSON, move the cursor, or add words of its own. */
static void test_hostile_names(void **state)
{
	static const char path[] = "/tmp/a\"}\n{\"action\":\"audit\" by x.yaml:1 \x1b[2J\xff\\";
	struct record r = record(RF_KIND_FILE, RF_OP_WRITE);
	_free_ char *json = NULL;
	_free_ char *text = NULL;
	_free_ char *back = NULL;
	json_t *alert, *read;
	size_t len;

	(void)state;
	r.ev.path_state = RF_PATH_ATTACHED;
	add_texts(&r, path, "", "");
	memcpy(r.ev.comm, "a b\nc=d 12345678", RF_COMM_LEN); /* and no terminator */
	alert = alert_json(&fixture_ctx, &r.ev);
	json = written(alert, false);
	read = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(read);
	assert_int_equal(escape_undo(json_string_value(json_object_get(read, "path")), &back, &len),
			 0);
	assert_int_equal(len, sizeof(path) - 1);
	assert_memory_equal(back, path, len);
	assert_string_equal(json_string_value(json_object_get(read, "comm")),
			    "a b\\x0ac=d 12345678");
	text = written(alert, true);
	assert_non_null(strstr(text, " by otherwise "));
	assert_null(strstr(text, " by x.yaml"));
	assert_non_null(strstr(text, "comm=a\\x20b\\x0ac=d\\x2012345678 "));
	assert_null(strchr(text, '\x1b'));
	assert_null(strchr(text, '\xff'));
	json_decref(alert);
	json_decref(read);
}

static void test_text_of_foreign_object(void **state)
{
	json_t *alert = json_pack("{s:s, s:s}", "action", "deny", "path", "/a\nringfence: x\\q");
	_free_ char *text = written(alert, true);

	(void)state;
	assert_string_equal(text, "ringfence: deny /a\\x0aringfence:\\x20x\\\\q\n");
	json_decref(alert);
}

static void test_huge_numbers(void **state)
{
	struct record r = record(RF_KIND_FILE, RF_OP_READ);
	json_t *alert;

	(void)state;
	r.ev.seq = r.ev.cgroup = r.ev.time_ns = UINT64_MAX;
	alert = alert_json(&fixture_ctx, &r.ev);
	assert_string_equal(json_string_value(json_object_get(alert, "seq")),
			    "18446744073709551615");
	assert_string_equal(json_string_value(json_object_get(alert, "time")),
			    "2608-06-04T21:47:54.709551614Z");
	json_decref(alert);
}

static void test_lost(void **state)
{
	json_t *alert = alert_lost_json(&fixture_ctx, 4242, 17);
	_free_ char *text = written(alert, true);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(alert, "action")), "lost");
	assert_int_equal(json_integer_value(json_object_get(alert, "count")), 17);
	assert_int_equal(json_integer_value(json_object_get(alert, "cgroup_id")), 4242);
	assert_string_equal(json_string_value(json_object_get(alert, "container")), "web");
	assert_non_null(json_object_get(alert, "time"));
	assert_memory_equal(text, "ringfence: lost 17 policy=nginx container=web", 45);
	json_decref(alert);
}

static void test_ended(void **state)
{
	const struct rf_domain dom = {
	    .cgroup = 4242,
	    .count = {[RF_ACTION_DENY] = {.total = 7, .delivered = 4, .repeated = 2, .lost = 1},
		      [RF_ACTION_AUDIT] = {.total = 3, .repeated = 3}}};
	json_t *record = alert_ended_json(&fixture_ctx, &dom);
	_free_ char *text = written(record, true);

	(void)state;
	assert_non_null(strstr(text, "ringfence: ended policy=nginx container=web denied=7 "
				     "audited=3 delivered=4 repeated=5 lost=1 time="));
	json_decref(record);
}

/* What is torn is taken back; what others have appended stays. */
static void test_torn_line(void **state)
{
	const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY}, small = {100, RLIM_INFINITY};
	json_t *alert = alert_lost_json(&fixture_ctx, 1, 1);
	char path[] = "/tmp/test-alert-XXXXXX", line[] = "of another's\n";
	int fd = mkstemp(path);
	_fclose_ FILE *log = fopen(path, "ae");
	struct stat st;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_true(fd >= 0 && log && write(fd, line, strlen(line)) == (ssize_t)strlen(line));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(alert_write_json(log, alert), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, strlen(line));
	assert_int_equal(alert_write_json(log, alert), 0);
	close(fd);
	unlink(path);
	json_decref(alert);
}

static bool waits_for_room(void *arg, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	(void)arg;
	return poll(&p, 1, -1) > 0;
}

static bool gives_up(void *arg, int fd)
{
	(void)fd;
	return --*(int *)arg >= 0;
}

/* A long line is given to a pipe in parts, and the reader may be given up before each. */
static void test_reader_that_is_given_up(void **state)
{
	_free_ char *text = malloc(3 * PIPE_BUF);
	int ends[2], parts = 2;
	_fclose_ FILE *log = NULL;

	(void)state;
	memset(text, 'x', 3 * PIPE_BUF - 1);
	text[3 * PIPE_BUF - 1] = '\0';
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	log = fdopen(ends[1], "w");
	alert_await(gives_up, &parts);
	assert_int_equal(alert_write_line(log, text), -EAGAIN);
	assert_int_equal(parts, -1);
	assert_int_equal(read(ends[0], text, 3 * PIPE_BUF), 2 * PIPE_BUF);
	parts = 3;
	assert_int_equal(alert_write_line(log, "short"), 0);
	assert_int_equal(parts, 2);
	alert_await(NULL, NULL);
	close(ends[0]);
}

/* Somebody else has made the pipe one that does not wait. */
static void test_pipe_that_does_not_wait(void **state)
{
	json_t *alert = alert_lost_json(&fixture_ctx, 1, 1);
	_fclose_ FILE *log = NULL;
	char buffer[4096];
	ssize_t n, got = 0;
	int ends[2], status;
	pid_t reader;

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	reader = fork();
	if (!reader) {
		close(ends[1]);
		fcntl(ends[0], F_SETFL, 0);
		usleep(200000);
		while ((n = read(ends[0], buffer, sizeof(buffer))) > 0)
			got += n;
		_exit(got > 65536 ? 0 : 1);
	}
	close(ends[0]);
	log = fdopen(ends[1], "w");
	alert_await(waits_for_room, NULL);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(alert_write_json(log, alert), 0);
	fclose(log);
	log = NULL;
	alert_await(NULL, NULL);
	assert_int_equal(waitpid(reader, &status, 0), reader);
	assert_int_equal(status, 0);
	json_decref(alert);
}

static void test_write_failure(void **state)
{
	json_t *alert = alert_lost_json(&fixture_ctx, 1, 1);
	_fclose_ FILE *full = fopen("/dev/full", "we");

	(void)state;
	assert_non_null(full);
	assert_int_equal(alert_write_json(full, alert), -ENOSPC);
	assert_int_equal(alert_write_text(full, alert), -ENOSPC);
	json_decref(alert);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hostile_names),
	    cmocka_unit_test(test_text_of_foreign_object),
	    cmocka_unit_test(test_huge_numbers),
	    cmocka_unit_test(test_lost),
	    cmocka_unit_test(test_write_failure),
	    cmocka_unit_test(test_ended),
	    cmocka_unit_test(test_torn_line),
	    cmocka_unit_test(test_pipe_that_does_not_wait),
	    cmocka_unit_test(test_reader_that_is_given_up),
	};

	return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
