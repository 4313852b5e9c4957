/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An allocator that fails when it is told to. Included by one file of a test
 * program, whose malloc() it becomes; sanitizers have one of their own, so
 * under them SANITIZED is defined and nothing else, and the test is skipped.
 *
 * While `armed`, allocations and frees are counted in `balance`; after
 * `countdown` more of them one fails, or with `all_after` all that follow.
 */
#ifndef FAILING_MALLOC_H
#define FAILING_MALLOC_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifndef SANITIZED

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *old);

static bool armed, all_after;
static unsigned long countdown; /* allocations that still succeed */
static long balance;		/* allocations not freed */

static bool fails(void)
{
	if (!armed)
		return false;
	if (countdown) {
		countdown--;
		return false;
	}
	if (!all_after)
		countdown = (unsigned long)-1;
	errno = ENOMEM;
	return true;
}

static void *counted(void *block)
{
	balance += armed && block;
	return block;
}

void *malloc(size_t size)
{
	return fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : counted(__libc_calloc(n, size));
}

void *realloc(void *old, size_t size)
{
	void *block;

	if (fails())
		return NULL;
	block = __libc_realloc(old, size);
	return old ? block : counted(block);
}

void free(void *old)
{
	balance -= armed && old;
	__libc_free(old);
}

#endif

#endif
