/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One function for each request. */
#include "requests.h"

#include <errno.h>
#include <string.h>

#include "domains.h"
#include "health.h"
#include "log.h"
#include "state_file.h"

#include "../policy/diag.h"

static int serve_list(const struct client_context *ctx, pid_t peer, const json_t *request,
		      json_t **ret)
{
	(void)request;
	(void)peer;
	*ret = json_pack("{s:o, s:o}", "daemon", health_json(ctx->health, ctx->pin_dir), "domains",
			 domains_json(ctx->registry, ctx->pin_dir));
	return *ret ? 0 : log_errno(-ENOMEM, "Failed to list the domains");
}

static int serve_reload(const struct client_context *ctx, pid_t peer, const json_t *request,
			json_t **ret)
{
	const json_t *names = json_object_get(request, "policies");
	json_t *list = NULL;
	int r;

	(void)peer; /* the list is in the log, whoever asks */

	if (names && !json_is_array(names))
		return log_errno(-EPROTO, "The request makes no sense");
	/* All that is in use: as with SIGHUP, which is what a service manager may send instead. */
	if (!json_array_size(names))
		sink_reopen(&ctx->collector->sink);
	r = policies_reload(ctx->policies, names, &list);
	*ret = list ? json_pack("{s:o}", "policies", list) : NULL;
	return r;
}

static struct shown name_of(const struct registry_slot *at)
{
	return shown(at->name ? at->name : "?");
}

static struct shown policy_of(const struct registry_slot *at)
{
	return shown(at->policy ? at->policy : at->image->name);
}

/* Does the request mean this domain? */
static bool is_meant(const struct registry_slot *at, const char *policy, const char *container)
{
	if (policy)
		return at->policy && !strcmp(at->policy, policy);
	return at->name && !strcmp(at->name, container);
}

/* A mode that the file demands is the file's to change. */
static int check_mode(const struct client_context *ctx, const char *policy, const char *container)
{
	const struct registry_slot *at;

	for (__u32 i = BPF_SLOT_FIRST; i < ctx->registry->n + BPF_SLOT_FIRST; i++) {
		at = registry_at(ctx->registry, i);
		if (!at || !is_meant(at, policy, container) ||
		    at->image->head->mode != RF_MODE_AUDIT)
			continue;
		log_error("The policy of container '%s' was compiled for audit mode",
			  name_of(at).text);
		log_hint(at->policy ? "write `mode: enforce` into its file, and reload it"
				    : "it has to be started without --audit, under a policy that "
				      "says `mode: enforce`");
		return -EPERM;
	}
	return 0;
}

/* Nor is it promised to who will run. */
static int check_named_mode(const struct client_context *ctx, const struct named_policy *named)
{
	if (!named->image || named->image->head->mode != RF_MODE_AUDIT)
		return 0;
	log_error("Policy '%s' was compiled for audit mode", named->name);
	log_hint("write `mode: enforce` into its file%s",
		 registry_users(ctx->registry, named->name) ? ", and reload it" : "");
	return -EPERM;
}

static int switch_mode(const struct client_context *ctx, const char *policy, const char *container,
		       bool audit, unsigned *ret_n, const struct registry_slot **ret_last)
{
	int r;

	for (__u32 i = BPF_SLOT_FIRST; i < ctx->registry->n + BPF_SLOT_FIRST; i++) {
		const struct registry_slot *at = registry_at(ctx->registry, i);

		if (!at || !is_meant(at, policy, container))
			continue;
		r = registry_switch_audit(ctx->registry, i, audit);
		if (r < 0)
			return log_errno(r, "Failed to switch the mode of container '%s'",
					 name_of(at).text);
		(*ret_n)++;
		*ret_last = at;
	}
	return 0;
}

/* `container`: NULL, or a name of `n` containers, the last of which is `last`. */
static void record_mode(const char *policy, const char *container, const char *mode, unsigned n,
			const struct registry_slot *last, pid_t peer)
{
	const char *s = n == 1 ? "" : "s";

	if (container)
		log_event("Mode: %s for container '%s', policy '%s', %u container%s; process %d "
			  "has asked",
			  mode, shown(container).text, policy_of(last).text, n, s, (int)peer);
	else
		log_event("Mode: %s for policy '%s', %u container%s; process %d has asked", mode,
			  shown(policy).text, n, s, (int)peer);
}

static int serve_mode(const struct client_context *ctx, pid_t peer, const json_t *request,
		      json_t **ret)
{
	const char *policy = json_string_value(json_object_get(request, "policy"));
	const char *container = json_string_value(json_object_get(request, "container"));
	const json_t *audit = json_object_get(request, "audit");
	const struct registry_slot *last = NULL;
	struct named_policy *named = NULL;
	unsigned n = 0;
	int r = 0;

	if (!policy == !container || !json_is_boolean(audit))
		return log_errno(-EPROTO, "The request makes no sense");
	/* It is also for those that are still to come, so there need not be any yet. */
	if (policy)
		r = policies_get(ctx->policies, policy, &named);
	if (!r && json_is_false(audit))
		r = check_mode(ctx, policy, container);
	if (!r && json_is_false(audit) && named)
		r = check_named_mode(ctx, named);
	if (!r)
		r = switch_mode(ctx, policy, container, json_is_true(audit), &n, &last);
	if (r < 0)
		return r;
	if (!n && !named) {
		log_error("There is no container '%s'", shown(container).text);
		return -ENOENT;
	}
	if (named)
		named->audit = json_is_true(audit);
	record_mode(policy, container, json_is_true(audit) ? "audit" : "enforce", n, last, peer);
	*ret = json_pack("{s:i}", "domains", (int)n);
	return 0;
}

/* The domain of that cgroup, or 0 (told). */
static __u32 find_cgroup(const struct client_context *ctx, __u64 cgroup)
{
	const struct registry_slot *at;

	for (__u32 i = BPF_SLOT_FIRST; i < ctx->registry->n + BPF_SLOT_FIRST; i++) {
		at = registry_at(ctx->registry, i);
		if (at && !at->detached && cgroup && at->dom.cgroup == cgroup)
			return i;
	}
	log_error("The daemon does not confine that cgroup");
	return 0;
}

/* What is left of the domain goes with the next tick of its client. */
static int serve_detach(const struct client_context *ctx, pid_t peer, const json_t *request,
			json_t **ret)
{
	json_int_t cgroup = json_integer_value(json_object_get(request, "cgroup_id"));
	__u32 slot = find_cgroup(ctx, (__u64)cgroup);
	const struct registry_slot *at = registry_at(ctx->registry, slot);
	struct bpf_attached freed;
	int r = slot ? registry_detach(ctx->registry, slot, &freed) : -ENOENT;

	if (r < 0)
		return r;
	log_warning("Container '%s' is not confined any more", name_of(at).text);
	log_event("Detach: container '%s', policy '%s', %u task%s set free; process %d has asked",
		  name_of(at).text, policy_of(at).text, freed.done, freed.done == 1 ? "" : "s",
		  (int)peer);
	*ret = json_pack("{s:i}", "tasks", (int)freed.done);
	return *ret ? 0 : -ENOMEM;
}

static const struct {
	const char *what;
	bool changes; /* what the next daemon is to know */
	int (*serve)(const struct client_context *ctx, pid_t peer, const json_t *request,
		     json_t **ret);
} requests[] = {
    {"detach", true, serve_detach},
    {"list", false, serve_list},
    {"mode", true, serve_mode},
    {"reload", true, serve_reload},
};

#define N_REQUESTS (sizeof(requests) / sizeof(*requests))

bool request_is_known(const char *what)
{
	for (size_t i = 0; i < N_REQUESTS; i++)
		if (!strcmp(requests[i].what, what))
			return true;
	return false;
}

int request_serve(const struct client_context *ctx, pid_t peer, const json_t *request,
		  json_t **ret_result)
{
	const char *what = json_string_value(json_object_get(request, "request"));

	int r = -EOPNOTSUPP;

	*ret_result = NULL;
	for (size_t i = 0; i < N_REQUESTS; i++)
		if (!strcmp(requests[i].what, what)) {
			r = requests[i].serve(ctx, peer, request, ret_result);
			if (!r && requests[i].changes)
				state_save(ctx->registry, ctx->policies);
		}
	return r;
}
