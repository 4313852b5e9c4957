/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run wrote down at its start is out of date where the daemon knows better. */
#include "run_live.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "log.h"
#include "run_info.h"
#include "run_left.h"
#include "util.h"

static json_int_t cgroup_of(const json_t *o)
{
	return json_integer_value(json_object_get(o, "cgroup_id"));
}

/* What a run wrote down at its start, and what may have changed since. */
static int update(json_t *run, const json_t *domain)
{
	static const char *const keys[] = {"by_name",	"hash",	 "mode",	 "attached",
					   "forgotten", "tasks", "not_enforced", "objects"};
	json_t *state = json_object_get(domain, "state");

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (json_object_set(run, keys[i], json_object_get(domain, keys[i])))
			return -ENOMEM;
	/* Of the others the run's lock knows more: whether it is abandoned. */
	if (json_is_string(state) && !strcmp(json_string_value(state), "detached"))
		return json_object_set(run, "state", state) ? -ENOMEM : 0;
	return 0;
}

/* A container of a runtime's, or one that was attached to. */
static int add_other(json_t *runs, json_t *domain)
{
	char id[64];

	snprintf(id, sizeof(id), "cgroup-%llu", (unsigned long long)cgroup_of(domain));
	if (json_object_set_new(domain, "id", json_string(id)) || json_array_append(runs, domain))
		return -ENOMEM;
	return 0;
}

int run_live_add(json_t *runs, json_t **ret_daemon, bool *ret_left)
{
	json_t *result = NULL, *domain, *run;
	int r = ask_connect();
	size_t i;

	*ret_daemon = NULL;
	*ret_left = false;
	if (r == -ENOENT) {
		r = run_left_add(runs, ret_left);
		return r < 0 ? log_errno(r, "Failed to find what is confined without a daemon") : 0;
	}
	if (r < 0)
		return r;
	close(r);
	r = ask_daemon(json_pack("{s:i, s:s}", "version", WIRE_VERSION, "request", "list"), NULL, 0,
		       &result);
	json_array_foreach(json_object_get(result, "domains"), i, domain)
	{
		run = run_of_cgroup(runs, cgroup_of(domain));
		if (!r)
			r = run ? update(run, domain) : add_other(runs, domain);
	}
	*ret_daemon = json_incref(json_object_get(result, "daemon"));
	json_decref(result);
	return r;
}
