/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The collector of diagnostics: order, bounds, and what a terminal gets to see. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../policy/diag.h"
#include "../../policy/utf8.h"

static struct mark at(unsigned line, unsigned col)
{
	return (struct mark){line, col};
}

static char *printed(const struct diag *d)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	diag_print(d, out);
	fclose(out);
	return text;
}

static void assert_printed(const struct diag *d, const char *expected)
{
	char *text = printed(d);

	assert_string_equal(text, expected);
	free(text);
}

static void results_are_those_of_errors_and_warnings(void **state)
{
	struct diag d;

	(void)state;
	diag_init(&d, "f");
	assert_int_equal(diag_hint(&d, "to nothing"), 0);
	assert_int_equal(diag_error(&d, at(1, 1), "e"), -EINVAL);
	assert_int_equal(diag_hint(&d, "h"), -EINVAL);
	assert_int_equal(diag_note(&d, at(1, 1), "n"), 0);
	assert_int_equal(diag_warn(&d, at(1, 1), "w"), 0);
	assert_int_equal(diag_hint(&d, "h"), 0);
	assert_int_equal(d.errors, 1);
	assert_int_equal(d.warnings, 1);
	assert_int_equal(d.n, 3);
	assert_false(d.out_of_memory);
	diag_done(&d);
	assert_int_equal(d.n, 0);
	assert_int_equal(d.errors, 0);
	diag_done(&d);
}

static void fill_disorderly(struct diag *d)
{
	diag_init(d, "p.yaml");
	diag_error(d, at(9, 2), "ninth");
	diag_note(d, at(1, 1), "of the ninth");
	diag_hint(d, "of the note");
	diag_note(d, at(20, 1), "of the ninth, too");
	diag_warn(d, at(2, 10), "second, col %d", 10);
	diag_hint(d, "do %s", "this");
	diag_error(d, at(2, 9), "second, col 9");
	diag_error(d, at(2, 9), "same place, added later");
	diag_note(d, at(0, 0), "of the later");
	diag_error(d, at(0, 0), "the file");
}

static const char in_order[] = "p.yaml: error: the file\n"
			       "p.yaml:2:9: error: second, col 9\n"
			       "p.yaml:2:9: error: same place, added later\n"
			       "p.yaml: note: of the later\n"
			       "p.yaml:2:10: warning: second, col 10\n"
			       "  hint: do this\n"
			       "p.yaml:9:2: error: ninth\n"
			       "p.yaml:1:1: note: of the ninth\n"
			       "  hint: of the note\n"
			       "p.yaml:20:1: note: of the ninth, too\n";

static void entries_print_by_place_and_notes_stay_with_their_parent(void **state)
{
	struct diag d;

	(void)state;
	fill_disorderly(&d);
	assert_printed(&d, in_order);
	diag_sort(&d);
	assert_string_equal(d.entries[0].text, "the file");
	assert_string_equal(d.entries[7].text, "of the ninth, too");
	assert_printed(&d, in_order);
	diag_sort(&d);
	assert_printed(&d, in_order);
	diag_done(&d);
}

static void texts_cannot_move_the_cursor(void **state)
{
	struct diag d;

	(void)state;
	diag_init(&d, "a\033b\n.yaml");
	diag_error(&d, at(1, 1), "tab\there, %s, \xff\xc3, \xe2\x80\xae, gr\xc3\xbc\xc3\x9f \\",
		   "\033[31m");
	diag_hint(&d, "line\nbreak \x7f \xc2\x85");
	assert_printed(
	    &d,
	    "a\\x1bb\\x0a.yaml:1:1: error: tab\\x09here, \\x1b[31m, \\xff\\xc3, "
	    "\\xe2\\x80\\xae, gr\xc3\xbc\xc3\x9f \\\n  hint: line\\x0abreak \\x7f \\xc2\\x85\n");
	diag_done(&d);
}

static void long_texts_are_cut_visibly(void **state)
{
	char *text = malloc(100001);
	struct diag d;
	size_t len;

	(void)state;
	assert_non_null(text);
	/* Two-byte characters at an odd offset: the cut must not split one. */
	for (size_t i = 0; i < 100000; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[100000] = '\0';
	diag_init(&d, NULL);
	diag_error(&d, at(1, 1), "x%s", text);
	len = strlen(d.entries[0].text);
	assert_in_range(len, 1000, DIAG_TEXT_MAX + 20);
	assert_string_equal(d.entries[0].text + len - 5, "\xc3\xa9...");
	diag_error(&d, at(2, 1), "'%s'", shown(text).text);
	len = strlen(d.entries[1].text);
	assert_in_range(len, 100, 134);
	assert_string_equal(d.entries[1].text + len - 6, "\xc3\xa9...'");
	assert_string_equal(shown("short").text, "short");
	assert_string_equal(shown("").text, "");
	diag_done(&d);
	free(text);
}

static void shown_keeps_what_fits(void **state)
{
	char text[sizeof(struct shown) + 1];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(struct shown) - 1] = '\0';
	assert_string_equal(shown(text).text, text);
	text[sizeof(struct shown) - 1] = 'a';
	text[sizeof(struct shown)] = '\0';
	assert_int_equal(strlen(shown(text).text), sizeof(struct shown) - 1);
	assert_string_equal(shown(text).text + sizeof(struct shown) - 5, "a...");
}

static void entries_beyond_the_bound_are_counted(void **state)
{
	struct diag d;
	char *text;

	(void)state;
	diag_init(&d, "f");
	for (unsigned i = 0; i < DIAG_ENTRIES_MAX + 500; i++) {
		diag_error(&d, at(i + 1, 1), "number %u", i);
		diag_note(&d, at(1, 1), "note of %u", i);
		assert_int_equal(diag_hint(&d, "hint"), 0);
	}
	assert_int_equal(d.errors, DIAG_ENTRIES_MAX + 500);
	/* Half of what is kept are notes. */
	assert_int_equal(d.n, DIAG_ENTRIES_MAX);
	assert_int_equal(d.hidden, DIAG_ENTRIES_MAX / 2 + 500);
	text = printed(&d);
	assert_non_null(strstr(text, "\nf: note: 1000 more errors and warnings are not shown\n"));
	assert_null(strstr(text, "number 500"));
	assert_non_null(strstr(text, "number 499"));
	free(text);
	diag_done(&d);
}

static void utf8_is_decoded_by_the_book(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint32_t c;
	} cases[] = {
	    {"a", 1, 'a'},
	    {"\xc3\xa9", 2, 0xe9},
	    {"\xe2\x82\xac", 3, 0x20ac},
	    {"\xf0\x9f\x98\x80", 4, 0x1f600},
	    {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
	    {"\xee\x80\x80", 3, 0xe000},
	    {"\x80", 0, 0},		/* no lead */
	    {"\xc0\xaf", 0, 0},		/* overlong */
	    {"\xc1\xbf", 0, 0},		/* overlong */
	    {"\xe0\x9f\xbf", 0, 0},	/* overlong */
	    {"\xf0\x8f\xbf\xbf", 0, 0}, /* overlong */
	    {"\xed\xa0\x80", 0, 0},	/* surrogate */
	    {"\xf4\x90\x80\x80", 0, 0}, /* beyond the last */
	    {"\xf5\x80\x80\x80", 0, 0}, /* beyond the last */
	    {"\xc3", 0, 0},		/* cut */
	    {"\xe2\x82", 0, 0},		/* cut */
	    {"\xe2(\xac", 0, 0},	/* not continued */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t c = 0;
		size_t len = utf8_decode(cases[i].bytes, strlen(cases[i].bytes), &c);

		assert_int_equal(len, cases[i].len);
		assert_int_equal(c, cases[i].c);
	}
	assert_int_equal(utf8_count("a\xc3\xa9\xff\xe2\x82\xac", 7), 4);
	assert_true(utf8_is_deceptive(0x202e));
	assert_true(utf8_is_deceptive('\n'));
	assert_false(utf8_is_deceptive(' '));
	assert_false(utf8_is_deceptive(0xe9));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(results_are_those_of_errors_and_warnings),
	    cmocka_unit_test(entries_print_by_place_and_notes_stay_with_their_parent),
	    cmocka_unit_test(texts_cannot_move_the_cursor),
	    cmocka_unit_test(long_texts_are_cut_visibly),
	    cmocka_unit_test(shown_keeps_what_fits),
	    cmocka_unit_test(entries_beyond_the_bound_are_counted),
	    cmocka_unit_test(utf8_is_decoded_by_the_book),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
