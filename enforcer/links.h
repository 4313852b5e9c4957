/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Warnings about denials that symbolic links lead past: see links.c. */
#ifndef ENFORCER_LINKS_H
#define ENFORCER_LINKS_H

#include "../policy/policy.h"

/* Adds a warning to `d` for each denial of `p` that leads through a symbolic link of this machine.
 */
void links_lint(const struct policy *p, struct diag *d);

#endif
