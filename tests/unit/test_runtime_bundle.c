/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of a container's configuration, and what the administrator's
 * settings say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../enforcer/json_large.h"
#include "../../enforcer/runtime_bundle.h"
#include "../../enforcer/runtime_settings.h"
#include "seccomp_build.h"

static char directory[] = "/tmp/ringfence-bundle.XXXXXX";

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/config.json", directory);
	unlink(path);
	return rmdir(directory);
}

/* JSON with ' for ". */
static int read_bundle(const char *text, struct runtime_bundle *ret)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/config.json", directory);
	f = fopen(path, "w");
	assert_non_null(f);
	for (; *text; text++)
		fputc(*text == '\'' ? '"' : *text, f);
	assert_int_equal(fclose(f), 0);
	return runtime_bundle_read(directory, NULL, ret);
}

static void bundle(const char *text, struct runtime_bundle *ret)
{
	assert_int_equal(read_bundle(text, ret), 0);
}

/* ---- integers of any size -------------------------------------------- */

static void large_integers_stay(void **state)
{
	static const char text[] =
	    "{\"a\": 18446744073709551615, \"b\": -9223372036854775809, \"c\": 9223372036854775807,"
	    " \"18446744073709551615\": \"x \\\" 18446744073709551615\", \"d\": [1, 2.5]}";
	char *hidden = json_large_hide(text, "M:"), *dumped;
	json_t *o;

	(void)state;
	assert_non_null(hidden);
	o = json_loads(hidden, 0, NULL);
	assert_non_null(o);
	assert_string_equal(json_string_value(json_object_get(o, "a")), "M:18446744073709551615");
	assert_int_equal(json_integer_value(json_object_get(o, "c")), INT64_MAX);
	json_large_show(hidden, "M:");
	assert_string_equal(hidden, text);
	dumped = json_dumps(o, 0);
	json_large_show(dumped, "M:");
	assert_string_equal(dumped, text);
	json_decref(o);
	free(dumped);
	free(hidden);
}

static void what_is_not_known_stays(void **state)
{
	struct runtime_bundle b;
	char *text;
	json_t *o;

	(void)state;
	bundle("{'future': {'x': [1, null, true, 'y', 0.5]}, 'process': {'rlimits':"
	       " [{'hard': 18446744073709551615}]}}",
	       &b);
	text = runtime_bundle_text(&b);
	assert_non_null(strstr(text, ": 18446744073709551615"));
	free(text);
	o = json_pack("{s:[i, n, b, s, f]}", "x", 1, 1, "y", 0.5);
	assert_true(json_equal(json_object_get(b.config, "future"), o));
	json_decref(o);
	runtime_bundle_done(&b);
}

static void what_is_no_configuration_is_refused(void **state)
{
	static const char *const bad[] = {
	    "", "[]", "{'a': 1, 'a': 2}", "{'a':}", "{'a': 1}}", "{'a': '", "7",
	};
	struct runtime_bundle b;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(read_bundle(bad[i], &b), -EINVAL);
	assert_int_equal(runtime_bundle_read("/nowhere", NULL, &b), -ENOENT);
	assert_int_equal(runtime_bundle_read(directory, "/nowhere", &b), -ENOENT);
	assert_int_equal(runtime_bundle_read("/", "/dev/null", &b), -EINVAL);
}

/* ---- the policy ------------------------------------------------------ */

static void names(const char *annotation, int result, const char *name)
{
	struct runtime_bundle b;
	const char *got;
	char text[256];

	snprintf(text, sizeof(text), "{'annotations': {'a': 'b'%s}}", annotation);
	bundle(text, &b);
	assert_int_equal(runtime_bundle_policy(&b, &got), result);
	if (name)
		assert_string_equal(got, name);
	else
		assert_null(got);
	runtime_bundle_done(&b);
}

static void the_annotation_names_the_policy(void **state)
{
	(void)state;
	names("", 0, NULL);
	names(", 'io.ringfence.policy': 'web-1.0_x'", 0, "web-1.0_x");
	names(", 'io.ringfence.policy': ''", -EINVAL, NULL);
	names(", 'io.ringfence.policy': '../x'", -EINVAL, NULL);
	names(", 'io.ringfence.policy': '/etc/x'", -EINVAL, NULL);
	names(", 'io.ringfence.policy': '.x'", -EINVAL, NULL);
	names(", 'io.ringfence.policy': 'x y'", -EINVAL, NULL);
	names(", 'io.ringfence.policy': 7", -EINVAL, NULL);
}

/* ---- what is changed ------------------------------------------------- */

/* The action for a call named in the object, or its default. */
static const char *action_for(const json_t *seccomp, const char *call)
{
	const json_t *list = json_object_get(seccomp, "syscalls");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);
		const json_t *calls = json_object_get(entry, "names");

		for (size_t k = 0; k < json_array_size(calls); k++)
			if (!strcmp(json_string_value(json_array_get(calls, k)), call))
				return json_string_value(json_object_get(entry, "action"));
	}
	return json_string_value(json_object_get(seccomp, "defaultAction"));
}

static const json_t *merged(struct runtime_bundle *b, const char *text, bool log)
{
	struct built policy = build("syscalls: {otherwise: {errno: EPERM}, allow: [\"@base\"],"
				    " deny: [getppid]}\n",
				    false);
	int r;

	bundle(text, b);
	r = runtime_bundle_merge(b, policy.policy, log);
	built_done(&policy);
	assert_int_equal(r, 0);
	return json_object_get(json_object_get(b->config, "linux"), "seccomp");
}

static void a_filter_is_made_or_merged(void **state)
{
	struct runtime_bundle b;
	const json_t *s = merged(&b, "{}", false);

	(void)state;
	assert_string_equal(action_for(s, "read"), "SCMP_ACT_ALLOW");
	assert_string_equal(action_for(s, "getppid"), "SCMP_ACT_ERRNO");
	assert_null(json_object_get(s, "flags"));
	runtime_bundle_done(&b);

	s = merged(&b,
		   "{'linux': {'seccomp': {'defaultAction': 'SCMP_ACT_ALLOW', 'defaultErrnoRet': 5,"
		   " 'architectures': ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'], 'listenerPath': '/l',"
		   " 'flags': ['SECCOMP_FILTER_FLAG_SPEC_ALLOW'], 'syscalls': ["
		   "{'names': ['write'], 'action': 'SCMP_ACT_KILL_PROCESS'},"
		   "{'names': ['ptrace'], 'action': 'SCMP_ACT_ALLOW'}]}}}",
		   true);
	assert_string_equal(action_for(s, "read"), "SCMP_ACT_ALLOW");
	assert_string_equal(action_for(s, "write"), "SCMP_ACT_KILL_PROCESS");
	assert_string_equal(action_for(s, "ptrace"), "SCMP_ACT_ERRNO");
	assert_int_equal(json_array_size(json_object_get(s, "architectures")), 1);
	assert_int_equal(json_array_size(json_object_get(s, "flags")), 2);
	assert_string_equal(json_string_value(json_object_get(s, "listenerPath")), "/l");
	runtime_bundle_done(&b);
}

/* The architectures, and what is done with a call that only another one has. */
static void watched_under(const char *text, bool audit, const char *theirs, const char *arches,
			  const char *socketcall)
{
	struct built policy = build(text, false);
	struct runtime_bundle b;
	const json_t *s;
	char *got;

	policy.policy->mode = audit ? RF_MODE_AUDIT : RF_MODE_ENFORCE;
	bundle(theirs, &b);
	assert_int_equal(runtime_bundle_merge(&b, policy.policy, false), 0);
	s = json_object_get(json_object_get(b.config, "linux"), "seccomp");
	got = json_dumps(json_object_get(s, "architectures"), JSON_COMPACT);
	assert_string_equal(got ? got : "none", arches);
	assert_string_equal(action_for(s, "socketcall"), socketcall);
	free(got);
	built_done(&policy);
	runtime_bundle_done(&b);
}

static void watched(bool audit, const char *theirs, const char *arches, const char *socketcall)
{
	watched_under("syscalls: {otherwise: kill, allow: [read]}\n", audit, theirs, arches,
		      socketcall);
}

/*
 * There all sockets are made by one call, whose number takes the place of what a condition looks
 * at: what is said of ours cannot be said of it. Better our own calls alone than no container.
 */
static void audit_with_conditions_on_a_socket(void **state)
{
	(void)state;
	watched_under(
	    "syscalls:\n  otherwise: {errno: EPERM}\n  allow: [read, socket]\n"
	    "  deny: [{name: socket, arg0: {in: [AF_PACKET, AF_ALG]}}]\n",
	    true,
	    "{'linux': {'seccomp': {'defaultAction': 'SCMP_ACT_ERRNO', 'architectures': ["
	    "'SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'], 'syscalls': [{'names': "
	    "['read', 'socket', 'socketcall'], 'action': 'SCMP_ACT_ALLOW'}]}}}",
	    "[\"SCMP_ARCH_X86_64\"]", "SCMP_ACT_ERRNO");
}

/* Who only watches leaves calls of other architectures as they were. */
static void audit_leaves_other_architectures(void **state)
{
#define HAS_SOCKETCALL(arches)                                                                     \
	"{'linux': {'seccomp': {'defaultAction': 'SCMP_ACT_ERRNO'" arches ", 'syscalls': ["        \
	"{'names': ['read', 'socketcall'], 'action': 'SCMP_ACT_ALLOW'}]}}}"
#define BOTH ", 'architectures': ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86']"
	(void)state;
	watched(true, HAS_SOCKETCALL(BOTH), "[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"]",
		"SCMP_ACT_ALLOW");
	watched(true, HAS_SOCKETCALL(""), "none", "SCMP_ACT_ALLOW");
	watched(true, "{}", "[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]",
		"SCMP_ACT_LOG");
	watched(false, HAS_SOCKETCALL(BOTH), "[\"SCMP_ARCH_X86_64\"]", "SCMP_ACT_KILL_PROCESS");
}

static void flags(const char *theirs, bool log, const char *want)
{
	struct runtime_bundle b;
	char text[200], *got;
	const json_t *s;

	snprintf(text, sizeof(text),
		 "{'linux': {'seccomp': {'defaultAction': 'SCMP_ACT_ALLOW'%s}}}", theirs);
	s = merged(&b, text, log);
	got = json_dumps(json_object_get(s, "flags"), JSON_COMPACT);
	assert_true(!got == !want && (!got || !strcmp(got, want)));
	free(got);
	runtime_bundle_done(&b);
}

/* Runtimes take SPEC_ALLOW where there is no list at all. */
static void a_list_of_flags_is_not_poorer_than_none(void **state)
{
	(void)state;
	flags("", false, NULL);
	flags("", true, "[\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\",\"SECCOMP_FILTER_FLAG_LOG\"]");
	flags(", 'flags': null", true,
	      "[\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\",\"SECCOMP_FILTER_FLAG_LOG\"]");
	flags(", 'flags': []", true, "[\"SECCOMP_FILTER_FLAG_LOG\"]");
	flags(", 'flags': ['SECCOMP_FILTER_FLAG_LOG']", true, "[\"SECCOMP_FILTER_FLAG_LOG\"]");
}

/* Their default is a stricter one: no errno belongs to it. */
static void a_stricter_default_wins(void **state)
{
	struct runtime_bundle b;
	const json_t *s = merged(&b,
				 "{'linux': {'seccomp': {'defaultAction': 'SCMP_ACT_KILL_PROCESS',"
				 " 'defaultErrnoRet': 1, 'syscalls': [{'names': ['read'], 'action':"
				 " 'SCMP_ACT_ALLOW'}]}}}",
				 false);

	(void)state;
	assert_string_equal(action_for(s, "read"), "SCMP_ACT_ALLOW");
	assert_string_equal(action_for(s, "write"), "SCMP_ACT_KILL_PROCESS");
	assert_null(json_object_get(s, "defaultErrnoRet"));
	runtime_bundle_done(&b);
}

static void a_bad_filter_is_refused(void **state)
{
	struct built policy = build("privileges: {allow: []}\n", false);
	struct runtime_bundle b;

	(void)state;
	bundle("{'linux': {'seccomp': {'defaultAction': 'SCMP_ACT_MAYBE'}}}", &b);
	assert_int_equal(runtime_bundle_merge(&b, policy.policy, true), -EINVAL);
	runtime_bundle_done(&b);
	bundle("{'linux': 7}", &b);
	assert_int_equal(runtime_bundle_merge(&b, policy.policy, true), -EINVAL);
	runtime_bundle_done(&b);
	built_done(&policy);
}

static void the_hook_comes_after_others(void **state)
{
	struct runtime_bundle b;
	const json_t *list;

	(void)state;
	bundle("{'hooks': {'createRuntime': [{'path': '/theirs'}], 'poststop': []}}", &b);
	assert_int_equal(runtime_bundle_add_hook(&b, "/ours", "/dir"), 0);
	list = json_object_get(json_object_get(b.config, "hooks"), "createRuntime");
	assert_int_equal(json_array_size(list), 2);
	list = json_array_get(list, 1);
	assert_string_equal(json_string_value(json_object_get(list, "path")), "/ours");
	list = json_object_get(list, "args");
	assert_string_equal(json_string_value(json_array_get(list, 0)), "ringfence-runtime");
	assert_string_equal(json_string_value(json_array_get(list, 1)), "hook");
	assert_string_equal(json_string_value(json_array_get(list, 2)), "/dir");
	runtime_bundle_done(&b);
	bundle("{'hooks': null}", &b);
	assert_int_equal(runtime_bundle_add_hook(&b, "/ours", "/dir"), 0);
	runtime_bundle_done(&b);
	bundle("{'hooks': []}", &b);
	assert_int_equal(runtime_bundle_add_hook(&b, "/ours", "/dir"), -EINVAL);
	runtime_bundle_done(&b);
	bundle("{'hooks': {'createRuntime': {}}}", &b);
	assert_int_equal(runtime_bundle_add_hook(&b, "/ours", "/dir"), -EINVAL);
	runtime_bundle_done(&b);
}

static const char *source(const struct runtime_bundle *b, size_t i)
{
	const json_t *mounts = json_object_get(b->config, "mounts");

	return json_string_value(json_object_get(json_array_get(mounts, i), "source"));
}

static void relative_paths_become_absolute(void **state)
{
	struct runtime_bundle b;
	char want[64];

	(void)state;
	bundle("{'root': {'path': 'rootfs'}, 'mounts': [{'type': 'proc', 'source': 'proc'},"
	       " {'type': 'bind', 'source': 'a'}, {'source': 'b', 'options': ['rbind', 'ro']},"
	       " {'type': 'bind', 'source': '/c'}, {'type': 'tmpfs'}]}",
	       &b);
	assert_int_equal(runtime_bundle_make_absolute(&b), 0);
	snprintf(want, sizeof(want), "%s/rootfs", directory);
	assert_string_equal(
	    json_string_value(json_object_get(json_object_get(b.config, "root"), "path")), want);
	assert_string_equal(source(&b, 0), "proc");
	snprintf(want, sizeof(want), "%s/a", directory);
	assert_string_equal(source(&b, 1), want);
	snprintf(want, sizeof(want), "%s/b", directory);
	assert_string_equal(source(&b, 2), want);
	assert_string_equal(source(&b, 3), "/c");
	assert_null(source(&b, 4));
	runtime_bundle_done(&b);
}

/* ---- settings -------------------------------------------------------- */

static void settings(const char *text, const char *policy, bool allow, const char *runtime)
{
	struct runtime_settings s;
	struct diag d;

	diag_init(&d, "runtime.yaml");
	if (runtime_settings_parse(text, strlen(text), &d, &s)) {
		diag_print(&d, stderr);
		fail_msg("no settings:\n%s", text);
	}
	assert_true(!s.policy == !policy && (!policy || !strcmp(s.policy, policy)));
	assert_true(!s.runtime == !runtime && (!runtime || !strcmp(s.runtime, runtime)));
	assert_int_equal(s.allow_unconfined, allow);
	runtime_settings_done(&s);
	diag_done(&d);
}

static void bad_settings(const char *text, unsigned line)
{
	struct runtime_settings s;
	struct diag d;

	diag_init(&d, "runtime.yaml");
	assert_int_equal(runtime_settings_parse(text, strlen(text), &d, &s), -EINVAL);
	assert_true(d.n > 0);
	assert_int_equal(d.entries[0].mark.line, line);
	diag_done(&d);
}

static void settings_are_read_strictly(void **state)
{
	(void)state;
	settings("policy: web\n", "web", false, NULL);
	settings("unconfined: allow\nruntime: /usr/sbin/runc\n", NULL, true, "/usr/sbin/runc");
	settings("unconfined: refuse\n", NULL, false, NULL);
	bad_settings("policy: web\nunconfined: perhaps\n", 2);
	bad_settings("policy: ../web\n", 1);
	bad_settings("policy: [web]\n", 1);
	bad_settings("runtime: runc\n", 1);
	bad_settings("unconfigned: allow\n", 1);
	bad_settings("policy: a\npolicy: b\n", 2);
	bad_settings("- policy\n", 1);
	bad_settings("policy: 'a\n", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(large_integers_stay),
	    cmocka_unit_test(what_is_not_known_stays),
	    cmocka_unit_test(what_is_no_configuration_is_refused),
	    cmocka_unit_test(the_annotation_names_the_policy),
	    cmocka_unit_test(a_filter_is_made_or_merged),
	    cmocka_unit_test(audit_leaves_other_architectures),
	    cmocka_unit_test(audit_with_conditions_on_a_socket),
	    cmocka_unit_test(a_list_of_flags_is_not_poorer_than_none),
	    cmocka_unit_test(a_stricter_default_wins),
	    cmocka_unit_test(a_bad_filter_is_refused),
	    cmocka_unit_test(the_hook_comes_after_others),
	    cmocka_unit_test(relative_paths_become_absolute),
	    cmocka_unit_test(settings_are_read_strictly),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
