/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Diagnostics: everything that is wrong with a policy, collected, then shown
 * in the order of the text. Library code adds; only the command line prints.
 */
#ifndef POLICY_DIAG_H
#define POLICY_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A place in a policy file; line and col count from 1, 0 means "the file". */
struct mark {
	unsigned line;
	unsigned col;
};

enum diag_level {
	DIAG_ERROR,
	DIAG_WARNING,
	DIAG_NOTE, /* belongs to the entry added before it: "first given here" */
};

struct diag_entry {
	enum diag_level level;
	struct mark mark;
	char *text;
	char *hint;	/* what the user can do, or NULL */
	unsigned group; /* a note shares its parent's */
	struct mark at; /* where it sorts: a note at its parent's place */
	unsigned order; /* of addition */
};

/* More entries than this are counted, not kept; diag_print() says so. */
#define DIAG_ENTRIES_MAX 1000u
/* Longer texts are cut, visibly. */
#define DIAG_TEXT_MAX 1024u

struct diag {
	const char *file; /* borrowed; shown before each place */
	struct diag_entry *entries;
	size_t n, room;
	unsigned errors, warnings;
	unsigned hidden;    /* entries beyond DIAG_ENTRIES_MAX, notes not counted */
	bool out_of_memory; /* an entry was lost: the result must not be used */
	bool last_lost;	    /* the entry added last is not in entries[] */
	int last_result;    /* what its adder returned */
};

void diag_init(struct diag *d, const char *file);
void diag_done(struct diag *d);

/* Each returns -EINVAL, so that `return diag_error(...)` reads well; warnings and notes return 0.
 */
int diag_error(struct diag *d, struct mark m, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int diag_warn(struct diag *d, struct mark m, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int diag_note(struct diag *d, struct mark m, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Gives the entry added last a hint; returns what that entry's adder returned. */
int diag_hint(struct diag *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * A user's string as a message shows it: cut, visibly, when it is long.
 * For use inside one call: diag_error(d, m, "unknown key '%s'", shown(text).text).
 */
struct shown {
	char text[132];
};
struct shown shown(const char *text);

/*
 * Writes "FILE:LINE:COL: error: TEXT" lines, a hint as "  hint: TEXT" under its entry, ordered by
 * place; notes follow their parent. Control characters in texts are escaped by the adders.
 */
void diag_print(const struct diag *d, FILE *out);
/* Puts the entries in the order of printing. */
void diag_sort(struct diag *d);

#endif
