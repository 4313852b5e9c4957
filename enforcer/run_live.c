/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs are told apart by their cgroups, which the kernel numbers once and for all. */
#include "run_live.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "ask.h"
#include "util.h"

static json_int_t cgroup_of(const json_t *o)
{
	return json_integer_value(json_object_get(o, "cgroup_id"));
}

static json_t *find_run(const json_t *runs, json_int_t cgroup)
{
	json_t *run;
	size_t i;

	json_array_foreach(runs, i, run) if (cgroup && cgroup_of(run) == cgroup) return run;
	return NULL;
}

/* What a run wrote down at its start, and what may have changed since. */
static int update(json_t *run, const json_t *domain)
{
	static const char *const keys[] = {"by_name", "hash",	      "mode",	"attached",
					   "tasks",   "not_enforced", "objects"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (json_object_set(run, keys[i], json_object_get(domain, keys[i])))
			return -ENOMEM;
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

int run_live_add(json_t *runs, json_t **ret_daemon)
{
	json_t *result = NULL, *domain, *run;
	int r = ask_connect();
	size_t i;

	*ret_daemon = NULL;
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	close(r);
	r = ask_daemon(json_pack("{s:i, s:s}", "version", WIRE_VERSION, "request", "list"), NULL, 0,
		       &result);
	json_array_foreach(json_object_get(result, "domains"), i, domain)
	{
		run = find_run(runs, cgroup_of(domain));
		if (!r)
			r = run ? update(run, domain) : add_other(runs, domain);
	}
	*ret_daemon = json_incref(json_object_get(result, "daemon"));
	json_decref(result);
	return r;
}
