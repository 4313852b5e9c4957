/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies and images from a table of rules, for tests that are not about reading YAML. */
#ifndef TEST_IMAGE_MAKER_H
#define TEST_IMAGE_MAKER_H

#include "../../policy/image.h"

/* Rule i of a table stands on line i + 1: its path in column 10, its masks' keys in 20, 30, 40. */
struct made_rule {
	const char *path;
	uint32_t allow, deny, audit;
};

/* The caller's; policy_free(). */
struct policy *make_policy(const struct made_rule *rules, size_t n, bool otherwise_allow);
/* Sealed, and asserted to be good; image_free(). */
struct image *make_image(const struct made_rule *rules, size_t n, bool otherwise_allow);
struct image *make_image_of(const struct policy *p);
/* Compiles what must be refused; returns the first error's text, the caller's to free. */
char *make_error(const struct made_rule *rules, size_t n);

/* The row that `path` ends in. */
const struct rf_row *row_at(const struct image *img, const char *path, size_t len);
/* The operations permitted at `path`. */
uint32_t permitted(const struct image *img, const char *path);

#endif
