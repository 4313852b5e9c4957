/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A name costs some hundred bytes for good, so they are counted too, and nobody is forgotten. */
#include "tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../policy/policy.h"
#include "../policy/privilege.h"
#include "escape.h"
#include "util.h"

static struct tally_policy *add(struct tally *t, char *name)
{
	struct tally_policy *fresh = calloc(1, sizeof(*fresh));

	if (!fresh)
		return NULL;
	fresh->name = name;
	fresh->place = t->n;
	return t->items[t->n++] = fresh;
}

struct tally_policy *tally_find(struct tally *t, const char *name)
{
	_free_ char *shown = escape_bytes(name, strlen(name));
	struct tally_policy *p;

	/* Whoever has no place of its own, for whatever reason, is counted all the same. */
	if (!shown || strlen(shown) > TALLY_NAME_MAX || !strcmp(shown, TALLY_OTHERS))
		return &t->others;
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->items[i]->name, shown))
			return t->items[i];
	p = t->n < TALLY_POLICIES ? add(t, shown) : NULL;
	if (!p)
		return &t->others;
	(void)take_ptr(shown);
	return p;
}

size_t tally_size(const struct tally *t)
{
	return t->n + 1;
}

const struct tally_policy *tally_at(const struct tally *t, size_t i)
{
	return i < t->n ? t->items[i] : &t->others;
}

size_t tally_place(const struct tally *t, const struct tally_policy *p)
{
	return p == &t->others ? t->n : p->place;
}

void tally_add(struct rf_count *to, const struct rf_count *count)
{
	to->total += count->total;
	to->delivered += count->delivered;
	to->repeated += count->repeated;
	to->lost += count->lost;
}

void tally_end(struct tally_policy *p, const struct rf_count count[2])
{
	tally_add(&p->ended[RF_ACTION_DENY], &count[RF_ACTION_DENY]);
	tally_add(&p->ended[RF_ACTION_AUDIT], &count[RF_ACTION_AUDIT]);
}

static size_t operation_of(__u32 kind, __u32 what)
{
	if (kind == RF_KIND_FILE && what < _RF_OP_MAX)
		return what;
	if (kind == RF_KIND_PRIVILEGE && what < _RF_PRIV_MAX)
		return TALLY_PRIVILEGES + what;
	return kind == RF_KIND_SYSCALL ? TALLY_SYSCALL : TALLY_UNKNOWN;
}

static void count(struct tally_policy *p, __u32 action, size_t operation, __u64 n)
{
	p->told[action == RF_ACTION_AUDIT ? RF_ACTION_AUDIT : RF_ACTION_DENY][operation] += n;
}

void tally_event(struct tally_policy *p, const struct rf_event *ev)
{
	count(p, ev->action, operation_of(ev->kind, ev->what), 1 + ev->repeated);
}

void tally_repeated(struct tally_policy *p, __u64 key, __u64 n)
{
	count(p, RF_THROTTLE_ACTION(key),
	      operation_of(RF_THROTTLE_KIND(key), RF_THROTTLE_WHAT(key)), n);
}

struct tally_operation tally_operation(size_t i)
{
	struct tally_operation o;

	if (i < TALLY_PRIVILEGES)
		snprintf(o.text, sizeof(o.text), "file.%s", op_name((enum rf_op)i));
	else if (i < TALLY_SYSCALL)
		snprintf(o.text, sizeof(o.text), "privilege.%s",
			 privileges[i - TALLY_PRIVILEGES].word);
	else
		snprintf(o.text, sizeof(o.text), "%s", i == TALLY_SYSCALL ? "syscall" : "unknown");
	return o;
}

void tally_done(struct tally *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->items[i]->name);
		free(t->items[i]);
	}
	*t = (struct tally){0};
}
