/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client_answer.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util.h"

/* A file in memory: it can be long, and who is slow to read it holds up nobody. Takes `json`. */
static int json_memfd(json_t *json)
{
	_close_ int fd = memfd_create("ringfence-answer", MFD_CLOEXEC);
	int r = -ENOMEM;

	if (fd >= 0 && json)
		r = json_dumpfd(json, fd, JSON_COMPACT) || lseek(fd, 0, SEEK_SET) < 0 ? -EIO : 0;
	json_decref(json);
	return r < 0 ? r : take_fd(&fd);
}

int answer_yes(int to, const struct client_context *ctx, const struct registered *got,
	       const char *messages)
{
	_close_ int objects = json_memfd(objects_json(got->objects));
	const int fds[WIRE_FDS] = {got->events, bpf_domains_fd(ctx->registry->bpf), objects};
	json_t *answer;
	int r;

	if (objects < 0)
		return objects;
	answer = json_pack("{s:i, s:b, s:I, s:s, s:s}", "version", WIRE_VERSION, "ok", 1, "slot",
			   (json_int_t)got->slot, "pins", ctx->pin_dir, "messages", messages);
	r = answer ? wire_send(to, answer, fds, WIRE_FDS) : -ENOMEM;
	json_decref(answer);
	return r;
}

int answer_hello(int to, const struct client_context *ctx, const json_t *request)
{
	const char *policy = json_string_value(json_object_get(request, "policy"));
	const struct named_policy *named = policy ? policies_find(ctx->policies, policy) : NULL;
	json_t *answer =
	    json_pack("{s:i, s:b, s:i, s:I, s:I, s:b}", "version", WIRE_VERSION, "ok", 1, "pid",
		      getpid(), "image_size", (json_int_t)ctx->registry->bpf->options.image_size,
		      "domains", (json_int_t)ctx->registry->n, "audit", named && named->audit);
	int r = answer ? wire_send(to, answer, NULL, 0) : -ENOMEM;

	json_decref(answer);
	return r;
}

int answer_no(int to, int error, const char *messages)
{
	json_t *answer = json_pack("{s:i, s:b, s:i, s:s}", "version", WIRE_VERSION, "ok", 0,
				   "errno", -error, "messages", messages);
	int r = answer ? wire_send(to, answer, NULL, 0) : -ENOMEM;

	json_decref(answer);
	return r;
}

/* The result goes in a file in memory, whether it was a yes or a no. */
int answer_result(int to, int error, json_t *result, const char *messages)
{
	_close_ int fd = result ? json_memfd(result) : -1;
	json_t *answer =
	    json_pack("{s:i, s:b, s:i, s:s}", "version", WIRE_VERSION, "ok", error >= 0, "errno",
		      error < 0 ? -error : 0, "messages", messages ? messages : "");
	int r = answer ? wire_send(to, answer, &fd, fd >= 0) : -ENOMEM;

	json_decref(answer);
	return r;
}
