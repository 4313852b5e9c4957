/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pattern and a path, split at the first newline. Whatever is accepted must
 * compile or be refused in words, and its canonical spelling must be accepted,
 * be its own canonical spelling, and match the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../lsm/match.h"
#include "../../policy/glob.h"
#include "../../policy/image.h"

/* NULL where the policy is refused. */
static struct image *compile(char *pattern)
{
	struct word path = {.text = pattern, .mark = {1, 1}};
	struct file_rule rule = {.paths = &path, .n_paths = 1, .allow = 1, .mark = {1, 1}};
	const struct policy p = {.file = (char *)"fuzz",
				 .name = (char *)"fuzz",
				 .files = {.present = true, .rules = &rule, .n_rules = 1}};
	struct image *img = NULL;
	struct diag d;

	diag_init(&d, "fuzz");
	if (image_build(&p, &d, &img)) {
		if (!d.errors)
			abort();
	} else if (image_seal(img)) {
		abort();
	}
	diag_done(&d);
	return img;
}

static const struct rf_row *row_at(const struct image *img, const char *path, size_t len)
{
	return rf_row_of(img->head, image_body(img), img->head->words, image_walk(img, path, len));
}

static char *canonical(const char *pattern)
{
	struct glob *g;
	const char *why;
	size_t offset;
	char *text;

	if (glob_parse(pattern, &g, &why, &offset)) {
		if (!why || offset > strlen(pattern))
			abort();
		return NULL;
	}
	text = glob_canonical(g);
	glob_free(g);
	return text;
}

static void check(char *pattern, const char *path, size_t len)
{
	char *text = canonical(pattern), *again = text ? canonical(text) : NULL;
	struct image *img, *same;

	/* The canonical text of a text near the limit may be beyond it. */
	if (text && (again || strlen(text) <= GLOB_LENGTH_MAX)) {
		if (!again || strcmp(text, again))
			abort();
		img = compile(pattern);
		same = compile(text);
		if (!img != !same)
			abort();
		if (img && (memcmp(img->head, same->head, img->size) ||
			    row_at(img, path, len)->allow != row_at(same, path, len)->allow))
			abort();
		image_free(img);
		image_free(same);
	}
	free(text);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
	size_t length = newline ? (size_t)(newline - data) : size;
	char *pattern;

	/* Longer ones only cost time: what is exponential is so before. */
	if (length > 64)
		return 0;
	pattern = strndup((const char *)data, length);
	if (!pattern)
		abort();
	check(pattern, newline ? (const char *)newline + 1 : "", newline ? size - length - 1 : 0);
	free(pattern);
	return 0;
}
