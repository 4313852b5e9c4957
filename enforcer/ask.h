/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking the daemon: the other end of client.h, for the commands. */
#ifndef ENFORCER_ASK_H
#define ENFORCER_ASK_H

#include <stdbool.h>
#include <sys/types.h>

#include "../policy/image.h"
#include "bpf.h"
#include "wire.h"

/*
 * Connects; whoever does not answer within half a minute, now or later, is given up. Tells nothing.
 * The descriptor or negative errno, -ENOENT: no daemon listens.
 */
int ask_quietly(void);

/* The same; -ENOENT: no daemon listens, which is not told; other errors are. */
int ask_connect(void);

/*
 * Who listens must be root: anybody else could be believed to confine. *ret_pid: the listener's;
 * NULL: of no interest. Tells what is wrong. 0 or negative errno, -EPERM: it is not root.
 */
int ask_peer(int daemon, pid_t *ret_pid);

struct hello {
	size_t image_size; /* the largest image that it has room for, in bytes */
	bool audits;	   /* it has the policy switched to audit mode */
};

/* Asks what the daemon makes of a policy; `policy`: its name, or NULL. Tells what fails. 0 or
 * negative errno. */
int ask_hello(int daemon, const char *policy, struct hello *ret);

/*
 * Sends `question`, which is taken, and receives the answer, the caller's; `in` has its
 * descriptors. Tells what fails. 0 or negative errno.
 */
int ask_exchange(int daemon, json_t *question, const int *fds, unsigned n_fds,
		 struct wire_input *in, json_t **ret_answer);

/*
 * The kernel's word that a task is confined, and not only the daemon's: its record, in *ret, must
 * be among what root has pinned in `pins`, wait for an execve, and be of the domain `slot`. Tells
 * if it is not. 0 or negative errno.
 */
int ask_prove(const char *pins, int pidfd, __u32 slot, struct rf_task *ret);

/* What the daemon had to say on the way, word for word, on standard error. */
void ask_pass_on(const json_t *answer);

/* The JSON in a file that came with an answer; takes the descriptor. NULL: it is none. */
json_t *ask_read(int fd);

/* A memfd with the image, for a request; the caller's, or negative errno. */
int ask_image(const struct image *img);

/*
 * A request of requests.h from its beginning to its end: `question`, which is taken, and the
 * result, the caller's, NULL if there is none. Tells what goes wrong. -ESRCH: no daemon listens.
 */
int ask_daemon(json_t *question, const int *fds, unsigned n_fds, json_t **ret_result);

#endif
