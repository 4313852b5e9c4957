/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a policy says of each system call number: see resolve.c.
 */
#ifndef SECCOMP_RESOLVE_H
#define SECCOMP_RESOLVE_H

#include "condition.h"
#include "names.h"

/* One entry of a list that names a call: it applies when all its tests hold. */
struct alternative {
	struct arg_test *tests; /* sorted, each once; none: it always applies */
	size_t n_tests;
	const struct syscall_rule *rule; /* borrowed from the policy; NULL: of a privilege */
};

struct alternatives {
	struct alternative *items; /* sorted */
	size_t n, room;
	bool always;		  /* one of them has no tests */
	const struct word *group; /* a group entry that has the call as a member, or NULL */
};

struct call_rules {
	bool listed; /* by name, by group or by a privilege */
	bool known;  /* to libseccomp's table */
	struct alternatives allow, deny;
	struct alternatives refuse; /* by a privilege, for some arguments; from no entry */
	bool denied;		    /* whatever the arguments */
	bool refused;		    /* by a privilege that is not granted, whatever the arguments */
	bool allowed;		    /* whatever the arguments, unless denied or refused */
	bool unseen;		    /* no hook sees what it does: ENOSYS unless allowed */
};

struct call_table {
	struct call_rules *calls; /* SYSCALL_NUMBERS_MAX of them, by number */
	uint32_t otherwise, deny; /* SECCOMP_RET_* in enforce mode */
	bool refuses;		  /* `otherwise` refuses: the filter is an allow-list */
	bool userns;		  /* the privilege is granted */
	int clone3;		  /* its number, -1 where there is none */
};

void call_table_done(struct call_table *t);

/* Returns 0, -EINVAL (reported to `d`), -ENOMEM. */
int call_table_build(const struct policy *p, struct diag *d, struct call_table *ret_table);

/* Whether the verdict on `nr` depends on its arguments. */
bool call_is_conditional(const struct call_rules *c);

/* Whether the next is clone3's ENOSYS, which is no refusal and stands for nothing in audit mode. */
bool call_is_fallback(const struct call_table *t, uint32_t nr);

/* The verdict (enforce mode) on `nr` once no condition holds. */
uint32_t call_verdict(const struct call_table *t, uint32_t nr);

#endif
