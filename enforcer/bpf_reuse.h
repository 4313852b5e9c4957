/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One set of programs takes over the maps of another: after a daemon that died,
 * and at an upgrade. The new set is loaded onto the maps that the old one left
 * pinned, and attached beside it, so there is no instant without enforcement;
 * then the old one is let go.
 *
 * While both are attached each hook calls both, the newer one first, and what
 * that refuses the older is not asked: a refusal is counted and told once. What
 * refuses nothing is told by both: in audit mode, by rules that audit, and of
 * system calls, which the filter has refused by then. Their counts stay exact
 * even so, for both count in the same record and into the same ring.
 *
 * What is not handed on is each set's own, and made anew: what is remembered of
 * directories, working memory, where the kernel's locks are, and, from what is
 * handed on, the hints of what is held by object.
 */
#ifndef ENFORCER_BPF_REUSE_H
#define ENFORCER_BPF_REUSE_H

#include "bpf.h"

/* What `options` make of the maps' layout. */
struct rf_layout bpf_layout(const struct bpf_options *options);

/*
 * Can maps that are pinned under `dir` be taken over? 0, -ENOENT: they are not whole, or of a
 * version that did not hand any on, -EMEDIUMTYPE: they have another layout, *ret_theirs. Other
 * negative errno.
 */
int bpf_reuse_check(const char *dir, const struct bpf_options *options,
		    struct rf_layout *ret_theirs);

/* Has the maps that are pinned in options.reuse taken for our own, before loading. Tells what
 * fails. */
int bpf_reuse_maps(struct bpf *b);
/* After loading: which inode numbers may be those of held objects. 0 or negative errno. */
int bpf_reuse_hints(struct bpf *b);

/* Pins what is handed on, and its layout. 0 or negative errno. */
int bpf_pin_maps(const struct bpf *b, const char *dir);
int bpf_pin_layout(const struct bpf *b, const char *dir);

/* How many of these pins are missing under `dir`; *ret_all: of how many. */
unsigned bpf_missing_maps(const char *dir, unsigned *ret_all);

/* The inner map in a slot of one of maps: a descriptor, the caller's, or negative errno. */
int bpf_inner(const struct bpf *b, const char *outer, __u32 slot);

#endif
