/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signals of `ringfence run`: they wait in a descriptor, and go on to the command. */
#ifndef ENFORCER_SIGNALS_H
#define ENFORCER_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * Blocks the signals that are forwarded. `ret_old`: the mask as it was, for the command. Returns a
 * signalfd or negative errno.
 */
int signals_catch(sigset_t *ret_old);

/*
 * Passes on what has come to `pidfd`; -1: the command is gone. Returns true if it was gone and one
 * of the signals asks to end.
 */
bool signals_forward(int signals, int pidfd);

#endif
