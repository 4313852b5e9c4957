/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "takeover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bpf_reuse.h"
#include "log.h"
#include "tasks.h"
#include "util.h"

static bool begins_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/*
 * Of a daemon that was killed while it took over: what stands beside a directory that leads to a
 * whole set. Alone it may be all there is.
 */
static void remove_remains(const char *name)
{
	_free_ char *pins = NULL, *whole = NULL;

	if (asprintf(&pins, RUNDIR_PINS "/%s", name) < 0 ||
	    asprintf(&whole, RUNDIR_PINS "/%s", name + strlen(RUNDIR_NEXT)) < 0)
		return;
	if (access(whole, F_OK) == 0)
		rundir_remove_pins(pins);
}

static int refuse(const struct rundir *at, int error, const struct rf_layout *theirs)
{
	if (error == -EEXIST)
		log_error("More than one daemon has left confined tasks; there is no telling which "
			  "to take over");
	else if (error == -EMEDIUMTYPE)
		log_error("Tasks are confined by the programs in '%s', whose maps this version "
			  "cannot read: their layout is %u, not %u, or other sizes",
			  at->pin_dir, theirs->layout, RF_LAYOUT);
	else
		log_errno(error,
			  "Tasks are confined by the programs in '%s', whose maps cannot be "
			  "taken over",
			  at->pin_dir);
	log_hint("end the containers first, or set them free: ringfence uninstall --yes");
	return error;
}

/* One that nobody is confined by is a worse choice than any that somebody is. */
static int choose(struct rundir *best, struct rundir *at)
{
	if (best->pin_dir && tasks_remain(at->pin_dir, 0)) {
		if (tasks_remain(best->pin_dir, 0))
			return refuse(at, -EEXIST, NULL);
		rundir_done(best);
	}
	if (best->pin_dir)
		return 0;
	*best = *at;
	*at = RUNDIR_NONE;
	return 0;
}

static int look_at(const char *id, const struct bpf_options *options, struct rundir *best)
{
	_cleanup_(rundir_done) struct rundir at = RUNDIR_NONE;
	struct rf_layout theirs;
	int r = rundir_take(id, &at);

	if (r < 0)
		return r == -ENOENT ? 0 : log_errno(r, "Failed to lock what '%s' has left", id);
	r = bpf_reuse_check(at.pin_dir, options, &theirs);
	if (!r)
		return choose(best, &at);
	/* Of use to nobody: rundir_clean_up() takes it away. */
	return tasks_remain(at.pin_dir, 0) ? refuse(&at, r, &theirs) : 0;
}

int takeover_find(const struct bpf_options *options, struct rundir *ret)
{
	_cleanup_(rundir_done) struct rundir best = RUNDIR_NONE;
	DIR *dir = opendir(RUNDIR_PINS);
	struct dirent *e;
	int r = 0;

	*ret = RUNDIR_NONE;
	if (!dir)
		return errno == ENOENT ? 0 : log_errno(-errno, "Failed to open '" RUNDIR_PINS "'");
	while (!r && (e = readdir(dir))) {
		if (begins_with(e->d_name, RUNDIR_NEXT))
			remove_remains(e->d_name);
		else if (begins_with(e->d_name, RUNDIR_OF_DAEMON "-"))
			r = look_at(e->d_name, options, &best);
	}
	closedir(dir);
	if (r < 0)
		return r;
	*ret = best;
	best = RUNDIR_NONE;
	return 0;
}

static int pin_beside(struct bpf *b, const char *next, const char *place)
{
	int r;

	if (mkdir(next, 0700))
		return log_errno(-errno, "Failed to make '%s'", next);
	r = bpf_pin(b, next);
	if (r < 0)
		return log_errno(r, "Failed to pin the BPF links in '%s'", next);
	if (renameat2(AT_FDCWD, next, AT_FDCWD, place, RENAME_EXCHANGE))
		return log_errno(-errno, "Failed to put '%s' in the place of '%s'", next, place);
	return 0;
}

int takeover_pin(struct bpf *b, const struct rundir *left)
{
	_free_ char *next = NULL;
	int r;

	if (asprintf(&next, RUNDIR_PINS "/" RUNDIR_NEXT "%s", left->id) < 0)
		return log_errno(-ENOMEM, "Failed to take over '%s'", left->pin_dir);
	r = pin_beside(b, next, left->pin_dir);
	/* Its pins are ours if that failed, and the old ones if it did not. */
	rundir_remove_pins(next);
	if (!r && access(next, F_OK) == 0)
		log_error("Failed to remove '%s', ignoring: programs judge twice", next);
	return r;
}
