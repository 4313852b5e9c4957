/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers are written as integers, never by way of floating point: they are exact here. */
#include "metrics_text.h"

#include <string.h>

#include "../policy/utf8.h"

#define NSEC_PER_SEC 1000000000u
#define REPLACEMENT  "\xef\xbf\xbd"

/* One character of a text, with `quote` as what else is to be escaped; returns its length. */
static size_t put_character(FILE *out, const char *text, size_t left, char quote)
{
	uint32_t c;
	size_t n = utf8_decode(text, left, &c);

	if (!n)
		fputs(REPLACEMENT, out);
	else if (*text == '\n')
		fputs("\\n", out);
	else if (*text == '\\' || (quote && *text == quote))
		fprintf(out, "\\%c", *text);
	else
		fwrite(text, 1, n, out);
	return n ? n : 1;
}

static void put_text(FILE *out, const char *text, char quote)
{
	size_t size = strlen(text);

	for (size_t i = 0; i < size;)
		i += put_character(out, text + i, size - i, quote);
}

void metrics_text_family(FILE *out, const struct metrics_family *f)
{
	fprintf(out, "# HELP %s ", f->name);
	put_text(out, f->help, '\0');
	fprintf(out, "\n# TYPE %s %s\n", f->name, f->type);
}

static void begin_line(FILE *out, const struct metrics_family *f,
		       const struct metrics_label *labels)
{
	const char *before = "{";

	fputs(f->name, out);
	for (; labels && labels->name; labels++) {
		fprintf(out, "%s%s=\"", before, labels->name);
		put_text(out, labels->value, '"');
		fputc('"', out);
		before = ",";
	}
	fputs(*before == ',' ? "} " : " ", out);
}

void metrics_text_count(FILE *out, const struct metrics_family *f,
			const struct metrics_label *labels, __u64 n)
{
	begin_line(out, f, labels);
	fprintf(out, "%llu\n", (unsigned long long)n);
}

void metrics_text_seconds(FILE *out, const struct metrics_family *f,
			  const struct metrics_label *labels, __u64 ns)
{
	begin_line(out, f, labels);
	fprintf(out, "%llu.%09llu\n", (unsigned long long)(ns / NSEC_PER_SEC),
		(unsigned long long)(ns % NSEC_PER_SEC));
}
