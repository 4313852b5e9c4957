/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Globs: what is refused and where, what is one spelling, and the table of
 * policy/glob.h line by line. Each verdict is asked of the automaton and of the
 * naive matcher.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../policy/glob.h"
#include "image_maker.h"
#include "naive_glob.h"

#define ARRAY_N(a) (sizeof(a) / sizeof((a)[0]))

static const struct refused {
	const char *pattern, *why;
	size_t offset;
} refused[] = {
    {"", "not absolute", 0},
    {"etc/passwd", "not absolute", 0},
    {"*", "not absolute", 0},
    {"\\a", "not absolute", 0},
    {"{/a,b}", "not absolute", 4},
    {"{,/a}", "not absolute", 0},
    {"//", "'//'", 0},
    {"/a//b", "'//'", 2},
    {"/{,a}/b", "'//'", 0},
    {"/a/\\/b", "'//'", 2},
    {"/a/", "'/' at the end", 2},
    {"/**/", "'/' at the end", 3},
    {"/a{,/}", "'/' at the end", 4},
    {"/.", "'.' component", 1},
    {"/a/./b", "'.' component", 3},
    {"/a/[.]", "'.' component", 3},
    {"/..", "'..' component", 1},
    {"/a/.{.,x}/b", "'..' component", 3},
    {"/***", "three stars", 1},
    {"/a****b", "three stars", 2},
    {"/**/**", "no more than", 0},
    {"/a/**/**/b", "no more than", 2},
    {"/{**,a}/**", "no more than", 0},
    {"/[", "not closed", 1},
    {"/[a", "not closed", 1},
    {"/[a-", "not closed", 1},
    {"/[a\\", "not closed", 1},
    {"/[]", "empty", 1},
    {"/[^]", "empty", 1},
    {"/[!a]", "no negation", 2},
    {"/[z-a]", "backwards", 2},
    {"/[a/b]", "never matches '/'", 3},
    {"/[+-/]", "never matches '/'", 4},
    {"/[[a]", "'['", 2},
    {"/[a-c-e]", "'-' within", 5},
    {"/[é]", "ASCII", 2},
    {"/a]", "']' without", 2},
    {"/a}", "'}' without", 2},
    {"/{a", "not closed", 1},
    {"/{a,{b,c}", "not closed", 1},
    {"/{}", "one alternative", 1},
    {"/{a}", "one alternative", 1},
    {"/a\\", "quotes nothing", 2},
    {"/{a,{a,{a,{a,{a,{a,{a,{a,{a,b}}}}}}}}}", "8 deep", 25},
    {"/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}", "1024", 0},
};

static void test_refused(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_N(refused); i++) {
		const struct refused *t = &refused[i];
		const char *why = NULL;
		size_t offset = 9999;

		if (glob_check(t->pattern, &why, &offset) != -EINVAL || !strstr(why, t->why) ||
		    offset != t->offset)
			fail_msg("'%s': %s at %zu, not %s at %zu", t->pattern,
				 why ? why : "accepted", offset, t->why, t->offset);
	}
}

static void test_too_long(void **unused)
{
	char pattern[GLOB_LENGTH_MAX + 2];
	const char *why;
	size_t offset;

	(void)unused;
	memset(pattern, 'a', sizeof(pattern));
	pattern[0] = '/';
	pattern[GLOB_LENGTH_MAX] = '\0';
	assert_int_equal(glob_check(pattern, &why, &offset), 0);
	pattern[GLOB_LENGTH_MAX] = 'a';
	pattern[GLOB_LENGTH_MAX + 1] = '\0';
	assert_int_equal(glob_check(pattern, &why, &offset), -EINVAL);
	assert_non_null(strstr(why, "longer than 4096"));
}

/* The largest of what is accepted. */
static void test_limits_reached(void **unused)
{
	static const char *const good[] = {
	    "/{a,{a,{a,{a,{a,{a,{a,{a,b}}}}}}}}",
	    "/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}",
	};
	const char *why;
	size_t offset;

	(void)unused;
	for (size_t i = 0; i < ARRAY_N(good); i++)
		assert_int_equal(glob_check(good[i], &why, &offset), 0);
}

static void test_canonical(void **unused)
{
	static const char *const same[][2] = {
	    {"/a", "/a"},
	    {"/\\a\\b", "/ab"},
	    {"/\\*\\?\\[\\]\\{\\}\\\\", "/\\*\\?\\[\\]\\{\\}\\\\"},
	    {"/a\\,b", "/a,b"},
	    {"/{a\\,b,c}", "/{a\\,b,c}"},
	    {"/[a]", "/a"},
	    {"/[\\*]", "/\\*"},
	    {"/[abc]", "/[a-c]"},
	    {"/[cabab]", "/[a-c]"},
	    {"/[ab]", "/[ab]"},
	    {"/[a-]", "/[\\-a]"},
	    {"/[-a]", "/[\\-a]"},
	    {"/[+-0]", "/[+-.0]"},
	    {"/[^cba]", "/[^a-c]"},
	    {"/[\\]\\!]", "/[\\!\\]]"},
	    {"/*?**", "/*?**"},
	    {"/{a,{b,c}}/**", "/{a,{b,c}}/**"},
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_N(same); i++) {
		struct glob *g;
		const char *why;
		size_t offset;
		char *text;

		assert_int_equal(glob_parse(same[i][0], &g, &why, &offset), 0);
		text = glob_canonical(g);
		assert_string_equal(text, same[i][1]);
		free(text);
		glob_free(g);
	}
}

/* Up to six paths that match, and six that do not. */
static const struct meaning {
	const char *pattern;
	const char *yes[7], *no[7];
} meanings[] = {
    {"/a", {"/a"}, {"/", "/ab", "/a/b", "/A", "a", ""}},
    {"/", {"/"}, {"/a", "", "//"}},
    {"/.a", {"/.a"}, {"/a"}},
    {"/*a", {"/a", "/.a", "/xa"}, {"/x/a", "/ab"}},
    {"/\\*", {"/*"}, {"/a", "/\\*", "/"}},
    {"/\\{a\\}", {"/{a}"}, {"/a"}},
    {"/a?c",
     {"/abc", "/a.c", "/aéc", "/a漢c", "/a😀c",
      "/a\xff"
      "c"},
     {"/ac", "/a/c", "/abbc"}},
    {"/a?",
     {"/ab", "/aé"},
     {"/a", "/a/", "/a漢b",
      "/a\xed\xa0\x80"
      "b"}},
    {"/[a-c]", {"/a", "/b", "/c"}, {"/d", "/", "/ab", "/-"}},
    {"/[+-0]", {"/+", "/.", "/0"}, {"//", "/1"}},
    {"/x[^a-c]y", {"/xdy", "/xéy", "/x-y", "/x\x80y"}, {"/xay", "/x/y", "/xy"}},
    {"/[a-]", {"/a", "/-"}, {"/b"}},
    {"/[\\]]", {"/]"}, {"/\\"}},
    {"/*", {"/a", "/.a", "/é"}, {"/", "/a/b"}},
    {"/a/*", {"/a/b", "/a/.b"}, {"/a", "/a/b/c"}},
    {"/a*b", {"/ab", "/axb", "/abb"}, {"/a/b", "/abc"}},
    {"/a*/b", {"/a/b", "/ax/b"}, {"/ab", "/a/x/b"}},
    {"/a**b", {"/ab", "/a/b", "/axx/y/zb"}, {"/a", "/a/bc"}},
    {"/a**/b", {"/a/b", "/ax/b", "/a/x/y/b"}, {"/ab", "/b"}},
    {"/a/**b", {"/a/b", "/a/xb", "/a/x/yb"}, {"/ab", "/a"}},
    {"/a/**", {"/a", "/a/b", "/a/b/c", "/a/.b"}, {"/ab", "/", "/b/a"}},
    {"/**", {"/", "/a", "/a/b"}, {"", "a"}},
    {"/**/a", {"/a", "/x/a", "/x/y/a"}, {"/", "/xa", "/a/x"}},
    {"/a/**/b", {"/a/b", "/a/x/b", "/a/x/y/b"}, {"/ab", "/a", "/a/xb", "/a/bx"}},
    {"/a/**/b/**", {"/a/b", "/a/x/b", "/a/b/c/d"}, {"/a", "/a/xb"}},
    {"/secret/**", {"/secret", "/secret/x"}, {"/secret2", "/secre"}},
    {"/{a,bc}d", {"/ad", "/bcd"}, {"/d", "/abcd"}},
    {"/a{,b}", {"/a", "/ab"}, {"/abb"}},
    {"{/a,/b}/c", {"/a/c", "/b/c"}, {"/c", "/a/b/c"}},
    {"/{a,{b,c}x}", {"/a", "/bx", "/cx"}, {"/b", "/ax"}},
    {"/a{/**,}", {"/a", "/a/x"}, {"/ab"}},
    {"{/a,/b/**}", {"/a", "/b", "/b/c"}, {"/a/c"}},
    {"/a{/**/,/x/}b", {"/a/b", "/a/y/b", "/a/x/b"}, {"/ab"}},
    {"/{*,a}*", {"/a", "/ab"}, {"/", "/a/b"}},
    {"/{**,a}*", {"/a", "/a/b"}, {"/", ""}},
    {"/{*,}**", {"/", "/a/b"}, {""}},
    {"/{*.c,*.h}", {"/a.c", "/.h"}, {"/a.cc", "/d/a.c"}},
    {"/[a-c,]{x,y}", {"/ax", "/,y"}, {"/dx", "/a"}},
};

static void check_meaning(const struct meaning *t, const char *path, bool yes)
{
	const struct made_rule rule = {.path = t->pattern, .allow = 1};
	struct image *img = make_image(&rule, 1, false);
	bool is = permitted(img, path) == 1, naive = naive_match(t->pattern, path, strlen(path));

	image_free(img);
	if (is != yes || naive != yes)
		fail_msg("'%s' and '%s': automaton %d, naive %d, right %d", t->pattern, path, is,
			 naive, yes);
}

static void test_meanings(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_N(meanings); i++) {
		for (size_t k = 0; meanings[i].yes[k]; k++)
			check_meaning(&meanings[i], meanings[i].yes[k], true);
		for (size_t k = 0; meanings[i].no[k]; k++)
			check_meaning(&meanings[i], meanings[i].no[k], false);
	}
}

/* All byte sequences up to three long: `?` takes single bytes and what is well-formed. */
static void test_utf8(void **unused)
{
	const struct made_rule rule = {.path = "/?", .allow = 1};
	struct image *img = make_image(&rule, 1, false);
	char path[] = {'/', 0, 0, 0, 0};
	unsigned matches = 0;

	(void)unused;
	for (unsigned x = 0x80; x < 0x1000000; x++) {
		size_t n = x < 0x10000 ? 2 : 3;
		bool is;

		memcpy(path + 1, (char[]){(char)(x >> 16), (char)(x >> 8), (char)x} + 3 - n, n);
		if (!path[1] || !path[2])
			continue;
		is = row_at(img, path, n + 1)->allow == 1;
		matches += is;
		/* The naive matcher is slow: it is asked for all lead bytes, and some others. */
		if ((x >> 8 * (n - 1)) >= 0x7f || !(x & 0x3f))
			assert_int_equal(is, naive_match("/?", path, n + 1));
	}
	/* Code points of two and of three bytes, without surrogates. */
	assert_int_equal(matches, (0x800 - 0x80) + (0x10000 - 0x800 - 0x800));
	image_free(img);
}

/* A pattern may be as long as the limit in its own spelling; the canonical one is read as well. */
static void canonical_text_may_be_longer(void **state)
{
	char pattern[GLOB_LENGTH_MAX + 1] = "/", *text, *again;
	const char *why;
	size_t offset;
	struct glob *g;

	(void)state;
	for (size_t at = 1; at + 5 < sizeof(pattern); at += 5)
		strcpy(pattern + at, "[*-9]");
	assert_int_equal(glob_check(pattern, &why, &offset), 0);
	assert_int_equal(glob_parse(pattern, &g, &why, &offset), 0);
	text = glob_canonical(g);
	glob_free(g);
	assert_true(strlen(text) > GLOB_LENGTH_MAX);
	assert_int_equal(glob_parse(text, &g, &why, &offset), 0);
	again = glob_canonical(g);
	assert_string_equal(again, text);
	glob_free(g);
	free(again);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_too_long),
	    cmocka_unit_test(test_limits_reached),
	    cmocka_unit_test(test_canonical),
	    cmocka_unit_test(test_meanings),
	    cmocka_unit_test(test_utf8),
	    cmocka_unit_test(canonical_text_may_be_longer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
