/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel has who is confined, where, and the counters; the state file has
 * what they are called, for the domains that it agrees with.
 */
#include "run_left.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bpf.h"
#include "json_text.h"
#include "run_info.h"
#include "state_file.h"
#include "tasks.h"
#include "util.h"

#define SLOTS 65536u /* more than any daemon has */

/* NULL without memory. `tasks`: -1 if it is not known how many. */
static json_t *left_json(const struct rf_domain *dom, const struct state_domain *known, int tasks)
{
	json_t *o = run_counters(dom);
	char id[64];

	snprintf(id, sizeof(id), "cgroup-%llu", (unsigned long long)dom->cgroup);
	if (!o || json_object_set_new(o, "id", json_string(id)) ||
	    json_object_set_new(o, "state", json_string("abandoned")) ||
	    json_set_text(o, "container", known ? known->name : NULL) ||
	    json_set_text(o, "by_name", known ? known->policy : NULL) ||
	    json_object_set_new(o, "forgotten", json_boolean(!known)) ||
	    json_object_set_new(o, "cgroup_id", json_integer((json_int_t)dom->cgroup)) ||
	    json_object_set_new(o, "tasks", tasks < 0 ? json_null() : json_integer(tasks))) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/* Slots have consecutive numbers: the first that is not there is behind the last. */
static int add_domains(const char *pins, const unsigned *tasks, const json_t *state, json_t *runs)
{
	struct state_domain known;
	struct rf_domain dom;
	int r = 0;

	for (__u32 i = BPF_SLOT_FIRST; i < SLOTS && !r; i++) {
		if (bpf_get_pinned_domain(pins, i, &dom) < 0)
			break;
		if (dom.state == RF_DOMAIN_FREE || (tasks && !tasks[i]) ||
		    run_of_cgroup(runs, (json_int_t)dom.cgroup))
			continue;
		if (json_array_append_new(
			runs, left_json(&dom, state_find(state, i, &dom, &known) ? &known : NULL,
					tasks ? (int)tasks[i] : -1)))
			r = -ENOMEM;
	}
	return r;
}

static int add_of(const char *id, const json_t *state, json_t *runs)
{
	_free_ unsigned *tasks = calloc(SLOTS, sizeof(*tasks));
	_free_ char *pins = NULL;
	bool counted;

	if (!tasks || asprintf(&pins, RUNDIR_PINS "/%s", id) < 0)
		return -ENOMEM;
	counted = tasks_count(pins, tasks, SLOTS) == 0;
	return add_domains(pins, counted ? tasks : NULL, state, runs);
}

int run_left_add(json_t *runs, bool *ret_any)
{
	DIR *dir = opendir(RUNDIR_PINS);
	json_t *state = NULL;
	struct dirent *e;
	int r = 0;

	*ret_any = false;
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (!r && (e = readdir(dir)))
		if (!strncmp(e->d_name, RUNDIR_OF_DAEMON "-", strlen(RUNDIR_OF_DAEMON "-"))) {
			if (!state)
				state = state_read();
			r = add_of(e->d_name, state, runs);
			*ret_any = true;
		}
	json_decref(state);
	closedir(dir);
	return r;
}
