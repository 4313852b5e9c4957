/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text format of Prometheus: lines, escapes, numbers that stay exact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../enforcer/metrics_text.h"

static const struct metrics_family family = {"things_total", "counter", "Things."};

static char *text;
static size_t size;

static FILE *begin(void)
{
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	return out;
}

static void assert_written(FILE *out, const char *expected)
{
	assert_false(ferror(out));
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
	free(text);
	text = NULL;
}

/* A line whose one label has these bytes. */
static void assert_label(const char *value, const char *expected)
{
	const struct metrics_label labels[] = {{"x", value}, {0}};
	char line[256];
	FILE *out = begin();

	metrics_text_count(out, &family, labels, 1);
	snprintf(line, sizeof(line), "things_total{x=\"%s\"} 1\n", expected);
	assert_written(out, line);
}

static void test_family(void **state)
{
	static const struct metrics_family f = {"a", "gauge", "One\\two\nthree \"four\"."};
	FILE *out = begin();

	(void)state;
	metrics_text_family(out, &f);
	assert_written(out, "# HELP a One\\\\two\\nthree \"four\".\n# TYPE a gauge\n");
}

static void test_labels(void **state)
{
	static const struct metrics_label none[] = {{0}};
	static const struct metrics_label two[] = {{"a", "1"}, {"b", ""}, {0}};
	FILE *out = begin();

	(void)state;
	metrics_text_count(out, &family, NULL, 1);
	metrics_text_count(out, &family, none, 2);
	metrics_text_count(out, &family, two, 3);
	assert_written(out, "things_total 1\nthings_total 2\nthings_total{a=\"1\",b=\"\"} 3\n");
}

static void test_label_values_are_escaped(void **state)
{
	(void)state;
	assert_label("plain {a=b},# c", "plain {a=b},# c");
	assert_label("a\"b", "a\\\"b");
	assert_label("a\\b", "a\\\\b");
	assert_label("a\nb", "a\\nb");
	assert_label("\\\"\n", "\\\\\\\"\\n");
	assert_label("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
}

static void test_what_is_no_utf8_is_replaced(void **state)
{
	(void)state;
	assert_label("a\xff"
		     "b",
		     "a\xef\xbf\xbd"
		     "b");
	assert_label("\xc3", "\xef\xbf\xbd");	    /* cut short */
	assert_label("\xc3\"", "\xef\xbf\xbd\\\""); /* what follows is still escaped */
	assert_label("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* a surrogate */
}

static void test_numbers(void **state)
{
	FILE *out = begin();

	(void)state;
	metrics_text_count(out, &family, NULL, 0);
	metrics_text_count(out, &family, NULL, UINT64_MAX);
	metrics_text_seconds(out, &family, NULL, 0);
	metrics_text_seconds(out, &family, NULL, 1);
	metrics_text_seconds(out, &family, NULL, 9007199254740993); /* no double has it */
	assert_written(out, "things_total 0\nthings_total 18446744073709551615\n"
			    "things_total 0.000000000\nthings_total 0.000000001\n"
			    "things_total 9007199.254740993\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_family),
	    cmocka_unit_test(test_labels),
	    cmocka_unit_test(test_label_values_are_escaped),
	    cmocka_unit_test(test_what_is_no_utf8_is_replaced),
	    cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
