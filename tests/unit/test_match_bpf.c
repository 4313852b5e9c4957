/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matcher in the kernel against the matcher in user space: one source, so
 * what is tested is that the verifier takes it and that BPF's arithmetic does
 * not change it. Skipped where this process may not load BPF programs.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../lsm/match.h"
#include "../bpf/match_test.h"
#include "image_maker.h"

#ifndef BPF_OBJ_DIR
#define BPF_OBJ_DIR "build/tests/bpf"
#endif

#define IMAGES	   300
#define PATHS	   12
#define ARRAY_N(a) (sizeof(a) / sizeof((a)[0]))

static struct bpf_object *object;
static int program, image_map, question_map, answer_map;
static __u8 *value; /* of image_map */

static int quiet(enum libbpf_print_level level, const char *fmt, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, fmt, args) : 0;
}

/* May this process load any program at all? A refusal of ours must not look like that. */
static int probe(void)
{
	const struct bpf_insn nothing[] = {
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
	    {.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_flags = BPF_F_SLEEPABLE);
	int fd = bpf_prog_load(BPF_PROG_TYPE_SYSCALL, "rf_probe", "GPL", nothing, ARRAY_N(nothing),
			       &opts);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int setup(void **unused)
{
	int r;

	(void)unused;
	libbpf_set_print(quiet);
	r = probe();
	if (r) {
		print_message("skipped: no BPF program can be loaded here: %s\n", strerror(-r));
		return 0;
	}
	object = bpf_object__open_file(BPF_OBJ_DIR "/match_test.bpf.o", NULL);
	if (!object || bpf_object__load(object)) {
		print_error("match_test.bpf.o does not load: %s\n", strerror(errno));
		return -1;
	}
	program = bpf_program__fd(bpf_object__find_program_by_name(object, "match_path"));
	image_map = bpf_object__find_map_fd_by_name(object, "rf_image");
	question_map = bpf_object__find_map_fd_by_name(object, "rf_question");
	answer_map = bpf_object__find_map_fd_by_name(object, "rf_answer");
	value = calloc(1, RF_IMAGE_MAX);
	return value ? 0 : -1;
}

static int teardown(void **unused)
{
	(void)unused;
	bpf_object__close(object);
	free(value);
	return 0;
}

static void put_image(const struct image *img)
{
	const __u32 zero = 0;

	memset(value, 0, RF_IMAGE_MAX);
	memcpy(value, img->head, img->size);
	assert_int_equal(bpf_map_update_elem(image_map, &zero, value, BPF_ANY), 0);
}

static struct match_answer ask_kernel(const char *path, __u32 ops)
{
	static struct match_question q;
	const __u32 zero = 0;
	struct match_answer a = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	memset(&q, 0, sizeof(q));
	q.len = (__u32)strlen(path);
	q.ops = ops;
	memcpy(q.path, path, q.len);
	assert_int_equal(bpf_map_update_elem(question_map, &zero, &q, BPF_ANY), 0);
	assert_int_equal(bpf_prog_test_run_opts(program, &opts), 0);
	assert_int_equal(opts.retval, 0);
	assert_int_equal(bpf_map_lookup_elem(answer_map, &zero, &a), 0);
	return a;
}

static struct match_answer ask_here(const struct image *img, const char *path, __u32 ops)
{
	const __u32 *body = image_body(img), state = image_walk(img, path, strlen(path));
	const struct rf_row *row = rf_row_of(img->head, body, img->head->words, state);
	struct rf_verdict v = rf_judge(img->head->otherwise, row, ops);

	return (struct match_answer){
	    .state = state,
	    .uniform = (__u32)rf_is_uniform(img->head, body, img->head->words, state),
	    .permits = rf_row_permits(img->head->otherwise, row),
	    .denied = v.denied,
	    .audited = v.audited,
	    .op = v.op,
	    .rule = v.rule,
	};
}

static const char *const patterns[] = {"/**",
				       "/usr/**",
				       "/usr/lib/*.so*",
				       "/etc/{passwd,shadow}",
				       "/var/log/*/**/*.log",
				       "/home/?/**",
				       "/tmp/[a-f]*",
				       "/srv/**/data",
				       "/**/.git/**",
				       "/a{b,c{d,e}}/*",
				       "/etc/[^s]*",
				       "/*",
				       "/",
				       "/usr/lib/é?",
				       "/dev/tty[0-9]",
				       "/opt/x\\*/**"};
static const char *const paths[] = {"/",
				    "/usr",
				    "/usr/lib/libc.so.6",
				    "/etc/passwd",
				    "/etc/shadow2",
				    "/var/log/a/b/c.log",
				    "/var/log/a/c.log",
				    "/home/é/x",
				    "/tmp/zebra",
				    "/tmp/cat",
				    "/srv/data",
				    "/srv/a/b/data",
				    "/x/.git/config",
				    "/ab/q",
				    "/acd/r",
				    "/acf/r",
				    "/usr/lib/éß",
				    "/dev/tty3",
				    "/dev/ttyS0",
				    "/opt/x*/y",
				    "/opt/xy/z",
				    "",
				    "relative",
				    "/\xff\xfe/\x01"};

static unsigned below(unsigned n)
{
	static unsigned long long x = 88172645463325252ULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (unsigned)(x >> 20) % n;
}

static struct image *random_image(void)
{
	struct made_rule rules[6];
	size_t n = 1 + below(ARRAY_N(rules));

	for (size_t i = 0; i < n; i++)
		rules[i] = (struct made_rule){
		    .path = patterns[below(ARRAY_N(patterns))],
		    .allow = below(RF_OPS_ALL + 1),
		    .deny = below(2) ? below(RF_OPS_ALL + 1) : 0,
		    .audit = below(2) ? below(RF_OPS_ALL + 1) : 0,
		};
	return make_image(rules, n, below(2));
}

static void test_same_answers(void **unused)
{
	unsigned asked = 0, denied = 0, allowed = 0;

	(void)unused;
	if (!object)
		skip();
	for (unsigned i = 0; i < IMAGES; i++) {
		struct image *img = random_image();

		put_image(img);
		for (unsigned k = 0; k < PATHS; k++, asked++) {
			const char *path = paths[below(ARRAY_N(paths))];
			__u32 ops = below(RF_OPS_ALL + 1);
			struct match_answer here = ask_here(img, path, ops);
			struct match_answer there = ask_kernel(path, ops);

			assert_memory_equal(&here, &there, sizeof(here));
			denied += here.denied != 0;
			allowed += here.denied != ops;
		}
		image_free(img);
	}
	print_message("%u questions, %u with a denial, %u with a permission\n", asked, denied,
		      allowed);
	assert_true(denied > asked / 10 && allowed > asked / 10);
}

/* A path as long as they get is read to its last byte. */
static void test_longest_path(void **unused)
{
	const struct made_rule rules[] = {{"/**/end", .allow = RF_OP_BIT(RF_OP_READ)}};
	struct image *img;
	char path[RF_PATH_MAX + 1];

	(void)unused;
	if (!object)
		skip();
	img = make_image(rules, ARRAY_N(rules), false);
	put_image(img);
	for (size_t i = 0; i < RF_PATH_MAX; i++)
		path[i] = i % 8 ? 'x' : '/';
	path[RF_PATH_MAX] = '\0';
	memcpy(path + RF_PATH_MAX - 4, "/end", 4);
	assert_int_equal(ask_kernel(path, 1).permits, RF_OP_BIT(RF_OP_READ));
	path[RF_PATH_MAX - 1] = 'x';
	assert_int_equal(ask_kernel(path, 1).permits, 0);
	image_free(img);
}

/* Zeroed memory and a head full of lies deny, and the kernel survives them. */
static void test_no_image(void **unused)
{
	(void)unused;
	if (!object)
		skip();
	memset(value, 0, RF_IMAGE_MAX);
	assert_int_equal(bpf_map_update_elem(image_map, &(__u32){0}, value, BPF_ANY), 0);
	assert_int_equal(ask_kernel("/etc/passwd", RF_OPS_ALL).permits, 0);
	assert_int_equal(ask_kernel("/etc/passwd", RF_OPS_ALL).denied, RF_OPS_ALL);
	for (unsigned i = 0; i < 50; i++) {
		for (size_t k = 0; k < 65536; k++)
			value[k] = (__u8)below(256);
		((struct rf_image_head *)value)->rows_at = i % 2 ? 0xffffffff - i : below(1 << 22);
		((struct rf_image_head *)value)->otherwise = 0;
		assert_int_equal(bpf_map_update_elem(image_map, &(__u32){0}, value, BPF_ANY), 0);
		assert_int_equal(ask_kernel("/etc/passwd", 0).denied, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_answers),
	    cmocka_unit_test(test_longest_path),
	    cmocka_unit_test(test_no_image),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
