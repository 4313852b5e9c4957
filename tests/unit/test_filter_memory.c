/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Without memory a filter is either not built, with -ENOMEM, or the one that
 * memory would have given: never another. Each allocation of checking and
 * building fails in turn; not those of libseccomp, which does not always return
 * from a failure of its own.
 *
 * The allocator is replaced in this program, which sanitizers do as well, so
 * under them the test is skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seccomp_build.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifndef SANITIZED

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);

static long left = -1; /* allocations until one fails; negative: none does */

/* Where this program's own code lies: set by the linker. */
extern const char __executable_start, etext;

static int now(const void *caller)
{
	const char *from = caller;

	if (from < &__executable_start || from >= &etext || left < 0 || left-- > 0)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return now(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return now(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *block, size_t size)
{
	return now(__builtin_return_address(0)) ? NULL : __libc_realloc(block, size);
}

static const char sections[] =
    "syscalls:\n  otherwise: {errno: EACCES}\n"
    "  allow: [\"@base\", {name: socket, arg0: {in: [AF_UNIX, AF_INET]}}, clone, mseal]\n"
    "  deny: [{name: clone, arg0: {mask: CLONE_NEWUSER, eq: CLONE_NEWUSER}}]\n";

static void building_survives(void **state)
{
	struct built whole = build(sections, false);
	unsigned failures = 0, n = 0;

	(void)state;
	for (int r = -1; r < 0 && n < 100000; n++) {
		struct sock_filter *insns = NULL;
		struct diag d;
		size_t len = 0;

		diag_init(&d, "t");
		left = n;
		r = filter_build(whole.policy, false, &d, &insns, &len);
		failures += left < 0;
		/* It was not reached: the loop is done. */
		if (left < 0 && !r)
			r = -1;
		left = -1;
		if (insns) {
			assert_int_equal(len, whole.len);
			assert_memory_equal(insns, whole.insns, len * sizeof(*insns));
		}
		free(insns);
		diag_done(&d);
	}
	assert_true(failures > 10);
	assert_int_equal(failures, n - 1);
	built_done(&whole);
}

#else

static void building_survives(void **state)
{
	(void)state;
	print_error("skipped: the sanitizers have a malloc of their own\n");
	skip();
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(building_survives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
