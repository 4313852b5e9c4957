/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks up the words of a syscalls section, and says what is wrong with those
 * it does not find. A typo that is passed over is an outage in an allow-list
 * and a hole in a deny-list, so each is an error, with the nearest known word.
 */
#include "lookup.h"

#include <errno.h>
#include <stdlib.h>

#include "errnos.h"
#include "names.h"

/* Deep enough for "@container" (2); a test proves that groups do not nest deeper. */
#define GROUP_DEPTH_MAX 4

static int group_unknown(const struct word *w, struct diag *d)
{
	const char **names = calloc(n_syscall_groups, sizeof(*names));
	const char *near;

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < n_syscall_groups; i++)
		names[i] = syscall_groups[i].name;
	near = nearest_word(w->text, names, n_syscall_groups);
	diag_error(d, w->mark, "unknown group '%s'", shown(w->text).text);
	if (near)
		diag_hint(d, "did you mean '%s'?", near);
	else
		diag_hint(d, "`ringfence groups` lists the groups");
	free(names);
	return -EINVAL;
}

static int number_not_name(const struct word *w, struct diag *d)
{
	char *end, *name;
	unsigned long nr = strtoul(w->text, &end, 0);

	name = *end || nr > INT32_MAX ? NULL : syscall_name(native_arch(), (uint32_t)nr);
	diag_error(d, w->mark, "'%s' is not the name of a system call", shown(w->text).text);
	if (name)
		diag_hint(d, "numbers differ between architectures: write '%s'", name);
	else
		diag_hint(d, "system calls are given by name");
	free(name);
	return -EINVAL;
}

static int call_unknown(const struct word *w, struct diag *d)
{
	char *near;

	if (syscall_is_foreign(w->text)) {
		diag_error(d, w->mark, "system call '%s' does not exist on %s", shown(w->text).text,
			   native_arch_word());
		return diag_hint(d, "it belongs to another architecture; leave it out");
	}
	if (w->text[0] >= '0' && w->text[0] <= '9')
		return number_not_name(w, d);
	diag_error(d, w->mark, "unknown system call '%s'", shown(w->text).text);
	near = syscall_nearest(w->text);
	if (near)
		diag_hint(d, "did you mean '%s'?", near);
	free(near);
	return -EINVAL;
}

int group_lookup(const struct word *w, struct diag *d, const struct syscall_group **ret_group)
{
	const struct syscall_group *group = syscall_group_find(w->text);

	if (!group)
		return group_unknown(w, d);
	*ret_group = group;
	return 0;
}

int call_lookup(const struct word *w, struct diag *d, int *ret_nr)
{
	int nr = syscall_number(w->text);

	if (nr < 0)
		return call_unknown(w, d);
	if (nr >= (int)SYSCALL_NUMBERS_MAX)
		return diag_error(d, w->mark, "'%s' has number %d; this build handles 0 to %u",
				  w->text, nr, SYSCALL_NUMBERS_MAX - 1);
	*ret_nr = nr;
	return 0;
}

int errno_lookup(const struct word *w, struct diag *d, int *ret_number)
{
	const char *text = w->text ? w->text : "";
	int number = errno_number(text);
	const char *near;

	if (!number) {
		near = errno_nearest(text);
		diag_error(d, w->mark, "unknown errno '%s'", shown(text).text);
		return near ? diag_hint(d, "did you mean '%s'?", near)
			    : diag_hint(d, "EPERM, EACCES and ENOSYS are the usual answers");
	}
	*ret_number = number;
	return 0;
}

static int expand(const char *name, int (*each)(const char *, int, void *), void *data,
		  unsigned depth)
{
	const struct syscall_group *group;
	int nr;

	if (name[0] != '@') {
		nr = syscall_number(name);
		return nr < 0 ? 0 : each(name, nr, data);
	}
	group = syscall_group_find(name);
	if (!group || depth >= GROUP_DEPTH_MAX)
		return 0;
	for (size_t i = 0; group->members[i]; i++) {
		int r = expand(group->members[i], each, data, depth + 1);

		if (r < 0)
			return r;
	}
	return 0;
}

int syscall_name_expand(const char *name, int (*each)(const char *call, int nr, void *data),
			void *data)
{
	return expand(name, each, data, 0);
}
