/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names and numbers of system calls on the native architecture: see names.c.
 */
#ifndef SECCOMP_NAMES_H
#define SECCOMP_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Where the search for the table's last number ends. Linux hands out about ten numbers a year
 * and stood at 470 in 2025; a test fails when a name resolves to more.
 */
#define SYSCALL_NUMBERS_MAX 1024u

/* x86-64 only: calls of its 32-bit-pointer twin carry this bit, or had these numbers once. Numbers
 * above are invalid and treated alike. */
#define X32_BIT	  0x40000000u
#define X32_FIRST 512u
#define X32_LAST  547u

uint32_t native_arch(void); /* AUDIT_ARCH_* */
const char *native_arch_word(void);
bool native_has_x32(void);

/* Whether libseccomp's table names the number: what "known" means for ENOSYS. 1, 0 or -ENOMEM. */
int syscall_is_known(uint32_t nr);
/* Whether some other architecture has a call of that name and this one does not. */
bool syscall_is_foreign(const char *name);
/* Calls that do what rules of files are about, past every hook that ringfence has. Ends in NULL. */
extern const char *const unseen_by_hooks[];
/* The native name nearest to `text`; the text is the caller's; NULL when none is near. */
char *syscall_nearest(const char *text);

#endif
