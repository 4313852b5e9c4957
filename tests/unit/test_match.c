/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matcher and the verdict of lsm/match.h on rows and images made by hand:
 * precedence, blame, the operation that is reported, uniform states, and what
 * a damaged image is answered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lsm/match.h"
#include "image_maker.h"

#define ARRAY_N(a) (sizeof(a) / sizeof((a)[0]))
#define R	   RF_OP_BIT(RF_OP_READ)
#define W	   RF_OP_BIT(RF_OP_WRITE)
#define A	   RF_OP_BIT(RF_OP_APPEND)
#define X	   RF_OP_BIT(RF_OP_EXEC)

static void test_lowest_op(void **unused)
{
	(void)unused;
	for (unsigned op = 0; op < _RF_OP_MAX; op++) {
		assert_int_equal(rf_lowest_op(1u << op), op);
		assert_int_equal(rf_lowest_op((RF_OPS_ALL << op) & RF_OPS_ALL), op);
	}
}

/* Rule 3 allows or denies or audits; row.rule is 3 wherever it must be. */
static const struct verdict_case {
	__u32 otherwise, allow, deny, audit, ops;
	struct rf_verdict want;
} verdicts[] = {
    /* otherwise, allow, deny, audit, asked: denied, audited, op, rule */
    {0, 0, 0, 0, R, {R, 0, RF_OP_READ, 0}},
    {0, R, 0, 0, R, {0, 0, _RF_OP_MAX, 0}},
    {0, R, R, 0, R, {R, 0, RF_OP_READ, 3}},
    {RF_OPS_ALL, 0, 0, 0, R | W, {0, 0, _RF_OP_MAX, 0}},
    {RF_OPS_ALL, 0, W, 0, R | W, {W, 0, RF_OP_WRITE, 3}},
    {RF_OPS_ALL, 0, 0, R, R, {0, R, RF_OP_READ, 3}},
    {0, R, 0, R, R, {0, R, RF_OP_READ, 3}},
    {0, 0, 0, R, R, {R, 0, RF_OP_READ, 0}},	/* audit permits nothing, and is not to blame */
    {0, W, 0, W, R | W, {R, W, RF_OP_READ, 0}}, /* the denial is told, not the audit */
    {0, R, X, 0, R | W | X, {W | X, 0, RF_OP_WRITE, 0}}, /* the first refused one is told */
    {0, R, R | W, R, R | W, {R | W, 0, RF_OP_READ, 3}},
    {0, R, 0, 0, 0, {0, 0, _RF_OP_MAX, 0}},
};

static void test_verdicts(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_N(verdicts); i++) {
		const struct verdict_case *t = &verdicts[i];
		struct rf_image_head head = {.otherwise = t->otherwise};
		struct rf_row row = {
		    .allow = (__u16)t->allow, .deny = (__u16)t->deny, .audit = (__u16)t->audit};
		struct rf_verdict v;

		for (unsigned op = 0; op < _RF_OP_MAX; op++)
			row.rule[op] = (row.deny | row.audit) >> op & 1 ? 3 : 0;
		v = rf_judge(head.otherwise, &row, t->ops);
		if (memcmp(&v, &t->want, sizeof(v)))
			fail_msg("case %zu: denied %x audited %x op %u rule %u", i, v.denied,
				 v.audited, v.op, v.rule);
	}
}

static void test_no_row_denies(void **unused)
{
	struct rf_image_head head = {.otherwise = RF_OPS_ALL};
	struct rf_verdict v = rf_judge(head.otherwise, NULL, R | W);

	(void)unused;
	assert_int_equal(v.denied, R | W);
	assert_int_equal(v.rule, RF_RULE_NONE);
	assert_int_equal(rf_row_permits(head.otherwise, NULL), 0);
}

/* Zeroed memory denies, and stays in the dead state. */
static void test_zeroed_image(void **unused)
{
	struct rf_image_head *head = calloc(1, RF_HEAD_SIZE + 1024 * sizeof(__u32));
	const __u32 *body = (const __u32 *)(head + 1);
	const struct rf_row *row;

	(void)unused;
	for (unsigned byte = 0; byte < 256; byte++)
		assert_int_equal(rf_step(head, body, 1024, RF_STATE_DEAD, (__u8)byte), 0);
	row = rf_row_of(head, body, 1024, RF_STATE_DEAD);
	assert_int_equal(rf_judge(head->otherwise, row, RF_OPS_ALL).denied, RF_OPS_ALL);
	free(head);
}

/* States and rows outside of what may be read are answered without reading. */
static void test_bounds(void **unused)
{
	const __u32 cap = 1024;
	struct rf_image_head *head = calloc(1, RF_HEAD_SIZE + cap * sizeof(__u32));
	__u32 *body = (__u32 *)(head + 1);
	static const __u32 far[] = {1024, 1025, 0xffffff, 0x7fffffff};

	(void)unused;
	memset(head->class_of, 255, sizeof(head->class_of));
	for (size_t i = 0; i < ARRAY_N(far); i++) {
		assert_int_equal(rf_step(head, body, cap, far[i], 'a'), RF_STATE_DEAD);
		assert_int_equal(rf_row_unit(body, cap, far[i]), 0);
		head->rows_at = far[i];
		assert_null(rf_row_of(head, body, cap, RF_STATE_DEAD));
	}
	head->rows_at = cap - RF_ROW_WORDS + 1;
	assert_null(rf_row_of(head, body, cap, RF_STATE_DEAD));
	head->rows_at = cap - RF_ROW_WORDS;
	assert_non_null(rf_row_of(head, body, cap, RF_STATE_DEAD));
	body[300 + RF_LABEL_ROW] = RF_UNIT(RF_LABEL_ROW, 0xfffff);
	assert_null(rf_row_of(head, body, cap, 300));
	free(head);
}

static bool uniform(const struct image *img, const char *path)
{
	return rf_is_uniform(img->head, image_body(img), img->head->words,
			     image_walk(img, path, strlen(path)));
}

static void test_uniform(void **unused)
{
	const struct made_rule rules[] = {
	    {.path = "/data/**", .allow = R | W}, {.path = "/mixed/**", .allow = R | W},
	    {.path = "/mixed/secret", .deny = R}, {.path = "/file", .allow = R},
	    {.path = "/noted/**", .audit = R},	  {.path = "/same/**", .allow = R},
	    {.path = "/same/*/x", .allow = R},	  {.path = "/shallow/*", .allow = R},
	};
	struct image *img = make_image(rules, ARRAY_N(rules), false);

	(void)unused;
	/* A directory and all beneath; what follows its name without a '/' is another's. */
	assert_true(uniform(img, "/data"));
	assert_true(uniform(img, "/data/a"));
	assert_true(uniform(img, "/same"));
	assert_true(uniform(img, "/noted"));
	assert_true(uniform(img, "/mixed/other"));
	assert_true(uniform(img, "/mixed/secret/x"));
	/* No rule at or beneath, though rules begin like it. */
	assert_true(uniform(img, "/dat"));
	assert_true(uniform(img, "/nowhere"));
	assert_true(uniform(img, "/noted2"));

	assert_false(uniform(img, "/"));
	assert_false(uniform(img, "/mixed"));
	assert_false(uniform(img, "/mixed/secret"));
	assert_false(uniform(img, "/file"));
	assert_false(uniform(img, "/shallow"));
	assert_false(uniform(img, "/shallow/x"));
	image_free(img);
}

/* With `otherwise: allow` an allowed path is like its surroundings. */
static void test_uniform_allow(void **unused)
{
	const struct made_rule rules[] = {
	    {.path = "/a", .allow = R},
	    {.path = "/b/c", .deny = A},
	    {.path = "/d/**", .deny = W},
	};
	struct image *img = make_image(rules, ARRAY_N(rules), true);

	(void)unused;
	assert_true(uniform(img, "/a"));
	assert_true(uniform(img, "/x"));
	assert_true(uniform(img, "/d"));
	assert_false(uniform(img, "/b"));
	assert_false(uniform(img, "/b/c"));
	assert_false(uniform(img, "/"));
	assert_int_equal(permitted(img, "/d/x"), RF_OPS_ALL & ~(W | A));
	image_free(img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lowest_op),	  cmocka_unit_test(test_verdicts),
	    cmocka_unit_test(test_no_row_denies), cmocka_unit_test(test_zeroed_image),
	    cmocka_unit_test(test_bounds),	  cmocka_unit_test(test_uniform),
	    cmocka_unit_test(test_uniform_allow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
