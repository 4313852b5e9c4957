/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of policies: types of plain words, operations, privileges, the nearest word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../policy/policy.h"
#include "../../policy/privilege.h"
#include "../../policy/yaml_tree.h"

static void plain_words_have_the_types_of_yaml(void **state)
{
	static const struct {
		const char *text, *type;
	} cases[] = {
	    {"", "empty"},
	    {"~", "null"},
	    {"Null", "null"},
	    {"yes", "a boolean"},
	    {"OFF", "a boolean"},
	    {"0", "a number"},
	    {"-12", "a number"},
	    {"+1_000", "a number"},
	    {"0x1F", "a number"},
	    {"0o17", "a number"},
	    {"0b101", "a number"},
	    {"1e3", "a number"},
	    {"1.5E-3", "a number"},
	    {".5", "a number"},
	    {"5.", "a number"},
	    {"190:20:30", "a number"},
	    {".inf", "a number"},
	    {"-.INF", "a number"},
	    {".NaN", "a number"},
	    {"nginx", NULL},
	    {"10-nginx", NULL},
	    {"1.2.3", NULL},
	    {"1e", NULL},
	    {"0xfg", NULL},
	    {"-", NULL},
	    {".", NULL},
	    {"e3", NULL},
	    {"nope", NULL},
	    {"n", NULL},
	    {"/usr", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *type = plain_type(cases[i].text);

		if (!cases[i].type != !type || (type && strcmp(type, cases[i].type)))
			fail_msg("'%s' is %s", cases[i].text, type ? type : "a string");
	}
}

static void words_of_operations_go_both_ways(void **state)
{
	(void)state;
	for (int op = 0; op < _RF_OP_MAX; op++) {
		assert_int_equal(op_from_name(op_name((enum rf_op)op)), op);
		assert_int_equal(op_mask_from_word(op_name((enum rf_op)op)), RF_OP_BIT(op));
	}
	assert_string_equal(op_name(RF_OP_SETATTR), "setattr");
	assert_string_equal(op_name(_RF_OP_MAX), "unknown");
	assert_int_equal(op_from_name("all"), -1);
	assert_int_equal(op_from_name("READ"), -1);
	assert_int_equal(op_mask_from_word("all"), RF_OPS_ALL);
	assert_int_equal(op_mask_from_word("modify"), RF_OPS_MODIFY);
	assert_int_equal(op_mask_from_word("Modify"), 0);
	assert_int_equal(op_mask_from_word(""), 0);
}

static void the_table_of_privileges_is_in_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < _RF_PRIV_MAX; i++) {
		const struct privilege *p = &privileges[i];

		assert_int_equal(p->id, i);
		assert_non_null(p->help);
		assert_ptr_equal(privilege_from_word(p->word), p);
		/* Something enforces each of them. */
		assert_true(*p->hooks || *p->syscalls);
		assert_null(strstr(p->syscalls, "  "));
	}
	assert_null(privilege_from_word("root"));
}

static void the_nearest_word_is_near(void **state)
{
	static const char *const words[] = {"read",   "write",	 "append", "create", "delete",
					    "rename", "setattr", "exec",   "all"};
	static const struct {
		const char *text, *nearest;
	} cases[] = {
	    {"raed", "read"},	   {"READ", "read"}, {"wirte", "write"},
	    {"execute", "exec"},   {"exe", "exec"},  {"remane", "rename"},
	    {"setatr", "setattr"}, {"a", NULL},	     {"", NULL},
	    {"permission", NULL},  {"zzz", NULL},    {"al", "all"},
	    {"deletes", "delete"},
	};
	static char monster[40001];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *near = nearest_word(cases[i].text, words, 9);

		if (!near != !cases[i].nearest || (near && strcmp(near, cases[i].nearest)))
			fail_msg("'%s' gave %s", cases[i].text, near ? near : "nothing");
	}
	memset(monster, 'r', sizeof(monster) - 1);
	assert_null(nearest_word(monster, words, 9));
	assert_null(nearest_word("read", words, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain_words_have_the_types_of_yaml),
	    cmocka_unit_test(words_of_operations_go_both_ways),
	    cmocka_unit_test(the_table_of_privileges_is_in_order),
	    cmocka_unit_test(the_nearest_word_is_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
