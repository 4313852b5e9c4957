/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ringfence uninstall: the only command that disarms.
 *
 * The daemon is ended first, for it holds the programs as the pins do, and its
 * lock is held until the end, so that there is no other. Then all pins go, whoever's they are:
 * those of daemons and runs that are gone, and of runs that still go on, whose own ringfence keeps
 * them confined until it ends. What cannot be removed keeps nothing else armed, and is told.
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <poll.h>
#include <unistd.h>

#include "ask.h"
#include "cmd.h"
#include "daemon_lock.h"
#include "images.h"
#include "log.h"
#include "rundir.h"
#include "state_file.h"
#include "tasks.h"
#include "util.h"

#define END_SECONDS 60
#define SLOTS	    65536u

/* 0: none listens any more. */
static int end_daemon(void)
{
	_close_ int fd = ask_connect(), pidfd = -1;
	struct pollfd ended = {.events = POLLIN};
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		return log_errno(-errno, "Failed to find the daemon");
	pidfd = ended.fd = pidfd_open(peer.pid, 0);
	if (pidfd < 0 || pidfd_send_signal(pidfd, SIGTERM, NULL, 0))
		return log_errno(-errno, "Failed to end the daemon, process %d", (int)peer.pid);
	if (poll(&ended, 1, END_SECONDS * 1000) == 1)
		return 0;
	log_errno(-ETIMEDOUT, "The daemon, process %d, does not end", (int)peer.pid);
	log_hint("kill -KILL %d, which disarms nothing, and say this again", (int)peer.pid);
	return -ETIMEDOUT;
}

/*
 * From here on there is no daemon: its lock is ours. One that is starting listens soon, and is
 * ended then. A descriptor, or negative errno.
 */
static int keep_daemons_away(void)
{
	int r;

	for (int tenths = 0; tenths < 10 * END_SECONDS; tenths++) {
		r = end_daemon();
		if (r < 0)
			return r;
		r = daemon_lock();
		if (r != -EBUSY)
			return r;
		usleep(100000);
	}
	log_error("There is a daemon that does not listen");
	log_hint("find it (pgrep -f 'ringfence daemon'), end it, and say this again");
	return -EBUSY;
}

/* How many tasks are confined by the programs pinned there; -1: not known. */
static int count_tasks(const char *pins)
{
	_free_ unsigned *counts = calloc(SLOTS, sizeof(*counts));
	int n = 0;

	if (!counts || tasks_count(pins, counts, SLOTS) < 0)
		return -1;
	for (unsigned i = 0; i < SLOTS; i++)
		n += (int)counts[i];
	return n;
}

static int disarm_one(const char *id, json_t *list)
{
	_free_ char *pins = NULL;
	bool held;
	int tasks, r;

	if (asprintf(&pins, RUNDIR_PINS "/%s", id) < 0)
		return -ENOMEM;
	tasks = count_tasks(pins);
	r = rundir_disarm(id, &held);
	if (r < 0)
		return log_errno(r, "Failed to remove the pins of '%s'", id);
	if (json_array_append_new(
		list, json_pack("{s:s, s:i, s:b}", "id", id, "tasks", tasks, "goes_on", held)))
		return -ENOMEM;
	return 0;
}

static int disarm(json_t *list)
{
	DIR *dir = opendir(RUNDIR_PINS);
	struct dirent *e;
	int r = 0;

	if (!dir)
		return errno == ENOENT ? 0 : log_errno(-errno, "Failed to open '" RUNDIR_PINS "'");
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' && disarm_one(e->d_name, list) < 0)
			r = -EBUSY;
	closedir(dir);
	/* What is still pinned would be nobody's any more. */
	if (!r) {
		images_forget_others(NULL, 0);
		state_forget();
	}
	return r;
}

static void print(json_t *list, bool complete, bool json)
{
	json_t *o;
	size_t i;

	if (json) {
		command_print_json(json_pack("{s:O, s:b}", "disarmed", list, "complete", complete));
		return;
	}
	json_array_foreach(list, i, o)
	{
		int tasks = (int)json_integer_value(json_object_get(o, "tasks"));

		printf("%s: ", json_string_value(json_object_get(o, "id")));
		if (json_is_true(json_object_get(o, "goes_on")))
			puts("still runs, and confines its command until it ends");
		else if (tasks < 0)
			puts("disarmed");
		else
			printf("disarmed, %d task%s set free\n", tasks, tasks == 1 ? "" : "s");
	}
	if (complete && !json_array_size(list))
		puts("nothing was armed");
}

int cmd_uninstall(int argc, char **argv)
{
	static const struct option options[] = {
	    {"yes", no_argument, NULL, 'y'}, {"json", no_argument, NULL, 'j'}, {0}};
	bool yes = false, json = false;
	_close_ int lock = -1;
	json_t *list;
	int c, r;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'y' && c != 'j')
			return command_misused(argv[0], NULL);
		yes |= c == 'y';
		json |= c == 'j';
	}
	if (optind < argc)
		return command_misused(argv[0], "takes no arguments");
	if (!yes)
		return command_misused(argv[0], "it sets all that is confined free: say --yes");
	list = json_array();
	r = lock = keep_daemons_away();
	if (r >= 0)
		r = disarm(list);
	print(list, r >= 0, json);
	json_decref(list);
	return r < 0 ? EXIT_CANNOT : EXIT_OK;
}
