/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking the daemon: the other end of client.h, for the commands. */
#ifndef ENFORCER_ASK_H
#define ENFORCER_ASK_H

#include "../policy/image.h"
#include "wire.h"

/*
 * Connects; whoever does not answer within half a minute, now or later, is given up. Tells nothing.
 * The descriptor or negative errno, -ENOENT: no daemon listens.
 */
int ask_quietly(void);

/* The same; -ENOENT: no daemon listens, which is not told; other errors are. */
int ask_connect(void);

/*
 * Sends `question`, which is taken, and receives the answer, the caller's; `in` has its
 * descriptors. Tells what fails. 0 or negative errno.
 */
int ask_exchange(int daemon, json_t *question, const int *fds, unsigned n_fds,
		 struct wire_input *in, json_t **ret_answer);

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
