/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signals of `ringfence run`: they wait in a descriptor, and go on to the command. */
#ifndef ENFORCER_SIGNALS_H
#define ENFORCER_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * Blocks the signals that are forwarded. `ret_old`: the mask as it was, for the command. Returns a
 * signalfd or negative errno.
 */
int signals_catch(sigset_t *ret_old);

/*
 * Before there is a command: the first signal that has come and asks to end, or 0. Others that came
 * until then are for nobody.
 */
int signals_read(int signals);

/*
 * Passes what has come on to the command, a child that has not been waited for; pidfd -1: it is
 * gone. Returns true if one of the signals asks to end.
 */
bool signals_forward(int signals, pid_t pid, int pidfd);

#endif
