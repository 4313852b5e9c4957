/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting the command: a child that waits, in its cgroup, until it may execute. */
#ifndef ENFORCER_LAUNCH_H
#define ENFORCER_LAUNCH_H

#include <linux/filter.h>
#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

#include "cgroup.h"

struct launch_options {
	char *const *argv;
	const struct sock_filter *filter;
	size_t filter_len;
	unsigned preserve_fds;	 /* descriptors 3.. the command keeps */
	const sigset_t *signals; /* the mask it gets */
};

enum launch_stage {
	LAUNCH_WAITING,	    /* nothing yet */
	LAUNCH_DESCRIPTORS, /* closing what the command is not to have */
	LAUNCH_FILTER,	    /* installing the filter */
	LAUNCH_EXEC,	    /* executing; `error` says why not */
	LAUNCH_NO_COMMAND,  /* no such command in PATH */
};

/* Shared with the child: pipes and files are no way to tell, once a filter is installed. */
struct launch_report {
	enum launch_stage stage;
	int error;
};

struct launch {
	pid_t pid;
	int pidfd;
	int go; /* write end */
	struct launch_report *report;
};

#define LAUNCH_NONE ((struct launch){.pid = -1, .pidfd = -1, .go = -1})

/* Forks into `cg`. The child waits for launch_go(). 0 or negative errno. */
int launch_fork(const struct launch_options *o, const struct cgroup *cg, struct launch *ret);
/* Lets the child install the filter and execute. */
int launch_go(struct launch *l);
/* Closes; a child that still waits exits. */
void launch_done(struct launch *l);

#endif
