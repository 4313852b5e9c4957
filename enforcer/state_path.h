/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the writer and the reader of the state file share, and nobody else. */
#ifndef ENFORCER_STATE_PATH_H
#define ENFORCER_STATE_PATH_H

#define STATE_PATH    "/run/ringfence/state"
#define STATE_VERSION 1

#endif
