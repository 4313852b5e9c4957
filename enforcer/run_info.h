/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run tells of itself, for `ringfence status`: one JSON object in its
 * lock file, written before the command starts. What changes later is not in
 * it: the counters are read from the kernel, and whether the run still lives
 * is told by the lock.
 */
#ifndef ENFORCER_RUN_INFO_H
#define ENFORCER_RUN_INFO_H

#include <jansson.h>

#include "../lsm/abi.h"
#include "../policy/image.h"
#include "rundir.h"

struct run_info {
	const struct image *image;
	json_t *objects;     /* borrowed */
	const char *pin_dir; /* where the programs are pinned */
	__u32 slot;	     /* of the domain there */
	const char *container;
	bool audit;
	__u64 cgroup;
	int pid; /* of the command */
};

/* Tells what fails. 0 or negative errno. */
int run_info_write(const struct run_info *info, const struct rundir *dir);

/* All runs there are, with counters and state: an array. 0 or negative errno. */
int run_info_list(json_t **ret_runs);

/* The run in a cgroup, which the kernel numbers once and for all. Borrowed; NULL: none of these. */
json_t *run_of_cgroup(const json_t *runs, json_int_t cgroup);

/* An object with what a domain has counted, members as in `list`. NULL without memory. */
json_t *run_counters(const struct rf_domain *dom);

#endif
