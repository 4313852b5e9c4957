/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The alert of ringfence-alert(5) as a JSON object. A member that does not
 * apply is absent, never empty or zero. jansson keeps the order of insertion,
 * so the members come in the order in which people read: when, what, who.
 *
 * Places in the policy's text are named only when the image at hand is the one
 * that decided: after a reload an old event must not blame a line of the new
 * text.
 */
#include "alert.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "../policy/privilege.h"
#include "../seccomp/filter.h"
#include "escape.h"
#include "util.h"

#define NSEC_PER_SEC 1000000000u

static const char *const path_state_words[_RF_PATH_STATE_MAX] = {
    [RF_PATH_ATTACHED] = "attached", [RF_PATH_DETACHED] = "detached",
    [RF_PATH_OTHER_NS] = "other_ns", [RF_PATH_DISCONNECTED] = "disconnected",
    [RF_PATH_UNLINKED] = "unlinked", [RF_PATH_TOO_LONG] = "too_long",
    [RF_PATH_RACE] = "race",	     [RF_PATH_NO_MEMORY] = "no_memory",
    [RF_PATH_FOLDED] = "folded",
};

static const char *const reason_words[_RF_REASON_MAX] = {
    [RF_REASON_PATH] = "path",	       [RF_REASON_NO_DOMAIN] = "no_domain",
    [RF_REASON_NO_IMAGE] = "no_image", [RF_REASON_ALIAS] = "alias",
    [RF_REASON_OUTSIDE] = "outside",   [RF_REASON_SELF] = "self",
    [RF_REASON_OBJECT] = "object",
};

/*
 * The object being filled. Every put_ function is a no-op after the first
 * failure, so that only the end has to look.
 */
struct alert {
	json_t *object;
	bool failed;
};

/* Takes the reference to `value`, NULL included. */
static void put(struct alert *a, const char *key, json_t *value)
{
	if (a->failed || !value || json_object_set_new(a->object, key, value) < 0) {
		if (a->failed)
			json_decref(value);
		a->failed = true;
	}
}

static void put_bytes(struct alert *a, const char *key, const char *bytes, size_t len)
{
	_free_ char *text = escape_bytes(bytes, len);

	put(a, key, text ? json_string(text) : NULL);
}

static void put_text(struct alert *a, const char *key, const char *text)
{
	put_bytes(a, key, text, strlen(text));
}

static void put_format(struct alert *a, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void put_format(struct alert *a, const char *key, const char *fmt, ...)
{
	_free_ char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		text = NULL;
	if (text)
		put_bytes(a, key, text, (size_t)n);
	else
		a->failed = true;
}

/* JSON integers end at 2^63 here; what is beyond, which no kernel counts to, is still exact. */
static void put_count(struct alert *a, const char *key, uint64_t n)
{
	if (n <= INT64_MAX)
		put(a, key, json_integer((json_int_t)n));
	else
		put_format(a, key, "%llu", (unsigned long long)n);
}

static void put_time(struct alert *a, struct timespec offset, uint64_t monotonic)
{
	uint64_t nsec = monotonic % NSEC_PER_SEC + (uint64_t)offset.tv_nsec;
	time_t sec = (time_t)((uint64_t)offset.tv_sec + monotonic / NSEC_PER_SEC);
	struct tm tm;
	char date[64];

	sec += (time_t)(nsec / NSEC_PER_SEC);
	if (!gmtime_r(&sec, &tm) || !strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm))
		return;
	put_format(a, "time", "%s.%09uZ", date, (unsigned)(nsec % NSEC_PER_SEC));
}

/* The policy that decided, as far as `ctx` has it. */
struct source {
	const struct image *image;   /* NULL: not at hand */
	const struct policy *policy; /* NULL: not at hand */
	struct syscall_blame blame;  /* for system calls, when there is a policy */
};

static struct source source_of(const struct alert_context *ctx, const struct rf_event *ev)
{
	struct source s = {.image = ctx->image, .policy = ctx->policy};

	/* A filter decides for as long as its task lives, whatever image has come since. */
	if (s.image && ev->kind != RF_KIND_SYSCALL &&
	    memcmp(s.image->head->hash, ev->hash, sizeof(ev->hash)) != 0)
		s = (struct source){0};
	if (s.policy && ev->kind == RF_KIND_SYSCALL) {
		struct syscall_call call = {.nr = ev->syscall, .arch = ev->arch};

		memcpy(call.args, ev->args, sizeof(call.args));
		s.blame = syscall_blame(s.policy, &call);
	}
	return s;
}

static bool is_privilege_syscall(const struct source *s, const struct rf_event *ev)
{
	return ev->kind == RF_KIND_SYSCALL && s->policy && s->blame.kind == BLAME_PRIVILEGE;
}

static void put_operation(struct alert *a, const struct source *s, const struct rf_event *ev)
{
	if (ev->kind == RF_KIND_FILE)
		put_format(a, "operation", "file.%s", op_name((enum rf_op)ev->what));
	else if (ev->kind == RF_KIND_PRIVILEGE)
		put_format(a, "operation", "privilege.%s", privileges[ev->what].word);
	else if (is_privilege_syscall(s, ev))
		put_format(a, "operation", "privilege.%s", privileges[s->blame.privilege].word);
	else
		put_text(a, "operation", "syscall");
}

/* A rule for what it does not say: by what it allows, else by what it denies. */
static struct mark place_of(const struct image_rule *rule)
{
	for (unsigned effect = EFFECT_ALLOW; effect <= EFFECT_DENY; effect++)
		for (unsigned op = 0; op < _RF_OP_MAX; op++)
			if (rule->marks[effect][op].line)
				return rule->marks[effect][op];
	return (struct mark){0};
}

/* The place of the rule to blame, line 0 when it is `otherwise`. */
static struct mark blamed_mark(const struct source *s, const struct rf_event *ev)
{
	const struct image_rule *rule;

	if (ev->kind == RF_KIND_PRIVILEGE || is_privilege_syscall(s, ev))
		return s->policy->privileges.present ? s->policy->privileges.mark
						     : (struct mark){0};
	if (ev->kind == RF_KIND_SYSCALL)
		return s->blame.mark;
	rule = &s->image->rules[ev->rule];
	/* In audit mode a denial is told as an audit: the rule's deny explains it first. */
	if (rule->marks[EFFECT_DENY][ev->what].line)
		return rule->marks[EFFECT_DENY][ev->what];
	/* What it does not allow is refused under every name of the object. */
	if (ev->reason == RF_REASON_OBJECT &&
	    (ev->error || !rule->marks[EFFECT_AUDIT][ev->what].line))
		return place_of(rule);
	return rule->marks[EFFECT_AUDIT][ev->what];
}

/*
 * A call that the policy allows: another filter of the task's, which a container runtime or the
 * program itself put there, ended the process or asked for the record.
 */
static bool is_of_other_filter(const struct source *s, const struct rf_event *ev)
{
	return ev->kind == RF_KIND_SYSCALL && s->policy && s->blame.verdict == SECCOMP_RET_ALLOW;
}

static void put_rule(struct alert *a, const struct source *s, const struct rf_event *ev)
{
	bool by_rule = ev->kind == RF_KIND_FILE;
	struct mark mark;

	if (by_rule && ev->rule == RF_RULE_NONE) {
		put_text(a, "rule", "otherwise");
		return;
	}
	if ((by_rule ? !s->image || ev->rule >= s->image->n_rules : !s->policy) ||
	    is_of_other_filter(s, ev)) {
		put_text(a, "rule", "unknown");
		return;
	}
	mark = blamed_mark(s, ev);
	if (mark.line == 0 || (!by_rule && s->blame.kind == BLAME_OTHERWISE))
		put_text(a, "rule", "otherwise");
	else
		put_format(a, "rule", "%s:%u", by_rule ? s->image->file : s->policy->file,
			   mark.line);
}

static void put_hash(struct alert *a, const struct source *s, const struct rf_event *ev)
{
	const unsigned char *hash = s->image ? s->image->head->hash : ev->hash;
	size_t n = s->image ? sizeof(s->image->head->hash) : sizeof(ev->hash);
	char hex[2 * RF_HASH_SIZE + 1];

	for (size_t i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	put_text(a, "hash", hex);
}

static void put_paths(struct alert *a, const struct rf_event *ev)
{
	const char *bytes = (const char *)(ev + 1);

	if (ev->path_len)
		put_bytes(a, "path", bytes, ev->path_len);
	if (ev->path_state != RF_PATH_NONE)
		put_text(a, "path_state", path_state_words[ev->path_state]);
	if (ev->new_len)
		put_bytes(a, "new_path", bytes + ev->path_len, ev->new_len);
	/* Said only where it explains something. */
	if (ev->new_state != RF_PATH_NONE && ev->new_state != RF_PATH_ATTACHED)
		put_text(a, "new_path_state", path_state_words[ev->new_state]);
}

static void put_syscall(struct alert *a, const struct rf_event *ev)
{
	_free_ char *name = syscall_name(ev->arch, ev->syscall);
	json_t *args = json_array();

	if (name)
		put_text(a, "syscall", name);
	else
		put_format(a, "syscall", "%u", ev->syscall);
	for (size_t i = 0; args && i < sizeof(ev->args) / sizeof(ev->args[0]); i++) {
		char hex[2 + 16 + 1];

		snprintf(hex, sizeof(hex), "0x%llx", (unsigned long long)ev->args[i]);
		if (json_array_append_new(args, json_string(hex)) < 0)
			a->failed = true;
	}
	put(a, "args", args);
}

/*
 * What the caller got, or would have got. The kernel does not pass on the errno of the filter's
 * verdict; the policy tells it again.
 */
static int errno_of(const struct source *s, const struct rf_event *ev)
{
	uint32_t action = ev->seccomp & SECCOMP_RET_ACTION_FULL;
	uint32_t verdict = s->policy ? s->blame.verdict : 0;

	if (ev->error || ev->kind != RF_KIND_SYSCALL)
		return ev->error;
	if (action != SECCOMP_RET_ERRNO && action != SECCOMP_RET_LOG)
		return 0;
	if (ev->seccomp & SECCOMP_RET_DATA)
		return (int)(ev->seccomp & SECCOMP_RET_DATA);
	if ((verdict & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO)
		return 0;
	return (int)(verdict & SECCOMP_RET_DATA);
}

static void put_errno(struct alert *a, const struct source *s, const struct rf_event *ev)
{
	int number = errno_of(s, ev);
	const char *word;

	/* Of a filter that is not known. No error at all would say that the process was killed. */
	if (!number && ev->kind == RF_KIND_SYSCALL &&
	    (ev->seccomp & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		put_text(a, "errno", "unknown");
	if (!number)
		return;
	word = errno_word(number);
	if (word)
		put_text(a, "errno", word);
	else
		put_format(a, "errno", "%d", number);
}

static void put_task(struct alert *a, const struct rf_event *ev)
{
	const char *exe = (const char *)(ev + 1) + ev->path_len + ev->new_len;

	put_count(a, "pid", ev->pid);
	put_count(a, "tid", ev->tid);
	put_count(a, "ppid", ev->ppid);
	put_count(a, "uid", ev->uid);
	put_bytes(a, "comm", ev->comm, strnlen(ev->comm, sizeof(ev->comm)));
	if (!ev->exe_len)
		return;
	put_bytes(a, "exe", exe, ev->exe_len);
	if (ev->exe_len >= RF_EXE_MAX)
		put(a, "exe_truncated", json_true());
}

static json_t *finish(struct alert *a)
{
	if (a->failed) {
		json_decref(a->object);
		return NULL;
	}
	return a->object;
}

static const char *policy_name(const struct source *s)
{
	return s->image ? s->image->name : s->policy ? s->policy->name : NULL;
}

json_t *alert_json(const struct alert_context *ctx, const struct rf_event *ev)
{
	struct alert a = {.object = json_object()};
	struct source s = source_of(ctx, ev);

	if (!a.object)
		return NULL;
	put_time(&a, ctx->monotonic_to_real, ev->time_ns);
	put_count(&a, "seq", ev->seq);
	put_text(&a, "action", ev->action == RF_ACTION_DENY ? "deny" : "audit");
	if (policy_name(&s))
		put_text(&a, "policy", policy_name(&s));
	put_hash(&a, &s, ev);
	put_rule(&a, &s, ev);
	if (ev->reason != RF_REASON_POLICY)
		put_text(&a, "reason", reason_words[ev->reason]);
	if (ctx->container)
		put_text(&a, "container", ctx->container);
	put_count(&a, "cgroup_id", ev->cgroup);
	put_operation(&a, &s, ev);
	put_paths(&a, ev);
	if (ev->kind == RF_KIND_SYSCALL)
		put_syscall(&a, ev);
	put_errno(&a, &s, ev);
	put_task(&a, ev);
	if (ev->repeated)
		put_count(&a, "repeated", ev->repeated);
	return finish(&a);
}

json_t *alert_lost_json(const struct alert_context *ctx, __u64 cgroup, __u64 count)
{
	struct alert a = {.object = json_object()};
	struct timespec now;

	if (!a.object)
		return NULL;
	clock_gettime(CLOCK_MONOTONIC, &now);
	put_time(&a, ctx->monotonic_to_real,
		 (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec);
	put_text(&a, "action", "lost");
	put_count(&a, "count", count);
	if (ctx->image)
		put_text(&a, "policy", ctx->image->name);
	if (ctx->container)
		put_text(&a, "container", ctx->container);
	put_count(&a, "cgroup_id", cgroup);
	return finish(&a);
}

int alert_write_json(FILE *out, const json_t *alert)
{
	_free_ char *text = json_dumps(alert, JSON_COMPACT);

	return text ? alert_write_line(out, text) : -ENOMEM;
}
