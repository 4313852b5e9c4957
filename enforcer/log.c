/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages, mostly on standard error. Each is built as a whole and written with one
 * call, so that the lines of ringfence and of the confined command, which may
 * share the descriptor, do not mix. User text is escaped by who formats it.
 */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

int log_verbose;

static FILE *destination;

FILE *log_to(FILE *out)
{
	FILE *before = destination;

	destination = out;
	return before;
}

FILE *log_destination(void)
{
	return destination ? destination : stderr;
}

/* `tail` follows the text; NULL for none. */
static void __attribute__((format(printf, 2, 0)))
emit(const char *head, const char *fmt, va_list ap, const char *tail)
{
	FILE *out = log_destination();
	_free_ char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0) {
		text = NULL;
		fputs("ringfence: out of memory\n", out);
		return;
	}
	fprintf(out, "%s%s%s%s\n", head, text, tail ? ": " : "", tail ? tail : "");
}

void log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit("ringfence: ", fmt, ap, NULL);
	va_end(ap);
}

void log_warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit("ringfence: warning: ", fmt, ap, NULL);
	va_end(ap);
}

void log_event(const char *fmt, ...)
{
	FILE *before = log_to(NULL);
	va_list ap;

	va_start(ap, fmt);
	emit("ringfence: ", fmt, ap, NULL);
	va_end(ap);
	log_to(before);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	if (!log_verbose)
		return;
	va_start(ap, fmt);
	emit("ringfence: ", fmt, ap, NULL);
	va_end(ap);
}

void log_hint(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit("  hint: ", fmt, ap, NULL);
	va_end(ap);
}

int log_errno(int r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit("ringfence: ", fmt, ap, strerror(r < 0 ? -r : r));
	va_end(ap);
	return r;
}
