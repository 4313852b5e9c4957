/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many rules and hard ones: 10,000 rules compile in time that grows with their
 * number and fit an image; what does not fit is refused by name, limit and
 * number, and soon.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "image_maker.h"

#define ARRAY_N(a) (sizeof(a) / sizeof((a)[0]))
#define R	   RF_OP_BIT(RF_OP_READ)
#define W	   RF_OP_BIT(RF_OP_WRITE)

/* Generous: sanitizers and busy machines. What it must catch is minutes. */
#define SECONDS_MAX 60.0

/* A pattern with a place for the number, and a path it matches, and one it does not. */
static const struct shape {
	const char *pattern, *yes, *no;
} shapes[] = {
    {"/usr/lib/x86_64/%05u/lib%1$05u-a.so.6", "/usr/lib/x86_64/%05u/lib%1$05u-a.so.6",
     "/usr/lib/x86_64/%05u/lib%1$05u-b.so.6"},
    {"/srv/app%05u/**", "/srv/app%05u/x/y", "/srv/app%05ux"},
    {"/home/u%05u/*.log", "/home/u%05u/a.log.log", "/home/u%05u/x/a.log"},
    {"/data/**/name%05u", "/data/a/b/name%05u", "/data/a/b/name%05u/c"},
    {"/var/app%05u/**/*.log", "/var/app%05u/x/y/z.log", "/var/app%05u/x/y/z.log/w"},
    {"/opt/{a,b}%05u/[^.]*.{log,txt}", "/opt/b%05u/é.txt", "/opt/b%05u/.x.txt"},
};

static char *number(const char *format, unsigned n)
{
	char *text;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	assert_true(asprintf(&text, format, n) > 0);
#pragma GCC diagnostic pop
	return text;
}

/* Rules of one shape, or of all in turn. Each denies something, so that each has its own row. */
static struct made_rule *many_rules(int shape, unsigned n)
{
	struct made_rule *rules = calloc(n, sizeof(*rules));

	assert_non_null(rules);
	for (unsigned i = 0; i < n; i++) {
		const struct shape *s = &shapes[shape < 0 ? i % ARRAY_N(shapes) : (size_t)shape];

		rules[i].path = number(s->pattern, i);
		rules[i].allow = R;
		rules[i].deny = W;
	}
	return rules;
}

static void free_rules(struct made_rule *rules, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		free((char *)rules[i].path);
	free(rules);
}

static void check_rule(const struct image *img, const struct shape *s, unsigned i)
{
	char *yes = number(s->yes, i), *no = number(s->no, i), *pattern = number(s->pattern, i);
	const struct rf_row *row = row_at(img, yes, strlen(yes));

	assert_int_equal(row->allow, R);
	assert_string_equal(img->rules[row->rule[RF_OP_WRITE]].pattern, pattern);
	assert_int_equal(permitted(img, no), 0);
	free(yes);
	free(no);
	free(pattern);
}

static void compile_many(int shape, unsigned n)
{
	struct made_rule *rules = many_rules(shape, n);
	clock_t start = clock();
	struct image *img = make_image(rules, n, false);
	double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;

	print_message("%6u rules like %-38s %8zu bytes %6.2f s\n", n,
		      shape < 0 ? "all of these" : shapes[shape].pattern, img->size, seconds);
	assert_true(seconds < SECONDS_MAX);
	assert_true(img->size <= RF_IMAGE_MAX);
	for (unsigned i = 0; i < n; i += 97)
		check_rule(img, &shapes[shape < 0 ? i % ARRAY_N(shapes) : (size_t)shape], i);
	image_free(img);
	free_rules(rules, n);
}

static void test_many(void **unused)
{
	(void)unused;
	for (int shape = -1; shape < (int)ARRAY_N(shapes); shape++) {
		compile_many(shape, 1000);
		compile_many(shape, 10000);
	}
}

/* Rules that hold forever once met do not multiply. */
static void test_forever(void **unused)
{
	struct made_rule rules[40];
	struct image *img;

	(void)unused;
	for (unsigned i = 0; i < ARRAY_N(rules); i++)
		rules[i] =
		    (struct made_rule){.path = number("/**/name%02u/**", i), .deny = RF_OPS_ALL};
	img = make_image(rules, ARRAY_N(rules), true);
	assert_int_equal(permitted(img, "/a/name39/name07/b"), 0);
	/* By pattern: name07 is rule 8. */
	assert_int_equal(row_at(img, "/a/name39/name07/b", 18)->rule[0], 8);
	assert_int_equal(permitted(img, "/a/name40/b"), RF_OPS_ALL);
	image_free(img);
	for (unsigned i = 0; i < ARRAY_N(rules); i++)
		free((char *)rules[i].path);
}

static void check_refused(const struct made_rule *rules, size_t n, const char *const *parts)
{
	clock_t start = clock();
	char *text = make_error(rules, n);
	double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;

	print_message("%5.2f s: %s\n", seconds, text);
	assert_true(seconds < SECONDS_MAX);
	for (; *parts; parts++)
		if (!strstr(text, *parts))
			fail_msg("'%s' is missing in '%s'", *parts, text);
	free(text);
}

/* 2^24 states and more: the rule among others that is to blame is named. */
static void test_exponential(void **unused)
{
	const struct made_rule rules[] = {
	    {"/usr/**", .allow = R},
	    {"/**a????????????????????????", .allow = R},
	    {"/zz/**/b", .allow = R},
	};
	const struct made_rule without[] = {rules[0], rules[2]};

	(void)unused;
	check_refused(rules, ARRAY_N(rules),
		      (const char *const[]){"path '/**a", "more than", NULL});
	image_free(make_image(without, ARRAY_N(without), false));
}

static void test_too_many_rules(void **unused)
{
	struct made_rule *rules = calloc(RF_RULES_MAX + 1, sizeof(*rules));
	struct image *img;

	(void)unused;
	assert_non_null(rules);
	for (unsigned i = 0; i <= RF_RULES_MAX; i++)
		rules[i] = (struct made_rule){.path = number("/%05u", i), .deny = R};
	check_refused(rules, RF_RULES_MAX + 1, (const char *const[]){"65536", "65535", NULL});
	img = make_image(rules, RF_RULES_MAX, true);
	assert_int_equal(img->head->rules, RF_RULES_MAX);
	assert_int_equal(row_at(img, "/65534", 6)->rule[RF_OP_READ], RF_RULES_MAX);
	image_free(img);
	free_rules(rules, RF_RULES_MAX + 1);
}

/* Long literal names that share nothing: a word each byte. */
static void test_image_too_large(void **unused)
{
	const unsigned n = 8600, length = 120;
	struct made_rule *rules = calloc(n, sizeof(*rules));
	unsigned x = 12345;

	(void)unused;
	assert_non_null(rules);
	for (unsigned i = 0; i < n; i++) {
		char *path = number("/%04u", i);

		path = realloc(path, length + 1);
		assert_non_null(path);
		for (unsigned k = 5; k < length; k++) {
			x = x * 1103515245 + 12345;
			path[k] = (char)('a' + (x >> 16) % 26);
		}
		path[length] = '\0';
		rules[i] = (struct made_rule){.path = path, .deny = R};
	}
	check_refused(rules, n, (const char *const[]){"bytes", "4194304", "path '/", NULL});
	image_free(make_image(rules, n / 4, false));
	free_rules(rules, n);
}

/* Every byte but NUL and '/' as a name: more classes than labels. */
static void test_too_many_classes(void **unused)
{
	struct made_rule rules[256];
	size_t n = 0;

	(void)unused;
	for (unsigned byte = 1; byte < 256; byte++) {
		char text[] = {'/', '\\', (char)byte, 'x', '\0'};

		if (byte != '/')
			rules[n++] = (struct made_rule){.path = strdup(text), .allow = R};
	}
	check_refused(rules, n, (const char *const[]){"256", "254", NULL});
	image_free(make_image(rules, n - 2, false));
	for (size_t i = 0; i < n; i++)
		free((char *)rules[i].path);
}

/* Alternatives multiplied out, many times over. */
static void test_too_many_parts(void **unused)
{
	struct made_rule *rules = calloc(3000, sizeof(*rules));

	(void)unused;
	assert_non_null(rules);
	for (unsigned i = 0; i < 3000; i++)
		rules[i] = (struct made_rule){
		    .path = number("/%04u{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}", i),
		    .allow = R};
	check_refused(rules, 3000, (const char *const[]){"path '/", "limit of", NULL});
	free_rules(rules, 3000);
}

static void test_bad_path(void **unused)
{
	const struct made_rule rules[] = {{"/ok", .allow = R}, {"/a//b", .allow = R}};

	(void)unused;
	check_refused(rules, ARRAY_N(rules),
		      (const char *const[]){"'/a//b'", "character 3", "'//'", NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_forever),
	    cmocka_unit_test(test_exponential),
	    cmocka_unit_test(test_too_many_rules),
	    cmocka_unit_test(test_image_too_large),
	    cmocka_unit_test(test_too_many_classes),
	    cmocka_unit_test(test_too_many_parts),
	    cmocka_unit_test(test_bad_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
