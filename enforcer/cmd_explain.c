/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ringfence explain: reads the question, has it answered, prints the answer.
 */
#include "cmd.h"

#include <errno.h>
#include <getopt.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

#include "../policy/privilege.h"
#include "../seccomp/filter.h"
#include "escape.h"
#include "explain.h"
#include "log.h"
#include "util.h"

#define SYSCALL_ARGS 6

/* `path` without empty and dot components, `..` taken back; malloc'ed. */
static char *normal_path(const char *path)
{
	char *normal = malloc(strlen(path) + 2);
	size_t len = 0;

	if (!normal)
		return NULL;
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && strncmp(path, "..", 2) == 0) {
			while (len && normal[--len] != '/')
				;
		} else if (n && !(n == 1 && *path == '.')) {
			normal[len++] = '/';
			memcpy(normal + len, path, n);
			len += n;
		}
		path += n;
		path += *path == '/';
	}
	if (!len)
		normal[len++] = '/';
	normal[len] = '\0';
	return normal;
}

/* Paths in events are normal; another spelling would be answered for a path that never occurs. */
static int check_path(const char *path)
{
	_free_ char *normal = normal_path(path);
	_free_ char *shown = escape_bytes(path, strlen(path));
	_free_ char *right = normal ? escape_bytes(normal, strlen(normal)) : NULL;

	if (!shown || !right)
		return log_errno(-ENOMEM, "explain");
	if (*path != '/') {
		log_error("explain: '%s' is not an absolute path", shown);
		return -EINVAL;
	}
	if (strcmp(path, normal) == 0)
		return 0;
	log_error("explain: '%s' is not how the kernel spells a path", shown);
	log_hint("write '%s'; links are not followed here", right);
	return -EINVAL;
}

/* The nearest operation word for the hint; NULL for none. */
static const char *near_operation(const char *text)
{
	const char *words[_RF_OP_MAX + 1] = {"syscall"};

	for (int op = 0; op < _RF_OP_MAX; op++)
		words[op + 1] = op_name((enum rf_op)op);
	return nearest_word(text, words, sizeof(words) / sizeof(words[0]));
}

static int unknown_operation(const char *name)
{
	const char *word = strncmp(name, "file.", 5) == 0 ? name + 5 : name;
	_free_ char *shown = escape_bytes(name, strlen(name));
	const char *near = near_operation(word);

	log_error("explain: no operation '%s'", shown ? shown : "?");
	if (near)
		log_hint("did you mean '%s'?", near);
	else
		log_hint("file.OP, a bare file operation, syscall, or privilege.WORD");
	return EXIT_USAGE;
}

static int unknown_privilege(const char *word)
{
	const char *words[_RF_PRIV_MAX];
	_free_ char *shown = escape_bytes(word, strlen(word));
	const char *near;

	for (int i = 0; i < _RF_PRIV_MAX; i++)
		words[i] = privileges[i].word;
	near = nearest_word(word, words, _RF_PRIV_MAX);
	log_error("explain: no privilege '%s'", shown ? shown : "?");
	if (near)
		log_hint("did you mean '%s'?", near);
	return EXIT_USAGE;
}

static void print_member(const json_t *o, const char *before, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	if (text)
		printf("%s%s", before, text);
}

static void print_call(const json_t *o)
{
	const json_t *args = json_object_get(o, "args"), *arg;
	size_t i;

	if (!args)
		return;
	print_member(o, " ", "syscall");
	json_array_foreach(args, i, arg) printf("%s%s", i ? ", " : "(", json_string_value(arg));
	putchar(')');
}

static void print_text(const json_t *o)
{
	const json_t *refused = json_object_get(o, "refused");

	print_member(o, "", "verdict");
	print_member(o, ": ", "operation");
	print_call(o);
	print_member(o, " ", "path");
	print_member(o, " -> ", "new_path");
	if (refused) {
		print_member(refused, "\n  refused: ", "operation");
		print_member(refused, " ", "path");
	}
	print_member(o, "\n  rule: ", "rule");
	print_member(o, ": ", "pattern");
	print_member(o, "\n  because: ", "because");
	print_member(o, "\n  filter: ", "action");
	print_member(o, "\n  error: ", "errno");
	print_member(o, "\n  recorded by: ", "audit_rule");
	print_member(o, "\n  mode: ", "mode");
	print_member(o, "\n  note: ", "note");
	print_member(o, "\n  DEFECT: ", "defect");
	putchar('\n');
}

/* Prints the answer, which it takes. */
static int answer(const struct compiled *c, json_t *o, bool json)
{
	bool denied, defect;

	if (!o) {
		log_error("out of memory");
		return EXIT_CANNOT;
	}
	denied = strcmp(json_string_value(json_object_get(o, "verdict")), "denied") == 0;
	defect = json_object_get(o, "defect");
	if (denied && c->image->head->mode == RF_MODE_AUDIT && !json_object_get(o, "mode"))
		json_object_set_new(o, "mode", json_string("audit: reported, not denied"));
	if (json) {
		command_print_json(o);
	} else {
		print_text(o);
		json_decref(o);
	}
	return defect ? EXIT_CANNOT : denied ? EXIT_NO : EXIT_OK;
}

static int explain_call(const struct compiled *c, int argc, char **argv, bool json)
{
	struct syscall_call call = {.arch = AUDIT_ARCH_X86_64};
	_free_ char *shown = argc ? escape_bytes(argv[0], strlen(argv[0])) : NULL;
	uint64_t number;
	int nr;

	if (argc < 1 || argc > 1 + SYSCALL_ARGS)
		return command_misused("explain", "a system call and up to %d arguments are wanted",
				       SYSCALL_ARGS);
	nr = syscall_number(argv[0]);
	if (nr >= 0) {
		call.nr = (uint32_t)nr;
	} else if (argv[0][0] >= '0' && argv[0][0] <= '9' &&
		   constant_value(argv[0], &number) == 0 && number <= UINT32_MAX) {
		call.nr = (uint32_t)number;
	} else {
		log_error("explain: no system call '%s'", shown ? shown : "?");
		return EXIT_USAGE;
	}
	for (int i = 1; i < argc; i++)
		if (constant_value(argv[i], &call.args[i - 1]) < 0)
			return command_misused("explain",
					       "argument %d is neither a number nor a "
					       "known constant",
					       i);
	return answer(c, explain_syscall(c, &call), json);
}

static int explain_paths(const struct compiled *c, enum rf_op op, int argc, char **argv, bool json)
{
	struct file_question q = {.op = op};
	int most = op == RF_OP_RENAME || op == RF_OP_LINK ? 2 : 1;

	if (argc < 1 || argc > most)
		return command_misused("explain", "file.%s wants %s", op_name(op),
				       most == 1 ? "one path" : "a path, and maybe the new one");
	for (int i = 0; i < argc; i++)
		if (check_path(argv[i]) < 0)
			return EXIT_USAGE;
	q.path = argv[0];
	q.new_path = argc > 1 ? argv[1] : NULL;
	return answer(c, explain_file(c, &q), json);
}

/* argv: OPERATION [OBJECT...] */
static int explain(const struct compiled *c, int argc, char **argv, bool json)
{
	const char *name = argv[0];
	const struct privilege *privilege;
	int op;

	if (strcmp(name, "syscall") == 0)
		return explain_call(c, argc - 1, argv + 1, json);
	if (strncmp(name, "privilege.", 10) == 0) {
		privilege = privilege_from_word(name + 10);
		if (!privilege)
			return unknown_privilege(name + 10);
		if (argc > 1)
			return command_misused("explain", "a privilege has no object");
		return answer(c, explain_privilege(c, privilege->id), json);
	}
	op = op_from_name(strncmp(name, "file.", 5) == 0 ? name + 5 : name);
	if (op < 0)
		return unknown_operation(name);
	return explain_paths(c, (enum rf_op)op, argc - 1, argv + 1, json);
}

int cmd_explain(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {0}};
	_cleanup_(compiled_done) struct compiled c = {0};
	bool json = false;
	int opt, r;

	/* "+": what follows FILE may begin with a dash, as negative arguments do. */
	while ((opt = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (opt != 'j')
			return command_misused(argv[0], NULL);
		json = true;
	}
	if (argc - optind < 2)
		return command_misused(argv[0], "a policy file and an operation are wanted");
	r = compiled_load(argv[optind], false, true, &c);
	if (r < 0)
		return compiled_exit(r);
	return explain(&c, argc - optind - 1, argv + optind + 1, json);
}
