/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of counts. Alerts that were held back and that no later alert told of: an alert of that
 * kind, without what was each one's own. And what a domain came to.
 */
#include "alert.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdbool.h>
#include <string.h>

#include "json_text.h"

#define NSEC_PER_SEC 1000000000u

/* What a key does not tell: who did it, and to what. */
static const char *const unknown[] = {"seq", "pid", "tid", "ppid", "uid", "comm", "args", "errno"};

/* An event of the kind, as far as the key has it. *ret_decided: which image decided, is known. */
static struct rf_event event_of(const struct alert_context *ctx, __u64 key, bool *ret_decided)
{
	__u32 kind = RF_THROTTLE_KIND(key), image = RF_THROTTLE_IMAGE(key);
	struct rf_event ev = {.kind = kind ? (__u8)kind : RF_KIND_FILE,
			      .what = (__u8)RF_THROTTLE_WHAT(key),
			      .action = (__u8)RF_THROTTLE_ACTION(key),
			      .reason = (__u8)RF_THROTTLE_REASON(key),
			      .rule = (__u16)RF_THROTTLE_SUBJECT(key)};

	/* What a file's protection refuses is an error; see blamed_mark() in alert.c. */
	if (ev.reason == RF_REASON_OBJECT && ev.action == RF_ACTION_DENY)
		ev.error = EACCES;
	if (kind == RF_KIND_SYSCALL) {
		ev.syscall = RF_THROTTLE_SUBJECT(key);
		ev.arch = ev.what ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64;
	}
	*ret_decided = ctx->image && !memcmp(&image, ctx->image->head->hash, sizeof(image));
	if (*ret_decided)
		memcpy(ev.hash, ctx->image->head->hash, sizeof(ev.hash));
	return ev;
}

json_t *alert_repeated_json(const struct alert_context *ctx, __u64 cgroup, __u64 key, __u64 count)
{
	__u32 kind = RF_THROTTLE_KIND(key);
	struct alert_context general = *ctx;
	struct timespec now;
	struct rf_event ev;
	bool decided;
	json_t *alert;

	/* Which rule was to blame depends on the arguments. */
	if (kind == RF_KIND_SYSCALL)
		general.policy = NULL;
	ev = event_of(&general, key, &decided);
	clock_gettime(CLOCK_MONOTONIC, &now);
	ev.time_ns = (__u64)now.tv_sec * NSEC_PER_SEC + (__u64)now.tv_nsec;
	ev.cgroup = cgroup;
	alert = alert_json(&general, &ev);
	if (!alert)
		return NULL;
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		json_object_del(alert, unknown[i]);
	if (!decided)
		json_object_del(alert, "hash");
	/* Of several kinds at once: of that policy's containers in any case. */
	if (!kind && ctx->image)
		json_set_text(alert, "policy", ctx->image->name);
	if (!kind)
		json_object_del(alert, "operation");
	if (kind != RF_KIND_FILE && kind != RF_KIND_PRIVILEGE)
		json_object_del(alert, "rule");
	if (RF_THROTTLE_SUBJECT(key) >= RF_THROTTLE_CALLS)
		json_object_del(alert, "syscall");
	if (json_object_set(alert, "of", json_object_get(alert, "action")) ||
	    json_object_set_new(alert, "action", json_string("repeated")) ||
	    json_object_set_new(alert, "count", json_integer((json_int_t)count))) {
		json_decref(alert);
		return NULL;
	}
	return alert;
}

json_t *alert_ended_json(const struct alert_context *ctx, const struct rf_domain *dom)
{
	const struct rf_count *deny = &dom->count[RF_ACTION_DENY];
	const struct rf_count *audit = &dom->count[RF_ACTION_AUDIT];
	json_t *record = alert_lost_json(ctx, dom->cgroup, 0);
	json_t *counts = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "action", "ended", "denied",
				   (json_int_t)deny->total, "audited", (json_int_t)audit->total,
				   "delivered", (json_int_t)(deny->delivered + audit->delivered),
				   "repeated", (json_int_t)(deny->repeated + audit->repeated),
				   "lost", (json_int_t)(deny->lost + audit->lost));

	if (record && (json_object_del(record, "count") || json_object_update(record, counts))) {
		json_decref(record);
		record = NULL;
	}
	json_decref(counts);
	return record;
}
