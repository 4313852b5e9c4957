/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came of a reload, in words: for who asked, and for the daemon's log. */
#ifndef ENFORCER_RELOAD_TEXT_H
#define ENFORCER_RELOAD_TEXT_H

#include <jansson.h>

struct reload_text {
	char text[512];
};

/* Of one policy, an element of `policies` in the answer: "NAME: ...". */
struct reload_text reload_text(const json_t *item);

#endif
