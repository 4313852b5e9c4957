/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes over the control socket, for others in ringfence-control(7), either way: a length (four
 * bytes, least significant first) and so many bytes of JSON, one object. Descriptors come with the
 * first byte.
 *
 *   {"version":1, "request":"hello", "policy":NAME}
 *   {"version":1, "ok":true, "pid":N, "image_size":N, "domains":N, "audit":BOOL}
 *       the largest image there is room for, in bytes, and how many domains at once
 *       "audit": the policy of that name is switched to audit mode; both may be missing
 *
 *   {"version":1, "request":"register", "audit":BOOL, "name":TEXT, "throttle":[BURST,RATE],
 *    "log":BOOL, "filter_audits":BOOL}
 *       descriptors: the image (a memfd, as `ringfence compile` writes it), a pidfd of the command,
 *       the directory of its cgroup
 *       "name": the container's; without it, the policy's
 *       "throttle": of the alerts alike, so many at once and then so many a second; [0,0]: all.
 *       Without it, as the daemon was told
 *       "filter_audits": the command's filter was made for audit mode, as it is for "audit"
 *       "log": the daemon reads the domain's alerts, and nobody else is to; they go where its own
 *       option --log says
 *   {"version":1, "request":"register", "policy":NAME, "hash":HEX, ...}
 *       likewise, without the image: the daemon has the policy of that name. It refuses, with
 *       ESTALE, where that has another hash; the hash may be missing
 *   {"version":1, "ok":true, "slot":N, "pins":DIRECTORY, "messages":TEXT}
 *       descriptors: the domain's ring, the map of domains, the objects (a memfd with JSON)
 *   {"version":1, "ok":false, "errno":N, "messages":TEXT}
 *
 *   {"version":1, "request":"attach", ...}
 *       as register, without the pidfd: who is in the cgroup is confined
 *   {"version":1, "request":"detach", "cgroup_id":N}
 *   {"version":1, "request":"list"}
 *   {"version":1, "request":"reload", "policies":[NAME, ...]}
 *       none named: all that are in use
 *   {"version":1, "request":"mode", "audit":BOOL, "policy":NAME}
 *   {"version":1, "request":"mode", "audit":BOOL, "container":NAME}
 *   {"version":1, "ok":BOOL, "errno":N, "messages":TEXT}
 *       descriptor: the result, a memfd with a JSON object, the one `ringfence list --json` and so
 *       on print; it may be missing where "ok" is false
 *
 * The domain lasts as long as the connection, and after it as long as there are tasks in it.
 */
#ifndef ENFORCER_WIRE_H
#define ENFORCER_WIRE_H

#include <jansson.h>
#include <stddef.h>

#define WIRE_SOCKET  "/run/ringfence/ringfence.sock"
#define WIRE_VERSION 1
#define WIRE_MAX     (64u << 10) /* bytes of JSON; a message is words and numbers */
#define WIRE_FDS     3u

/* A message that is coming in. */
struct wire_input {
	unsigned char bytes[4 + WIRE_MAX];
	size_t have;
	int fds[WIRE_FDS];
	unsigned n_fds;
};

/*
 * Takes what is there. 1: the message is complete, *ret_message is the caller's. 0: not yet (only
 * on a descriptor that does not block). -ECONNRESET: the other end is gone. -EPROTO: not what this
 * page says. Other negative errno.
 */
int wire_receive(int fd, struct wire_input *in, json_t **ret_message);
/* Closes the descriptors nobody has taken, and begins anew. */
void wire_reset(struct wire_input *in);

/* Sends a message and descriptors (borrowed). 0 or negative errno. */
int wire_send(int fd, const json_t *message, const int *fds, unsigned n_fds);

#endif
