/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Without memory the compiler says so and leaves nothing behind: every single
 * allocation of building an image, and of reading one from a file, is made to
 * fail, once alone and once with all that follow.
 *
 * The allocator is replaced in this program, which sanitizers do as well, so
 * under them the test is skipped.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "image_maker.h"

#include "failing_malloc.h"

#ifndef SANITIZED

static const struct made_rule rules[] = {
    {"/usr/**", .allow = RF_OP_BIT(RF_OP_READ)},
    {"/usr/**/[^a]?.{so,a}", .allow = RF_OP_BIT(RF_OP_EXEC), .audit = RF_OP_BIT(RF_OP_EXEC)},
    {"/etc/{a,b}*", .deny = RF_OPS_ALL},
    {"/**/x/**", .deny = RF_OP_BIT(RF_OP_WRITE)},
};

static int build(const struct policy *p)
{
	struct image *img = NULL;
	struct diag d;
	int r;

	diag_init(&d, "test.yaml");
	r = image_build(p, &d, &img);
	assert_true(!r == (img != NULL));
	if (!r)
		r = image_seal(img);
	image_free(img);
	diag_done(&d);
	return r;
}

static int read_back(FILE *in)
{
	struct image *img = NULL;
	struct diag d;
	int r;

	rewind(in);
	diag_init(&d, "test.rfi");
	r = image_read(in, &d, &img);
	assert_true(!r == (img != NULL));
	image_free(img);
	diag_done(&d);
	return r;
}

/* Lets each allocation of one piece of work fail. Returns how many there were. */
static unsigned long fail_each(const struct policy *p, FILE *in)
{
	for (unsigned long n = 0;; n++) {
		int r = 0;

		for (unsigned all = 0; all < 2; all++) {
			all_after = all;
			countdown = n;
			balance = 0;
			armed = true;
			r = p ? build(p) : read_back(in);
			armed = false;
			if (balance)
				fail_msg("allocation %lu: %ld are left", n, balance);
			if (r && r != -ENOMEM)
				fail_msg("allocation %lu: %d", n, r);
		}
		/* What even all failures from here on do not disturb has no more allocations. */
		if (!r)
			return n;
	}
}

static void test_build(void **unused)
{
	struct policy *p = make_policy(rules, sizeof(rules) / sizeof(rules[0]), false);
	unsigned long n = fail_each(p, NULL);

	(void)unused;
	print_message("%lu allocations\n", n);
	assert_true(n > 100);
	policy_free(p);
}

static void test_read(void **unused)
{
	struct image *img = make_image(rules, sizeof(rules) / sizeof(rules[0]), false);
	FILE *file = tmpfile();
	unsigned long n;

	(void)unused;
	assert_non_null(file);
	assert_int_equal(image_write(img, file), 0);
	read_back(file); /* the stream's buffer is no matter of ours */
	n = fail_each(NULL, file);
	print_message("%lu allocations\n", n);
	assert_true(n > 5);
	fclose(file);
	image_free(img);
}

#else

static void test_build(void **unused)
{
	(void)unused;
	print_error("skipped: the sanitizers have a malloc of their own\n");
	skip();
}

static void test_read(void **unused)
{
	(void)unused;
	print_error("skipped: the sanitizers have a malloc of their own\n");
	skip();
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_build),
					   cmocka_unit_test(test_read)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
