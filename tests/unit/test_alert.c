/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events to alerts: each kind as JSON and as text. */
#include <errno.h>
#include <jansson.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <cmocka.h>

#include "../../enforcer/util.h"
#include "alert_fixture.h"

#define HASH "aabbccdd01020304050000000000000000000000000000000000000000000000"

/* The alert of `r` is the JSON object `json` and the line `text`. */
static void assert_alert(const struct record *r, const char *json, const char *text)
{
	json_t *alert, *expected = json_loads(json, 0, NULL);
	_free_ char *line = NULL;
	_free_ char *compact = NULL;

	assert_non_null(expected);
	assert_int_equal(event_check(&r->ev, record_size(r)), 0);
	alert = alert_json(&fixture_ctx, &r->ev);
	assert_non_null(alert);
	compact = written(alert, false);
	if (!json_equal(alert, expected))
		fail_msg("got %s", compact);
	line = written(alert, true);
	assert_string_equal(line, text);
	json_decref(alert);
	json_decref(expected);
}

#define COMMON                                                                                     \
	"\"time\":\"2023-11-14T22:13:22.000000001Z\",\"seq\":7,\"policy\":\"nginx\",\"hash\":"     \
	"\"" HASH "\",\"container\":\"web\",\"cgroup_id\":4242,\"pid\":123,\"tid\":124,"           \
	"\"ppid\":1,\"uid\":33,\"comm\":\"nginx\","
#define TAIL " pid=123 ppid=1 uid=33 seq=7 time=2023-11-14T22:13:22.000000001Z\n"

static void test_file_denied_by_rule(void **state)
{
	struct record r = record(RF_KIND_FILE, RF_OP_READ);

	(void)state;
	r.ev.rule = 1;
	r.ev.error = EACCES;
	r.ev.path_state = RF_PATH_ATTACHED;
	add_texts(&r, "/etc/shadow", "", "/usr/sbin/nginx");
	assert_alert(&r,
		     "{" COMMON "\"action\":\"deny\",\"rule\":\"nginx.yaml:14\","
		     "\"operation\":\"file.read\",\"path\":\"/etc/shadow\",\"path_state\":"
		     "\"attached\",\"errno\":\"EACCES\",\"exe\":\"/usr/sbin/nginx\"}",
		     "ringfence: deny file.read /etc/shadow by nginx.yaml:14 (EACCES) policy=nginx "
		     "container=web comm=nginx exe=/usr/sbin/nginx" TAIL);
}

static void test_file_denied_by_otherwise(void **state)
{
	struct record r = record(RF_KIND_FILE, RF_OP_CREATE);

	(void)state;
	r.ev.error = EACCES;
	r.ev.path_state = RF_PATH_ATTACHED;
	add_texts(&r, "/root/x", "", "");
	assert_alert(&r,
		     "{" COMMON "\"action\":\"deny\",\"rule\":\"otherwise\","
		     "\"operation\":\"file.create\",\"path\":\"/root/x\",\"path_state\":"
		     "\"attached\",\"errno\":\"EACCES\"}",
		     "ringfence: deny file.create /root/x by otherwise (EACCES) policy=nginx "
		     "container=web comm=nginx" TAIL);
}

static void test_file_audited(void **state)
{
	struct record r = record(RF_KIND_FILE, RF_OP_READ);

	(void)state;
	r.ev.action = RF_ACTION_AUDIT;
	r.ev.rule = 2;
	r.ev.path_state = RF_PATH_ATTACHED;
	add_texts(&r, "/etc/passwd", "", "");
	assert_alert(&r,
		     "{" COMMON "\"action\":\"audit\",\"rule\":\"nginx.yaml:16\","
		     "\"operation\":\"file.read\",\"path\":\"/etc/passwd\",\"path_state\":"
		     "\"attached\"}",
		     "ringfence: audit file.read /etc/passwd by nginx.yaml:16 policy=nginx "
		     "container=web comm=nginx" TAIL);
}

/* Audit mode tells what would have been denied: by the rule that would, with the error it would
 * give. */
static void test_file_denial_in_audit_mode(void **state)
{
	struct record r = record(RF_KIND_FILE, RF_OP_READ);

	(void)state;
	r.ev.action = RF_ACTION_AUDIT;
	r.ev.rule = 1;
	r.ev.error = EACCES;
	r.ev.path_state = RF_PATH_ATTACHED;
	add_texts(&r, "/etc/shadow", "", "");
	assert_alert(&r,
		     "{" COMMON "\"action\":\"audit\",\"rule\":\"nginx.yaml:14\","
		     "\"operation\":\"file.read\",\"path\":\"/etc/shadow\",\"path_state\":"
		     "\"attached\",\"errno\":\"EACCES\"}",
		     "ringfence: audit file.read /etc/shadow by nginx.yaml:14 (would be EACCES) "
		     "policy=nginx container=web comm=nginx" TAIL);
}

static void test_rename_refused_as_alias(void **state)
{
	struct record r = record(RF_KIND_FILE, RF_OP_RENAME);

	(void)state;
	r.ev.error = EACCES;
	r.ev.reason = RF_REASON_ALIAS;
	r.ev.path_state = r.ev.new_state = RF_PATH_ATTACHED;
	add_texts(&r, "/a", "/b", "/bin/mv");
	assert_alert(&r,
		     "{" COMMON "\"action\":\"deny\",\"rule\":\"otherwise\",\"reason\":\"alias\","
		     "\"operation\":\"file.rename\",\"path\":\"/a\",\"path_state\":\"attached\","
		     "\"new_path\":\"/b\",\"errno\":\"EACCES\",\"exe\":\"/bin/mv\"}",
		     "ringfence: deny file.rename /a -> /b by otherwise (EACCES) reason=alias "
		     "policy=nginx container=web comm=nginx exe=/bin/mv" TAIL);
}

/* Whatever state the programs may report has a word of its own. */
static void test_words_of_path_states(void **state)
{
	struct record r = record(RF_KIND_FILE, RF_OP_READ);

	(void)state;
	add_texts(&r, "/a", "", "");
	for (__u8 i = RF_PATH_ATTACHED; i < _RF_PATH_STATE_MAX; i++) {
		json_t *alert;
		const char *word;

		r.ev.path_state = i;
		alert = alert_json(&fixture_ctx, &r.ev);
		word = json_string_value(json_object_get(alert, "path_state"));
		assert_non_null(word);
		assert_true(*word);
		if (i == RF_PATH_FOLDED)
			assert_string_equal(word, "folded");
		json_decref(alert);
	}
}

/* What a rule does not allow its object under any name is told with the place of that rule. */
static void test_write_refused_by_object(void **state)
{
	struct record r = record(RF_KIND_FILE, RF_OP_WRITE);

	(void)state;
	r.ev.rule = 3;
	r.ev.error = EACCES;
	r.ev.reason = RF_REASON_OBJECT;
	r.ev.path_state = RF_PATH_ATTACHED;
	add_texts(&r, "/srv/link", "", "");
	assert_alert(&r,
		     "{" COMMON
		     "\"action\":\"deny\",\"rule\":\"nginx.yaml:18\",\"reason\":\"object\","
		     "\"operation\":\"file.write\",\"path\":\"/srv/link\",\"path_state\":"
		     "\"attached\",\"errno\":\"EACCES\"}",
		     "ringfence: deny file.write /srv/link by nginx.yaml:18 (EACCES) reason=object "
		     "policy=nginx container=web comm=nginx" TAIL);
}

/* So are the alerts that were held back; in audit mode too, but for a rule that asks for a record.
 */
static void test_held_back_of_an_object(void **state)
{
	static const struct {
		enum rf_action action;
		__u16 rule;
		enum rf_op what;
		const char *blamed;
	} kinds[] = {{RF_ACTION_DENY, 3, RF_OP_WRITE, "nginx.yaml:18"},
		     {RF_ACTION_AUDIT, 3, RF_OP_WRITE, "nginx.yaml:18"},
		     {RF_ACTION_DENY, 1, RF_OP_READ, "nginx.yaml:14"},
		     {RF_ACTION_AUDIT, 2, RF_OP_READ, "nginx.yaml:16"}};
	__u32 image;

	(void)state;
	memcpy(&image, fixture_ctx.image->head->hash, sizeof(image));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		__u64 key = RF_THROTTLE_KEY(image, RF_KIND_FILE, kinds[i].action, RF_REASON_OBJECT,
					    kinds[i].what, kinds[i].rule);
		json_t *alert = alert_repeated_json(&fixture_ctx, 1, key, 41);

		assert_string_equal(json_string_value(json_object_get(alert, "rule")),
				    kinds[i].blamed);
		assert_null(json_object_get(alert, "errno"));
		json_decref(alert);
	}
}

/* Of several kinds together only the policy is known. */
static void test_held_back_together(void **state)
{
	__u64 key = RF_THROTTLE_KEY(0, 0, RF_ACTION_DENY, 0, 0, 0);
	json_t *alert = alert_repeated_json(&fixture_ctx, 1, key, 41);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(alert, "policy")), "nginx");
	assert_null(json_object_get(alert, "rule"));
	assert_null(json_object_get(alert, "hash"));
	json_decref(alert);
}

static void test_path_without_place(void **state)
{
	struct record r = record(RF_KIND_FILE, RF_OP_LINK);

	(void)state;
	r.ev.error = EACCES;
	r.ev.reason = RF_REASON_PATH;
	r.ev.path_state = RF_PATH_ATTACHED;
	r.ev.new_state = RF_PATH_DETACHED;
	add_texts(&r, "/a", "", "");
	assert_alert(&r,
		     "{" COMMON "\"action\":\"deny\",\"rule\":\"otherwise\",\"reason\":\"path\","
		     "\"operation\":\"file.link\",\"path\":\"/a\",\"path_state\":\"attached\","
		     "\"new_path_state\":\"detached\",\"errno\":\"EACCES\"}",
		     "ringfence: deny file.link /a by otherwise (EACCES) reason=path "
		     "new_path_state=detached policy=nginx container=web comm=nginx" TAIL);
}

static void test_privilege(void **state)
{
	struct record r = record(RF_KIND_PRIVILEGE, RF_PRIV_MOUNT);

	(void)state;
	r.ev.error = EPERM;
	r.ev.path_state = RF_PATH_ATTACHED;
	add_texts(&r, "/mnt", "", "");
	assert_alert(&r,
		     "{" COMMON "\"action\":\"deny\",\"rule\":\"nginx.yaml:20\","
		     "\"operation\":\"privilege.mount\",\"path\":\"/mnt\",\"path_state\":"
		     "\"attached\",\"errno\":\"EPERM\"}",
		     "ringfence: deny privilege.mount /mnt by nginx.yaml:20 (EPERM) policy=nginx "
		     "container=web comm=nginx" TAIL);
	fixture_policy.privileges.present = false;
	r.ev.path_len = 0;
	r.ev.path_state = RF_PATH_NONE;
	r.ev.reason = RF_REASON_OUTSIDE;
	assert_alert(&r,
		     "{" COMMON "\"action\":\"deny\",\"rule\":\"otherwise\",\"reason\":\"outside\","
		     "\"operation\":\"privilege.mount\",\"errno\":\"EPERM\"}",
		     "ringfence: deny privilege.mount by otherwise (EPERM) reason=outside "
		     "policy=nginx container=web comm=nginx" TAIL);
	fixture_policy.privileges.present = true;
}

#define ARGS "\"args\":[\"0x10\",\"0x0\",\"0x0\",\"0x0\",\"0x0\",\"0xffffffffffffffff\"],"

static struct record syscall_record(__u32 number, __u32 verdict)
{
	struct record r = record(RF_KIND_SYSCALL, 0);

	r.ev.syscall = number;
	r.ev.seccomp = verdict;
	r.ev.args[0] = 0x10;
	r.ev.args[5] = UINT64_MAX;
	return r;
}

static void test_syscall(void **state)
{
	struct record r = syscall_record(SYS_ptrace, SECCOMP_RET_ERRNO | EPERM);

	(void)state;
	assert_alert(&r,
		     "{" COMMON "\"action\":\"deny\",\"rule\":\"nginx.yaml:9\"," ARGS
		     "\"operation\":\"syscall\",\"syscall\":\"ptrace\",\"errno\":\"EPERM\"}",
		     "ringfence: deny syscall ptrace(0x10,0x0,0x0,0x0,0x0,0xffffffffffffffff) by "
		     "nginx.yaml:9 (EPERM) policy=nginx container=web comm=nginx" TAIL);
	r.ev.seccomp = SECCOMP_RET_KILL_PROCESS;
	assert_alert(&r,
		     "{" COMMON "\"action\":\"deny\",\"rule\":\"nginx.yaml:9\"," ARGS
		     "\"operation\":\"syscall\",\"syscall\":\"ptrace\"}",
		     "ringfence: deny syscall ptrace(0x10,0x0,0x0,0x0,0x0,0xffffffffffffffff) by "
		     "nginx.yaml:9 (killed) policy=nginx container=web comm=nginx" TAIL);
}

static void test_syscall_of_a_privilege(void **state)
{
	struct record r = syscall_record(SYS_swapon, SECCOMP_RET_ERRNO | EPERM);

	(void)state;
	assert_alert(&r,
		     "{" COMMON "\"action\":\"deny\",\"rule\":\"nginx.yaml:20\"," ARGS
		     "\"operation\":\"privilege.swap\",\"syscall\":\"swapon\",\"errno\":\"EPERM\"}",
		     "ringfence: deny privilege.swap swapon(0x10,0x0,0x0,0x0,0x0,"
		     "0xffffffffffffffff) by nginx.yaml:20 (EPERM) policy=nginx container=web "
		     "comm=nginx" TAIL);
}

/* Which the policy allows, so that it was another filter. */
static void test_syscall_without_name(void **state)
{
	struct record r = syscall_record(99999, SECCOMP_RET_ERRNO | 4000);

	(void)state;
	assert_alert(&r,
		     "{" COMMON "\"action\":\"deny\",\"rule\":\"unknown\"," ARGS
		     "\"operation\":\"syscall\",\"syscall\":\"99999\",\"errno\":\"4000\"}",
		     "ringfence: deny syscall 99999(0x10,0x0,0x0,0x0,0x0,0xffffffffffffffff) by "
		     "unknown (4000) policy=nginx container=web comm=nginx" TAIL);
}

/* An event of an image that was replaced since must not blame a line of the new text. */
static void test_other_image(void **state)
{
	struct record r = record(RF_KIND_FILE, RF_OP_READ);
	json_t *alert;

	(void)state;
	r.ev.rule = 1;
	r.ev.hash[0] = 0x11;
	alert = alert_json(&fixture_ctx, &r.ev);
	assert_string_equal(json_string_value(json_object_get(alert, "rule")), "unknown");
	assert_string_equal(json_string_value(json_object_get(alert, "hash")), "11bbccdd01020304");
	assert_null(json_object_get(alert, "policy"));
	json_decref(alert);
}

/* A filter is not replaced with the image: the policy of the start is to blame for good. */
static void test_filter_of_the_start(void **state)
{
	struct record r = syscall_record(SYS_ptrace, SECCOMP_RET_ERRNO | EPERM);
	json_t *before = alert_json(&fixture_ctx, &r.ev), *after;

	(void)state;
	r.ev.hash[0] = 0x11;
	after = alert_json(&fixture_ctx, &r.ev);
	assert_string_not_equal(json_string_value(json_object_get(before, "rule")), "unknown");
	assert_true(json_equal(before, after));
	json_decref(before);
	json_decref(after);
}

/* Whose filter it was is not known, but not that it killed. */
static void test_unknown_errno(void **state)
{
	struct record r = syscall_record(SYS_ptrace, SECCOMP_RET_ERRNO);
	struct alert_context ctx = fixture_ctx;
	json_t *alert;
	_free_ char *text = NULL;

	(void)state;
	ctx.policy = NULL;
	ctx.image = NULL;
	alert = alert_json(&ctx, &r.ev);
	text = written(alert, true);
	assert_string_equal(json_string_value(json_object_get(alert, "errno")), "unknown");
	assert_non_null(strstr(text, " (unknown)"));
	json_decref(alert);

	r.ev.seccomp = SECCOMP_RET_KILL_PROCESS;
	alert = alert_json(&ctx, &r.ev);
	free(text);
	text = written(alert, true);
	assert_null(json_object_get(alert, "errno"));
	assert_non_null(strstr(text, " (killed)"));
	json_decref(alert);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_file_denied_by_rule),
	    cmocka_unit_test(test_file_denied_by_otherwise),
	    cmocka_unit_test(test_file_audited),
	    cmocka_unit_test(test_file_denial_in_audit_mode),
	    cmocka_unit_test(test_rename_refused_as_alias),
	    cmocka_unit_test(test_write_refused_by_object),
	    cmocka_unit_test(test_held_back_of_an_object),
	    cmocka_unit_test(test_held_back_together),
	    cmocka_unit_test(test_path_without_place),
	    cmocka_unit_test(test_words_of_path_states),
	    cmocka_unit_test(test_privilege),
	    cmocka_unit_test(test_syscall),
	    cmocka_unit_test(test_syscall_of_a_privilege),
	    cmocka_unit_test(test_syscall_without_name),
	    cmocka_unit_test(test_other_image),
	    cmocka_unit_test(test_filter_of_the_start),
	    cmocka_unit_test(test_unknown_errno),
	};

	return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
