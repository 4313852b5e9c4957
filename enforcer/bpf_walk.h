/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a BPF iterator prints, a line at a time. */
#ifndef ENFORCER_BPF_WALK_H
#define ENFORCER_BPF_WALK_H

/*
 * Lets the iterator attached as `link` (a descriptor) go through all it iterates over once, and
 * calls `take` with each line that it prints, and with `arg`. 0 or negative errno.
 */
int bpf_walk(int link, void (*take)(const char *line, void *arg), void *arg);

#endif
