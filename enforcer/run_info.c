/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing and reading what runs tell of themselves. */
#include "run_info.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "bpf.h"
#include "escape.h"
#include "log.h"
#include "util.h"

/* A policy of the largest size names no more than fits; what is longer is not ours. */
#define INFO_MAX (256u << 20)

int run_info_write(const struct run_info *info, const struct rundir *dir)
{
	const struct image *img = info->image;
	_free_ char *container = escape_bytes(info->container, strlen(info->container));
	_free_ char *file = escape_bytes(img->file, strlen(img->file));
	bool audits = info->audit || img->head->mode == RF_MODE_AUDIT;
	char hash[2 * RF_HASH_SIZE + 1];
	_free_ char *text = NULL;
	json_t *json;
	int r = -ENOMEM;

	image_hash_hex(img, RF_HASH_SIZE, hash);
	json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:I, s:s, s:I, s:O}", "id", dir->id,
			 "policy", img->name, "file", file ? file : "?", "hash", hash, "container",
			 container ? container : "?", "mode", audits ? "audit" : "enforce", "pid",
			 info->pid, "cgroup_id", (json_int_t)info->cgroup, "pins", info->pin_dir,
			 "slot", (json_int_t)info->slot, "objects", info->objects);
	if (json)
		text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (text)
		r = rundir_write(dir, text);
	return r < 0 ? log_errno(r, "Failed to write '%s'", dir->lock_path) : 0;
}

static int get_domain(const json_t *run, struct rf_domain *ret)
{
	const char *pins = json_string_value(json_object_get(run, "pins"));
	json_int_t slot = json_integer_value(json_object_get(run, "slot"));

	return pins && slot ? bpf_get_pinned_domain(pins, (__u32)slot, ret) : -ENOENT;
}

json_t *run_counters(const struct rf_domain *dom)
{
	const struct rf_count *deny = &dom->count[RF_ACTION_DENY];
	const struct rf_count *audit = &dom->count[RF_ACTION_AUDIT];

	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "denied", (json_int_t)deny->total, "audited",
			 (json_int_t)audit->total, "delivered",
			 (json_int_t)(deny->delivered + audit->delivered), "repeated",
			 (json_int_t)(deny->repeated + audit->repeated), "lost",
			 (json_int_t)(deny->lost + audit->lost));
}

json_t *run_of_cgroup(const json_t *runs, json_int_t cgroup)
{
	json_t *run;
	size_t i;

	json_array_foreach(runs, i, run)
	{
		if (cgroup && json_integer_value(json_object_get(run, "cgroup_id")) == cgroup)
			return run;
	}
	return NULL;
}

/* Counters and state, which the kernel and the lock know. */
static void add_live(json_t *run, bool held)
{
	struct rf_domain dom;
	const char *state = "starting";

	if (get_domain(run, &dom) == 0) {
		if (dom.state == RF_DOMAIN_RUNNING)
			state = "running";
		json_object_update_new(run, run_counters(&dom));
	}
	/* How the kernel is asked is nobody's business but ours. */
	json_object_del(run, "pins");
	json_object_del(run, "slot");
	/* Its ringfence is gone; what it confined stays confined. */
	json_object_set_new(run, "state", json_string(held ? state : "abandoned"));
}

static json_t *read_one(int dir, const char *id)
{
	_close_ int fd = openat(dir, id, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	_free_ char *text = NULL;
	json_t *run = NULL;
	struct stat st;
	bool held;

	/* The lock goes with the descriptor: whoever cleans up meanwhile leaves it to the next. */
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > INFO_MAX)
		return NULL;
	held = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	text = calloc(1, (size_t)st.st_size + 1);
	if (text && pread(fd, text, (size_t)st.st_size, 0) == st.st_size)
		run = json_loads(text, 0, NULL);
	if (!json_is_object(run)) {
		json_decref(run);
		run = json_object(); /* being made, or ended half-made */
	}
	json_object_set_new(run, "id", json_string(id));
	add_live(run, held);
	return run;
}

int run_info_list(json_t **ret_runs)
{
	DIR *dir = opendir(RUNDIR_LOCKS);
	json_t *runs = json_array(), *run;
	struct dirent *e;
	int r = 0;

	if (!runs || (!dir && errno != ENOENT)) {
		r = runs ? -errno : -ENOMEM;
		json_decref(runs);
		if (dir)
			closedir(dir);
		return r;
	}
	while (dir && (e = readdir(dir)))
		if (!strncmp(e->d_name, RUNDIR_OF_RUN "-", strlen(RUNDIR_OF_RUN "-"))) {
			run = read_one(dirfd(dir), e->d_name);
			if (run)
				json_array_append_new(runs, run);
		}
	if (dir)
		closedir(dir);
	*ret_runs = runs;
	return 0;
}
