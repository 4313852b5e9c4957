/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENFORCER_RUNTIME_ENTER_H
#define ENFORCER_RUNTIME_ENTER_H

#include "runtime_args.h"

/*
 * Will who enters the container of this `exec`, or comes to life in that of this `start`, be
 * confined? With one that is not ours all may be done. Tells why not. 0 or negative errno.
 */
int runtime_enter_check(const struct runtime_args *a);

#endif
