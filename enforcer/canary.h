/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proof that what is attached is enforced. */
#ifndef ENFORCER_CANARY_H
#define ENFORCER_CANARY_H

#include "bpf.h"

/*
 * Confines a child to a domain that has no image, which denies everything, and lets it try to open
 * "/" . `slot` must be unused; it is free again afterwards.
 * Returns 0, or -EPERM (told) when the open succeeded: nothing is enforced. Tells other errors.
 */
int canary_check(struct bpf *b, __u32 slot);

#endif
