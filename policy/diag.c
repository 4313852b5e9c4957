/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The collector of diagnostics. Texts are made safe to print when they are
 * added: whatever a policy holds, it cannot move the cursor of the terminal
 * that shows the message. The number and the length of entries are bounded,
 * and both bounds show in the output.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "utf8.h"

void diag_init(struct diag *d, const char *file)
{
	*d = (struct diag){.file = file};
}

void diag_done(struct diag *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->entries[i].text);
		free(d->entries[i].hint);
	}
	free(d->entries);
	*d = (struct diag){.file = d->file};
}

/* A printable copy of `text`: other bytes become \xNN, the end is cut at DIAG_TEXT_MAX. */
static char *escape(const char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t size = strlen(text), out = 0, at = 0;
	/* The longest piece is a four byte character as four escapes. */
	char *copy = malloc(DIAG_TEXT_MAX + 16 + sizeof("..."));

	if (!copy)
		return NULL;
	while (at < size && out < DIAG_TEXT_MAX) {
		uint32_t c;
		size_t len = utf8_decode(text + at, size - at, &c);
		bool clean = len && !utf8_is_deceptive(c);

		for (size_t end = at + (len ? len : 1); at < end; at++) {
			unsigned char byte = (unsigned char)text[at];

			if (clean) {
				copy[out++] = text[at];
				continue;
			}
			copy[out++] = '\\';
			copy[out++] = 'x';
			copy[out++] = digits[byte >> 4];
			copy[out++] = digits[byte & 15];
		}
	}
	strcpy(copy + out, at < size ? "..." : "");
	return copy;
}

static char *vformat(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

static char *vformat(const char *fmt, va_list ap)
{
	char *raw, *clean;

	if (vasprintf(&raw, fmt, ap) < 0)
		return NULL;
	clean = escape(raw);
	free(raw);
	return clean;
}

static int make_room(struct diag *d)
{
	size_t room = d->room ? d->room * 2 : 8;
	struct diag_entry *entries;

	if (d->n < d->room)
		return 0;
	entries = realloc(d->entries, room * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	d->entries = entries;
	d->room = room;
	return 0;
}

static void keep(struct diag *d, struct diag_entry entry, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static void keep(struct diag *d, struct diag_entry entry, const char *fmt, va_list ap)
{
	const struct diag_entry *last = d->n ? &d->entries[d->n - 1] : NULL;

	entry.order = (unsigned)d->n;
	entry.at = entry.mark;
	entry.group = entry.order;
	if (entry.level == DIAG_NOTE && last) {
		entry.group = last->group;
		entry.at = last->at;
	}
	entry.text = vformat(fmt, ap);
	if (!entry.text || make_room(d) < 0) {
		free(entry.text);
		d->out_of_memory = true;
		return;
	}
	d->entries[d->n++] = entry;
	d->last_lost = false;
}

static int add(struct diag *d, enum diag_level level, struct mark m, const char *fmt, va_list ap)
    __attribute__((format(printf, 4, 0)));

static int add(struct diag *d, enum diag_level level, struct mark m, const char *fmt, va_list ap)
{
	/* A note without its parent would be read as belonging to another. */
	bool orphan = level == DIAG_NOTE && d->last_lost;
	bool full = d->n >= DIAG_ENTRIES_MAX && level != DIAG_NOTE;

	d->last_lost = true;
	d->last_result = level == DIAG_ERROR ? -EINVAL : 0;
	if (level == DIAG_ERROR)
		d->errors++;
	if (level == DIAG_WARNING)
		d->warnings++;
	if (full)
		d->hidden++;
	if (!full && !orphan)
		keep(d, (struct diag_entry){.level = level, .mark = m}, fmt, ap);
	return d->last_result;
}

int diag_error(struct diag *d, struct mark m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DIAG_ERROR, m, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int diag_warn(struct diag *d, struct mark m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DIAG_WARNING, m, fmt, ap);
	va_end(ap);
	return 0;
}

int diag_note(struct diag *d, struct mark m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DIAG_NOTE, m, fmt, ap);
	va_end(ap);
	return 0;
}

int diag_hint(struct diag *d, const char *fmt, ...)
{
	va_list ap;
	char *hint;

	if (d->last_lost || !d->n)
		return d->last_result;
	va_start(ap, fmt);
	hint = vformat(fmt, ap);
	va_end(ap);
	if (!hint) {
		d->out_of_memory = true;
		return d->last_result;
	}
	free(d->entries[d->n - 1].hint);
	d->entries[d->n - 1].hint = hint;
	return d->last_result;
}

struct shown shown(const char *text)
{
	struct shown s;
	size_t keep_max = sizeof(s.text) - sizeof("..."), at = 0;
	size_t size = strnlen(text, sizeof(s.text));

	if (size < sizeof(s.text)) {
		strcpy(s.text, text);
		return s;
	}
	while (true) {
		uint32_t c;
		size_t len = utf8_decode(text + at, size - at, &c);

		len = len ? len : 1;
		if (at + len > keep_max)
			break;
		at += len;
	}
	memcpy(s.text, text, at);
	strcpy(s.text + at, "...");
	return s;
}

static int by_place(const void *x, const void *y)
{
	const struct diag_entry *a = x, *b = y;

	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	if (a->at.col != b->at.col)
		return a->at.col < b->at.col ? -1 : 1;
	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

void diag_sort(struct diag *d)
{
	if (d->n)
		qsort(d->entries, d->n, sizeof(*d->entries), by_place);
}

static void print_entry(const struct diag_entry *e, const char *file, FILE *out)
{
	static const char *const levels[] = {
	    [DIAG_ERROR] = "error", [DIAG_WARNING] = "warning", [DIAG_NOTE] = "note"};

	fprintf(out, "%s:", file);
	if (e->mark.line)
		fprintf(out, "%u:%u:", e->mark.line, e->mark.col);
	fprintf(out, " %s: %s\n", levels[e->level], e->text);
	if (e->hint)
		fprintf(out, "  hint: %s\n", e->hint);
}

void diag_print(const struct diag *d, FILE *out)
{
	char *file = escape(d->file ? d->file : "policy");
	const char *name = file ? file : "policy";
	struct diag_entry *sorted = d->n ? malloc(d->n * sizeof(*sorted)) : NULL;

	/* Without memory the order is lost, the entries are not. */
	if (sorted) {
		memcpy(sorted, d->entries, d->n * sizeof(*sorted));
		qsort(sorted, d->n, sizeof(*sorted), by_place);
	}
	for (size_t i = 0; i < d->n; i++)
		print_entry(sorted ? &sorted[i] : &d->entries[i], name, out);
	if (d->hidden)
		fprintf(out, "%s: note: %u more errors and warnings are not shown\n", name,
			d->hidden);
	if (d->out_of_memory)
		fprintf(out, "%s: error: out of memory, some messages are lost\n", name);
	free(sorted);
	free(file);
}
