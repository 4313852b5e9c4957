/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a filter decides, apart from any notation: see profile.c.
 */
#ifndef SECCOMP_PROFILE_H
#define SECCOMP_PROFILE_H

#include "filter.h"
#include "region.h"

/* One case of a system call; the first whose region has the arguments decides. */
struct profile_case {
	struct region region;
	uint32_t verdict; /* SECCOMP_RET_* with data */
};

struct profile_call {
	struct profile_case *cases;
	size_t n, room;
	uint32_t rest; /* where no case applies */
};

struct profile {
	struct profile_call *calls; /* SYSCALL_NUMBERS_MAX of them, by number */
	uint32_t otherwise;	    /* for other numbers */
	bool audit;		    /* of a policy in audit mode: kills nothing */
	int failed;		    /* 0, -ENOMEM or -E2BIG; see profile_finish() */
	uint32_t failed_nr;	    /* the call it failed at */
};

void profile_done(struct profile *p);

/* One that answers every call with `otherwise`. 0 or -ENOMEM. */
int profile_init(struct profile *p, uint32_t otherwise);

/* Adds cases to the end of a call's list. */
void profile_add(struct profile *p, uint32_t nr, const struct regions *regions, uint32_t verdict);

/* What went wrong since profile_init(): 0, -ENOMEM, or -E2BIG (too many cases). */
int profile_finish(const struct profile *p);

/*
 * What the filter of a policy decides of native calls, in the policy's mode. Numbers that nobody
 * knows get `otherwise` instead of ENOSYS. Reports to `d`. 0, -EINVAL, -ENOMEM.
 */
int profile_from_policy(const struct policy *policy, struct diag *d, struct profile *ret_profile);

/* Where the policy has conditions on the call. */
struct mark profile_mark(const struct policy *policy, const char *call);
/* Tells that a call has too many cases, of a policy or (NULL) of something else. -EINVAL. */
int profile_too_many(const struct policy *policy, const char *call, struct diag *d);

/* The stricter of both, for each call and each argument. 0, -ENOMEM, -E2BIG. */
int profile_merge(const struct profile *a, const struct profile *b, struct profile *ret_profile);

/* The verdict that the kernel takes of two filters; of two errnos, `a`'s. */
uint32_t verdict_stricter(uint32_t a, uint32_t b);

uint32_t profile_ask(const struct profile *p, const struct syscall_call *call);

#endif
