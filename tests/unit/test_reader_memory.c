/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Without memory the reader says so and leaves nothing behind: every single
 * allocation of reading, linting and printing a policy is made to fail, once
 * alone and once with all that follow.
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

#include "../../policy/policy.h"

#include "failing_malloc.h"

#ifndef SANITIZED

static const char clean[] =
    "version: 1\nname: n\nmode: enforce\n"
    "syscalls:\n  otherwise: {errno: EPERM}\n"
    "  allow: [\"@container\", {name: socket, arg0: {in: [AF_UNIX, 2, 3]}, arg1: {mask: 3, eq: "
    "A|B}}]\n"
    "files:\n  otherwise: deny\n  rules:\n"
    "    - path: [/usr/**, \"/usr/{lib,lib64}/**\", /a, /b, /c, /d]\n"
    "      allow: [read, exec]\n      audit: all\n"
    "    - {path: /usr/x, allow: all}\n    - {path: /usr/x, deny: [read]}\n"
    "privileges: {allow: [mount]}\n";

static const char faulty[] =
    "version: 2\nnme: n\nmode: enforc\n"
    "files:\n  otherwise: deny\n  rules:\n"
    "    - path: [usr, /a/../b, /c/, \"/d[\"]\n      allow: [raed, exec]\n      deny: exec\n"
    "mode: audit\nprivileges: {allow: [mont, *x, \"\\0\"]}\nlast: [\n";

/* Returns the result of reading; everything is freed. */
static int use(const char *text, FILE *out)
{
	struct policy *p = NULL;
	struct diag d;
	int r;

	diag_init(&d, "t.yaml");
	r = policy_read("t.yaml", text, strlen(text), &d, &p);
	if (!r)
		r = policy_lint(p, &d);
	diag_print(&d, out);
	/* An error that was lost must not be taken for none. */
	if (d.out_of_memory && !r)
		r = -EDOM;
	policy_free(p);
	diag_done(&d);
	return r;
}

static void fail_each(const char *text, int result, bool with_all_after)
{
	FILE *out = fopen("/dev/null", "w");
	unsigned long nth = 0;
	int r;

	assert_non_null(out);
	setvbuf(out, NULL, _IONBF, 0);
	assert_int_equal(use(text, out), result);
	all_after = with_all_after;
	do {
		unsigned long left;

		balance = 0;
		countdown = nth;
		armed = true;
		r = use(text, out);
		left = countdown;
		armed = false;
		assert_int_equal(balance, 0);
		if (r != -ENOMEM && r != result)
			fail_msg("allocation %lu: returned %d", nth, r);
		/* It ran through without reaching the one that fails. */
		if (left && left <= nth)
			break;
		nth++;
	} while (nth < 1000000);
	assert_int_equal(r, result);
	assert_in_range(nth, 50, 999999);
	fclose(out);
}

static void a_good_policy_without_memory(void **state)
{
	(void)state;
	fail_each(clean, 0, false);
	fail_each(clean, 0, true);
}

static void a_bad_policy_without_memory(void **state)
{
	(void)state;
	fail_each(faulty, -EINVAL, false);
	fail_each(faulty, -EINVAL, true);
}

#else

static void a_good_policy_without_memory(void **state)
{
	(void)state;
	skip();
}

static void a_bad_policy_without_memory(void **state)
{
	(void)state;
	skip();
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_good_policy_without_memory),
	    cmocka_unit_test(a_bad_policy_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
