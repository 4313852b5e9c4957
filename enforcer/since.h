/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Points in time as people write them, as alerts have them. */
#ifndef ENFORCER_SINCE_H
#define ENFORCER_SINCE_H

#include <time.h>

#define SINCE_SIZE sizeof("2026-11-22T10:00:00")

/*
 * "2026-11-22", "2026-11-22T10:00:00" with or without a Z, both UTC, or how long before `now`:
 * "90s", "10m", "2h", "7d". *ret orders with the times of alerts as text does. 0 or -EINVAL.
 */
int since_parse(const char *text, time_t now, char ret[SINCE_SIZE]);

#endif
