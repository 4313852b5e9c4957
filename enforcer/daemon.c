/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ringfence daemon: the programs loaded once, for all who are to be confined.
 *
 * `ringfence run` takes seconds to load, attach and take off programs of its
 * own. The daemon has them, and a command started through it costs a few
 * system calls. The links are pinned: whoever is confined stays so when the
 * daemon is killed, or told to end. It leaves nothing behind where nobody is
 * confined any more. Otherwise the next daemon takes over what it has left
 * (takeover.h), or, where there is none, the next ringfence that runs cleans up
 * once nobody is.
 *
 * One thread: a request is answered before the next is read. What a request
 * costs is bounded, but for the look-up of objects on a file system that does
 * not answer.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "daemon.h"

#include "canary.h"
#include "client.h"
#include "daemon_lock.h"
#include "health.h"
#include "images.h"
#include "log.h"
#include "metrics_server.h"
#include "notify.h"
#include "policy_name.h"
#include "probe.h"
#include "rundir.h"
#include "state_file.h"
#include "takeover.h"
#include "takeover_domains.h"
#include "tasks.h"
#include "util.h"
#include "watch.h"

#define DOMAINS	       4096u	    /* at once */
#define OBJECTS	       65536u	    /* inodes held by object, of all policies */
#define IMAGE_MAX      (512u << 10) /* bytes; what is larger needs programs of its own */
#define WAITING	       64u	    /* connections without a domain, 64 KiB each */
#define CLIENTS	       (DOMAINS + WAITING)
#define BACKLOG	       64
#define ENDS_IN_ONE_GO 16u	      /* domains that end before others are served */
#define DESCRIPTORS    (8u * CLIENTS) /* connection, cgroup, ring, image, objects kept open */

enum { POLLED_SIGNALS, POLLED_LISTENER, POLLED_ALERTS, POLLED_METRICS, POLLED_WATCH, POLLED_FIRST };

struct daemon {
	const struct daemon_options *options;
	struct collector collector;
	struct metrics_server metrics;
	struct watch watch;
	int lock, listener, signals;
	struct rundir dir, left; /* ours; of one that died, until it is ours */
	struct bpf bpf;
	struct registry registry;
	struct policies policies;
	struct bpf_health health;
	struct client_context context;
	struct client *clients;
	struct pollfd *polled; /* POLLED_*, clients that are there */
	size_t *who;	       /* for each of the clients there: which one */
	time_t ticked;	       /* CLOCK_MONOTONIC */
	size_t looked_at;      /* of the clients, in this second's round */
	bool deaf;	       /* takes no connection until the next tick: out of descriptors */
};

/* --- beginning ------------------------------------------------------------------------------ */

/* One at a time. The lock ends with its holder. */
static int take_lock(struct daemon *d)
{
	d->lock = daemon_lock();
	if (d->lock == -EBUSY) {
		log_errno(-EBUSY, "Another daemon is running");
		log_hint("to take its place, end it first: that sets nobody free");
	}
	return d->lock < 0 ? d->lock : 0;
}

static struct bpf_options options_of(const struct daemon *d)
{
	return (struct bpf_options){.image_size = IMAGE_MAX,
				    .domains = DOMAINS + 1,
				    .objects = OBJECTS,
				    .no_cache = d->options->no_cache,
				    .reuse = d->left.pin_dir};
}

/* In a place of its own, or in that of the one before. */
static int pin(struct daemon *d)
{
	int r = d->left.pin_dir ? takeover_pin(&d->bpf, &d->left)
				: rundir_make(RUNDIR_OF_DAEMON, true, &d->dir);

	if (r < 0)
		return r;
	if (!d->left.pin_dir) {
		r = bpf_pin(&d->bpf, d->dir.pin_dir);
		return r < 0 ? log_errno(r, "Failed to pin the BPF links in '%s'", d->dir.pin_dir)
			     : 0;
	}
	d->dir = d->left;
	d->left = RUNDIR_NONE;
	/* Now they are alone. */
	return canary_check(&d->bpf, BPF_SLOT_FIRST + DOMAINS);
}

static int load(struct daemon *d)
{
	const struct bpf_options options = options_of(d);
	int r = bpf_open(&options, &d->bpf);

	if (r < 0) {
		probe_explain();
		return r;
	}
	r = canary_check(&d->bpf, BPF_SLOT_FIRST + DOMAINS);
	if (r < 0)
		return r;
	r = pin(d);
	if (r < 0)
		return r;
	r = registry_init(&d->registry, &d->bpf, DOMAINS);
	return r < 0 ? log_errno(r, "Failed to begin") : 0;
}

static int make_clients(struct daemon *d)
{
	d->clients = calloc(CLIENTS, sizeof(*d->clients));
	/* At once: whatever fails from here on, finish() goes through them. */
	for (size_t i = 0; i < CLIENTS && d->clients; i++)
		d->clients[i] = CLIENT_NONE;
	d->polled = calloc(POLLED_FIRST + CLIENTS, sizeof(*d->polled));
	d->who = calloc(POLLED_FIRST + CLIENTS, sizeof(*d->who));
	if (!d->clients || !d->polled || !d->who)
		return log_errno(-ENOMEM, "Failed to begin");
	d->policies = (struct policies){.registry = &d->registry};
	d->context = (struct client_context){.registry = &d->registry,
					     .policies = &d->policies,
					     .health = &d->health,
					     .pin_dir = d->dir.pin_dir,
					     .ring_size = d->options->ring_size,
					     .throttle = d->options->throttle,
					     .collector = &d->collector};
	return 0;
}

/* As many as all clients can cost, or as many as there may be. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max =
	    limit.rlim_max > DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
	if (!setrlimit(RLIMIT_NOFILE, &limit) || getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int catch_signals(struct daemon *d)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* EFBIG says it; the alert is counted */
	signal(SIGHUP, SIG_DFL);  /* what is ignored does not come */
	d->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return d->signals < 0 ? log_errno(-errno, "Failed to make a signalfd") : 0;
}

/* We have the lock: a socket that is there is of a daemon that was killed. */
static int begin_listening(struct daemon *d)
{
	static const struct sockaddr_un addr = {.sun_family = AF_UNIX, .sun_path = WIRE_SOCKET};
	mode_t before;
	int r;

	d->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (d->listener < 0)
		return log_errno(-errno, "Failed to make a socket");
	if (unlink(WIRE_SOCKET) && errno != ENOENT)
		return log_errno(-errno, "Failed to remove '" WIRE_SOCKET "'");
	before = umask(0177);
	r = bind(d->listener, (const struct sockaddr *)&addr, sizeof(addr)) ? -errno : 0;
	umask(before);
	if (!r && listen(d->listener, BACKLOG))
		r = -errno;
	return r < 0 ? log_errno(r, "Failed to listen on '" WIRE_SOCKET "'") : 0;
}

static int open_metrics(struct daemon *d)
{
	const struct metrics_sources sources = {.registry = &d->registry,
						.policies = &d->policies,
						.health = &d->health,
						.sink = &d->collector.sink};

	return metrics_server_open(&d->metrics, &d->options->metrics, &sources);
}

/* What is there of daemons before: to be taken over, or taken away. */
static int look_behind(struct daemon *d)
{
	const struct bpf_options options = options_of(d);
	int r = takeover_find(&options, &d->left);

	if (r < 0)
		return r;
	rundir_clean_up();
	if (!d->left.pin_dir) {
		images_forget_others(NULL, 0);
		state_forget();
	}
	return 0;
}

static int begin(struct daemon *d)
{
	bool takes_over;
	int r;

	if (!tasks_are_all_seen()) {
		log_error("The daemon must be in the initial PID namespace: it asks for all tasks");
		return -EPERM;
	}
	r = catch_signals(d); /* a SIGHUP is not to end who has not got so far */
	if (!r)
		r = take_lock(d);
	if (r < 0)
		return r;
	r = collector_open(d->options->log, &d->collector);
	if (!r)
		r = open_metrics(d);
	if (r < 0)
		return r;
	allow_descriptors();
	r = look_behind(d);
	if (r < 0)
		return r;
	takes_over = d->left.pin_dir;
	r = load(d);
	if (!r)
		r = make_clients(d);
	if (!r && takes_over)
		r = takeover_domains(&d->context, d->clients, CLIENTS);
	if (!r && d->options->watch)
		r = watch_open(POLICY_DIR, &d->watch);
	return r ? r : begin_listening(d);
}

/* --- serving -------------------------------------------------------------------------------- */

/* NULL: too many wait, none of them for long; the kernel keeps more in a queue. */
static struct client *find_place(const struct daemon *d)
{
	return client_find_place(d->clients, CLIENTS, WAITING);
}

static void accept_one(struct daemon *d)
{
	struct client *place = find_place(d), fresh;
	int fd;

	if (!place)
		return;
	fd = accept4(d->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		d->deaf = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
		if (d->deaf)
			log_errno(-errno, "Failed to take a connection");
		return;
	}
	if (client_accept(&fresh, &d->context, fd) < 0)
		return;
	client_done(place);
	*place = fresh;
}

/* Only what is there: poll() takes no more entries than there may be descriptors. */
static nfds_t choose_polled(struct daemon *d)
{
	nfds_t n = 0;

	d->polled[n++] = (struct pollfd){d->signals, POLLIN, 0};
	d->polled[n++] = (struct pollfd){d->deaf || !find_place(d) ? -1 : d->listener, POLLIN, 0};
	d->polled[n++] = (struct pollfd){collector_fd(&d->collector), POLLIN, 0};
	d->polled[n++] = (struct pollfd){metrics_server_fd(&d->metrics), POLLIN, 0};
	d->polled[n++] = (struct pollfd){d->watch.fd, POLLIN, 0};
	for (size_t i = 0; i < CLIENTS; i++)
		if (d->clients[i].fd >= 0) {
			d->who[n] = i;
			d->polled[n++] = (struct pollfd){d->clients[i].fd, POLLIN, 0};
		}
	return n;
}

/*
 * Slow clients, and domains that nobody is in. To end one waits for the kernel (RCU) several times:
 * where thousands end at once, others are served in between.
 */
static void look_at_clients(struct daemon *d)
{
	size_t ended = 0;

	while (d->looked_at < CLIENTS && ended < ENDS_IN_ONE_GO)
		ended += client_tick(&d->clients[d->looked_at++], &d->context);
}

/* Once a second, whatever comes in: the clients, when all have been looked at, and the programs. */
static void tick(struct daemon *d)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (t.tv_sec == d->ticked)
		return;
	d->ticked = t.tv_sec;
	d->deaf = false;
	health_check(&d->bpf, d->dir.pin_dir, &d->health);
	sink_tick(&d->collector.sink);
	notify("WATCHDOG=1");
	if (d->looked_at == CLIENTS)
		d->looked_at = 0;
}

/* What came of it is in the log; if something is wrong all policies are as they were. */
static void reload(struct daemon *d)
{
	json_t *list = NULL;
	int r = policies_reload(&d->policies, NULL, &list);

	json_decref(list);
	if (r < 0) {
		log_errno(r, "Reloaded no policy");
		return;
	}
	state_save(&d->registry, &d->policies);
}

static __u64 now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (__u64)t.tv_sec * 1000 + (__u64)t.tv_nsec / 1000000;
}

static void follow_files(struct daemon *d)
{
	__u64 now = now_ms();

	watch_read(&d->watch, now);
	if (watch_take(&d->watch, now))
		reload(d);
}

/* Takes the signals that are there. SIGHUP: policies and the log may be others by now. True: to
 * end. */
static bool take_signals(struct daemon *d)
{
	struct signalfd_siginfo info;
	bool end = false, hung_up = false;

	while (read(d->signals, &info, sizeof(info)) == sizeof(info)) {
		end |= info.ssi_signo != SIGHUP;
		hung_up |= info.ssi_signo == SIGHUP;
	}
	if (hung_up)
		sink_reopen(&d->collector.sink);
	if (hung_up && !end)
		reload(d);
	return end;
}

/* Until told to end: 0, or negative errno. */
static int serve(struct daemon *d)
{
	for (;;) {
		nfds_t n = choose_polled(d);
		int wait = d->looked_at < CLIENTS ? 0 : metrics_server_wait(&d->metrics, 1000);

		if (poll(d->polled, n, wait) < 0) {
			if (errno == EINTR)
				continue;
			return log_errno(-errno, "Failed to wait for clients");
		}
		if (d->polled[POLLED_SIGNALS].revents && take_signals(d))
			return 0;
		if (d->polled[POLLED_ALERTS].revents)
			collector_read(&d->collector);
		for (size_t i = POLLED_FIRST; i < n; i++)
			if (d->polled[i].revents)
				client_serve(&d->clients[d->who[i]], &d->context);
		if (d->polled[POLLED_LISTENER].revents)
			accept_one(d);
		tick(d);
		look_at_clients(d);
		follow_files(d);
		metrics_server_run(&d->metrics);
	}
}

/* Where somebody is still confined the programs stay, and the lock file tells of them. */
static void finish(struct daemon *d)
{
	metrics_server_close(&d->metrics);
	watch_close(&d->watch);
	if (d->listener >= 0)
		unlink(WIRE_SOCKET);
	for (size_t i = 0; i < CLIENTS && d->clients; i++)
		client_done(&d->clients[i]);
	if (d->dir.pin_dir && tasks_remain(d->dir.pin_dir, 0)) {
		log_warning("Confined tasks remain; the programs stay in '%s'", d->dir.pin_dir);
		rundir_done(&d->dir);
	} else if (d->dir.pin_dir) {
		images_forget_others(NULL, 0);
		state_forget();
	}
	rundir_remove(&d->dir);
	rundir_done(&d->left);
	collector_close(&d->collector);
	registry_done(&d->registry);
	policies_done(&d->policies);
	bpf_close(&d->bpf);
	free(d->clients);
	free(d->polled);
	free(d->who);
	close_fd(&d->listener);
	close_fd(&d->signals);
	close_fd(&d->lock);
}

int daemon_run(const struct daemon_options *options)
{
	struct daemon d = {.options = options,
			   .lock = -1,
			   .listener = -1,
			   .signals = -1,
			   .dir = RUNDIR_NONE,
			   .left = RUNDIR_NONE,
			   .watch = WATCH_NONE,
			   .collector = COLLECTOR_NONE};
	int r = begin(&d);

	if (!r) {
		log_info("Ready");
		notify("READY=1");
		r = serve(&d);
		notify("STOPPING=1");
	}
	finish(&d);
	return r;
}
