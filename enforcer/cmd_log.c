/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ringfence log: alerts out of a log file, those that are asked for, for people or as they are. It
 * trusts the file no more than any other input: what is no alert is told and passed over, and what
 * is shown cannot drive a terminal (alert_text.c).
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "alert.h"
#include "alert_file.h"
#include "cmd.h"
#include "escape.h"
#include "log.h"
#include "since.h"
#include "sink.h"
#include "util.h"

/* How often a log that is followed is looked at. */
#define NSEC_BETWEEN_LOOKS 200000000
/*
 * For how many looks a file that was renamed must have been quiet until nobody is expected to write
 * it any more: ten seconds. The daemon writes it until it gets SIGHUP, and logrotate may have other
 * logs to see to before.
 */
#define QUIET_LOOKS 50

struct log_options {
	const char *file;
	char *container, *policy; /* as alerts have them, escaped; NULL: any */
	char since[SINCE_SIZE];	  /* "": from the beginning */
	bool follow, json;
};

static bool has(const json_t *alert, const char *key, const char *wanted)
{
	const char *text = json_string_value(json_object_get(alert, key));

	return !wanted || (text && !strcmp(text, wanted));
}

static bool is_wanted(const struct log_options *o, const json_t *alert)
{
	const char *time = json_string_value(json_object_get(alert, "time"));

	if (*o->since && (!time || strcmp(time, o->since) < 0))
		return false;
	return has(alert, "container", o->container) && has(alert, "policy", o->policy);
}

/* Whoever shares standard output may have made it one that does not wait. */
static bool wait_for_room(void *arg, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	(void)arg;
	return poll(&p, 1, -1) > 0 || errno == EINTR;
}

static int show(const struct log_options *o, const json_t *alert)
{
	int r = o->json ? alert_write_json(stdout, alert) : alert_write_text(stdout, alert);

	return r < 0 ? log_errno(r, "Failed to write to standard output") : 0;
}

/* All there is now. 0 or negative errno (told). */
static int show_all(const struct log_options *o, struct alert_file *f)
{
	for (;;) {
		json_t *alert = NULL;
		int r = alert_file_next(f, &alert);

		if (r == -EBADMSG) {
			log_warning("%s:%llu: this is no alert, ignoring", f->path, f->line);
			continue;
		}
		if (r <= 0)
			return r ? log_errno(r, "Failed to read '%s'", f->path) : 0;
		r = is_wanted(o, alert) ? show(o, alert) : 0;
		json_decref(alert);
		if (r < 0)
			return r;
	}
}

static int open_log(const char *path, struct alert_file *ret)
{
	int r = alert_file_open(path, ret);

	if (r == -EINVAL)
		log_error("'%s' is no regular file", path);
	else if (r < 0)
		log_errno(r, "Failed to open '%s'", path);
	if (r == -ENOENT)
		log_hint("name the file that was given to --log of 'ringfence run' or 'daemon'");
	return r;
}

static void leave(struct alert_file *f)
{
	if (f->in && alert_file_is_torn(f))
		log_warning("%s:%llu: half a line, ignoring", f->path, f->line + 1);
	alert_file_close(f);
}

/* A log that is followed, and the file that had its name before: not open if that is over. */
struct followed {
	struct alert_file now, before;
	unsigned quiet; /* looks at `before` in which nothing had come */
};

/* First what is older. 0 or negative errno (told). */
static int look(const struct log_options *o, struct followed *f)
{
	unsigned long long line = f->before.line;
	int r = f->before.in ? show_all(o, &f->before) : 0;

	f->quiet = f->before.line == line ? f->quiet + 1 : 0;
	if (f->quiet >= QUIET_LOOKS)
		leave(&f->before);
	if (!r)
		r = show_all(o, &f->now);
	if (!r && alert_file_renew(&f->now, &f->before))
		f->quiet = 0;
	return r;
}

static int show_log(const struct log_options *o)
{
	static const struct timespec pause = {.tv_nsec = NSEC_BETWEEN_LOOKS};
	struct followed f = {0};
	int r = open_log(o->file, &f.now);

	if (r < 0)
		return EXIT_CANNOT;
	r = show_all(o, &f.now);
	while (!r && o->follow) {
		nanosleep(&pause, NULL);
		r = look(o, &f);
	}
	if (!r)
		leave(&f.now);
	alert_file_close(&f.now);
	alert_file_close(&f.before);
	return r < 0 ? EXIT_CANNOT : EXIT_OK;
}

/* Names are escaped in alerts. */
static char *as_in_alerts(char *before, const char *name)
{
	free(before);
	return escape_bytes(name, strlen(name));
}

/* -1: go on; otherwise the exit code. */
static int take_option(const char *command, int c, struct log_options *o)
{
	char **name = c == 'c' ? &o->container : &o->policy;

	switch (c) {
	case 'f':
		o->follow = true;
		return -1;
	case 'j':
		o->json = true;
		return -1;
	case 'c':
	case 'p':
		*name = as_in_alerts(*name, optarg);
		if (*name)
			return -1;
		log_error("out of memory");
		return EXIT_CANNOT;
	case 's':
		if (!since_parse(optarg, time(NULL), o->since))
			return -1;
		return command_misused(command,
				       "--since wants a time such as 2026-11-22, "
				       "2026-11-22T10:00:00Z, 90s, 10m, 2h or 7d, not '%s'",
				       optarg);
	default:
		return command_misused(command, NULL);
	}
}

int cmd_log(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"follow", no_argument, NULL, 'f'},	      {"container", required_argument, NULL, 'c'},
	    {"policy", required_argument, NULL, 'p'}, {"since", required_argument, NULL, 's'},
	    {"json", no_argument, NULL, 'j'},	      {}};
	struct log_options o = {.file = SINK_DEFAULT_FILE};
	int c, code = -1;

	alert_await(wait_for_room, NULL);
	while (code < 0 && (c = getopt_long(argc, argv, "f", longs, NULL)) != -1)
		code = take_option(argv[0], c, &o);
	if (code < 0 && argc - optind > 1)
		code = command_misused(argv[0], "takes one file");
	if (argc > optind)
		o.file = argv[optind];
	if (code < 0)
		code = show_log(&o);
	free(o.container);
	free(o.policy);
	return code;
}
