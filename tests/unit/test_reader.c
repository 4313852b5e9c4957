/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader: what of a text comes into the model, with its places; and
 * that size, depth and rubbish have bounded answers.
 * The wording of errors is in tests/policies/bad.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "../../policy/policy.h"
#include "../../policy/yaml_tree.h"

static const char full[] = "version: 1\n"
			   "name: full.policy-1\n"
			   "mode: audit\n"
			   "syscalls:\n"
			   "  otherwise: {errno: ENOSYS}\n"
			   "  allow:\n"
			   "    - \"@container\"\n"
			   "    - {name: socket, arg0: {in: [AF_UNIX, 2]}, arg5: {ne: -1}}\n"
			   "  deny:\n"
			   "    - name: open\n"
			   "      arg1: {eq: O_RDONLY, mask: O_RDWR|O_WRONLY}\n"
			   "files:\n"
			   "  otherwise: allow\n"
			   "  rules:\n"
			   "    - path: [/a/**, \"/b\\tc\"]\n"
			   "      allow: [read, append]\n"
			   "      audit: all\n"
			   "    - deny: modify\n"
			   "      path: /c\n"
			   "privileges: {allow: [mount, acct]}\n";

static int read_quietly(const char *text, size_t size, struct policy **ret_policy)
{
	struct diag d;
	int r;

	diag_init(&d, "t.yaml");
	r = policy_read("t.yaml", text, size, &d, ret_policy);
	assert_int_equal(r == -EINVAL, d.errors > 0);
	assert_false(d.out_of_memory);
	diag_done(&d);
	return r;
}

static struct policy *read_full(void)
{
	struct policy *p = NULL;

	assert_int_equal(read_quietly(full, strlen(full), &p), 0);
	assert_non_null(p);
	return p;
}

#define assert_mark(m, l, c)                                                                       \
	do {                                                                                       \
		assert_int_equal((m).line, l);                                                     \
		assert_int_equal((m).col, c);                                                      \
	} while (0)

static void the_top_and_the_privileges_are_read(void **state)
{
	struct policy *p = read_full();

	(void)state;
	assert_string_equal(p->file, "t.yaml");
	assert_string_equal(p->name, "full.policy-1");
	assert_int_equal(p->mode, RF_MODE_AUDIT);
	assert_mark(p->mode_mark, 3, 1);
	assert_true(p->privileges.present);
	assert_mark(p->privileges.mark, 20, 1);
	assert_int_equal(p->privileges.granted,
			 RF_PRIV_BIT(RF_PRIV_MOUNT) | RF_PRIV_BIT(RF_PRIV_ACCT));
	assert_mark(p->privileges.granted_mark[RF_PRIV_MOUNT], 20, 22);
	assert_mark(p->privileges.granted_mark[RF_PRIV_ACCT], 20, 29);
	policy_free(p);
}

static void syscalls_are_read(void **state)
{
	struct policy *p = read_full();
	const struct syscall_section *s = &p->syscalls;
	const struct arg_condition *c;

	(void)state;
	assert_true(s->present);
	assert_mark(s->mark, 4, 1);
	assert_int_equal(s->otherwise.kind, SYSCALL_DENY_ERRNO);
	assert_string_equal(s->otherwise.errno_name.text, "ENOSYS");
	assert_mark(s->otherwise.errno_name.mark, 5, 22);
	assert_int_equal(s->n_allow, 2);
	assert_string_equal(s->allow[0].name.text, "@container");
	assert_mark(s->allow[0].name.mark, 7, 7);
	assert_int_equal(s->allow[0].n_conditions, 0);
	assert_string_equal(s->allow[1].name.text, "socket");
	assert_int_equal(s->allow[1].n_conditions, 2);
	c = &s->allow[1].conditions[0];
	assert_int_equal(c->arg, 0);
	assert_int_equal(c->op, ARG_IN);
	assert_int_equal(c->n_values, 2);
	assert_string_equal(c->values[1].text, "2");
	assert_mark(c->values[1].mark, 8, 43);
	c = &s->allow[1].conditions[1];
	assert_int_equal(c->arg, 5);
	assert_int_equal(c->op, ARG_NE);
	assert_string_equal(c->values[0].text, "-1");
	assert_int_equal(s->n_deny, 1);
	c = &s->deny[0].conditions[0];
	assert_int_equal(c->op, ARG_MASKED);
	assert_int_equal(c->n_values, 2);
	assert_string_equal(c->values[0].text, "O_RDWR|O_WRONLY");
	assert_string_equal(c->values[1].text, "O_RDONLY");
	policy_free(p);
}

static void files_are_read(void **state)
{
	struct policy *p = read_full();
	const struct file_section *s = &p->files;

	(void)state;
	assert_true(s->present);
	assert_mark(s->mark, 12, 1);
	assert_true(s->otherwise_allow);
	assert_int_equal(s->n_rules, 2);
	assert_mark(s->rules[0].mark, 15, 7);
	assert_int_equal(s->rules[0].n_paths, 2);
	assert_string_equal(s->rules[0].paths[0].text, "/a/**");
	assert_string_equal(s->rules[0].paths[1].text, "/b\tc");
	assert_mark(s->rules[0].paths[1].mark, 15, 21);
	assert_int_equal(s->rules[0].allow, RF_OP_BIT(RF_OP_READ) | RF_OP_BIT(RF_OP_APPEND));
	assert_int_equal(s->rules[0].deny, 0);
	assert_int_equal(s->rules[0].audit, RF_OPS_ALL);
	assert_mark(s->rules[0].allow_mark, 16, 7);
	assert_mark(s->rules[0].audit_mark, 17, 7);
	assert_int_equal(s->rules[1].deny, RF_OPS_MODIFY);
	assert_mark(s->rules[1].deny_mark, 18, 7);
	assert_string_equal(s->rules[1].paths[0].text, "/c");
	policy_free(p);
}

static void sections_that_are_absent_are_so(void **state)
{
	static const char text[] = "version: 1\nname: n\nmode: enforce\nfiles: {otherwise: deny}\n";
	struct policy *p = NULL;

	(void)state;
	assert_int_equal(read_quietly(text, strlen(text), &p), 0);
	assert_int_equal(p->mode, RF_MODE_ENFORCE);
	assert_false(p->syscalls.present);
	assert_false(p->privileges.present);
	assert_int_equal(p->privileges.granted, 0);
	assert_true(p->files.present);
	assert_false(p->files.otherwise_allow);
	assert_int_equal(p->files.n_rules, 0);
	policy_free(p);
	policy_free(NULL);
}

/* Wherever a text is cut or a byte is damaged, the answer is a policy or an error. */
static void every_cut_and_every_damage_has_an_answer(void **state)
{
	static const char damage[] = "\0 \n:-[]{}*&!\"'#\xff";
	char text[sizeof(full)];
	size_t good = 0;

	(void)state;
	for (size_t i = 0; i < strlen(full); i++) {
		struct policy *p = NULL;

		good += !read_quietly(full, i, &p);
		policy_free(p);
		memcpy(text, full, sizeof(full));
		text[i] = damage[i % (sizeof(damage) - 1)];
		p = NULL;
		good += !read_quietly(text, strlen(full), &p);
		policy_free(p);
	}
	assert_in_range(good, 1, strlen(full));
}

static char *repeat(const char *part, size_t times)
{
	size_t len = strlen(part);
	char *text = malloc(len * times + 1);

	assert_non_null(text);
	for (size_t i = 0; i < times; i++)
		memcpy(text + i * len, part, len);
	text[len * times] = '\0';
	return text;
}

/* The first error a text is refused with. */
static void assert_refused(const char *text, const char *why)
{
	struct policy *p = NULL;
	struct diag d;

	diag_init(&d, "t.yaml");
	assert_int_equal(policy_read("t.yaml", text, strlen(text), &d, &p), -EINVAL);
	assert_null(p);
	assert_true(d.n > 0);
	if (!strstr(d.entries[0].text, why))
		fail_msg("'%s' does not say '%s'", d.entries[0].text, why);
	diag_done(&d);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void monsters_have_bounded_answers(void **state)
{
	static const struct {
		const char *part;
		size_t times;
		const char *why;
	} monsters[] = {
	    {"[", 100000, "nested deeper than 32"},
	    {"{a: ", 100000, "nested deeper than 32"},
	    {"- ", 100000, "nested deeper than 32"},
	    {"? ", 100000, "nested deeper than 32"},
	    {"[\n", 100000, "nested deeper than 32"},
	    {"a", 16000000, "a policy must be a mapping"},
	    {"- a\n", 2000000, "more than 1048576"},
	    {"k: v\n", 400000, "key 'k' is given twice"},
	    {"k", 500000, "a policy must be"},
	    {" ", 16000000, "the file is empty"},
	    {"#\n", 8000000, "the file is empty"},
	    {"\"\\x41\"\n", 1000000, "YAML syntax"},
	    {"--- ", 1000000, "a policy must be a mapping"},
	    {"---\n", 1000000, "a second document"},
	    {"a: *b\n", 100000, "alias"},
	};
	double start = seconds();

	(void)state;
	for (size_t i = 0; i < sizeof(monsters) / sizeof(monsters[0]); i++) {
		char *text = repeat(monsters[i].part, monsters[i].times);

		assert_refused(text, monsters[i].why);
		free(text);
	}
	/* About a second; thirty times that would be a square somewhere. */
	assert_true(seconds() - start < 60);
}

static char *many_rules(unsigned n)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	fputs("version: 1\nname: many\nmode: enforce\nfiles:\n  otherwise: deny\n  rules:\n", out);
	for (unsigned i = 0; i < n; i++)
		fprintf(
		    out,
		    "    # rule %u\n    - path:\n        - /srv/%u/**\n        - /var/%u/*.log\n"
		    "      allow:\n        - read\n        - exec\n      audit:\n        - delete\n"
		    "\n",
		    i, i, i);
	fclose(out);
	return text;
}

static void ten_thousand_rules_are_read(void **state)
{
	char *text = many_rules(10000);
	double start = seconds();
	struct policy *p = NULL;
	struct diag d;

	(void)state;
	assert_int_equal(read_quietly(text, strlen(text), &p), 0);
	assert_int_equal(p->files.n_rules, 10000);
	assert_string_equal(p->files.rules[9999].paths[1].text, "/var/9999/*.log");
	assert_mark(p->files.rules[9999].paths[1].mark, 6 + 9999 * 10 + 4, 11);
	diag_init(&d, "t.yaml");
	assert_int_equal(policy_lint(p, &d), 0);
	assert_int_equal(d.warnings, 1); /* syscalls */
	diag_done(&d);
	policy_free(p);
	free(text);
	/* A fifth of a second; more with sanitizers, far more if it were quadratic. */
	assert_true(seconds() - start < 20);
}

static void depth_is_allowed_to_its_bound(void **state)
{
	char text[2 * TREE_DEPTH_MAX + 1] = "";
	struct node root;
	struct diag d;

	(void)state;
	memset(text, '[', TREE_DEPTH_MAX);
	memset(text + TREE_DEPTH_MAX, ']', TREE_DEPTH_MAX);
	diag_init(&d, "t.yaml");
	assert_int_equal(tree_read(text, strlen(text), &d, &root), 0);
	assert_int_equal(d.n, 0);
	assert_int_equal(root.kind, NODE_LIST);
	node_done(&root);
	diag_done(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_top_and_the_privileges_are_read),
	    cmocka_unit_test(syscalls_are_read),
	    cmocka_unit_test(files_are_read),
	    cmocka_unit_test(sections_that_are_absent_are_so),
	    cmocka_unit_test(every_cut_and_every_damage_has_an_answer),
	    cmocka_unit_test(monsters_have_bounded_answers),
	    cmocka_unit_test(ten_thousand_rules_are_read),
	    cmocka_unit_test(depth_is_allowed_to_its_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
