/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of the command line, on stderr: "ringfence: TEXT". The functions
 * that take an error return it, so that `return log_errno(r, "...")` keeps
 * message and code one expression.
 */
#ifndef ENFORCER_LOG_H
#define ENFORCER_LOG_H

#include <stdio.h>

/* Where messages go; NULL: standard error. Returns where they went before. */
FILE *log_to(FILE *out);
/* Where messages go, for what is printed beside them. */
FILE *log_destination(void);

extern int log_verbose; /* 0: errors and warnings; 1: what is being done */

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* What was done at somebody's wish: on standard error, wherever messages go. */
void log_event(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* `r` is a negative errno; its text is appended. Returns r. */
int log_errno(int r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
