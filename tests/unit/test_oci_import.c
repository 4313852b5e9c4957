/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile that became a policy decides as a runtime's filter of it does, as
 * far as a policy can say it; what it cannot is told; what is no profile is
 * refused, with the place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../enforcer/yaml_write.h"
#include "../../policy/privilege.h"
#include "../../seccomp/names.h"
#include "../../seccomp/oci.h"
#include "oci_load.h"
#include "seccomp_build.h"

/* JSON with ' for ". */
static json_t *parse(const char *text)
{
	char *copy = strdup(text);
	json_error_t error;
	json_t *o;

	assert_non_null(copy);
	for (char *c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	o = json_loads(copy, JSON_REJECT_DUPLICATES, &error);
	if (!o)
		fail_msg("%d:%d: %s", error.line, error.column, error.text);
	free(copy);
	return o;
}

/* What is said about the profile, and the section or NULL. */
static char *import(const char *text, const char *const *caps, json_t **ret_section)
{
	json_t *o = parse(text);
	struct diag d;
	char *said;
	size_t size;
	FILE *out = open_memstream(&said, &size);
	int r;

	assert_non_null(out);
	*ret_section = NULL;
	diag_init(&d, "p");
	r = oci_import(o, caps, &d, ret_section);
	assert_int_equal(r, d.errors ? -EINVAL : 0);
	diag_print(&d, out);
	assert_int_equal(fclose(out), 0);
	diag_done(&d);
	json_decref(o);
	return said;
}

static const char *const no_caps[] = {NULL};
static const char *const admin[] = {"CAP_SYS_ADMIN", NULL};

static void imports(const char *text, const char *const *caps, const char *section,
		    const char *messages)
{
	json_t *got = NULL;
	char *said = import(text, caps, &got), *dumped = json_dumps(got, JSON_COMPACT);

	assert_non_null(dumped);
	for (char *c = dumped; *c; c++)
		*c = *c == '"' ? '\'' : *c;
	if (strcmp(dumped, section) || strcmp(said, messages))
		fail_msg("%s\nis      %s\nwanted  %s\nsaid    %s\nwanted  %s", text, dumped,
			 section, said, messages);
	json_decref(got);
	free(dumped);
	free(said);
}

static void refuses(const char *text, const char *message)
{
	json_t *got;
	char *said = import(text, no_caps, &got);

	if (strcmp(said, message))
		fail_msg("%s\nsaid    %s\nwanted  %s", text, said, message);
	assert_null(got);
	free(said);
}

/* ---- the same verdicts ----------------------------------------------- */

/* The section as a policy in which every privilege is granted, so that it alone decides. */
static char *sections_of(json_t *section)
{
	json_t *all = json_array(), *o;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	for (size_t i = 0; i < _RF_PRIV_MAX; i++)
		json_array_append_new(all, json_string(privileges[i].word));
	o = json_pack("{s:O, s:{s:o}}", "syscalls", section, "privileges", "allow", all);
	assert_int_equal(yaml_write(o, out), 0);
	assert_int_equal(fclose(out), 0);
	json_decref(o);
	return text;
}

static const uint64_t values[] = {0,  1,  2,	   3,	       8,	   9,	       15,
				  16, 17, 0x20008, 0x10000000, 0x7e020000, 0x80000000, 0xffffffff};
#define N_VALUES (sizeof(values) / sizeof(values[0]))

static void compare(const struct built *b, const struct loaded *l, uint32_t nr)
{
	struct syscall_call call = {.nr = nr, .arch = native_arch()};

	for (size_t i = 0; i < N_VALUES; i++)
		for (size_t k = 0; k < N_VALUES; k++) {
			uint32_t policy, profile;

			call.args[0] = values[i];
			call.args[1] = call.args[2] = values[k];
			policy = filter_simulate(b->insns, b->len, &call);
			profile = loaded_ask(l, &call);
			if (policy != profile)
				fail_msg("call %u(%#llx, %#llx): profile %#x, policy %#x", nr,
					 (unsigned long long)values[i],
					 (unsigned long long)values[k], profile, policy);
		}
}

static void same_after_import(const char *text)
{
	json_t *profile = parse(text), *section;
	char *said = import(text, no_caps, &section), *sections = sections_of(section);
	struct built b = build(sections, false);
	struct loaded l = oci_load(profile);

	for (uint32_t nr = 0; nr < SYSCALL_NUMBERS_MAX; nr++)
		if (syscall_is_known(nr) == 1 && nr < X32_FIRST)
			compare(&b, &l, nr);
	loaded_done(&l);
	built_done(&b);
	json_decref(section);
	json_decref(profile);
	free(sections);
	free(said);
}

static void a_profile_decides_the_same(void **state)
{
	(void)state;
	same_after_import(
	    "{'defaultAction': 'SCMP_ACT_ERRNO', 'defaultErrnoRet': 1, 'syscalls': ["
	    "{'names': ['read', 'write', 'clone', 'kill'], 'action': 'SCMP_ACT_ALLOW'},"
	    "{'names': ['personality'], 'action': 'SCMP_ACT_ALLOW', 'args': ["
	    "  {'index': 0, 'value': 8, 'valueTwo': 0, 'op': 'SCMP_CMP_EQ'}]},"
	    "{'names': ['personality'], 'action': 'SCMP_ACT_ALLOW', 'args': ["
	    "  {'index': 0, 'value': 4294967295, 'op': 'SCMP_CMP_EQ'}]},"
	    "{'names': ['socket'], 'action': 'SCMP_ACT_ALLOW', 'args': ["
	    "  {'index': 0, 'value': 16, 'op': 'SCMP_CMP_NE'}]},"
	    "{'names': ['socket'], 'action': 'SCMP_ACT_ALLOW', 'args': ["
	    "  {'index': 2, 'value': 9, 'op': 'SCMP_CMP_NE'}]},"
	    "{'names': ['clone3'], 'action': 'SCMP_ACT_ERRNO', 'errnoRet': 38},"
	    "{'names': ['dup3'], 'action': 'SCMP_ACT_ALLOW', 'args': ["
	    "  {'index': 0, 'value': 3, 'op': 'SCMP_CMP_GE'},"
	    "  {'index': 1, 'value': 15, 'op': 'SCMP_CMP_LE'}]}]}");
	/* One argument twice: each comparison by itself. */
	same_after_import("{'defaultAction': 'SCMP_ACT_ERRNO', 'defaultErrnoRet': 38, 'syscalls': ["
			  "{'names': ['dup3'], 'action': 'SCMP_ACT_ALLOW', 'args': ["
			  "  {'index': 0, 'value': 9, 'op': 'SCMP_CMP_GT'},"
			  "  {'index': 0, 'value': 2, 'op': 'SCMP_CMP_LT'}]}]}");
	same_after_import(
	    "{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': ["
	    "{'names': ['clone'], 'action': 'SCMP_ACT_ERRNO', 'errnoRet': 1, 'args': ["
	    "  {'index': 0, 'value': 2114060288, 'valueTwo': 268435456,"
	    "   'op': 'SCMP_CMP_MASKED_EQ'}]},"
	    "{'names': ['acct', 'mount'], 'action': 'SCMP_ACT_ERRNO'}]}");
	same_after_import("{'defaultAction': 'SCMP_ACT_LOG', 'syscalls': null}");
}

/* ---- who the entries are for ----------------------------------------- */

static const char by_caps[] =
    "{'defaultAction': 'SCMP_ACT_ERRNO', 'archMap': [], 'syscalls': ["
    "{'names': ['read'], 'action': 'SCMP_ACT_ALLOW', 'args': [], 'comment': 'x', 'includes': {},"
    " 'excludes': {}},"
    "{'names': ['bpf', 'mount'], 'action': 'SCMP_ACT_ALLOW', 'includes': {'caps':"
    " ['CAP_SYS_ADMIN']}},"
    "{'names': ['write'], 'action': 'SCMP_ACT_ALLOW', 'excludes': {'caps': ['CAP_SYS_ADMIN']}},"
    "{'names': ['arch_prctl'], 'action': 'SCMP_ACT_ALLOW', 'includes': {'arches': ['amd64']}},"
    "{'names': ['dup2'], 'action': 'SCMP_ACT_ALLOW', 'includes': {'arches': ['s390x']}},"
    "{'names': ['dup'], 'action': 'SCMP_ACT_ALLOW', 'includes': {'minKernel': '4.8'}},"
    "{'names': ['pipe'], 'action': 'SCMP_ACT_ALLOW', 'includes': {'minKernel': '6.10'}},"
    "{'names': ['pipe2'], 'action': 'SCMP_ACT_ALLOW', 'excludes': {'minKernel': '4.8'}},"
    "{'names': ['close'], 'action': 'SCMP_ACT_ALLOW', 'includes': {'moon': 'full'}}]}";

static void entries_are_for_somebody(void **state)
{
	(void)state;
	imports(by_caps, no_caps,
		"{'otherwise':{'errno':'EPERM'},'allow':['read','write','arch_prctl','dup']}",
		"p: warning: syscalls[1]: 2 names left out, for containers with CAP_SYS_ADMIN\n"
		"  hint: --cap CAP_SYS_ADMIN takes them\n"
		"p: warning: syscalls[6]: 1 name left out, for kernels that ringfence need not "
		"have\n"
		"p: warning: syscalls[8].includes.moon: not known, and not taken\n"
		"p: warning: other architectures than x86_64 are not taken\n"
		"  hint: calls of another architecture, or of x32, are killed\n");
	imports("{'defaultAction': 'SCMP_ACT_ERRNO', 'syscalls': [{'names': ['acct', 'read'],"
		" 'action': 'SCMP_ACT_ALLOW', 'includes': {'caps': ['CAP_SYS_ADMIN']}}]}",
		admin, "{'otherwise':{'errno':'EPERM'},'allow':['acct','read']}",
		"p: warning: system calls that it allows need the privilege 'acct'\n"
		"  hint: grant it in the section 'privileges', or they are refused\n");
}

/* A kernel from 6.1 on that is not known: what refuses is taken, what allows is not. */
static void newer_kernels_decide_for_refusing(void **state)
{
	(void)state;
	imports("{'defaultAction': 'SCMP_ACT_ERRNO', 'syscalls': ["
		"{'names': ['read'], 'action': 'SCMP_ACT_ALLOW', 'excludes': {'minKernel': null}},"
		"{'names': ['unshare'], 'action': 'SCMP_ACT_ALLOW', 'excludes': {'minKernel':"
		" '6.10'}},"
		"{'names': ['write'], 'action': 'SCMP_ACT_ALLOW', 'includes': {'minKernel':"
		" '6.1'}}]}",
		no_caps, "{'otherwise':{'errno':'EPERM'},'allow':['read','write']}",
		"p: warning: syscalls[1]: 1 name left out, for kernels that ringfence need not "
		"have\n");
	imports("{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': ["
		"{'names': ['mseal'], 'action': 'SCMP_ACT_ERRNO', 'includes': {'minKernel':"
		" '6.10'}},"
		"{'names': ['ptrace'], 'action': 'SCMP_ACT_ERRNO', 'excludes': {'minKernel':"
		" '6.2'}},"
		"{'names': ['kcmp'], 'action': 'SCMP_ACT_ERRNO', 'excludes': {'minKernel':"
		" '4.8'}}]}",
		no_caps, "{'otherwise':'allow','deny':['mseal','ptrace']}",
		"p: warning: syscalls[0]: 1 name taken, for kernels that ringfence may have\n"
		"p: warning: syscalls[1]: 1 name taken, for kernels that ringfence may have\n");
}

/* Where entries contradict each other, the one that refuses is taken, whatever the default is. */
static void who_refuses_wins(void **state)
{
#define SOCKETS(errno_ret)                                                                         \
	"{'defaultAction': 'SCMP_ACT_ERRNO', 'defaultErrnoRet': 1, 'syscalls': ["                  \
	"{'names': ['socket', 'read'], 'action': 'SCMP_ACT_ALLOW'},"                               \
	"{'names': ['kill'], 'action': 'SCMP_ACT_ERRNO', 'errnoRet': 1},"                          \
	"{'names': ['socket'], 'action': 'SCMP_ACT_ERRNO', 'errnoRet': " errno_ret ", 'args': ["   \
	"{'index': 0, 'value': 40, 'op': 'SCMP_CMP_EQ'}]}]}"
	static const char section[] = "{'otherwise':{'errno':'EPERM'},'allow':['socket','read'],"
				      "'deny':[{'name':'socket','arg0':{'eq':'40'}}]}";

	(void)state;
	imports(SOCKETS("1"), no_caps, section, "");
	imports(SOCKETS("13"), no_caps, section,
		"p: warning: 1 system call refused with another answer than it gives: socket\n");
	imports("{'defaultAction': 'SCMP_ACT_KILL_PROCESS', 'syscalls': ["
		"{'names': ['read', 'write'], 'action': 'SCMP_ACT_ALLOW'},"
		"{'names': ['write'], 'action': 'SCMP_ACT_KILL_PROCESS'}]}",
		no_caps, "{'otherwise':'kill','allow':['read']}", "");
}

static void clone3_keeps_its_enosys(void **state)
{
	(void)state;
	imports(
	    "{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': ["
	    "{'names': ['clone3'], 'action': 'SCMP_ACT_ERRNO', 'errnoRet': 38}]}",
	    no_caps, "{'otherwise':'allow'}",
	    "p: warning: clone3 gets ENOSYS, unless the privilege 'userns' is granted\n"
	    "  hint: who grants it can deny clone3, but programs that start threads then fail\n");
	imports("{'defaultAction': 'SCMP_ACT_ERRNO', 'defaultErrnoRet': 38, 'syscalls': ["
		"{'names': ['clone3', 'read'], 'action': 'SCMP_ACT_ALLOW'},"
		"{'names': ['clone3'], 'action': 'SCMP_ACT_ERRNO', 'errnoRet': 38}]}",
		no_caps, "{'otherwise':{'errno':'ENOSYS'},'allow':['read']}", "");
	imports("{'defaultAction': 'SCMP_ACT_ERRNO', 'syscalls': ["
		"{'names': ['clone3', 'read'], 'action': 'SCMP_ACT_ALLOW'}]}",
		no_caps, "{'otherwise':{'errno':'EPERM'},'allow':['clone3','read']}", "");
}

/* What a privilege leaves to everybody needs no grant; the rest of the call does. */
static void a_personality_may_need_its_privilege(void **state)
{
#define PERSONALITY(value)                                                                         \
	"{'defaultAction': 'SCMP_ACT_ERRNO', 'syscalls': [{'names': ['personality'], 'action':"    \
	" 'SCMP_ACT_ALLOW', 'args': [{'index': 0, 'value': " value ", 'op': 'SCMP_CMP_EQ'}]}]}"
	static const char told[] =
	    "p: warning: system calls that it allows need the privilege 'personality'\n"
	    "  hint: grant it in the section 'privileges', or they are refused\n";
	static const char eight[] = "{'otherwise':{'errno':'EPERM'},'allow':[{'name':'personality',"
				    "'arg0':{'eq':'8'}}]}";
	static const char asks[] = "{'otherwise':{'errno':'EPERM'},'allow':[{'name':'personality',"
				   "'arg0':{'eq':'4294967295'}}]}";

	(void)state;
	imports(PERSONALITY("8"), no_caps, eight, told);
	imports(PERSONALITY("4294967295"), no_caps, asks, "");
	imports("{'defaultAction': 'SCMP_ACT_ERRNO', 'syscalls': [{'names': ['personality'],"
		" 'action': 'SCMP_ACT_ALLOW'}]}",
		no_caps, "{'otherwise':{'errno':'EPERM'},'allow':['personality']}", told);
}

/* ---- what a policy cannot say ---------------------------------------- */

static void what_does_not_translate_is_told(void **state)
{
	(void)state;
	imports("{'defaultAction': 'SCMP_ACT_TRAP', 'syscalls': [{'names': ['openat'], 'action':"
		" 'SCMP_ACT_ALLOW', 'args': [{'index': 1, 'value': 1, 'op': 'SCMP_CMP_EQ'}]}]}",
		no_caps, "{'otherwise':'kill'}",
		"p: warning: syscalls[0].args[0]: no condition on arg1 of 'openat'\n"
		"  hint: it is a pointer, or not there; see ringfence.yaml(5)\n"
		"p: warning: defaultAction: taken as 'kill', of the whole process\n");
	imports("{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [{'names': ['openat'], 'action':"
		" 'SCMP_ACT_ERRNO', 'args': [{'index': 1, 'value': 1, 'op': 'SCMP_CMP_EQ'}]}]}",
		no_caps, "{'otherwise':'allow','deny':['openat']}",
		"p: warning: syscalls[0].args[0]: no condition on arg1 of 'openat'\n"
		"  hint: it is a pointer, or not there; see ringfence.yaml(5)\n");
	imports("{'defaultAction': 'SCMP_ACT_ERRNO', 'syscalls': ["
		"{'names': ['read', 'nosuch'], 'action': 'SCMP_ACT_LOG'},"
		"{'names': ['write'], 'action': 'SCMP_ACT_ALLOW'},"
		"{'names': ['write'], 'action': 'SCMP_ACT_KILL'}]}",
		no_caps, "{'otherwise':{'errno':'EPERM'}}",
		"p: warning: 1 system call unknown on this architecture, left out: nosuch\n"
		"p: warning: 1 system call that it logs refused: read\n"
		"p: warning: 1 system call refused with another answer than it gives: write\n");
	/* A comparison that holds for no value, or for all. */
	imports("{'defaultAction': 'SCMP_ACT_ERRNO', 'syscalls': ["
		"{'names': ['dup'], 'action': 'SCMP_ACT_ALLOW', 'args': ["
		"{'index': 0, 'value': 4294967296, 'op': 'SCMP_CMP_EQ'}]},"
		"{'names': ['dup2'], 'action': 'SCMP_ACT_ALLOW', 'args': ["
		"{'index': 0, 'value': 4294967296, 'op': 'SCMP_CMP_NE'}]},"
		"{'names': ['dup3', 'close'], 'action': 'SCMP_ACT_ALLOW', 'args': ["
		"{'index': 0, 'value': 0, 'op': 'SCMP_CMP_GE'}]}]}",
		no_caps, "{'otherwise':{'errno':'EPERM'},'allow':['dup2','dup3','close']}", "");
}

static void who_an_entry_is_for_must_be_readable(void **state)
{
#define ALLOWED(filter)                                                                            \
	"{'defaultAction': 'SCMP_ACT_ERRNO', 'syscalls': [{'names': ['bpf'], 'action':"            \
	" 'SCMP_ACT_ALLOW', " filter "}]}"
	(void)state;
	refuses(ALLOWED("'includes': {'caps': 'CAP_SYS_ADMIN'}"),
		"p: error: syscalls[0].includes.caps: not a list\n");
	refuses(ALLOWED("'includes': {'caps': ['CAP_A', 3], 'arches': 's390x'}"),
		"p: error: syscalls[0].includes.caps[1]: not a string\n"
		"p: error: syscalls[0].includes.arches: not a list\n");
	refuses(ALLOWED("'includes': 'CAP_SYS_ADMIN', 'excludes': []"),
		"p: error: syscalls[0].includes: not an object\n"
		"p: error: syscalls[0].excludes: not an object\n");
	for (const char *const *version =
		 (const char *const[]){"5", "'5'", "'6.'", "'-6.1'", "'6.1.2'", "''", "true", NULL};
	     *version; version++) {
		char *text;

		assert_true(asprintf(&text, ALLOWED("'excludes': {'minKernel': %s}"), *version) >
			    0);
		refuses(text,
			"p: error: syscalls[0].excludes.minKernel: not the version of a kernel\n"
			"  hint: it is written as \"6.1\"\n");
		free(text);
	}
	imports(ALLOWED("'includes': null, 'excludes': {'caps': null, 'arches': []}"), no_caps,
		"{'otherwise':{'errno':'EPERM'},'allow':['bpf']}", "");
}

static void what_is_no_profile_is_refused(void **state)
{
	(void)state;
	refuses("{}", "p: error: defaultAction: is missing\n");
	refuses("{'defaultAction': 1}", "p: error: defaultAction: not a string\n");
	refuses("{'defaultAction': 'SCMP_ACT_MAYBE'}",
		"p: error: defaultAction: 'SCMP_ACT_MAYBE' is not an action of this "
		"specification\n");
	refuses("{'defaultAction': 'SCMP_ACT_ERRNO', 'defaultErrnoRet': -1}",
		"p: error: defaultErrnoRet: not a number from 0 to 4095\n");
	refuses("{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': {}}",
		"p: error: syscalls: not a list\n");
	refuses("{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [7, {'action':"
		" 'SCMP_ACT_ALLOW'}, {'names': ['read']}, {'names': [1], 'action':"
		" 'SCMP_ACT_ALLOW'}]}",
		"p: error: syscalls[0]: not an object\n"
		"p: error: syscalls[1].names: is missing\n"
		"p: error: syscalls[2].action: is missing\n"
		"p: error: syscalls[3].names[0]: not a string\n");
	refuses("{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [{'names': ['dup'], 'action':"
		" 'SCMP_ACT_KILL', 'args': [{'index': 6, 'op': 'SCMP_CMP_EQ'}, {'op': 'EQ'},"
		" 3]}]}",
		"p: error: syscalls[0].args[0].index: not a number from 0 to 5\n"
		"p: error: syscalls[0].args[1].op: 'EQ' is not an operator of this "
		"specification\n"
		"p: error: syscalls[0].args[2]: not an object\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_profile_decides_the_same),
	    cmocka_unit_test(entries_are_for_somebody),
	    cmocka_unit_test(who_refuses_wins),
	    cmocka_unit_test(clone3_keeps_its_enosys),
	    cmocka_unit_test(a_personality_may_need_its_privilege),
	    cmocka_unit_test(what_does_not_translate_is_told),
	    cmocka_unit_test(newer_kernels_decide_for_refusing),
	    cmocka_unit_test(who_an_entry_is_for_must_be_readable),
	    cmocka_unit_test(what_is_no_profile_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
