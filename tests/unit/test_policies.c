/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies as files. Each of tests/policies/bad must be refused with exactly
 * the output in NAME.expect beside it; each of tests/policies/ok must be read
 * and compiled without an error, and linted with the warnings in its .expect,
 * or without any.
 *
 * After a deliberate change of a message, RINGFENCE_UPDATE_EXPECT=1 makes
 * this program rewrite the .expect files; read the difference.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../policy/image.h"
#include "../../policy/policy.h"
#include "../../seccomp/filter.h"

static char *folder(const char *name)
{
	const char *slash = strrchr(__FILE__, '/');
	char *path = NULL;

	assert_true(asprintf(&path, "%.*s/../policies/%s", slash ? (int)(slash - __FILE__) : 1,
			     slash ? __FILE__ : ".", name) > 0);
	return path;
}

/* The whole file; an empty text when there is none. */
static char *load(const char *dir, const char *name, size_t *ret_size)
{
	char path[4096], *text = calloc(1, 1 << 20);
	FILE *f;

	assert_non_null(text);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	*ret_size = f ? fread(text, 1, (1 << 20) - 1, f) : 0;
	if (f)
		fclose(f);
	return text;
}

static char *expect_name(const char *name)
{
	char *expect = NULL;

	assert_true(asprintf(&expect, "%.*s.expect", (int)(strlen(name) - strlen(".yaml")), name) >
		    0);
	return expect;
}

static void update(const char *dir, const char *name, const char *output)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (!*output) {
		remove(path);
		return;
	}
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(output, f);
	assert_int_equal(fclose(f), 0);
}

/* Reads, checks and compiles; returns the printed diagnostics. */
static char *run(const char *dir, const char *name, bool lint, int *ret_result)
{
	size_t size, out_size;
	char *text = load(dir, name, &size), *output = NULL;
	struct policy *policy = NULL;
	struct image *image = NULL;
	struct diag d;
	FILE *out = open_memstream(&output, &out_size);
	int r;

	assert_non_null(out);
	diag_init(&d, name);
	r = policy_read(name, text, size, &d, &policy);
	if (!r)
		r = syscalls_check(policy, &d);
	if (!r)
		r = image_build(policy, &d, &image);
	if (!r && lint)
		assert_int_equal(policy_lint(policy, &d), 0);
	assert_int_equal(r<0, d.errors> 0);
	diag_print(&d, out);
	fclose(out);
	image_free(image);
	policy_free(policy);
	diag_done(&d);
	free(text);
	*ret_result = r;
	return output;
}

static bool check_one(const char *dir, const char *name, bool bad)
{
	char *expect_file = expect_name(name), *expected, *output;
	size_t size;
	bool good;
	int r;

	output = run(dir, name, !bad, &r);
	if (getenv("RINGFENCE_UPDATE_EXPECT"))
		update(dir, expect_file, output);
	expected = load(dir, expect_file, &size);
	good = bad == (r == -EINVAL) && !strcmp(output, expected) && (!bad || *expected);
	if (!good)
		print_error("%s: returned %d\n--- expected\n%s--- printed\n%s", name, r, expected,
			    output);
	free(expected);
	free(output);
	free(expect_file);
	return good;
}

static int is_policy(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 5 && !strcmp(entry->d_name + len - 5, ".yaml");
}

static void check_folder(const char *which, bool bad, int at_least)
{
	char *dir = folder(which);
	struct dirent **entries;
	int n = scandir(dir, &entries, is_policy, alphasort), failed = 0;

	assert_in_range(n, at_least, 100000);
	for (int i = 0; i < n; i++) {
		failed += !check_one(dir, entries[i]->d_name, bad);
		free(entries[i]);
	}
	free(entries);
	free(dir);
	assert_int_equal(failed, 0);
}

static void bad_policies_are_refused_in_these_words(void **state)
{
	(void)state;
	check_folder("bad", true, 70);
}

static void good_policies_are_read(void **state)
{
	(void)state;
	check_folder("ok", false, 12);
}

static struct image *sealed(const char *dir, const char *name)
{
	struct policy *policy = NULL;
	struct sock_filter *filter;
	struct image *image = NULL;
	size_t size, len;
	char *text = load(dir, name, &size);
	struct diag d;

	diag_init(&d, name);
	assert_int_equal(policy_read(name, text, size, &d, &policy), 0);
	assert_int_equal(image_build(policy, &d, &image), 0);
	assert_int_equal(filter_build(policy, false, &d, &filter, &len), 0);
	image_set_filter(image, filter, len);
	assert_int_equal(image_seal(image), 0);
	policy_free(policy);
	diag_done(&d);
	free(text);
	return image;
}

static void two_spellings_of_a_policy_have_one_hash(void **state)
{
	char *dir = folder("ok");
	struct image *a = sealed(dir, "web-server.yaml");
	struct image *b = sealed(dir, "web-server-other-spelling.yaml");
	struct image *c = sealed(dir, "globs.yaml");

	(void)state;
	assert_memory_equal(a->head->hash, b->head->hash, RF_HASH_SIZE);
	assert_memory_not_equal(a->head->hash, c->head->hash, RF_HASH_SIZE);
	image_free(a);
	image_free(b);
	image_free(c);
	free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bad_policies_are_refused_in_these_words),
	    cmocka_unit_test(good_policies_are_read),
	    cmocka_unit_test(two_spellings_of_a_policy_have_one_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
