/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people read of a reload: always which policy stands, and what was refused. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../enforcer/reload_text.h"

#define OLD  "\"old_hash\":\"00112233445566\""
#define NEW  "\"hash\":\"8899aabbccddee\""
#define NONE "\"hash\":null"

static const struct {
	const char *item, *text;
} table[] = {
    {"{\"policy\":\"web\",\"valid\":true,\"changed\":true,\"applied\":true,\"domains\":2," OLD
     "," NEW "}",
     "web: 00112233 -> 8899aabb, 2 containers"},
    {"{\"policy\":\"web\",\"valid\":true,\"changed\":true,\"applied\":false,\"domains\":1," OLD
     "," NEW "}",
     "web: stays 00112233, not replaced by 8899aabb"},
    {"{\"policy\":\"web\",\"valid\":true,\"changed\":false,\"applied\":false,\"domains\":1," OLD
     "," NEW "}",
     "web: 8899aabb, unchanged"},
    {"{\"policy\":\"web\",\"valid\":false,\"domains\":1,\"file_hash\":\"ffeeddccbbaa\"," OLD
     "," NONE "}",
     "web: stays 00112233, its file is not valid (SHA-256 ffeeddcc)"},
    {"{\"policy\":\"web\",\"valid\":false,\"domains\":1,\"file_hash\":null," OLD "," NONE "}",
     "web: stays 00112233, its file is not valid (it cannot be read)"},
    {"{\"policy\":\"web\",\"valid\":true,\"domains\":0,\"old_hash\":null," NEW "}",
     "web: valid, nothing runs under it"},
    {"{\"policy\":\"web\",\"valid\":false,\"domains\":0,\"old_hash\":null," NONE "}",
     "web: not valid, nothing runs under it"},
};

static void each_outcome_has_its_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		json_t *item = json_loads(table[i].item, 0, NULL);

		assert_non_null(item);
		assert_string_equal(reload_text(item).text, table[i].text);
		json_decref(item);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_outcome_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
