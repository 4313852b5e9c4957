/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listings for people of what flows between the stages; that of the automaton is image_dump().
 */
#ifndef ENFORCER_DUMP_H
#define ENFORCER_DUMP_H

#include <linux/filter.h>
#include <stdio.h>

#include "../policy/policy.h"

/* The model: what the reader understood, with the place of every part. */
void model_dump(const struct policy *p, FILE *out);

/* The seccomp program, an instruction a line. */
void filter_dump(const struct sock_filter *insns, size_t len, FILE *out);

/* SECCOMP_RET_* with data in words, into `buf`: "allow", "errno EPERM", "kill process". */
const char *verdict_text(__u32 verdict, char *buf, size_t size);

#endif
