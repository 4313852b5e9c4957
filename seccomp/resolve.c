/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the syscalls and privileges sections to one record per system call
 * number, in which every name is a number and every condition a test.
 *
 * What decides a call, first match wins, whatever the order of the text:
 *
 *   1. an entry of `deny`, by name or by group
 *   2. a privilege that is not granted: EPERM, unless the argument is harmless.
 *      (Of a number as in 6 that no entry has: there, where ENOSYS lets the
 *      caller fall back)
 *   3. an entry of `allow` that names the call
 *   4. an entry of `allow` for a group it belongs to, if no entry of `allow`
 *      names it: who names a call with conditions means to narrow what the
 *      group gives, as in "@container, but socket only for AF_UNIX"
 *   5. clone3: ENOSYS, because its flags lie behind a pointer. No group has
 *      it as a member, so only its name allows it. Where nothing else would
 *      refuse it, it is left alone once user namespaces are granted
 *   6. a number that libseccomp's table does not know, in an allow-list: ENOSYS.
 *      Elsewhere, of calls that do what rules of files are about and that no
 *      hook sees: ENOSYS as well, where the policy has such rules
 *   7. `otherwise`; without a syscalls section: allow
 *
 * Records are canonical (sorted, doubles are errors), so the filter does not
 * depend on how the policy is written.
 */
#include "resolve.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "../policy/privilege.h"
#include "argtypes.h"
#include "filter.h"
#include "lookup.h"

/* ---- entries ---------------------------------------------------------- */

static void alternative_done(struct alternative *a)
{
	for (size_t i = 0; i < a->n_tests; i++)
		arg_test_done(&a->tests[i]);
	free(a->tests);
	*a = (struct alternative){0};
}

static void alternatives_done(struct alternatives *list)
{
	for (size_t i = 0; i < list->n; i++)
		alternative_done(&list->items[i]);
	free(list->items);
}

void call_table_done(struct call_table *t)
{
	for (size_t nr = 0; t->calls && nr < SYSCALL_NUMBERS_MAX; nr++) {
		alternatives_done(&t->calls[nr].allow);
		alternatives_done(&t->calls[nr].deny);
		alternatives_done(&t->calls[nr].refuse);
	}
	free(t->calls);
	*t = (struct call_table){0};
}

static int by_test(const void *a, const void *b)
{
	return arg_test_compare(a, b);
}

static void tests_sort(struct alternative *a)
{
	size_t n = 0;

	if (a->n_tests)
		qsort(a->tests, a->n_tests, sizeof(*a->tests), by_test);
	for (size_t i = 0; i < a->n_tests; i++) {
		if (a->tests[i].kind == TEST_ALWAYS ||
		    (n && !arg_test_compare(&a->tests[n - 1], &a->tests[i])))
			arg_test_done(&a->tests[i]);
		else
			a->tests[n++] = a->tests[i];
	}
	a->n_tests = n;
}

/* Compiles the conditions of an entry that names a call. */
static int alternative_make(const struct syscall_rule *rule, struct diag *d,
			    struct alternative *ret_alternative)
{
	struct alternative a = {.rule = rule};
	int r = 0;

	a.tests = calloc(rule->n_conditions + 1, sizeof(*a.tests));
	if (!a.tests)
		return -ENOMEM;
	for (size_t i = 0; i < rule->n_conditions && r != -ENOMEM; i++) {
		int each =
		    arg_test_make(rule->name.text, &rule->conditions[i], d, &a.tests[a.n_tests]);

		if (each < 0)
			r = each; /* report them all */
		else
			a.n_tests++;
	}
	if (r < 0) {
		alternative_done(&a);
		return r;
	}
	tests_sort(&a);
	*ret_alternative = a;
	return 0;
}

static int alternatives_add(struct alternatives *list, struct alternative *a)
{
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 2;
		struct alternative *items = realloc(list->items, room * sizeof(*items));

		if (!items)
			return -ENOMEM;
		list->items = items;
		list->room = room;
	}
	list->items[list->n++] = *a;
	return 0;
}

/* One of the two lists while it is read. */
struct list_reader {
	struct call_table *table;
	struct diag *diag;
	bool deny;
	const struct word *group;		     /* the entry being expanded */
	const struct word *seen[SYSCALL_GROUPS_MAX]; /* group entries met, by group */
};

static struct alternatives *list_of(const struct list_reader *r, int nr)
{
	struct call_rules *c = &r->table->calls[nr];

	return r->deny ? &c->deny : &c->allow;
}

static int group_member_add(const char *call, int nr, void *data)
{
	struct list_reader *reader = data;

	(void)call;
	if (nr >= (int)SYSCALL_NUMBERS_MAX)
		return 0;
	reader->table->calls[nr].listed = true;
	if (!list_of(reader, nr)->group)
		list_of(reader, nr)->group = reader->group;
	return 0;
}

static int twice(const struct word *first, const struct word *second, const char *how,
		 struct diag *d)
{
	diag_error(d, second->mark, "'%s' is listed twice%s", shown(second->text).text, how);
	diag_note(d, first->mark, "first listed here");
	return -EINVAL;
}

static int group_add(const struct syscall_rule *rule, struct list_reader *reader)
{
	const struct syscall_group *group;
	int r = group_lookup(&rule->name, reader->diag, &group);
	size_t at;

	if (r < 0)
		return r;
	if (rule->n_conditions) {
		diag_error(reader->diag, rule->conditions[0].mark,
			   "conditions on a group of system calls");
		return diag_hint(reader->diag, "arguments mean something else in each call: name "
					       "the call itself");
	}
	at = (size_t)(group - syscall_groups);
	if (reader->seen[at])
		return twice(reader->seen[at], &rule->name, "", reader->diag);
	reader->seen[at] = &rule->name;
	reader->group = &rule->name;
	return syscall_name_expand(rule->name.text, group_member_add, reader);
}

static int name_add(const struct syscall_rule *rule, struct list_reader *reader)
{
	struct alternative a;
	int nr, r = call_lookup(&rule->name, reader->diag, &nr);

	if (r < 0)
		return r;
	r = alternative_make(rule, reader->diag, &a);
	if (r < 0)
		return r;
	reader->table->calls[nr].listed = true;
	r = alternatives_add(list_of(reader, nr), &a);
	if (r < 0)
		alternative_done(&a);
	return r;
}

static int list_read(struct call_table *t, const struct syscall_rule *rules, size_t n, bool deny,
		     struct diag *d)
{
	struct list_reader reader = {.table = t, .diag = d, .deny = deny};
	int result = 0;

	for (size_t i = 0; i < n; i++) {
		int r = rules[i].name.text[0] == '@' ? group_add(&rules[i], &reader)
						     : name_add(&rules[i], &reader);

		if (r == -ENOMEM)
			return r;
		result = r < 0 ? r : result;
	}
	return result;
}

/* ---- canonical form --------------------------------------------------- */

static int compare_tests(const struct alternative *a, const struct alternative *b)
{
	int r = a->n_tests < b->n_tests ? -1 : a->n_tests > b->n_tests;

	for (size_t i = 0; !r && i < a->n_tests; i++)
		r = arg_test_compare(&a->tests[i], &b->tests[i]);
	return r;
}

static int by_meaning(const void *x, const void *y)
{
	const struct alternative *a = x, *b = y;
	const struct mark *m = &a->rule->name.mark, *n = &b->rule->name.mark;
	int r = compare_tests(a, b);

	/* Then by place, so that the second of two doubles is the second in the text. */
	if (!r)
		r = m->line < n->line ? -1 : m->line > n->line;
	if (!r)
		r = m->col < n->col ? -1 : m->col > n->col;
	return r;
}

static int alternatives_finish(struct alternatives *list, struct diag *d)
{
	int r = 0;

	if (list->n)
		qsort(list->items, list->n, sizeof(*list->items), by_meaning);
	for (size_t i = 1; i < list->n; i++)
		if (!compare_tests(&list->items[i - 1], &list->items[i]))
			r = twice(&list->items[i - 1].rule->name, &list->items[i].rule->name,
				  list->items[i].n_tests ? " with the same conditions" : "", d);
	list->always = list->n && !list->items[0].n_tests;
	return r;
}

static int calls_finish(struct call_table *t, struct diag *d)
{
	int result = 0, known;

	for (uint32_t nr = 0; nr < SYSCALL_NUMBERS_MAX; nr++) {
		struct call_rules *c = &t->calls[nr];
		int allow = alternatives_finish(&c->allow, d);
		int deny = alternatives_finish(&c->deny, d);

		result = allow < 0 || deny < 0 ? -EINVAL : result;
		known = syscall_is_known(nr);
		if (known < 0)
			return known;
		c->known = known;
		c->denied = c->deny.always || c->deny.group;
		c->allowed = c->allow.n ? c->allow.always : c->allow.group != NULL;
	}
	return result;
}

/* ---- privileges and actions ------------------------------------------- */

/* Refuses the call for every first argument but the harmless ones. */
static int refuse_but(struct call_rules *c, const char *call, const char *harmless)
{
	const uint64_t mask = argument_mask(argument_type(call, 0));
	struct alternative a = {.n_tests = 1};
	struct arg_test *t = a.tests = calloc(1, sizeof(*a.tests));
	char *end;
	int r;

	if (!t)
		return -ENOMEM;
	*t = (struct arg_test){.kind = TEST_NOT_IN, .mask = mask};
	t->values = calloc(strlen(harmless) / 2 + 1, sizeof(*t->values));
	r = t->values ? 0 : -ENOMEM;
	for (const char *at = harmless; !r && *at; at = end)
		t->values[t->n_values++] = strtoull(at, &end, 0) & mask;
	if (!r)
		r = alternatives_add(&c->refuse, &a);
	if (r < 0)
		alternative_done(&a);
	return r;
}

/* Is the number one that an allow-list answers with ENOSYS, for no entry has it? */
static bool is_beyond(const struct call_table *t, int nr, int *ret_result)
{
	int known = syscall_is_known((uint32_t)nr);

	if (known < 0)
		*ret_result = known;
	return t->refuses && !t->calls[nr].listed && known <= 0;
}

static int privilege_refuse(struct call_table *t, const struct privilege *privilege)
{
	const char *at = privilege->syscalls;
	int r = 0;

	while (*at && !r) {
		size_t len = strcspn(at, " ");
		char name[64];
		int nr;

		snprintf(name, sizeof(name), "%.*s", (int)len, at);
		nr = syscall_number(name); /* none: another architecture's */
		if (nr >= 0 && nr < (int)SYSCALL_NUMBERS_MAX && !is_beyond(t, nr, &r)) {
			t->calls[nr].listed = true;
			if (privilege->harmless)
				r = refuse_but(&t->calls[nr], name, privilege->harmless);
			else
				t->calls[nr].refused = true;
		}
		at += len + strspn(at + len, " ");
	}
	return r;
}

/* ENOSYS: callers then use the calls that hooks see. */
static void unseen_find(const struct policy *p, struct call_table *t)
{
	for (const char *const *name = unseen_by_hooks; *name && p->files.present; name++) {
		int nr = syscall_number(*name);

		if (t->refuses || nr < 0 || nr >= (int)SYSCALL_NUMBERS_MAX)
			continue;
		t->calls[nr].listed = t->calls[nr].unseen = true;
	}
}

static int actions_resolve(const struct policy *p, struct diag *d, struct call_table *t)
{
	const struct syscall_action *otherwise = &p->syscalls.otherwise;
	int number, r;

	t->otherwise = SECCOMP_RET_ALLOW;
	t->deny = SECCOMP_RET_ERRNO | EPERM;
	if (!p->syscalls.present || otherwise->kind == SYSCALL_ALLOW)
		return 0;
	switch (otherwise->kind) {
	case SYSCALL_LOG:
		t->otherwise = SECCOMP_RET_LOG;
		return 0;
	case SYSCALL_KILL:
		t->otherwise = SECCOMP_RET_KILL_PROCESS;
		break;
	default:
		r = errno_lookup(&otherwise->errno_name, d, &number);
		if (r < 0)
			return r;
		t->otherwise = SECCOMP_RET_ERRNO | (uint32_t)number;
	}
	t->deny = t->otherwise;
	t->refuses = true;
	return 0;
}

int call_table_build(const struct policy *p, struct diag *d, struct call_table *ret_table)
{
	struct call_table t = {.clone3 = syscall_number("clone3")};
	const struct syscall_section *s = &p->syscalls;
	int steps[5] = {0}, result = 0;

	t.calls = calloc(SYSCALL_NUMBERS_MAX, sizeof(*t.calls));
	if (!t.calls)
		return -ENOMEM;
	t.userns = p->privileges.granted & RF_PRIV_BIT(RF_PRIV_USERNS);
	steps[0] = actions_resolve(p, d, &t);
	if (s->present) {
		steps[1] = list_read(&t, s->allow, s->n_allow, false, d);
		steps[2] = list_read(&t, s->deny, s->n_deny, true, d);
	}
	for (size_t i = 0; i < _RF_PRIV_MAX && !steps[4]; i++)
		if (!(p->privileges.granted & RF_PRIV_BIT(i)))
			steps[4] = privilege_refuse(&t, &privileges[i]);
	unseen_find(p, &t);
	steps[3] = calls_finish(&t, d);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i] < 0 && result != -ENOMEM)
			result = steps[i];
	if (result < 0) {
		call_table_done(&t);
		return result;
	}
	*ret_table = t;
	return 0;
}

/* ---- verdicts --------------------------------------------------------- */

static bool is_clone3(const struct call_table *t, uint32_t nr)
{
	return t->clone3 >= 0 && nr == (uint32_t)t->clone3;
}

bool call_is_fallback(const struct call_table *t, uint32_t nr)
{
	const struct call_rules *c = &t->calls[nr];

	return is_clone3(t, nr) && !c->denied && !c->refused && !c->allowed &&
	       (t->refuses || !t->userns);
}

static uint32_t call_rest(const struct call_table *t, uint32_t nr)
{
	bool known = nr < SYSCALL_NUMBERS_MAX && t->calls[nr].known;

	if (is_clone3(t, nr) && (t->refuses || !t->userns))
		return SECCOMP_RET_ERRNO | ENOSYS;
	if ((t->refuses && !known) || t->calls[nr].unseen)
		return SECCOMP_RET_ERRNO | ENOSYS;
	return t->otherwise;
}

bool call_is_conditional(const struct call_rules *c)
{
	if (c->denied)
		return false;
	if (c->deny.n)
		return true;
	return !c->refused && (c->refuse.n || (!c->allowed && c->allow.n));
}

uint32_t call_verdict(const struct call_table *t, uint32_t nr)
{
	const struct call_rules *c = &t->calls[nr];

	if (c->denied)
		return t->deny;
	if (c->refused)
		return SECCOMP_RET_ERRNO | EPERM;
	if (c->allowed)
		return SECCOMP_RET_ALLOW;
	return call_rest(t, nr);
}
