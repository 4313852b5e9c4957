/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which paths of a policy name objects: literal ones of rules that deny or make read-only. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../enforcer/objects.h"
#include "../../lsm/match.h"
#include "../../policy/objects.h"
#include "image_maker.h"

#define R    RF_OP_BIT(RF_OP_READ)
#define W    RF_OP_BIT(RF_OP_WRITE)
#define A    RF_OP_BIT(RF_OP_APPEND)
#define X    RF_OP_BIT(RF_OP_EXEC)
#define N(a) (sizeof(a) / sizeof(*(a)))

static const struct object_path *find(const struct object_paths *list, const char *path)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->items[i].path, path))
			return &list->items[i];
	return NULL;
}

static void assert_kind(const struct object_paths *list, const char *path, enum object_kind kind)
{
	const struct object_path *o = find(list, path);

	if (!o)
		fail_msg("%s is not listed", path);
	assert_int_equal(o->kind, kind);
}

/* --- what is literal ------------------------------------------------------------------------ */

static void test_only_literal_paths_are_listed(void **state)
{
	static const struct made_rule rules[] = {
	    {"/a", .deny = R},		{"/b/*", .deny = R},	{"/c/**", .deny = R},
	    {"/d/x?", .deny = R},	{"/e/[xy]", .deny = R}, {"/f/\\*", .deny = R},
	    {"/g/{x,y*,z}", .deny = R}, {"/", .deny = R},	{"/h/{p,q}/{r,s}", .deny = W},
	};
	struct image *img = make_image(rules, N(rules), true);
	struct object_paths list;

	(void)state;
	assert_int_equal(object_paths_collect(img, &list), 0);
	assert_kind(&list, "/a", OBJECT_DENIED);
	assert_kind(&list, "/f/*", OBJECT_DENIED);
	assert_kind(&list, "/g/x", OBJECT_DENIED);
	assert_kind(&list, "/g/z", OBJECT_DENIED);
	assert_kind(&list, "/", OBJECT_DENIED);
	assert_kind(&list, "/h/p/r", OBJECT_DENIED);
	assert_kind(&list, "/h/q/s", OBJECT_DENIED);
	assert_int_equal(list.n, 9);
	assert_int_equal(list.n_protected, 9);
	object_paths_done(&list);
	image_free(img);
}

/* --- what is protected ---------------------------------------------------------------------- */

static void test_all_rules_together_make_read_only(void **state)
{
	static const struct made_rule rules[] = {
	    {"/read", .allow = R},   {"/read-exec", .allow = R | X},
	    {"/exec", .allow = X},   {"/write", .allow = R | W},
	    {"/append", .allow = A}, {"/append-too", .allow = R},
	    {"/app*", .allow = A},   {"/connect", .allow = RF_OP_BIT(RF_OP_CONNECT)},
	    {"/audit", .audit = R},  {"/both", .allow = R, .deny = W},
	    {"/none", .allow = R},   {"/no**", .deny = R},
	};
	struct image *img = make_image(rules, N(rules), false);
	struct object_paths list;

	(void)state;
	assert_int_equal(object_paths_collect(img, &list), 0);
	assert_kind(&list, "/read", OBJECT_READ_ONLY);
	assert_kind(&list, "/read-exec", OBJECT_READ_ONLY);
	assert_kind(&list, "/exec", OBJECT_READ_ONLY);
	assert_kind(&list, "/write", OBJECT_NAMED);
	assert_kind(&list, "/append", OBJECT_NAMED);
	assert_kind(&list, "/append-too", OBJECT_NAMED);
	assert_kind(&list, "/connect", OBJECT_NAMED);
	assert_kind(&list, "/audit", OBJECT_NAMED);
	assert_kind(&list, "/both", OBJECT_DENIED);
	assert_kind(&list, "/none", OBJECT_NAMED);
	assert_int_equal(list.n_protected, 4);
	object_paths_done(&list);
	image_free(img);
}

static void test_what_is_allowed_anyway_is_not_read_only(void **state)
{
	static const struct made_rule rules[] = {{"/read", .allow = R}, {"/audited", .audit = W}};
	struct image *img = make_image(rules, N(rules), true);
	struct object_paths list;

	(void)state;
	assert_int_equal(object_paths_collect(img, &list), 0);
	assert_kind(&list, "/read", OBJECT_NAMED);
	assert_kind(&list, "/audited", OBJECT_NAMED);
	assert_int_equal(list.n_protected, 0);
	object_paths_done(&list);
	image_free(img);
}

/* --- what is known of each ------------------------------------------------------------------ */

static void test_state_and_place_are_those_of_the_path(void **state)
{
	static const struct made_rule rules[] = {
	    {"/x/{a,b}", .deny = R}, {"/x/**", .allow = R | W}, {"/y", .allow = R}};
	struct image *img = make_image(rules, N(rules), false);
	const struct object_path *a, *y;
	const struct rf_row *row;
	struct object_paths list;

	(void)state;
	assert_int_equal(object_paths_collect(img, &list), 0);
	a = find(&list, "/x/a");
	y = find(&list, "/y");
	assert_non_null(a);
	assert_non_null(y);
	assert_int_equal(a->mark.line, 1);
	assert_int_equal(a->mark.col, 30); /* of deny */
	assert_int_equal(y->mark.line, 3);
	assert_int_equal(y->mark.col, 20); /* of allow */
	assert_int_equal(a->state, image_walk(img, "/x/a", 4));
	assert_int_equal(y->state, image_walk(img, "/y", 2));
	assert_int_equal(a->ops, R);
	assert_int_equal(a->denied, R);
	assert_int_equal(y->ops, R);
	assert_int_equal(y->denied, 0);
	assert_int_not_equal(a->state, RF_STATE_DEAD);
	row = rf_row_of(img->head, image_body(img), img->head->words, a->state);
	assert_int_equal(rf_row_permits(img->head->otherwise, row), W | A);
	assert_int_equal(row->rule[RF_OP_READ], a->rule);
	assert_string_equal(img->rules[y->rule].pattern, "/y");
	object_paths_done(&list);
	image_free(img);
}

/* An image that was written and read again protects the same. */
static void test_image_file_has_all_of_it(void **state)
{
	static const struct made_rule rules[] = {
	    {"/a/{b,c}", .deny = R}, {"/d", .allow = R}, {"/e/**", .allow = RF_OPS_ALL}};
	struct image *img = make_image(rules, N(rules), false), *again = NULL;
	struct object_paths before, after;
	FILE *f = tmpfile();
	struct diag d;

	(void)state;
	assert_non_null(f);
	diag_init(&d, "test.rfi");
	assert_int_equal(image_write(img, f), 0);
	rewind(f);
	assert_int_equal(image_read(f, &d, &again), 0);
	assert_int_equal(object_paths_collect(img, &before), 0);
	assert_int_equal(object_paths_collect(again, &after), 0);
	assert_int_equal(before.n, 3);
	assert_int_equal(after.n, 3);
	assert_int_equal(after.n_protected, 3);
	for (size_t i = 0; i < after.n; i++) {
		assert_string_equal(after.items[i].path, before.items[i].path);
		assert_int_equal(after.items[i].kind, before.items[i].kind);
		assert_int_equal(after.items[i].state, before.items[i].state);
		assert_int_equal(after.items[i].mark.line, before.items[i].mark.line);
	}
	object_paths_done(&before);
	object_paths_done(&after);
	image_free(img);
	image_free(again);
	diag_done(&d);
	fclose(f);
}

static void test_no_rules_no_objects(void **state)
{
	struct image *img = make_image(NULL, 0, true);
	struct object_paths list;

	(void)state;
	assert_int_equal(object_paths_collect(img, &list), 0);
	assert_int_equal(list.n, 0);
	object_paths_done(&list);
	image_free(img);
}

/* Domains whose images are alike share what is held, and the first that ends takes its image along.
 */
static void test_what_was_collected_needs_no_image(void **state)
{
	static const struct made_rule rules[] = {{"/a", .deny = R}};
	struct image *img = make_image(rules, N(rules), true);
	struct objects objects;
	json_t *list;

	(void)state;
	assert_int_equal(objects_collect(img, &objects), 0);
	memset(img->file, 'x', strlen(img->file));
	image_free(img);
	list = objects_json(&objects);
	assert_int_equal(json_array_size(list), 1);
	assert_null(
	    strchr(json_string_value(json_object_get(json_array_get(list, 0), "rule")), 'x'));
	json_decref(list);
	objects_done(&objects);
	assert_null(objects.file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_only_literal_paths_are_listed),
	    cmocka_unit_test(test_all_rules_together_make_read_only),
	    cmocka_unit_test(test_what_is_allowed_anyway_is_not_read_only),
	    cmocka_unit_test(test_state_and_place_are_those_of_the_path),
	    cmocka_unit_test(test_image_file_has_all_of_it),
	    cmocka_unit_test(test_no_rules_no_objects),
	    cmocka_unit_test(test_what_was_collected_needs_no_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
