/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verifier and the image file: a good image passes and comes back from a
 * file as it was; every kind of damage that the verifier names is made here;
 * and after any change of bits an image is refused or can be walked safely
 * (which the sanitizers watch).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lsm/match.h"
#include "image_maker.h"

#define ARRAY_N(a) (sizeof(a) / sizeof((a)[0]))

static struct image *sample(void)
{
	static const struct made_rule rules[] = {
	    {"/usr/**", .allow = RF_OP_BIT(RF_OP_READ)},
	    {"/usr/lib/*.so", .allow = RF_OP_BIT(RF_OP_EXEC), .audit = RF_OP_BIT(RF_OP_EXEC)},
	    {"/etc/{a,b}?", .deny = RF_OPS_ALL},
	};

	return make_image(rules, ARRAY_N(rules), false);
}

static __u32 *body_of(struct image *img)
{
	return (__u32 *)(img->head + 1);
}

static struct rf_row *rows_of(struct image *img)
{
	return (struct rf_row *)(body_of(img) + img->head->rows_at);
}

/* The first unit of a real class, and the first row unit. */
static __u32 *a_unit(struct image *img, bool row)
{
	__u32 *body = body_of(img);

	for (__u32 i = RF_RESERVED_UNITS; i < img->head->rows_at; i++)
		if (row ? RF_UNIT_LABEL(body[i]) == RF_LABEL_ROW
			: RF_UNIT_LABEL(body[i]) >= RF_CLASS_FIRST)
			return &body[i];
	fail();
	return NULL;
}

static const char *why_refused(const struct image *img)
{
	const char *why = NULL;

	return image_verify(img->head, img->size, &why) ? why : NULL;
}

#define REFUSED(change, part)                                                                      \
	do {                                                                                       \
		struct image *img = sample();                                                      \
		struct rf_image_head *h = img->head;                                               \
		const char *why;                                                                   \
                                                                                                   \
		assert_null(why_refused(img));                                                     \
		change;                                                                            \
		(void)h;                                                                           \
		why = why_refused(img);                                                            \
		if (!why || !strstr(why, part))                                                    \
			fail_msg("%s: %s", #change, why ? why : "accepted");                       \
		image_free(img);                                                                   \
	} while (0)

static void test_damaged_head(void **unused)
{
	(void)unused;
	REFUSED(h->magic++, "not an image");
	REFUSED(h->version++, "version");
	REFUSED(h->words++, "disagree");
	REFUSED(h->words = RF_BODY_MAX + 1, "too large");
	REFUSED(img->size -= 4, "disagree");
	REFUSED(img->size = 100, "too short");
	REFUSED(h->rows = 0, "no row 0");
	REFUSED(h->rows++, "do not end");
	REFUSED(h->rows = 0xffffffff, "do not end");
	REFUSED(h->rows_at = 248, "wrong place");
	REFUSED(h->rows_at++, "wrong place");
	REFUSED(h->rows_at -= 8, "do not end");
	REFUSED(h->rules = RF_RULES_MAX + 1, "too many rules");
	REFUSED(h->rules = 0, "unknown rule");
	REFUSED(h->classes = RF_CLASS_FIRST, "number of classes");
	REFUSED(h->classes = 257, "number of classes");
	REFUSED(h->classes--, "impossible class");
	REFUSED(h->class_of['a'] = 1, "impossible class");
	REFUSED(h->class_of[255] = 255, "impossible class");
	REFUSED(h->zero[42] = 1, "head is not zero");
	REFUSED(h->flags |= 1u << 31, "flags");
	REFUSED(h->mode = 2, "mode");
	REFUSED(h->privileges = 1u << 31, "privileges");
	REFUSED(h->otherwise = 1, "neither");
	REFUSED(h->flags &= ~RF_IMAGE_FILES, "not governed");
	REFUSED(h->start = 1, "start is no state");
	REFUSED(h->start = h->rows_at, "start is no state");
	REFUSED(h->start = 0xffffffff, "start is no state");
}

static void test_damaged_body(void **unused)
{
	(void)unused;
	REFUSED(body_of(img)[17] = 2, "reserved word");
	REFUSED(*a_unit(img, false) |= RF_UNIT(0, 0x7fffff), "leads out");
	REFUSED(*a_unit(img, false) = RF_UNIT(RF_CLASS_FIRST, 255), "leads out");
	REFUSED(*a_unit(img, false) = RF_UNIT(RF_LABEL_DEFAULT, h->rows_at), "leads out");
	REFUSED(*a_unit(img, false) = RF_UNIT(RF_CLASS_FIRST, h->rows_at - h->classes + 1),
		"leads out");
	REFUSED(*a_unit(img, false) = RF_UNIT(h->classes, RF_RESERVED_UNITS), "impossible class");
	REFUSED(*a_unit(img, false) = RF_UNIT(RF_CLASS_FIRST, h->start) | RF_UNIT_STAYS,
		"can be left");
	REFUSED(h->class_of[1] = h->class_of['/'], "can be left");
	REFUSED(*a_unit(img, true) = RF_UNIT(RF_LABEL_ROW, h->rows), "impossible row");
	REFUSED(*a_unit(img, true) |= 1u << 29, "unknown bit");
	REFUSED(rows_of(img)[0].allow = 1, "row 0");
	REFUSED(rows_of(img)[1].allow = 1u << 15, "unknown operation");
	REFUSED(rows_of(img)[1].zero = 1, "field of a row");
	REFUSED((h->audits = 0, rows_of(img)[1].audit |= RF_OP_BIT(RF_OP_WRITE)),
		"audits what the head does not");
	REFUSED(rows_of(img)[1].rule[11] = 1, "not those");
	REFUSED(memset(&rows_of(img)[h->rows - 1], 0, 8), "not those");
	REFUSED(rows_of(img)[h->rows - 1].rule[RF_OP_EXEC] = 4, "unknown rule");
}

static void walk(const struct image *img)
{
	static const char *const paths[] = {"/", "/usr/lib/x.so", "/etc/a\xc3\xa9", "\xff/\x80",
					    "/usr/lib/a/b/c/d"};

	for (size_t i = 0; i < ARRAY_N(paths); i++) {
		const struct rf_row *row = row_at(img, paths[i], strlen(paths[i]));

		assert_non_null(row);
		assert_true(rf_judge(img->head->otherwise, row, RF_OPS_ALL).rule <=
			    img->head->rules);
	}
}

/* Each bit of an image, turned over. */
static void test_every_bit(void **unused)
{
	struct image *img = sample();
	__u8 *bytes = (__u8 *)img->head;
	unsigned refused = 0, accepted = 0;

	(void)unused;
	for (size_t bit = 0; bit < img->size * 8; bit++) {
		bytes[bit / 8] ^= (__u8)(1u << bit % 8);
		if (why_refused(img)) {
			refused++;
		} else {
			accepted++;
			walk(img);
		}
		bytes[bit / 8] ^= (__u8)(1u << bit % 8);
	}
	print_message("%u refused, %u walked\n", refused, accepted);
	assert_true(refused > 1000);
	assert_null(why_refused(img));
	image_free(img);
}

static char *written(const struct image *img, size_t *ret_size)
{
	char *bytes = NULL;
	FILE *out = open_memstream(&bytes, ret_size);

	assert_non_null(out);
	assert_int_equal(image_write(img, out), 0);
	assert_int_equal(fclose(out), 0);
	return bytes;
}

static int read_back(const char *bytes, size_t size, struct image **ret_image)
{
	FILE *in = fmemopen((void *)bytes, size, "r");
	struct diag d;
	int r;

	assert_non_null(in);
	diag_init(&d, "test.rfi");
	r = image_read(in, &d, ret_image);
	assert_int_equal(d.errors, r == 0 ? 0 : 1);
	diag_done(&d);
	fclose(in);
	return r;
}

static struct image *sealed_with_filter(void)
{
	struct image *img = sample();
	struct sock_filter *filter = calloc(2, sizeof(*filter));

	assert_non_null(filter);
	filter[0].k = 7;
	filter[1].code = 6;
	image_set_filter(img, filter, 2);
	assert_int_equal(image_seal(img), 0);
	return img;
}

/* It is there for each of its owners until the last of them has let it go. */
static void test_share(void **unused)
{
	struct image *img = sealed_with_filter(), *second = image_share(img),
		     *third = image_share(second);
	size_t size, again;
	char *bytes = written(img, &size), *twice;

	(void)unused;
	image_free(img);
	image_free(second);
	twice = written(third, &again);
	assert_int_equal(again, size);
	assert_memory_equal(twice, bytes, size);
	free(twice);
	free(bytes);
	image_free(third);
}

static void test_round_trip(void **unused)
{
	struct image *img = sealed_with_filter(), *back = NULL;
	size_t size, again;
	char *bytes = written(img, &size), *twice;

	(void)unused;
	assert_int_equal(read_back(bytes, size, &back), 0);
	assert_int_equal(back->size, img->size);
	assert_memory_equal(back->head, img->head, img->size);
	assert_int_equal(back->filter_len, 2);
	assert_memory_equal(back->filter, img->filter, 2 * sizeof(struct sock_filter));
	assert_string_equal(back->file, "test.yaml");
	assert_string_equal(back->name, "test");
	assert_int_equal(back->n_rules, img->n_rules);
	for (size_t i = 1; i < img->n_rules; i++) {
		assert_string_equal(back->rules[i].pattern, img->rules[i].pattern);
		assert_memory_equal(back->rules[i].marks, img->rules[i].marks,
				    sizeof(img->rules[i].marks));
	}
	twice = written(back, &again);
	assert_int_equal(again, size);
	assert_memory_equal(twice, bytes, size);
	free(twice);
	free(bytes);
	image_free(back);
	image_free(img);
}

static void give_text(struct image *img, const char *text)
{
	image_set_text(img, strdup(text), strlen(text));
}

/* The policy's text goes along; what it says is for people, the image's mode counts. */
static void test_text(void **unused)
{
	static const char text[] = "version: 1\nname: told\nmode: audit\n"
				   "syscalls: {otherwise: kill, deny: [reboot]}\n";
	struct image *img = sealed_with_filter(), *copy = NULL;
	struct policy *p;
	char *bytes;
	size_t size;

	(void)unused;
	assert_null(image_policy(img));
	give_text(img, text);
	bytes = written(img, &size);
	assert_int_equal(read_back(bytes, size, &copy), 0);
	free(bytes);
	assert_int_equal(copy->text_size, strlen(text));
	assert_memory_equal(copy->text, text, strlen(text));
	assert_memory_equal(copy->head->hash, img->head->hash, RF_HASH_SIZE);
	p = image_policy(copy);
	assert_non_null(p);
	assert_string_equal(p->name, "told");
	assert_string_equal(p->file, "test.yaml");
	assert_int_equal(p->syscalls.n_deny, 1);
	assert_int_equal(p->syscalls.deny[0].name.mark.line, 4);
	assert_int_equal(p->mode, copy->head->mode);
	policy_free(p);
	give_text(copy, "version: 1\nname: told\nmode:\n");
	assert_null(image_policy(copy));
	image_free(copy);
	image_free(img);
}

static void test_cut_and_longer(void **unused)
{
	struct image *img = sealed_with_filter(), *back = NULL;
	size_t size;
	char *bytes = written(img, &size);

	(void)unused;
	for (size_t n = 1; n < size; n++)
		assert_int_equal(read_back(bytes, n, &back), -EINVAL);
	bytes = realloc(bytes, size + 1);
	assert_non_null(bytes);
	bytes[size] = 0;
	assert_int_equal(read_back(bytes, size + 1, &back), -EINVAL);
	free(bytes);
	image_free(img);
}

/* A byte changed in what the kernel gets is found; elsewhere it is found or harmless. */
static void test_every_byte(void **unused)
{
	struct image *img = sealed_with_filter(), *back = NULL;
	size_t size, kernel_part = 16 + 16, rules = 0;
	char *bytes = written(img, &size);

	(void)unused;
	for (size_t i = 0; i < size; i++) {
		bytes[i] ^= 0x41;
		if (read_back(bytes, size, &back)) {
			bytes[i] ^= 0x41;
			continue;
		}
		bytes[i] ^= 0x41;
		assert_true(i >= kernel_part + img->size);
		assert_memory_equal(back->head, img->head, img->size);
		assert_memory_equal(back->filter, img->filter, 2 * sizeof(struct sock_filter));
		rules++;
		image_free(back);
	}
	assert_true(rules > 0);
	free(bytes);
	image_free(img);
}

/* A section that says it is larger than the file is refused before memory is taken for it. */
static void test_lying_size(void **unused)
{
	struct image *img = sample(), *back = NULL;
	size_t size;
	char *bytes = written(img, &size);
	__u64 lie = 1ULL << 40;

	(void)unused;
	memcpy(bytes + 16 + 8, &lie, sizeof(lie));
	assert_int_equal(read_back(bytes, size, &back), -EINVAL);
	lie = RF_IMAGE_MAX;
	memcpy(bytes + 16 + 8, &lie, sizeof(lie));
	assert_int_equal(read_back(bytes, size, &back), -EINVAL);
	free(bytes);
	image_free(img);
}

static void test_full_disk(void **unused)
{
	struct image *img = sample();
	FILE *out = fopen("/dev/full", "w");

	(void)unused;
	if (!out) {
		image_free(img);
		print_error("skipped: there is no /dev/full here\n");
		skip();
	}
	assert_int_equal(image_write(img, out), -ENOSPC);
	fclose(out);
	image_free(img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_damaged_head),   cmocka_unit_test(test_damaged_body),
	    cmocka_unit_test(test_every_bit),	   cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_cut_and_longer), cmocka_unit_test(test_every_byte),
	    cmocka_unit_test(test_lying_size),	   cmocka_unit_test(test_full_disk),
	    cmocka_unit_test(test_share),	   cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
