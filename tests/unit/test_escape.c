/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes to safe text and back: every class of byte, and that nothing is lost. */
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
#include "../../policy/utf8.h"

static void assert_escapes(const char *bytes, size_t len, const char *expected)
{
	_free_ char *text = escape_bytes(bytes, len);
	_free_ char *back = NULL;
	size_t back_len = 0;

	assert_non_null(text);
	assert_string_equal(text, expected);
	assert_int_equal(escape_undo(text, &back, &back_len), 0);
	assert_int_equal(back_len, len);
	assert_memory_equal(back, bytes, len);
}

#define ESCAPES(literal, expected) assert_escapes(literal, sizeof(literal) - 1, expected)

static void test_plain_text_passes(void **state)
{
	(void)state;
	ESCAPES("", "");
	ESCAPES("/etc/nginx/nginx.conf", "/etc/nginx/nginx.conf");
	ESCAPES("a b\"c'd{e}~", "a b\"c'd{e}~");
	ESCAPES("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");		 /* two bytes */
	ESCAPES("\xe2\x82\xac\xe4\xb8\xad", "\xe2\x82\xac\xe4\xb8\xad"); /* three */
	ESCAPES("\xf0\x9f\x94\x92", "\xf0\x9f\x94\x92");		 /* four */
	ESCAPES("\xc2\xa0\xf4\x8f\xbf\xbd", "\xc2\xa0\xf4\x8f\xbf\xbd"); /* the edges */
}

static void test_controls(void **state)
{
	(void)state;
	ESCAPES("a\nb", "a\\x0ab");
	ESCAPES("\x1b[2J", "\\x1b[2J");
	ESCAPES("\0", "\\x00");
	ESCAPES("\x7f", "\\x7f");
	ESCAPES("\\", "\\\\");
	ESCAPES("\\x0a", "\\\\x0a");
	/* C1 as UTF-8: U+0080, U+009B (CSI), U+009F */
	ESCAPES("\xc2\x80\xc2\x9b\xc2\x9f", "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f");
}

static void test_deceptive(void **state)
{
	(void)state;
	ESCAPES("\xe2\x80\xa8\xe2\x80\xa9", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9"); /* U+2028, U+2029 */
	ESCAPES("\xe2\x80\xae", "\\xe2\\x80\\xae");			       /* U+202E */
	ESCAPES("\xe2\x81\xa6\xe2\x81\xa9", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9"); /* U+2066, U+2069 */
	ESCAPES("\xe2\x80\x8e\xe2\x80\x8f", "\\xe2\\x80\\x8e\\xe2\\x80\\x8f"); /* U+200E, U+200F */
	ESCAPES("\xd8\x9c", "\\xd8\\x9c");				       /* U+061C */
	ESCAPES("\xef\xbb\xbf", "\\xef\\xbb\\xbf");			       /* U+FEFF */
}

static void test_no_utf8(void **state)
{
	(void)state;
	ESCAPES("\x80", "\\x80");			     /* a continuation alone */
	ESCAPES("\xc3", "\\xc3");			     /* cut off at the end */
	ESCAPES("\xe2\x82/", "\\xe2\\x82/");		     /* cut off in the middle */
	ESCAPES("\xc0\xaf", "\\xc0\\xaf");		     /* overlong '/' */
	ESCAPES("\xe0\x80\xaf", "\\xe0\\x80\\xaf");	     /* ... in three */
	ESCAPES("\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"); /* ... in four */
	ESCAPES("\xed\xa0\x80", "\\xed\\xa0\\x80");	     /* a surrogate */
	ESCAPES("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* U+110000 */
	ESCAPES("\xff\xfe", "\\xff\\xfe");
}

static void test_also(void **state)
{
	_free_ char *text = escape_bytes_also("a b=c\\ ", 7, " =");
	_free_ char *back = NULL;
	size_t len;

	(void)state;
	assert_string_equal(text, "a\\x20b\\x3dc\\\\\\x20");
	assert_int_equal(escape_undo(text, &back, &len), 0);
	assert_int_equal(len, 7);
	assert_memory_equal(back, "a b=c\\ ", 7);
}

static void test_undo_refuses(void **state)
{
	static const char *const bad[] = {"\\", "\\x", "\\x0", "\\xg0", "\\x0g", "\\n", "a\\x1"};
	char *bytes = NULL;
	size_t len = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(escape_undo(bad[i], &bytes, &len), -EINVAL);
	assert_null(bytes);
	assert_int_equal(len, 77);
}

/* What holds for every result: it is undone to its origin, and safe to show. */
static void assert_safe_round_trip(const char *bytes, size_t len)
{
	_free_ char *text = escape_bytes(bytes, len);
	_free_ char *back = NULL;
	size_t back_len, size, n;
	json_t *json;
	uint32_t c;

	assert_non_null(text);
	size = strlen(text);
	for (size_t i = 0; i < size; i += n) {
		n = utf8_decode(text + i, size - i, &c);
		assert_int_not_equal(n, 0);
		assert_false(utf8_is_deceptive(c));
	}
	json = json_string(text); /* refuses what is not UTF-8 */
	assert_non_null(json);
	json_decref(json);
	assert_int_equal(escape_undo(text, &back, &back_len), 0);
	assert_int_equal(back_len, len);
	assert_memory_equal(back, bytes, len);
}

static void test_every_byte_and_pair(void **state)
{
	char pair[2];

	(void)state;
	for (int a = 0; a < 256; a++) {
		pair[0] = (char)a;
		assert_safe_round_trip(pair, 1);
		for (int b = 0; b < 256; b++) {
			pair[1] = (char)b;
			assert_safe_round_trip(pair, 2);
		}
	}
}

/* Random strings, half of them from an alphabet in which sequences are likely. */
static void test_random_strings(void **state)
{
	static const unsigned char dense[] = {0xc2, 0x80, 0x9f, 0xa0, 0xe2, 0x81, 0xed,
					      0xf0, 0xf4, 0x90, 0xbf, '\\', 'x',  '0'};
	uint64_t seed = 42;
	char bytes[64];

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t len;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		len = seed >> 58;
		for (size_t i = 0; i < len; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			bytes[i] = (char)(round & 1 ? dense[(seed >> 33) % sizeof(dense)]
						    : (unsigned char)(seed >> 33));
		}
		assert_safe_round_trip(bytes, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain_text_passes),
	    cmocka_unit_test(test_controls),
	    cmocka_unit_test(test_deceptive),
	    cmocka_unit_test(test_no_utf8),
	    cmocka_unit_test(test_also),
	    cmocka_unit_test(test_undo_refuses),
	    cmocka_unit_test(test_every_byte_and_pair),
	    cmocka_unit_test(test_random_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
