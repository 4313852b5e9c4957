/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A filter as a table: for each number a list of cases, first match first, and
 * what is left. A policy has such a table, and so has an OCI profile, and so
 * has what is stricter than two tables: its cases are the pairs of theirs, in
 * order, and the first pair that applies is the pair of the first ones.
 */
#include "profile.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "resolve.h"

void profile_done(struct profile *p)
{
	for (size_t nr = 0; p->calls && nr < SYSCALL_NUMBERS_MAX; nr++)
		free(p->calls[nr].cases);
	free(p->calls);
	*p = (struct profile){0};
}

int profile_init(struct profile *p, uint32_t otherwise)
{
	*p = (struct profile){.otherwise = otherwise};
	p->calls = calloc(SYSCALL_NUMBERS_MAX, sizeof(*p->calls));
	if (!p->calls)
		return -ENOMEM;
	for (size_t nr = 0; nr < SYSCALL_NUMBERS_MAX; nr++)
		p->calls[nr].rest = otherwise;
	return 0;
}

/* The first failure counts. */
static void fail(struct profile *p, uint32_t nr, int why)
{
	if (p->failed)
		return;
	p->failed = why;
	p->failed_nr = nr;
}

static void add_case(struct profile *p, uint32_t nr, const struct profile_case *c)
{
	struct profile_call *call = &p->calls[nr];

	if (call->n == REGIONS_MAX)
		fail(p, nr, -E2BIG);
	if (p->failed)
		return;
	if (call->n == call->room) {
		size_t room = call->room ? call->room * 2 : 4;
		struct profile_case *cases = realloc(call->cases, room * sizeof(*cases));

		if (!cases) {
			fail(p, nr, -ENOMEM);
			return;
		}
		call->cases = cases;
		call->room = room;
	}
	call->cases[call->n++] = *c;
}

void profile_add(struct profile *p, uint32_t nr, const struct regions *regions, uint32_t verdict)
{
	if (regions->failed)
		fail(p, nr, regions->failed);
	for (size_t i = 0; i < regions->n; i++)
		add_case(p, nr, &(struct profile_case){regions->items[i], verdict});
}

int profile_finish(const struct profile *p)
{
	return p->failed;
}

static void add_alternatives(struct profile *p, uint32_t nr, const struct alternatives *list,
			     uint32_t verdict)
{
	for (size_t i = 0; i < list->n; i++) {
		struct regions regions = {0};

		regions_add_tests(&regions, list->items[i].tests, list->items[i].n_tests);
		profile_add(p, nr, &regions, verdict);
		regions_done(&regions);
	}
}

static uint32_t in_mode(const struct policy *policy, uint32_t verdict)
{
	bool log = policy->mode == RF_MODE_AUDIT && verdict != SECCOMP_RET_ALLOW;

	return log ? SECCOMP_RET_LOG : verdict;
}

/* The order of filter.c. */
static void add_call(struct profile *p, const struct policy *policy, const struct call_table *t,
		     uint32_t nr)
{
	const struct call_rules *c = &t->calls[nr];
	bool quiet = policy->mode == RF_MODE_AUDIT && call_is_fallback(t, nr);

	p->calls[nr].rest = quiet ? SECCOMP_RET_ALLOW : in_mode(policy, call_verdict(t, nr));
	if (!call_is_conditional(c))
		return;
	add_alternatives(p, nr, &c->deny, in_mode(policy, t->deny));
	if (!c->refused)
		add_alternatives(p, nr, &c->refuse, in_mode(policy, SECCOMP_RET_ERRNO | EPERM));
	if (!c->refused && !c->allowed)
		add_alternatives(p, nr, &c->allow, SECCOMP_RET_ALLOW);
}

static bool has_conditions(const struct syscall_rule *rule, const char *call)
{
	return rule->n_conditions && !strcmp(rule->name.text, call);
}

struct mark profile_mark(const struct policy *policy, const char *call)
{
	const struct syscall_section *s = &policy->syscalls;

	for (size_t i = 0; i < s->n_allow; i++)
		if (has_conditions(&s->allow[i], call))
			return s->allow[i].name.mark;
	for (size_t i = 0; i < s->n_deny; i++)
		if (has_conditions(&s->deny[i], call))
			return s->deny[i].name.mark;
	return s->mark;
}

int profile_too_many(const struct policy *policy, const char *call, struct diag *d)
{
	const struct mark at = policy ? profile_mark(policy, call) : (struct mark){0};

	diag_error(d, at, "the conditions on '%s' come to more than %u cases", call, REGIONS_MAX);
	return diag_hint(d, "compare with fewer values; on 32 bits ne, lt, le, gt and ge are many "
			    "cases, eq, in and mask are few");
}

int profile_from_policy(const struct policy *policy, struct diag *d, struct profile *ret_profile)
{
	struct call_table table;
	struct profile p;
	int r = call_table_build(policy, d, &table);

	if (r < 0)
		return r;
	r = profile_init(&p, in_mode(policy, table.otherwise));
	p.audit = policy->mode == RF_MODE_AUDIT;
	for (uint32_t nr = 0; !r && nr < SYSCALL_NUMBERS_MAX; nr++)
		if (table.calls[nr].known || table.calls[nr].listed)
			add_call(&p, policy, &table, nr);
	call_table_done(&table);
	if (!r)
		r = profile_finish(&p);
	if (r == -E2BIG) {
		char *name = syscall_name(native_arch(), p.failed_nr);

		r = name ? profile_too_many(policy, name, d) : -ENOMEM;
		free(name);
	}
	if (r < 0) {
		profile_done(&p);
		return r;
	}
	*ret_profile = p;
	return 0;
}

/* The kernel's order is that of the action as a signed number: KILL_PROCESS is the least. */
uint32_t verdict_stricter(uint32_t a, uint32_t b)
{
	int32_t x = (int32_t)(a & SECCOMP_RET_ACTION_FULL);
	int32_t y = (int32_t)(b & SECCOMP_RET_ACTION_FULL);

	return y < x ? b : a;
}

/* Case `i` of a call; the one after the last is what is left. */
static struct profile_case case_at(const struct profile_call *call, size_t i)
{
	return i < call->n ? call->cases[i] : (struct profile_case){region_all, call->rest};
}

static void merge_call(struct profile *p, uint32_t nr, const struct profile_call *a,
		       const struct profile_call *b)
{
	p->calls[nr].rest = verdict_stricter(a->rest, b->rest);
	for (size_t i = 0; i <= a->n; i++)
		for (size_t k = 0; k <= b->n; k++) {
			struct profile_case x = case_at(a, i), y = case_at(b, k);

			if (i == a->n && k == b->n)
				continue;
			if (!region_meet(&x.region, &y.region, &x.region))
				continue;
			x.verdict = verdict_stricter(x.verdict, y.verdict);
			add_case(p, nr, &x);
		}
}

int profile_merge(const struct profile *a, const struct profile *b, struct profile *ret_profile)
{
	struct profile p;
	int r = profile_init(&p, verdict_stricter(a->otherwise, b->otherwise));

	p.audit = a->audit && b->audit;
	for (uint32_t nr = 0; !r && nr < SYSCALL_NUMBERS_MAX; nr++)
		merge_call(&p, nr, &a->calls[nr], &b->calls[nr]);
	if (!r)
		r = profile_finish(&p);
	if (r < 0) {
		profile_done(&p);
		return r;
	}
	*ret_profile = p;
	return 0;
}

uint32_t profile_ask(const struct profile *p, const struct syscall_call *call)
{
	const struct profile_call *c;

	if (call->nr >= SYSCALL_NUMBERS_MAX)
		return p->otherwise;
	c = &p->calls[call->nr];
	for (size_t i = 0; i < c->n; i++) {
		const struct region *r = &c->cases[i].region;
		bool in = true;

		for (unsigned k = 0; k < REGION_ARGS; k++)
			in = in && (call->args[k] & r->mask[k]) == r->value[k];
		if (in)
			return c->cases[i].verdict;
	}
	return c->rest;
}
