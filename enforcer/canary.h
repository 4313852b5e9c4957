/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proof that what is attached is enforced. */
#ifndef ENFORCER_CANARY_H
#define ENFORCER_CANARY_H

#include "bpf.h"

/*
 * Confines children to a domain that has no image, which refuses everything: one by its record,
 * which tries to open "/", and one by a scratch cgroup, which tries to execute a program. `slot`
 * must be unused; it is free again afterwards.
 * Returns 0, or -EPERM (told) when one of them could: nothing is enforced. Tells other errors.
 */
int canary_check(struct bpf *b, __u32 slot);

#endif
