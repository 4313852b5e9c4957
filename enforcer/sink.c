/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Alerts to where they are wanted. Nothing here waits for memory, and nothing ends the caller. */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "alert.h"
#include "log.h"
#include "util.h"

#define SECONDS_BETWEEN_MESSAGES 60u

static __u64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (__u64)t.tv_sec;
}

/*
 * O_NOFOLLOW: nobody redirects the alerts of a privileged process. O_NONBLOCK: a FIFO that nobody
 * reads is an error, and not a command that never starts. The file's descriptor does not stay so:
 * alerts wait for the reader of a FIFO.
 */
static int open_file(const char *path, FILE **ret)
{
	_close_ int fd = open(
	    path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
	    0600);
	FILE *out;

	if (fd < 0 || fcntl(fd, F_SETFL, O_APPEND) < 0)
		return -errno;
	out = fdopen(fd, "a");
	if (!out)
		return -ENOMEM;
	(void)take_fd(&fd);
	*ret = out;
	return 0;
}

int sink_open(const char *target, bool json, struct sink *ret)
{
	struct sink s = SINK_NONE;
	int r = 0;

	*ret = SINK_NONE;
	s.json = json || target;
	if (!target || !strcmp(target, "-"))
		s.out = target ? stdout : stderr;
	else if (!strcmp(target, SINK_SYSLOG))
		r = syslog_socket_open(SYSLOG_PATH, &s.syslog);
	else
		r = open_file(s.path = target, &s.out);
	if (r < 0)
		return log_errno(r, "Failed to open the alert log '%s'", target);
	*ret = s;
	return 0;
}

static int open_again(struct sink *s)
{
	FILE *out;
	int r = open_file(s->path, &out);

	s->tried = now();
	if (r < 0)
		return r;
	fclose(s->out);
	s->out = out;
	return 0;
}

void sink_reopen(struct sink *s)
{
	int r = s->path ? open_again(s) : 0;

	if (r < 0)
		log_errno(r, "Failed to open the alert log '%s' again; the old one stays", s->path);
}

/* Once a second at most: a disk may have gone, and come back as another. */
static void look_for_file(struct sink *s)
{
	if (s->path && s->reopens && s->tried != now())
		(void)open_again(s); /* the alert that could not be written was told */
}

/* So often that nobody misses it, so seldom that it fills no other disk. */
static bool may_say(const struct sink *s)
{
	return !s->said || now() - s->said >= SECONDS_BETWEEN_MESSAGES;
}

static void tell_unwritten(struct sink *s)
{
	if (s->unwritten > s->told)
		log_errno(s->error, "%llu alerts could not be written",
			  (unsigned long long)(s->unwritten - s->told));
	s->told = s->unwritten;
	s->said = now();
}

static int write_one(struct sink *s, const json_t *alert)
{
	if (!alert)
		return -ENOMEM;
	if (!s->out)
		return syslog_socket_send(&s->syslog, alert);
	return s->json ? alert_write_json(s->out, alert) : alert_write_text(s->out, alert);
}

void sink_write(struct sink *s, const json_t *alert)
{
	int r;

	if (s->fails)
		look_for_file(s);
	r = write_one(s, alert);
	if (r >= 0) {
		s->fails = false;
		return;
	}
	if (!s->fails && may_say(s)) {
		log_errno(r, "Failed to write an alert; enforcement goes on");
		s->said = now();
	}
	s->unwritten++;
	s->fails = true;
	s->error = r;
	if (s->out)
		clearerr(s->out);
}

void sink_tick(struct sink *s)
{
	if (s->unwritten > s->told && may_say(s))
		tell_unwritten(s);
}

void sink_close(struct sink *s)
{
	tell_unwritten(s);
	if (s->path && fclose(s->out))
		log_errno(-errno, "Failed to write the alert log");
	syslog_socket_close(&s->syslog);
	*s = SINK_NONE;
}
