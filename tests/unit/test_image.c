/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a policy to an image: what spelling must not change, whom to blame, what
 * rules imply, sections that are absent, and that the automaton is minimal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lsm/match.h"
#include "image_maker.h"

#define ARRAY_N(a) (sizeof(a) / sizeof((a)[0]))
#define R	   RF_OP_BIT(RF_OP_READ)
#define W	   RF_OP_BIT(RF_OP_WRITE)
#define A	   RF_OP_BIT(RF_OP_APPEND)
#define X	   RF_OP_BIT(RF_OP_EXEC)

static bool same_hash(struct image *a, struct image *b)
{
	bool same = !memcmp(a->head->hash, b->head->hash, RF_HASH_SIZE);

	image_free(a);
	image_free(b);
	return same;
}

static void test_spellings_by_hand(void **unused)
{
	const struct made_rule one[] = {
	    {"/usr/**", .allow = R | X},
	    {"/etc/[abc]*", .allow = R, .audit = R},
	    {"/var/{a,b}", .deny = W},
	};
	const struct made_rule other[] = {
	    {"/\\var/{\\a,b}", .deny = W | A}, {"/etc/[cab]*", .audit = R}, {"/usr/**", .allow = X},
	    {"/etc/[a-c]*", .allow = R},       {"/us\\r/**", .allow = R},   {"/usr/**", .allow = R},
	};
	const struct made_rule different[] = {
	    {"/usr/**", .allow = R | X},
	    {"/etc/[abc]*", .allow = R, .audit = R},
	    {"/var/{a,b}", .deny = X},
	};

	(void)unused;
	assert_true(same_hash(make_image(one, ARRAY_N(one), false),
			      make_image(other, ARRAY_N(other), false)));
	assert_false(same_hash(make_image(one, ARRAY_N(one), false),
			       make_image(different, ARRAY_N(different), false)));
	assert_false(
	    same_hash(make_image(one, ARRAY_N(one), false), make_image(one, ARRAY_N(one), true)));
}

static struct image *image_of_text(const char *text)
{
	struct policy *p = NULL;
	struct image *img;
	struct diag d;
	int r;

	diag_init(&d, "test.yaml");
	r = policy_read("test.yaml", text, strlen(text), &d, &p);
	if (r)
		diag_print(&d, stderr);
	assert_int_equal(r, 0);
	diag_done(&d);
	img = make_image_of(p);
	policy_free(p);
	return img;
}

static const char block[] = "version: 1\n"
			    "name: spelled\n"
			    "mode: enforce\n"
			    "files:\n"
			    "  otherwise: deny\n"
			    "  rules:\n"
			    "    - path: [/usr/**, /lib/**]\n"
			    "      allow: [read, exec]\n"
			    "    - path: /etc/shadow\n"
			    "      deny: all\n"
			    "    - path: /var/log/*.log\n"
			    "      allow: [create, append]\n"
			    "privileges: {allow: []}\n";
static const char flow[] =
    "{mode: 'enforce', name: 'spelled', \"version\": 1, privileges: {allow: []}, # the same\n"
    " files: {rules: [{path: '/var/log/*.log', allow: [append]},\n"
    "   {deny: [all], path: [\"/etc/shadow\"]}, {path: /lib/**, allow: [exec, read]},\n"
    "   {path: \"/\\u0075sr/**\", allow: [read]}, {path: /u\\sr/**, allow: [exec]},\n"
    "   {allow: [create], path: '/var/log/*.log'}], otherwise: deny}}\n";
static const char less[] =
    "{version: 1, name: spelled, mode: enforce, files: {otherwise: deny, rules:\n"
    " [{path: /usr/**, allow: [read, exec]}]}}\n";

static void test_spellings_of_text(void **unused)
{
	(void)unused;
	assert_true(same_hash(image_of_text(block), image_of_text(flow)));
	assert_false(same_hash(image_of_text(block), image_of_text(less)));
}

/* A pattern's places are the first in the text that ask for each operation. */
static void test_marks(void **unused)
{
	const struct made_rule rules[] = {
	    {"/b", .deny = W},
	    {"/a", .allow = R},
	    {"/\\b", .allow = R, .deny = W | X},
	};
	struct image *img = make_image(rules, ARRAY_N(rules), false);
	const struct image_rule *b = &img->rules[2];

	(void)unused;
	assert_int_equal(img->n_rules, 3);
	assert_string_equal(img->rules[1].pattern, "/a");
	assert_string_equal(b->pattern, "/b");
	assert_int_equal(b->marks[EFFECT_DENY][RF_OP_WRITE].line, 1);
	assert_int_equal(b->marks[EFFECT_DENY][RF_OP_WRITE].col, 30);
	assert_int_equal(b->marks[EFFECT_DENY][RF_OP_APPEND].line, 1);
	assert_int_equal(b->marks[EFFECT_DENY][RF_OP_EXEC].line, 3);
	assert_int_equal(b->marks[EFFECT_ALLOW][RF_OP_READ].line, 3);
	assert_int_equal(b->marks[EFFECT_ALLOW][RF_OP_READ].col, 20);
	assert_int_equal(b->marks[EFFECT_AUDIT][RF_OP_READ].line, 0);
	image_free(img);
}

static void test_blame(void **unused)
{
	const struct made_rule rules[] = {
	    {"/a/*", .audit = R | X}, /* 1, by pattern */
	    {"/a/**", .deny = R},     /* 2 */
	    {"/a/b", .deny = R | W},  /* 3 */
	};
	struct image *img = make_image(rules, ARRAY_N(rules), true);
	const struct rf_row *row = row_at(img, "/a/b", 4);

	(void)unused;
	assert_string_equal(img->rules[1].pattern, "/a/*");
	assert_string_equal(img->rules[2].pattern, "/a/**");
	/* The smallest that denies, though a smaller one audits. */
	assert_int_equal(row->rule[RF_OP_READ], 2);
	assert_int_equal(row->rule[RF_OP_WRITE], 3);
	assert_int_equal(row->rule[RF_OP_APPEND], 3);
	assert_int_equal(row->rule[RF_OP_EXEC], 1);
	assert_int_equal(row->rule[RF_OP_CREATE], RF_RULE_NONE);
	image_free(img);
}

/* To write is to append; not the other way round. */
static void test_implied(void **unused)
{
	const struct made_rule rules[] = {
	    {"/w", .allow = W},
	    {"/a", .allow = A},
	    {"/d", .allow = RF_OPS_ALL, .deny = W},
	    {"/e", .allow = RF_OPS_ALL, .deny = A},
	    {"/t", .audit = W},
	};
	struct image *img = make_image(rules, ARRAY_N(rules), false);

	(void)unused;
	assert_int_equal(permitted(img, "/w"), W | A);
	assert_int_equal(permitted(img, "/a"), A);
	assert_int_equal(permitted(img, "/d"), RF_OPS_ALL & ~(W | A));
	assert_int_equal(permitted(img, "/e"), RF_OPS_ALL & ~A);
	assert_int_equal(row_at(img, "/t", 2)->audit, W | A);
	image_free(img);
}

static void test_files_absent(void **unused)
{
	struct policy *p = make_policy(NULL, 0, false);
	struct image *img;

	(void)unused;
	p->files.present = false;
	p->mode = RF_MODE_AUDIT;
	p->privileges.granted = RF_PRIV_BIT(RF_PRIV_MOUNT);
	img = make_image_of(p);
	assert_int_equal(img->head->flags & RF_IMAGE_FILES, 0);
	assert_int_equal(img->head->otherwise, RF_OPS_ALL);
	assert_int_equal(img->head->mode, RF_MODE_AUDIT);
	assert_int_equal(img->head->privileges, RF_PRIV_BIT(RF_PRIV_MOUNT));
	assert_int_equal(permitted(img, "/etc/shadow"), RF_OPS_ALL);
	image_free(img);
	policy_free(p);
}

static void test_no_rules(void **unused)
{
	struct image *deny = make_image(NULL, 0, false), *allow = make_image(NULL, 0, true);

	(void)unused;
	assert_int_equal(deny->head->flags & RF_IMAGE_FILES, RF_IMAGE_FILES);
	assert_int_equal(permitted(deny, "/a"), 0);
	assert_int_equal(permitted(allow, "/a"), RF_OPS_ALL);
	assert_false(same_hash(deny, allow));
}

static void test_hash_covers_filter(void **unused)
{
	struct image *with = make_image(NULL, 0, false), *without = make_image(NULL, 0, false);
	struct sock_filter *filter = calloc(1, sizeof(*filter));
	char hex[2 * RF_HASH_SIZE + 1];

	(void)unused;
	assert_non_null(filter);
	filter->code = 6;
	image_set_filter(with, filter, 1);
	assert_int_equal(image_seal(with), 0);
	image_hash_hex(with, 4, hex);
	assert_int_equal(strlen(hex), 8);
	image_hash_hex(with, RF_HASH_SIZE, hex);
	assert_int_equal(strlen(hex), 64);
	assert_int_equal(strtoul((char[]){hex[0], hex[1], 0}, NULL, 16), with->head->hash[0]);
	assert_false(same_hash(with, without));
}

/* --- minimality: no two states of an image have the same future, by the simplest method ------ */

#define STATES_MAX 400

struct states {
	const struct image *img;
	__u32 at[STATES_MAX];
	unsigned block[STATES_MAX];
	unsigned n;
};

static unsigned find_state(struct states *s, __u32 at)
{
	unsigned i = 0;

	while (i < s->n && s->at[i] != at)
		i++;
	if (i == s->n) {
		assert_true(s->n < STATES_MAX);
		s->at[s->n++] = at;
	}
	return i;
}

static __u32 after(const struct states *s, unsigned i, unsigned byte)
{
	return rf_step(s->img->head, image_body(s->img), s->img->head->words, s->at[i], (__u8)byte);
}

static bool told_apart(struct states *s, unsigned x, unsigned y)
{
	for (unsigned byte = 0; byte < 256; byte++)
		if (s->block[find_state(s, after(s, x, byte))] !=
		    s->block[find_state(s, after(s, y, byte))])
			return true;
	return false;
}

/* One round: states of one block that go to different blocks are parted. */
static bool refine(struct states *s)
{
	unsigned new[STATES_MAX], blocks = 0, old_blocks = 0;

	for (unsigned i = 0; i < s->n; i++) {
		unsigned k = 0;

		while (k < i && (s->block[k] != s->block[i] || told_apart(s, k, i)))
			k++;
		new[i] = k < i ? new[k] : blocks++;
		old_blocks = s->block[i] >= old_blocks ? s->block[i] + 1 : old_blocks;
	}
	memcpy(s->block, new, sizeof(new));
	return blocks > old_blocks;
}

/* A unit that says what the default says wastes a word. */
static void check_no_idle_unit(const struct image *img, __u32 state)
{
	const __u32 *at = image_body(img) + state;
	__u32 otherwise = RF_UNIT_LABEL(at[0]) == RF_LABEL_DEFAULT ? RF_UNIT_TARGET(at[0]) : 0;

	for (__u32 class = RF_CLASS_FIRST; class < img->head->classes; class ++)
		if (RF_UNIT_LABEL(at[class]) == class)
			assert_int_not_equal(RF_UNIT_TARGET(at[class]), otherwise);
}

/* A unit says that its target stays if and only if no byte but '/' leaves it. */
static void check_stays(const struct image *img, __u32 state)
{
	const __u32 *body = image_body(img), words = img->head->words;

	for (unsigned byte = 0; byte < 256; byte++) {
		__u32 unit = rf_unit_of(img->head, body, words, state, (__u8)byte);
		__u32 to = RF_UNIT_TARGET(unit);
		bool stays = true;

		for (unsigned b = 0; b < 256; b++)
			stays &= b == '/' || rf_step(img->head, body, words, to, (__u8)b) == to;
		assert_int_equal(stays, unit >> 31);
	}
}

static void check_minimal(const struct image *img)
{
	struct states *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->img = img;
	find_state(s, RF_STATE_DEAD);
	find_state(s, img->head->start);
	for (unsigned i = 0; i < s->n; i++)
		for (unsigned byte = 0; byte < 256; byte++)
			find_state(s, after(s, i, byte));
	for (unsigned i = 0; i < s->n; i++)
		s->block[i] =
		    RF_ROW_INDEX(rf_row_unit(image_body(img), img->head->words, s->at[i]));
	while (refine(s))
		;
	for (unsigned i = 0; i < s->n; i++) {
		check_no_idle_unit(img, s->at[i]);
		check_stays(img, s->at[i]);
	}
	for (unsigned i = 0; i < s->n; i++)
		for (unsigned k = 0; k < i; k++)
			assert_int_not_equal(s->block[i], s->block[k]);
	free(s);
}

static void test_minimal(void **unused)
{
	static const struct made_rule tables[][4] = {
	    {{"/a/*.log", .allow = R}, {"/b/*.log", .allow = R}, {"/c{x,y}/*.log", .allow = R}},
	    {{"/**/x/**", .allow = R}, {"/**/y/**", .allow = R}, {"/**/z", .deny = W}},
	    {{"/a?c", .allow = R}, {"/abc", .allow = R}, {"/a[^b]c", .allow = R}},
	    {{"/**", .allow = R}, {"/a/**", .allow = R}, {"/*b*", .allow = R}, {"/", .allow = R}},
	    {{"/{a,b,c}{a,b,c}{a,b,c}", .deny = R}, {"/[abc][abc][abc]", .deny = R}},
	    {{"/*a*b*", .allow = R}, {"/*b*a*", .audit = R}, {"/**a", .deny = R}},
	    {{"/**/a?b", .allow = R}, {"/x/**/y/**", .deny = W}, {"/x/*", .audit = X}},
	    {{"/a", .allow = 0}},
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_N(tables); i++) {
		size_t n = 0;
		struct image *img;

		while (n < 4 && tables[i][n].path)
			n++;
		img = make_image(tables[i], n, false);
		check_minimal(img);
		image_free(img);
	}
}

static void test_dump(void **unused)
{
	const struct made_rule rules[] = {{"/a/**", .allow = R | X}, {"/a/b", .deny = W}};
	struct image *img = make_image(rules, ARRAY_N(rules), false);
	static const char *const parts[] = {"policy test from test.yaml",
					    "otherwise deny",
					    "rule 1: /a/**",
					    "rule 2: /a/b",
					    "allow read,exec",
					    "write:2",
					    "(start)",
					    " uniform"};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)unused;
	assert_non_null(out);
	image_dump(img, out);
	fclose(out);
	for (size_t i = 0; i < ARRAY_N(parts); i++)
		if (!strstr(text, parts[i]))
			fail_msg("'%s' is missing in:\n%s", parts[i], text);
	free(text);
	image_free(img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_spellings_by_hand),
	    cmocka_unit_test(test_spellings_of_text),
	    cmocka_unit_test(test_marks),
	    cmocka_unit_test(test_blame),
	    cmocka_unit_test(test_implied),
	    cmocka_unit_test(test_files_absent),
	    cmocka_unit_test(test_no_rules),
	    cmocka_unit_test(test_hash_covers_filter),
	    cmocka_unit_test(test_minimal),
	    cmocka_unit_test(test_dump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
