/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of images, in a /run of this test's own: policies with the same rules on other lines have
 * one hash, and even so each its file.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../enforcer/images.h"
#include "../../enforcer/policies.h"
#include "image_maker.h"

static bool is_private; /* /run is */
static const __u8 unknown[IMAGE_SPELLING];

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* As root, or as root of a user namespace. */
static int set_up_all(void **state)
{
	const unsigned uid = geteuid(), gid = getegid();
	char map[32];

	(void)state;
	if (uid && !unshare(CLONE_NEWUSER)) {
		snprintf(map, sizeof(map), "0 %u 1", uid);
		write_text("/proc/self/uid_map", map);
		write_text("/proc/self/setgroups", "deny");
		snprintf(map, sizeof(map), "0 %u 1", gid);
		write_text("/proc/self/gid_map", map);
	}
	is_private = !unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
		     !mount("none", "/run", "tmpfs", 0, NULL);
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	return is_private ? mkdir("/run/ringfence", 0700) : 0;
}

static int tear_down(void **state)
{
	(void)state;
	images_forget_others(NULL, 0);
	return is_private ? rmdir("/run/ringfence") : 0;
}

/* Of a policy with one rule, the same for all; it calls itself as its text is. */
static struct image *spelled(const char *file, const char *text)
{
	static const struct made_rule rule = {"/secret", 0, RF_OPS_ALL, 0};
	struct policy *p = make_policy(&rule, 1, true);
	struct image *img;

	free(p->file);
	free(p->name);
	p->file = strdup(file);
	p->name = strdup(text);
	img = make_image_of(p);
	image_set_text(img, strdup(text), strlen(text));
	policy_free(p);
	return img;
}

static bool is_stored(const struct image *img)
{
	struct image *found = images_load(img->head->hash, img->spelling);
	bool is = found && !strcmp(found->file, img->file);

	image_free(found);
	return is;
}

static const char *file_found(const struct image *img, const struct image *like)
{
	static char file[64];
	struct images images = {0};
	const struct image *found = images_find(&images, img->head->hash, like);

	snprintf(file, sizeof(file), "%s", found ? found->file : "none");
	images_done(&images);
	return file;
}

static void two_policies_of_one_hash_have_a_file_each(void **state)
{
	struct image *a = spelled("a.yaml", "x"), *b = spelled("b.yaml", "x");
	struct image *c = spelled("c.yaml", "x");

	(void)state;
	if (!is_private)
		skip();
	assert_memory_equal(a->head->hash, b->head->hash, RF_HASH_SIZE);
	assert_int_equal(images_store(a), 0);
	assert_string_equal(file_found(a, NULL), "a.yaml");
	assert_int_equal(images_store(b), 0);
	assert_true(is_stored(a) && is_stored(b) && !is_stored(c));
	assert_string_equal(file_found(a, a), "a.yaml");
	assert_string_equal(file_found(a, b), "b.yaml");
	assert_string_equal(file_found(a, c), "none");
	assert_string_equal(file_found(a, NULL), "none");
	assert_null(images_load(a->head->hash, unknown));
	images_forget(a);
	assert_true(!is_stored(a) && is_stored(b));
	assert_string_equal(file_found(a, NULL), "b.yaml");
	image_free(a);
	image_free(b);
	image_free(c);
}

/* The kernel's table of what is held back has less of the hash than an event. */
static void half_a_hash_is_enough_where_there_is_one(void **state)
{
	struct image *a = spelled("a.yaml", "x");
	__u8 other[IMAGES_HASH_SHORT];
	struct images images = {0};
	const struct image *found;

	(void)state;
	if (!is_private)
		skip();
	assert_int_equal(images_store(a), 0);
	found = images_find_short(&images, a->head->hash, a);
	assert_non_null(found);
	assert_string_equal(found->file, "a.yaml");
	assert_ptr_equal(images_find(&images, a->head->hash, a), found);
	memcpy(other, a->head->hash, sizeof(other));
	other[3] ^= 1;
	assert_null(images_find_short(&images, other, a));
	images_done(&images);
	images_forget(a);
	image_free(a);
}

static void of_one_policy_the_newest_text_is_found(void **state)
{
	struct image *a = spelled("a.yaml", "old"), *b = spelled("a.yaml", "new");
	struct images images = {0};
	const struct image *found;

	(void)state;
	if (!is_private)
		skip();
	assert_int_equal(images_store(a), 0);
	usleep(20000);
	assert_int_equal(images_store(b), 0);
	assert_non_null(found = images_find(&images, a->head->hash, a));
	assert_memory_equal(found->text, "new", 3);
	images_done(&images);
	image_free(a);
	image_free(b);
}

/* It had no spelling in the names of files. */
static void what_the_version_before_has_stored_is_found(void **state)
{
	struct image *a = spelled("a.yaml", "x"), *found;
	char old[64] = "/run/ringfence/image-";
	FILE *f;

	(void)state;
	if (!is_private)
		skip();
	image_hash_hex(a, IMAGES_HASH, old + strlen(old));
	assert_non_null(f = fopen(old, "we"));
	assert_int_equal(chmod(old, 0600), 0);
	assert_int_equal(image_write(a, f), 0);
	fclose(f);
	assert_false(is_stored(a));
	assert_non_null(found = images_load(a->head->hash, unknown));
	assert_true(is_stored(a)); /* from now on */
	assert_string_equal(file_found(a, a), "a.yaml");
	image_free(found);
	image_free(a);
}

static void damage_and_what_is_being_written_is_not_found(void **state)
{
	struct image *a = spelled("a.yaml", "x");
	char path[64] = "/run/ringfence/image-";
	int fd;

	(void)state;
	if (!is_private)
		skip();
	image_hash_hex(a, IMAGES_HASH, path + strlen(path));
	strcat(path, "-0011223344556677.new");
	assert_true((fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) >= 0);
	close(fd);
	path[strlen(path) - strlen(".new")] = '\0';
	assert_true((fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) >= 0);
	close(fd);
	assert_string_equal(file_found(a, NULL), "none");
	image_free(a);
}

static void a_file_goes_with_the_last_who_has_it(void **state)
{
	struct registry registry = {0};
	struct named_policy one = {.name = (char[]){"one"}}, other = {.name = (char[]){"other"}};
	struct named_policy *items[] = {&one, &other};
	const struct policies p = {.registry = &registry, .items = items, .n = 2};
	struct image *shared = spelled("a.yaml", "x");

	(void)state;
	if (!is_private)
		skip();
	assert_int_equal(images_store(shared), 0);
	one.image = spelled("a.yaml", "1");
	one.past[POLICIES_PAST - 1] = shared;
	other.image = spelled("a.yaml", "x");
	for (unsigned i = 0; i < POLICIES_PAST - 1; i++)
		one.past[i] = spelled("a.yaml", "2");
	policies_replace_image(&p, &one, spelled("a.yaml", "3"));
	assert_true(is_stored(other.image));
	shared = other.image;
	other.image = NULL;
	policies_drop_image(&p, shared);
	assert_false(is_stored(shared));
	image_free(shared);
	image_free(one.image);
	for (unsigned i = 0; i < POLICIES_PAST; i++)
		image_free(one.past[i]);
}

static struct image *filtering(__u32 k)
{
	struct image *img = spelled("a.yaml", "x");
	struct sock_filter *filter = calloc(1, sizeof(*filter));

	assert_non_null(filter);
	filter->k = k;
	image_set_filter(img, filter, 1);
	return img;
}

/* A filter stays, whatever became of its policy. */
static void the_image_of_a_filter(void **state)
{
	struct named_policy at = {.image = filtering(3), .past = {filtering(2), filtering(1)}};
	struct image *other = filtering(4);
	__u8 filter[RF_HASH_SIZE];

	(void)state;
	registry_filter_hash(at.image, filter);
	assert_ptr_equal(policies_find_filter(&at, filter), at.image);
	registry_filter_hash(at.past[1], filter);
	assert_ptr_equal(policies_find_filter(&at, filter), at.past[1]);
	registry_filter_hash(other, filter);
	assert_null(policies_find_filter(&at, filter));
	image_free(at.image);
	image_free(at.past[0]);
	image_free(at.past[1]);
	image_free(other);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(two_policies_of_one_hash_have_a_file_each, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(half_a_hash_is_enough_where_there_is_one, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(of_one_policy_the_newest_text_is_found, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(what_the_version_before_has_stored_is_found, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(damage_and_what_is_being_written_is_not_found, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(a_file_goes_with_the_last_who_has_it, set_up,
					    tear_down),
	    cmocka_unit_test(the_image_of_a_filter),
	};

	return cmocka_run_group_tests(tests, set_up_all, NULL);
}
