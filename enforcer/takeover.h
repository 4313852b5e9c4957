/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new daemon in the place of a dead one: the programs. Who is confined is in takeover_domains.h.
 *
 * The new programs are loaded onto the old maps and attached beside the old programs (bpf_reuse.h),
 * and pinned in a directory of their own. Then the two directories change names, in one step, and
 * what bears the new name, the old links, is removed. So the name that launchers and runs know
 * leads to programs at any moment; whoever is killed in between leaves it leading to a whole set,
 * and something beside it that the next daemon removes. Whatever fails before that step leaves the
 * old set as it was.
 */
#ifndef ENFORCER_TAKEOVER_H
#define ENFORCER_TAKEOVER_H

#include "bpf.h"
#include "rundir.h"

/*
 * Finds what a daemon has left that is gone, and takes its lock: *ret, whose pin_dir is NULL where
 * there is nothing to take over. What cannot be taken over, while tasks are confined by it, is an
 * error, which is told, with the way out.
 */
int takeover_find(const struct bpf_options *options, struct rundir *ret);

/* Pins programs that were loaded onto the maps of `left`, in its place, and lets the old ones go.
 * Tells what fails: then the old ones are as they were. */
int takeover_pin(struct bpf *b, const struct rundir *left);

#endif
