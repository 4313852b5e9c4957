/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands and the control socket. */
#include "ask.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "log.h"
#include "rundir.h"
#include "util.h"

/* The daemon answers at once, unless objects lie on a file system that does not. */
#define ANSWER_SECONDS 30

int ask_quietly(void)
{
	static const struct sockaddr_un addr = {.sun_family = AF_UNIX, .sun_path = WIRE_SOCKET};
	const struct timeval limit = {.tv_sec = ANSWER_SECONDS};
	_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	/* Of the connection too: nobody may be taking any. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)))
		return -errno;
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)))
		return errno == ECONNREFUSED ? -ENOENT : -errno;
	return take_fd(&fd);
}

int ask_connect(void)
{
	int r = ask_quietly();

	if (r >= 0 || r == -ENOENT)
		return r;
	log_errno(r, "Failed to connect to the daemon, '" WIRE_SOCKET "'");
	if (r == -EACCES)
		log_hint("it serves root alone");
	return r;
}

static int no_answer(int r)
{
	log_errno(r, "The daemon did not answer");
	if (r == -ETIMEDOUT)
		log_hint("it may be stopped, or wait for a file system that does not answer: see "
			 "its state and its log");
	else if (r == -EPROTO)
		log_hint("it may be of another version of ringfence");
	else
		log_hint("it closes connections of who is confined, and where too many wait: see "
			 "whether it still runs, and try again");
	return r;
}

int ask_exchange(int daemon, json_t *question, const int *fds, unsigned n_fds,
		 struct wire_input *in, json_t **ret_answer)
{
	int r = question ? wire_send(daemon, question, fds, n_fds) : -ENOMEM;

	json_decref(question);
	if (!r)
		r = wire_receive(daemon, in, ret_answer);
	return r > 0 ? 0 : no_answer(r ? r : -ETIMEDOUT);
}

int ask_peer(int daemon, pid_t *ret_pid)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(daemon, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		return log_errno(-errno, "Failed to ask who listens on '" WIRE_SOCKET "'");
	if (peer.uid)
		return log_errno(-EPERM, "Who listens on '" WIRE_SOCKET "' is not root");
	if (ret_pid)
		*ret_pid = peer.pid;
	return 0;
}

int ask_hello(int daemon, const char *policy, struct hello *ret)
{
	_free_ struct wire_input *in = calloc(1, sizeof(*in));
	json_t *answer = NULL;
	json_int_t room;
	int r;

	*ret = (struct hello){0};
	if (!in)
		return log_errno(-ENOMEM, "Failed to ask the daemon");
	r = ask_exchange(daemon,
			 json_pack("{s:i, s:s, s:s*}", "version", WIRE_VERSION, "request", "hello",
				   "policy", policy),
			 NULL, 0, in, &answer);
	wire_reset(in);
	room = json_integer_value(json_object_get(answer, "image_size"));
	ret->image_size = room > 0 ? (size_t)room : 0;
	ret->audits = json_is_true(json_object_get(answer, "audit"));
	json_decref(answer);
	return r;
}

int ask_prove(const char *pins, int pidfd, __u32 slot, struct rf_task *ret)
{
	int r = rundir_is_of_daemon(pins) ? bpf_get_pinned_task(pins, pidfd, ret) : -EINVAL;

	if (!r && (ret->domain != slot || ret->state != RF_TASK_STARTING))
		r = -EINVAL;
	return r < 0 ? log_errno(r, "The daemon has not confined the process") : 0;
}

void ask_pass_on(const json_t *answer)
{
	const char *text = json_string_value(json_object_get(answer, "messages"));

	if (text)
		fputs(text, stderr);
}

json_t *ask_read(int fd)
{
	_fclose_ FILE *f = fdopen(fd, "r");

	if (!f)
		close(fd);
	return f ? json_loadf(f, 0, NULL) : NULL;
}

int ask_image(const struct image *img)
{
	_close_ int fd = memfd_create("ringfence-image", MFD_CLOEXEC);
	_fclose_ FILE *f = NULL;
	int copy = fd < 0 ? -1 : dup(fd), r;

	if (copy < 0)
		return -errno;
	f = fdopen(copy, "w");
	if (!f) {
		close(copy);
		return -ENOMEM;
	}
	r = image_write(img, f);
	if (!r && (fflush(f) || lseek(fd, 0, SEEK_SET) < 0))
		r = -errno;
	return r < 0 ? r : take_fd(&fd);
}

static int take_answer(const json_t *answer, struct wire_input *in, json_t **ret_result)
{
	int error = (int)json_integer_value(json_object_get(answer, "errno"));

	ask_pass_on(answer);
	if (in->n_fds)
		*ret_result = ask_read(take_fd(&in->fds[0]));
	if (json_is_true(json_object_get(answer, "ok")))
		return 0;
	return error > 0 ? -error : -EPROTO;
}

int ask_daemon(json_t *question, const int *fds, unsigned n_fds, json_t **ret_result)
{
	_free_ struct wire_input *in = calloc(1, sizeof(*in));
	_close_ int daemon = ask_connect();
	json_t *answer = NULL;
	int r = in ? daemon : -ENOMEM;

	*ret_result = NULL;
	if (r >= 0)
		r = ask_peer(daemon, NULL);
	if (!r)
		r = ask_exchange(daemon, json_incref(question), fds, n_fds, in, &answer);
	else if (r == -ENOENT) {
		r = -ESRCH;
		log_error("No daemon listens on '" WIRE_SOCKET "'");
		log_hint("start it: ringfence daemon");
	}
	if (!r)
		r = take_answer(answer, in, ret_result);
	if (in)
		wire_reset(in);
	json_decref(question);
	json_decref(answer);
	return r;
}
