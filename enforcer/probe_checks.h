/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of checks that probe.c runs. */
#ifndef ENFORCER_PROBE_CHECKS_H
#define ENFORCER_PROBE_CHECKS_H

#include "probe.h"

struct probe_check {
	const char *name;
	bool required;
	/* Fills in ok, detail, and the hint unless ok. */
	void (*run)(struct probe_result *r);
};

extern const struct probe_check probe_checks[];
extern const size_t n_probe_checks;

#endif
