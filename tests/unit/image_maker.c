/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lsm/match.h"
#include "image_maker.h"

struct policy *make_policy(const struct made_rule *rules, size_t n, bool otherwise_allow)
{
	struct policy *p = calloc(1, sizeof(*p));
	struct file_rule *entries = calloc(n + 1, sizeof(*entries));

	assert_non_null(p);
	assert_non_null(entries);
	p->file = strdup("test.yaml");
	p->name = strdup("test");
	p->files = (struct file_section){
	    .present = true,
	    .mark = {.line = 1, .col = 1},
	    .otherwise_allow = otherwise_allow,
	    .rules = entries,
	    .n_rules = n,
	};
	for (unsigned i = 0; i < n; i++) {
		entries[i] = (struct file_rule){
		    .paths = calloc(1, sizeof(struct word)),
		    .n_paths = 1,
		    .allow = rules[i].allow,
		    .deny = rules[i].deny,
		    .audit = rules[i].audit,
		    .mark = {.line = i + 1, .col = 5},
		    .allow_mark = {.line = i + 1, .col = 20},
		    .deny_mark = {.line = i + 1, .col = 30},
		    .audit_mark = {.line = i + 1, .col = 40},
		};
		assert_non_null(entries[i].paths);
		entries[i].paths[0] = (struct word){.text = strdup(rules[i].path),
						    .mark = {.line = i + 1, .col = 10}};
	}
	return p;
}

struct image *make_image_of(const struct policy *p)
{
	struct diag d;
	struct image *img = NULL;
	const char *why = "verified the second time";
	int r;

	diag_init(&d, "test.yaml");
	r = image_build(p, &d, &img);
	if (r)
		diag_print(&d, stderr);
	assert_int_equal(r, 0);
	assert_int_equal(d.errors, 0);
	diag_done(&d);
	r = image_seal(img);
	if (r) {
		image_verify(img->head, img->size, &why);
		print_error("%s\n", why);
	}
	assert_int_equal(r, 0);
	return img;
}

struct image *make_image(const struct made_rule *rules, size_t n, bool otherwise_allow)
{
	struct policy *p = make_policy(rules, n, otherwise_allow);
	struct image *img = make_image_of(p);

	policy_free(p);
	return img;
}

char *make_error(const struct made_rule *rules, size_t n)
{
	struct policy *p = make_policy(rules, n, false);
	struct image *img = NULL;
	struct diag d;
	char *text;

	diag_init(&d, "test.yaml");
	assert_int_equal(image_build(p, &d, &img), -EINVAL);
	assert_null(img);
	assert_true(d.n > 0);
	text = strdup(d.entries[0].text);
	assert_non_null(text);
	diag_done(&d);
	policy_free(p);
	return text;
}

const struct rf_row *row_at(const struct image *img, const char *path, size_t len)
{
	return rf_row_of(img->head, image_body(img), img->head->words, image_walk(img, path, len));
}

uint32_t permitted(const struct image *img, const char *path)
{
	return rf_row_permits(img->head->otherwise, row_at(img, path, strlen(path)));
}
