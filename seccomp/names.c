/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names and numbers of system calls. libseccomp's table is the authority;
 * `recent` adds what Linux has numbered since that table was made, so that a
 * policy can speak of those calls. Such a call is unknown (and an allow-list
 * answers it with ENOSYS) until a policy names it. Who adds one here says in
 * test_recent.c what governs it.
 */
#include "names.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"

/* Numbers from 424 on are the same on every architecture. Sorted by number. */
static const struct {
	const char *name;
	int nr;
} recent[] = {
    {"statmount", 457},		{"listmount", 458},	   {"lsm_get_self_attr", 459},
    {"lsm_set_self_attr", 460}, {"lsm_list_modules", 461}, {"mseal", 462},
    {"setxattrat", 463},	{"getxattrat", 464},	   {"listxattrat", 465},
    {"removexattrat", 466},	{"open_tree_attr", 467},   {"file_getattr", 468},
    {"file_setattr", 469},
};

const char *const unseen_by_hooks[] = {"file_setattr", NULL};

#define N_RECENT (sizeof(recent) / sizeof(recent[0]))

/* libseccomp's tokens are the kernel's AUDIT_ARCH_* values. */
uint32_t native_arch(void)
{
	return seccomp_arch_native();
}

const char *native_arch_word(void)
{
	switch (native_arch()) {
	case SCMP_ARCH_X86_64:
		return "x86_64";
	case SCMP_ARCH_AARCH64:
		return "aarch64";
	default:
		return "this architecture";
	}
}

bool native_has_x32(void)
{
	return native_arch() == SCMP_ARCH_X86_64;
}

static char *table_name(uint32_t arch, uint32_t nr)
{
	/* Negative numbers are libseccomp's own, for calls the architecture lacks. */
	return nr <= INT32_MAX ? seccomp_syscall_resolve_num_arch(arch, (int)nr) : NULL;
}

char *syscall_name(uint32_t arch, uint32_t nr)
{
	char *name = table_name(arch, nr);

	for (size_t i = 0; !name && i < N_RECENT; i++)
		if ((uint32_t)recent[i].nr == nr)
			name = strdup(recent[i].name);
	return name;
}

int syscall_number(const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr >= 0)
		return nr;
	for (size_t i = 0; i < N_RECENT; i++)
		if (!strcmp(recent[i].name, name))
			return recent[i].nr;
	return -1;
}

int syscall_is_known(uint32_t nr)
{
	char *name;

	/* A NULL for want of memory must not read as "unknown": it would end up in the filter. */
	errno = 0;
	name = table_name(native_arch(), nr);
	if (!name)
		return errno == ENOMEM ? -ENOMEM : 0;
	free(name);
	return 1;
}

bool syscall_is_foreign(const char *name)
{
	return seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR && syscall_number(name) < 0;
}

char *syscall_nearest(const char *text)
{
	const char *names[SYSCALL_NUMBERS_MAX];
	size_t n = 0;
	const char *nearest;
	char *copy;

	for (uint32_t nr = 0; nr < SYSCALL_NUMBERS_MAX; nr++) {
		names[n] = syscall_name(native_arch(), nr);
		if (names[n])
			n++;
	}
	nearest = nearest_word(text, names, n);
	copy = nearest ? strdup(nearest) : NULL;
	while (n)
		free((char *)names[--n]);
	return copy;
}
