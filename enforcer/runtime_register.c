/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection, which ends with this process; the domain stays for as long as
 * there are tasks in it. "log" asks the daemon to read the domain's alerts
 * itself, since whoever registers is gone when there are some.
 */
#include "runtime_register.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "ask.h"
#include "bpf.h"
#include "log.h"
#include "rundir.h"
#include "util.h"
#include "wire.h"

#define RUNNING_SECONDS 10u

static int no_daemon(int r)
{
	log_errno(r, "No daemon answers on '" WIRE_SOCKET "'");
	if (r == -EACCES)
		log_hint("it serves root alone: containers of a user without root cannot be "
			 "confined");
	else
		log_hint("start it: ringfence daemon");
	return r;
}

static int find_daemon(int *ret_fd)
{
	_close_ int fd = ask_quietly();
	int r = fd < 0 ? no_daemon(fd) : ask_peer(fd, NULL);

	if (!r)
		*ret_fd = take_fd(&fd);
	return r;
}

int runtime_daemon_check(size_t size, const char *policy, bool *ret_audits)
{
	struct hello hello = {0};
	_close_ int daemon = -1;
	int r = find_daemon(&daemon);

	if (!r)
		r = ask_hello(daemon, policy, &hello);
	*ret_audits = hello.audits;
	if (!r && hello.image_size < size) {
		log_error("The daemon has room for policies of %zu bytes, this one has %zu",
			  hello.image_size, size);
		return -E2BIG;
	}
	return r;
}

static int take_answer(const json_t *answer, int pidfd, struct runtime_domain *ret)
{
	const char *text = json_string_value(json_object_get(answer, "messages"));
	const char *pins = json_string_value(json_object_get(answer, "pins"));
	int error = (int)json_integer_value(json_object_get(answer, "errno"));
	__u32 slot = (__u32)json_integer_value(json_object_get(answer, "slot"));
	struct rf_task rec;
	int r;

	/* Warnings are about this machine's files, and would end up among what the container says.
	 */
	if (!json_is_true(json_object_get(answer, "ok"))) {
		fputs(text ? text : "", stderr);
		return log_errno(error > 0 ? -error : -EPROTO, "The daemon refuses the container");
	}
	if (!pins)
		return log_errno(-EPROTO, "The daemon's answer makes no sense");
	r = ask_prove(pins, pidfd, slot, &rec);
	if (r < 0)
		return r;
	*ret = (struct runtime_domain){.slot = rec.domain, .generation = rec.generation};
	snprintf(ret->pins, sizeof(ret->pins), "%s", pins);
	return 0;
}

/* NULL: no memory. */
static json_t *question_of(const struct runtime_registration *who)
{
	return json_pack("{s:i, s:s, s:b, s:b, s:b, s:s, s:s*, s:s*}", "version", WIRE_VERSION,
			 "request", "register", "audit", 0, "filter_audits", who->filter_audits,
			 "log", 1, "name", who->name, "policy", who->policy, "hash", who->hash);
}

int runtime_register(const struct runtime_registration *who, struct runtime_domain *ret)
{
	_free_ struct wire_input *in = calloc(1, sizeof(*in));
	const int fds[WIRE_FDS] = {who->image, who->pidfd, who->cgroup};
	unsigned first = who->policy ? 1 : 0; /* a policy by name is the daemon's */
	_close_ int daemon = -1;
	json_t *answer = NULL;
	int r = in ? find_daemon(&daemon) : log_errno(-ENOMEM, "Failed to ask the daemon");

	if (!r)
		r = ask_exchange(daemon, question_of(who), fds + first, WIRE_FDS - first, in,
				 &answer);
	if (!r)
		r = take_answer(answer, who->pidfd, ret);
	if (in)
		wire_reset(in);
	json_decref(answer);
	return r;
}

int runtime_wait_running(const struct runtime_domain *domain)
{
	const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
	struct rf_domain dom;

	for (unsigned i = 0; i < RUNNING_SECONDS * 20; i++) {
		int r = bpf_get_pinned_domain(domain->pins, domain->slot, &dom);

		if (r < 0)
			return log_errno(r, "Failed to find what confines the container in '%s'",
					 domain->pins);
		if (dom.generation != domain->generation || dom.state != RF_DOMAIN_STARTING)
			return 0;
		nanosleep(&pause, NULL);
	}
	log_error("The container has not been started: who entered it now would not be confined");
	return -ETIMEDOUT;
}
