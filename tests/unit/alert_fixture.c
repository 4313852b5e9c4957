/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fixture of the alert tests: only what alerts look at is filled in. */
#include <linux/audit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "alert_fixture.h"

/* An image and a policy by hand: only what alerts look at. */
static struct rf_image_head head = {.hash = {0xaa, 0xbb, 0xcc, 0xdd, 1, 2, 3, 4, 5}};
static struct image_rule rules[4];
static struct image image = {.file = (char *)"nginx.yaml",
			     .name = (char *)"nginx",
			     .head = &head,
			     .rules = rules,
			     .n_rules = 4};
static struct syscall_rule denied_calls[] = {{.name = {(char *)"ptrace", {9, 12}}}};
struct policy fixture_policy = {
    .file = (char *)"nginx.yaml",
    .name = (char *)"nginx",
    .syscalls = {.present = true,
		 .mark = {5, 1},
		 .otherwise = {.kind = SYSCALL_ALLOW, .mark = {6, 3}},
		 .deny = denied_calls,
		 .n_deny = 1},
    .privileges = {.present = true, .mark = {20, 1}},
};
struct alert_context fixture_ctx = {.container = "web",
				    .policy = &fixture_policy,
				    .image = &image,
				    .monotonic_to_real = {1700000000, 999999999}};

int fixture_setup(void **state)
{
	(void)state;
	rules[1].pattern = (char *)"/etc/shadow";
	rules[1].marks[EFFECT_DENY][RF_OP_READ] = (struct mark){14, 5};
	rules[2].pattern = (char *)"/etc/**";
	rules[2].marks[EFFECT_AUDIT][RF_OP_READ] = (struct mark){16, 5};
	rules[3].pattern = (char *)"/etc/passwd";
	rules[3].marks[EFFECT_ALLOW][RF_OP_READ] = (struct mark){18, 5};
	return 0;
}

struct record record(__u8 kind, __u8 what)
{
	struct record r = {.ev = {.seq = 7,
				  .time_ns = 1000000002,
				  .cgroup = 4242,
				  .hash = {0xaa, 0xbb, 0xcc, 0xdd, 1, 2, 3, 4},
				  .arch = AUDIT_ARCH_X86_64,
				  .pid = 123,
				  .tid = 124,
				  .ppid = 1,
				  .uid = 33,
				  .kind = kind,
				  .what = what,
				  .comm = "nginx"}};

	return r;
}

void add_texts(struct record *r, const char *path, const char *new_path, const char *exe)
{
	char *to = r->texts;

	r->ev.path_len = (__u16)strlen(path);
	r->ev.new_len = (__u16)strlen(new_path);
	r->ev.exe_len = (__u16)strlen(exe);
	to = mempcpy(to, path, r->ev.path_len);
	to = mempcpy(to, new_path, r->ev.new_len);
	memcpy(to, exe, r->ev.exe_len);
}

size_t record_size(const struct record *r)
{
	return sizeof(r->ev) + r->ev.path_len + r->ev.new_len + r->ev.exe_len;
}

char *written(json_t *alert, bool text)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	assert_non_null(f);
	assert_int_equal(text ? alert_write_text(f, alert) : alert_write_json(f, alert), 0);
	fclose(f);
	/* One line, whatever is in it. */
	assert_ptr_equal(strchr(out, '\n'), out + len - 1);
	return out;
}
