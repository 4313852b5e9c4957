/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one table of privileges: the word, what enforces it, what it is for.
 */
#ifndef POLICY_PRIVILEGE_H
#define POLICY_PRIVILEGE_H

#include <stdbool.h>

#include "../lsm/abi.h"

struct privilege {
	enum rf_privilege id;
	const char *word;
	const char *help; /* one line, no full stop */
	/*
	 * Names of LSM hooks that enforce it, space separated, or "".
	 */
	const char *hooks;
	/*
	 * System calls denied by the seccomp filter while it is not granted, space separated:
	 * those no hook covers. Refused there with EPERM (ENOSYS for io_uring_setup would lie).
	 */
	const char *syscalls;
	/*
	 * Values of their first argument that change nothing, and so need no grant: numbers, space
	 * separated. NULL: the calls are refused whatever their arguments.
	 */
	const char *harmless;
};

/* Indexed by enum rf_privilege. */
extern const struct privilege privileges[_RF_PRIV_MAX];

/* Does its `syscalls` have the call? */
bool privilege_has_call(const struct privilege *p, const char *call);

const struct privilege *privilege_from_word(const char *word); /* NULL: unknown */

#endif
