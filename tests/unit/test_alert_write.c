/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing alerts: what a hostile name cannot do to a line, losses, and failures. */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
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
	    cmocka_unit_test(test_hostile_names), cmocka_unit_test(test_text_of_foreign_object),
	    cmocka_unit_test(test_huge_numbers),  cmocka_unit_test(test_lost),
	    cmocka_unit_test(test_write_failure),
	};

	return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
