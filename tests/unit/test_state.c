/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon believes of the state file: all of it, or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../enforcer/state_file.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define FLAGS                                                                                      \
	"\"collected\":true,\"attached\":false,\"detached\":false,\"filter_audits\":true,"         \
	"\"filter\":\"" HASH "\""
#define WEB                                                                                        \
	"{\"slot\":1,\"generation\":7,\"cgroup_id\":70,\"name\":\"web\",\"policy\":\"p\"," FLAGS "}"
#define LATE "{\"slot\":2,\"generation\":3,\"cgroup_id\":71,\"name\":\"late\"," FLAGS "}"
#define FIRST(domains, policies)                                                                   \
	"{\"version\":1,\"domains\":[" domains "],\"policies\":[" policies "]}\n"
/* With spellings; the others are as the version before wrote them. */
#define SPELLING "0123456789abcdef"
#define SPELLED                                                                                    \
	"{\"slot\":3,\"generation\":1,\"cgroup_id\":72,\"name\":\"new\"," FLAGS                    \
	",\"spelling\":\"" SPELLING "\"}"
#define POLICY "{\"name\":\"p\",\"audit\":true,\"past\":[\"" HASH "\"]}"

static json_t *read_text(const char *text)
{
	FILE *f = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	json_t *state;

	assert_non_null(f);
	state = state_read_from(f);
	fclose(f);
	return state;
}

static bool knows(const json_t *state, __u32 slot, __u32 generation, __u64 cgroup)
{
	const struct rf_domain dom = {.generation = generation, .cgroup = cgroup};
	struct state_domain found;

	return state_find(state, slot, &dom, &found);
}

static void what_was_written(void **state)
{
	static const struct rf_domain dom = {.generation = 7, .cgroup = 70};
	json_t *read = read_text(FIRST(WEB, POLICY) LATE "\n");
	struct state_domain found;

	(void)state;
	assert_non_null(read);
	assert_true(state_find(read, 1, &dom, &found));
	assert_string_equal(found.name, "web");
	assert_string_equal(found.policy, "p");
	assert_true(found.collected && found.filter_audits);
	assert_false(found.attached || found.detached);
	assert_int_equal(found.filter[0], 0x00);
	assert_int_equal(found.filter[RF_HASH_SIZE - 1], 0xff);
	assert_true(knows(read, 2, 3, 71));
	json_decref(read);
}

static void spellings_are_known_where_they_were_written(void **state)
{
	static const struct rf_domain dom = {.generation = 1, .cgroup = 72},
				      before = {.generation = 7, .cgroup = 70};
	static const __u8 spelling[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef},
			  none[IMAGE_SPELLING];
	json_t *read = read_text(FIRST(WEB "," SPELLED, POLICY)), *past;
	__u8 hash[RF_HASH_SIZE], found_spelling[IMAGE_SPELLING];
	struct state_domain found;

	(void)state;
	assert_non_null(read);
	assert_true(state_find(read, 3, &dom, &found));
	assert_memory_equal(found.spelling, spelling, IMAGE_SPELLING);
	assert_true(state_find(read, 1, &before, &found));
	assert_memory_equal(found.spelling, none, IMAGE_SPELLING);
	json_decref(read);
	past = json_string(HASH "-" SPELLING);
	assert_true(state_past(past, hash, found_spelling));
	assert_int_equal(hash[1], 0x11);
	assert_memory_equal(found_spelling, spelling, IMAGE_SPELLING);
	json_decref(past);
	past = json_string(HASH);
	assert_true(state_past(past, hash, found_spelling));
	assert_memory_equal(found_spelling, none, IMAGE_SPELLING);
	json_decref(past);
}

/* Slots and cgroups are given out anew; a domain that agrees in part is another one. */
static void one_that_does_not_agree_is_not_known(void **state)
{
	json_t *read = read_text(FIRST(WEB, ""));

	(void)state;
	assert_non_null(read);
	assert_true(knows(read, 1, 7, 70));
	assert_false(knows(read, 2, 7, 70));
	assert_false(knows(read, 1, 8, 70));
	assert_false(knows(read, 1, 7, 71));
	json_decref(read);
}

/* Whoever was being written of when the daemon died has had no answer. */
static void what_follows_the_last_newline_does_not_count(void **state)
{
	json_t *read = read_text(FIRST(WEB, "") LATE);

	(void)state;
	assert_non_null(read);
	assert_true(knows(read, 1, 7, 70));
	assert_false(knows(read, 2, 3, 71));
	json_decref(read);
	assert_non_null(read = read_text(FIRST(WEB, "") "{\"slot\":"));
	json_decref(read);
}

static void damage_leaves_nothing(void **state)
{
	static const char *const texts[] = {
	    "\n",
	    "null\n",
	    "[]\n",
	    "{\"version\":1,\"domains\":[],\"policies\":[]}", /* no newline */
	    "{\"version\":2,\"domains\":[],\"policies\":[]}\n",
	    "{\"version\":1,\"domains\":[]}\n",
	    "{\"version\":1,\"domains\":{},\"policies\":[]}\n",
	    "{\"version\":1,\"domains\":[],\"policies\":[],\"more\":1}\n",
	    "{\"version\":1,\"version\":1,\"domains\":[],\"policies\":[]}\n",
	    FIRST("{}", ""),
	    FIRST("1", ""),
	    FIRST(WEB, "{\"name\":\"../p\",\"audit\":true,\"past\":[]}"),
	    FIRST(WEB, "{\"name\":\"p\",\"audit\":1,\"past\":[]}"),
	    FIRST(WEB, "{\"name\":\"p\",\"audit\":true,\"past\":[\"00\"]}"),
	    FIRST(WEB, "{\"name\":\"p\",\"audit\":true,\"past\":[7]}"),
	    FIRST(WEB, "{\"name\":\"p\",\"audit\":true,\"past\":[\"" HASH "-\"]}"),
	    FIRST(WEB, "{\"name\":\"p\",\"audit\":true,\"past\":[\"" HASH "-" HASH "\"]}"),
	    FIRST(WEB, "{\"name\":\"p\",\"audit\":true,\"past\":[\"-" SPELLING "\"]}"),
	    FIRST("{\"slot\":1,\"generation\":7,\"cgroup_id\":70,\"name\":\"n\"," FLAGS
		  ",\"spelling\":\"00\"}",
		  ""),
	    FIRST(WEB, "") "{}\n",
	    FIRST(WEB, "") "\n",
	    FIRST(WEB, "") LATE "x\n" LATE "\n",
	    FIRST("{\"slot\":1,\"generation\":7,\"cgroup_id\":70," FLAGS "}", ""), /* no name */
	    FIRST("{\"slot\":1,\"generation\":7,\"cgroup_id\":70,\"name\":7," FLAGS "}", ""),
	    FIRST("{\"slot\":\"1\",\"generation\":7,\"cgroup_id\":70,\"name\":\"n\"," FLAGS "}",
		  ""),
	    FIRST("{\"slot\":1,\"generation\":7,\"cgroup_id\":70,\"name\":\"n\",\"policy\":\"a/"
		  "b\"," FLAGS "}",
		  ""),
	    FIRST("{\"slot\":1,\"generation\":7,\"cgroup_id\":70,\"name\":\"n\",\"else\":1," FLAGS
		  "}",
		  ""),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (read_text(texts[i]))
			fail_msg("believed: %s", texts[i]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_written),
	    cmocka_unit_test(spellings_are_known_where_they_were_written),
	    cmocka_unit_test(one_that_does_not_agree_is_not_known),
	    cmocka_unit_test(what_follows_the_last_newline_does_not_count),
	    cmocka_unit_test(damage_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
