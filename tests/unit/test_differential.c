/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random policies and paths: what the automaton says against what the naive
 * matcher says, rule by rule, masks and blame. RINGFENCE_SEED and
 * RINGFENCE_PAIRS (of pattern and path) override seed and length.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lsm/match.h"
#include "../../policy/glob.h"
#include "image_maker.h"
#include "naive_glob.h"

#define RULES_MAX 6
#define PATHS	  40
#define TEXT_MAX  512

static uint64_t state;

static uint32_t below(uint32_t n)
{
	/* xorshift64*: the same on every machine. */
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 0x2545f4914f6cdd1du) >> 33) % n;
}

static const char *pick(const char *const *from, uint32_t n)
{
	return from[below(n)];
}

#define PICK(table) pick(table, sizeof(table) / sizeof((table)[0]))

static void add(char *to, const char *text)
{
	strncat(to, text, TEXT_MAX - strlen(to) - 1);
}

/* Few letters, so that things meet; characters of all lengths, and broken ones. */
static const char *const letters[] = {
    "a", "b", "c", "a", "b", ".", "-", "é", "ß", "漢", "😀", "\xc3", "\x80", "\xff", "*", "[", ",",
};

static void random_glob(char *to, unsigned depth)
{
	static const char *const parts[] = {
	    "a",   "b",	   "c",	    "ab",    "é",     "漢",    "\\*", "\\[", "\\a",
	    "*",   "*",	   "**",    "?",     "??",    "/",     "/",   "/",   "/**/",
	    "/**", "[ab]", "[a-c]", "[^a]",  "[^/a]", "[^b-]", ".",   "-",   "[a.\\]]",
	    "/*/", "\xc3", "/**/a", "[*-0]", "\\,",   "[b]",
	};
	uint32_t n = below(6) + (depth ? 0 : 1);

	for (uint32_t i = 0; i < n; i++) {
		if (depth < 3 && !below(7)) {
			uint32_t branches = 2 + below(2);

			add(to, "{");
			for (uint32_t k = 0; k < branches; k++) {
				add(to, k ? "," : "");
				random_glob(to, depth + 2);
			}
			add(to, "}");
		} else {
			add(to, PICK(parts));
		}
	}
}

/* Small enough that several together make an automaton of thousands of states, not millions. */
static bool is_small(const char *pattern)
{
	unsigned stars = 0, choices = 0;

	for (const char *p = pattern; *p; p++) {
		stars += *p == '*';
		choices += *p == ',';
	}
	return strlen(pattern) <= 40 && stars <= 5 && choices <= 4;
}

static void random_pattern(char *to)
{
	const char *why;
	size_t offset;

	do {
		*to = '\0';
		add(to, below(20) ? "/" : "");
		random_glob(to, 0);
	} while (!is_small(to) || glob_check(to, &why, &offset));
}

/* A path as the kernel would make it, mostly. */
static void random_path(char *to)
{
	uint32_t names = below(5);

	strcpy(to, below(50) ? "/" : "");
	for (uint32_t i = 0; i < names; i++) {
		add(to, i ? "/" : "");
		for (uint32_t n = below(4) + (below(20) != 0); n; n--)
			add(to, PICK(letters));
	}
}

/* Text the pattern may well match: each part is replaced by something like it. */
static void path_of_pattern(char *to, const char *pattern)
{
	char one[2] = {0};

	*to = '\0';
	for (const char *p = pattern; *p; p++) {
		one[0] = *p;
		if (*p == '*') {
			bool two = p[1] == '*';

			for (uint32_t n = below(4); n; n--)
				add(to, two && !below(3) ? "/" : PICK(letters));
			p += two;
		} else if (*p == '?') {
			add(to, PICK(letters));
		} else if (*p == '[') {
			add(to, PICK(letters));
			for (; *p != ']'; p++)
				p += *p == '\\';
		} else if (*p == '\\') {
			one[0] = *++p;
			add(to, one);
		} else if (*p == '{' || *p == '}') {
			continue;
		} else if (*p == ',' && below(2)) {
			while (p[1] && p[1] != '}')
				p++;
		} else if (*p == '/' && p[1] == '*' && p[2] == '*' && below(2)) {
			p += 2;
		} else {
			add(to, below(40) ? one : PICK(letters));
		}
	}
	if (!below(4))
		add(to, PICK(letters));
	if (strlen(to) > 1 && to[strlen(to) - 1] == '/' && below(5))
		to[strlen(to) - 1] = '\0';
}

struct trial {
	char patterns[RULES_MAX][TEXT_MAX];
	struct made_rule rules[RULES_MAX];
	uint32_t number[RULES_MAX]; /* in the image */
	size_t n;
	bool otherwise_allow;
	struct image *img;
};

/* The image numbers rules by canonical pattern. */
static uint32_t number_of(const struct image *img, const char *pattern, char *ret_canonical)
{
	struct glob *g;
	const char *why;
	size_t offset;
	char *text;
	uint32_t number = 0;

	assert_int_equal(glob_parse(pattern, &g, &why, &offset), 0);
	text = glob_canonical(g);
	assert_non_null(text);
	glob_free(g);
	for (uint32_t i = 1; i < img->n_rules; i++) {
		if (i > 1)
			assert_true(strcmp(img->rules[i - 1].pattern, img->rules[i].pattern) < 0);
		if (!strcmp(text, img->rules[i].pattern))
			number = i;
	}
	assert_true(number > 0);
	snprintf(ret_canonical, TEXT_MAX, "%s", text);
	free(text);
	return number;
}

static uint32_t random_mask(void)
{
	return below(2) ? 0 : below(RF_OPS_ALL + 1) & below(RF_OPS_ALL + 1);
}

static void make_trial(struct trial *t)
{
	char canonical[TEXT_MAX];

	t->n = 1 + below(RULES_MAX);
	t->otherwise_allow = below(2);
	for (size_t i = 0; i < t->n; i++) {
		random_pattern(t->patterns[i]);
		t->rules[i] =
		    (struct made_rule){t->patterns[i], random_mask(), random_mask(), random_mask()};
	}
	t->img = make_image(t->rules, t->n, t->otherwise_allow);
	for (size_t i = 0; i < t->n; i++) {
		t->number[i] = number_of(t->img, t->patterns[i], canonical);
		/* The canonical spelling is its own canonical spelling. */
		assert_int_equal(number_of(t->img, canonical, canonical), t->number[i]);
	}
}

static uint32_t implied(uint32_t mask)
{
	return mask & 1u << RF_OP_WRITE ? mask | 1u << RF_OP_APPEND : mask;
}

static void expect_row(const struct trial *t, const char *path, struct rf_row *row)
{
	uint32_t denier[_RF_OP_MAX] = {0}, auditor[_RF_OP_MAX] = {0};
	uint32_t size = (uint32_t)strlen(path);

	*row = (struct rf_row){0};
	for (size_t i = 0; i < t->n; i++) {
		const struct made_rule *rule = &t->rules[i];
		uint32_t n = t->number[i];

		if (!naive_match(rule->path, path, size))
			continue;
		row->allow |= (uint16_t)implied(rule->allow);
		row->deny |= (uint16_t)implied(rule->deny);
		row->audit |= (uint16_t)implied(rule->audit);
		for (unsigned op = 0; op < _RF_OP_MAX; op++) {
			if (implied(rule->deny) >> op & 1 && (!denier[op] || n < denier[op]))
				denier[op] = n;
			if (implied(rule->audit) >> op & 1 && (!auditor[op] || n < auditor[op]))
				auditor[op] = n;
		}
	}
	for (unsigned op = 0; op < _RF_OP_MAX; op++)
		row->rule[op] = (uint16_t)(denier[op] ? denier[op] : auditor[op]);
}

static void show(const struct trial *t, const char *path, const struct rf_row *want,
		 const struct rf_row *got)
{
	print_error("path '%s'\nwant allow %x deny %x audit %x\n got allow %x deny %x audit %x\n",
		    path, want->allow, want->deny, want->audit, got->allow, got->deny, got->audit);
	for (size_t i = 0; i < t->n; i++)
		print_error("rule %u: '%s' allow %x deny %x audit %x; naive: %d\n", t->number[i],
			    t->patterns[i], t->rules[i].allow, t->rules[i].deny, t->rules[i].audit,
			    naive_match(t->patterns[i], path, strlen(path)));
}

static unsigned long matched, uniform_seen;

/* What is called uniform must not permit other things beneath. */
static void check_uniform(const struct trial *t, const char *path)
{
	const struct image *img = t->img;
	const __u32 *body = image_body(img);
	size_t len = strlen(path);
	char below_it[2 * TEXT_MAX], tail[TEXT_MAX];

	if (!strcmp(path, "/") ||
	    !rf_is_uniform(img->head, body, img->head->words, image_walk(img, path, len)))
		return;
	uniform_seen++;
	for (unsigned i = 0; i < 4; i++) {
		path_of_pattern(tail, t->patterns[below((uint32_t)t->n)]);
		snprintf(below_it, sizeof(below_it), "%s/%s", path, tail);
		assert_int_equal(permitted(img, path), permitted(img, below_it));
	}
}

static void check_path(const struct trial *t, const char *path)
{
	struct rf_row want;
	const struct rf_row *got = row_at(t->img, path, strlen(path));

	assert_non_null(got);
	expect_row(t, path, &want);
	if (memcmp(&want, got, sizeof(want))) {
		show(t, path, &want, got);
		fail_msg("the automaton and the naive matcher disagree");
	}
	matched += want.allow || want.deny || want.audit;
	check_uniform(t, path);
}

static void test_random(void **unused)
{
	const char *seed = getenv("RINGFENCE_SEED"), *count = getenv("RINGFENCE_PAIRS");
	uint64_t start = seed ? strtoull(seed, NULL, 0) : 20240501;
	uint64_t want = count ? strtoull(count, NULL, 0) : 1200000, pairs = 0, policies = 0;
	char path[TEXT_MAX];
	struct trial *t = calloc(1, sizeof(*t));

	(void)unused;
	assert_non_null(t);
	state = start * 2 + 1;
	print_message("RINGFENCE_SEED=%" PRIu64 " RINGFENCE_PAIRS=%" PRIu64 "\n", start, want);
	for (; pairs < want; policies++) {
		make_trial(t);
		for (unsigned i = 0; i < PATHS; i++, pairs += t->n) {
			if (below(3))
				path_of_pattern(path, t->patterns[below((uint32_t)t->n)]);
			else
				random_path(path);
			check_path(t, path);
		}
		check_path(t, "/");
		image_free(t->img);
	}
	print_message("%" PRIu64 " pairs, %" PRIu64 " policies, %lu paths said something, %lu "
		      "uniform states\n",
		      pairs, policies, matched, uniform_seen);
	/* A generator that never matches would prove nothing. */
	assert_true(matched > pairs / 50);
	assert_true(uniform_seen > pairs / 200);
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_random)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
