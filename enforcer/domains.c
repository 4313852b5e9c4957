/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One JSON object for each domain: what it is, what it counted, and what is not enforced. */
#include "domains.h"

#include <string.h>

#include "json_text.h"
#include "run_info.h"
#include "tasks.h"
#include "util.h"

static void add_gap(json_t *gaps, const char *what, const char *why)
{
	json_array_append_new(gaps, json_pack("{s:s, s:s}", "what", what, "because", why));
}

/* The filter is of the start, whatever became of policy and mode. */
static void add_filter_gap(json_t *gaps, const struct registry_slot *at)
{
	__u8 filter[RF_HASH_SIZE];

	registry_filter_hash(at->image, filter);
	if (at->forgotten)
		add_gap(gaps, "syscalls", "it is not known with what filter it began");
	else if (at->attached)
		add_gap(gaps, "syscalls", "no filter can be installed from outside");
	else if (memcmp(filter, at->filter, sizeof(filter)) != 0)
		add_gap(gaps, "syscalls",
			"a filter cannot be replaced: the one of the start is in force");
	else if (at->filter_audits && !registry_audits(at))
		add_gap(gaps, "syscalls", "a filter cannot be replaced: the one of the start logs");
	else if (!at->filter_audits && registry_audits(at))
		add_gap(gaps, "audit of syscalls",
			"a filter cannot be replaced: the one of the start denies");
	else if (!(at->image->head->flags & RF_IMAGE_SYSCALLS))
		add_gap(gaps, "syscalls", "the policy has no section `syscalls`");
}

static json_t *gaps_json(const struct registry_slot *at)
{
	json_t *gaps = json_array();

	if (at->detached) {
		add_gap(gaps, "everything but system calls", "it is detached");
		return gaps;
	}
	if (registry_audits(at))
		add_gap(gaps, "denials", "the mode is audit");
	if (!(at->image->head->flags & RF_IMAGE_FILES))
		add_gap(gaps, "files", "the policy has no section `files`");
	add_filter_gap(gaps, at);
	return gaps;
}

static const char *state_word(const struct registry_slot *at, const struct rf_domain *dom)
{
	if (at->detached)
		return "detached";
	return dom->state == RF_DOMAIN_RUNNING ? "running" : "starting";
}

static json_t *domain_json(const struct registry *r, __u32 slot, unsigned tasks, bool counted)
{
	const struct registry_slot *at = registry_at(r, slot);
	const struct objects *objects =
	    at->objects.file ? &at->objects : registry_objects_since(r, slot);
	char hash[2 * RF_HASH_SIZE + 1];
	struct rf_domain dom = at->dom;
	json_t *o = json_object();

	(void)bpf_read_domain(bpf_domains_fd(r->bpf), slot, &dom);
	image_hash_hex(at->image, RF_HASH_SIZE, hash);
	json_set_text(o, "container", at->name);
	json_set_text(o, "policy", at->image->name);
	json_set_text(o, "by_name", at->policy);
	json_set_text(o, "file", at->image->file);
	json_object_set_new(o, "hash", json_string(hash));
	json_object_set_new(o, "mode", json_string(registry_audits(at) ? "audit" : "enforce"));
	json_object_set_new(o, "state", json_string(state_word(at, &dom)));
	json_object_set_new(o, "forgotten", json_boolean(at->forgotten));
	json_object_set_new(o, "attached", json_boolean(at->attached));
	json_object_set_new(o, "tasks", counted ? json_integer(tasks) : json_null());
	json_object_set_new(o, "cgroup_id", json_integer((json_int_t)at->dom.cgroup));
	json_object_update_new(o, run_counters(&dom));
	json_object_set_new(o, "not_enforced", gaps_json(at));
	json_object_set_new(o, "objects", objects ? objects_json(objects) : json_array());
	return o;
}

json_t *domains_json(const struct registry *r, const char *pin_dir)
{
	size_t n = r->n + BPF_SLOT_FIRST;
	_free_ unsigned *tasks = calloc(n, sizeof(*tasks));
	bool counted = tasks && tasks_count(pin_dir, tasks, n) == 0;
	json_t *list = json_array();

	for (__u32 i = BPF_SLOT_FIRST; i < n && list; i++)
		if (registry_at(r, i) &&
		    json_array_append_new(list,
					  domain_json(r, i, counted ? tasks[i] : 0, counted)) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}
