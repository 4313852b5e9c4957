/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an engine finds in the log that it named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../enforcer/runtime_tell.h"

#define SHOWN_MAX 16384 /* as in runtime_tell.c */

static char place[] = "/tmp/ringfence-test-XXXXXX";
static int dir = -1;

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(place) || chdir(place))
		return -1;
	dir = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlinkat(dir, "messages", 0);
	unlinkat(dir, "log", 0);
	close(dir);
	return rmdir(place);
}

/* Tells `text` of `size` bytes, without showing it here; the log is new. */
static void tell(const char *text, size_t size, bool json)
{
	const struct runtime_args a = {.log = "log", .log_is_json = json};
	int kept = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	FILE *f = fopen("messages", "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, size, f), size);
	fclose(f);
	unlinkat(dir, "log", 0);
	assert_true(kept >= 0 && nowhere >= 0);
	dup2(nowhere, STDERR_FILENO);
	runtime_tell_file(dir, "messages", &a, true);
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(nowhere);
}

static void the_log_says(const char *text, size_t size, const char *want)
{
	json_error_t error;
	json_t *o;

	tell(text, size, true);
	o = json_load_file("log", 0, &error);
	if (!o)
		fail_msg("the log is no JSON: %s", error.text);
	assert_string_equal(json_string_value(json_object_get(o, "level")), "error");
	assert_string_equal(json_string_value(json_object_get(o, "msg")), want);
	json_decref(o);
}

static void what_is_told_is_in_the_log(void **state)
{
	static const char good[] = "ringfence: no \xc3\xa4pple\n  hint: none\n\n";

	(void)state;
	the_log_says(good, sizeof(good) - 1, "ringfence: no \xc3\xa4pple\n  hint: none");
}

static void what_is_no_utf8_is_made_so(void **state)
{
	static const char bad[] = "a\xff\xfe b\xc3\n";
	char line[64];
	FILE *f;

	(void)state;
	the_log_says(bad, sizeof(bad) - 1, "a?? b?");
	tell(bad, sizeof(bad) - 1, false);
	f = fopen("log", "re");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_string_equal(line, "a?? b?\n");
	fclose(f);
}

/* A character of three bytes lies across the limit, at each of its places. */
static void what_is_too_long_is_not_cut_inside_a_character(void **state)
{
	(void)state;
	for (size_t before = SHOWN_MAX - 2; before <= SHOWN_MAX; before++) {
		char text[SHOWN_MAX + 16], want[SHOWN_MAX + 16];

		memset(text, 'x', before);
		memcpy(text + before, "\xe2\x82\xac!", 4);
		memset(want, 'x', before);
		want[before] = '\0';
		the_log_says(text, before + 4, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_told_is_in_the_log),
	    cmocka_unit_test(what_is_no_utf8_is_made_so),
	    cmocka_unit_test(what_is_too_long_is_not_cut_inside_a_character),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
