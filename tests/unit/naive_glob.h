/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second opinion on globs: a backtracking matcher that works on the
 * pattern's text, shares nothing with policy/, and is slow and obvious.
 * For valid patterns without control characters only.
 */
#ifndef TEST_NAIVE_GLOB_H
#define TEST_NAIVE_GLOB_H

#include <stdbool.h>
#include <stddef.h>

bool naive_match(const char *pattern, const char *path, size_t len);

#endif
