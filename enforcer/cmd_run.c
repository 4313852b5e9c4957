/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `ringfence run`: one command under one policy.
 *
 * Order is everything here. Compile; find the daemon, or load, attach and prove
 * programs of our own (session.h); make the cgroup; fork a child that waits in
 * it; register domain and child; pin; only then let the child go. Every failure before that last
 * step takes back what was made, and the command has not run. After it, ringfence only tells:
 * alerts, signals, the exit status. It leaves when the cgroup is empty.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "alert_reader.h"
#include "cgroup.h"
#include "cmd.h"
#include "launch.h"
#include "log.h"
#include "policy_name.h"
#include "run_info.h"
#include "run_options.h"
#include "rundir.h"
#include "session.h"
#include "signals.h"
#include "size.h"
#include "util.h"

/* For a reader of the alerts, when all else has ended as it was told. */
#define LAST_WAIT_MS 2000
#define TOLD_SECONDS 60

struct run {
	const struct run_options *o;
	struct compiled compiled;
	struct compiled audited; /* its filter is the command's, where that is not compiled's */
	struct session session;
	struct cgroup cgroup;
	struct rundir dir;
	struct launch launch;
	struct alert_reader reader;
	sigset_t old_signals;
	int signals; /* signalfd */
	bool exited; /* the command, with `status` of waitpid() */
	int status;
	time_t asked; /* to end, last; CLOCK_MONOTONIC, 0: never */
	bool ends;    /* told to, after the command's end */
	bool deaf;    /* nobody takes alerts any more */
	struct sink sink;
};

/* Signals wait in a descriptor from here on; the command gets the mask as it was. */
static int catch_signals(struct run *run)
{
	run->signals = signals_catch(&run->old_signals);
	return run->signals < 0 ? log_errno(run->signals, "Failed to make a signalfd") : 0;
}

/* NULL: it is a file. */
static const char *policy_name(const struct run *run)
{
	return policy_is_named(run->o->policy) ? run->o->policy : NULL;
}

/*
 * A policy by name is the daemon's, and has one image in either mode, so that it can be reloaded
 * and its mode switched.
 */
static int load_policy(struct run *run)
{
	bool audit = run->o->audit && !policy_name(run);

	return compiled_load(run->o->policy, audit, !log_verbose, &run->compiled);
}

/* Filters are for ever: of a policy by name in audit mode it is another than that of its image. */
static int load_filter(struct run *run)
{
	bool audit = policy_name(run) && (run->o->audit || run->session.audits);

	return audit ? compiled_load(run->o->policy, true, true, &run->audited) : 0;
}

static const char *container_name(const struct run *run)
{
	return run->o->name ? run->o->name : run->compiled.policy->name;
}

static int register_command(struct run *run)
{
	const struct registration who = {.image = run->compiled.image,
					 .policy = policy_name(run),
					 .name = container_name(run),
					 .cgroup = run->cgroup.id,
					 .pidfd = run->launch.pidfd,
					 .audit = run->o->audit,
					 .filter_audits = run->audited.image != NULL,
					 .ring_size = RING_SIZE_DEFAULT,
					 .throttle = run->o->throttle,
					 .throttle_open = !run->o->throttle_text && !run->o->audit};

	return session_register(&run->session, &who, &run->dir, run->cgroup.fd);
}

static int open_reader(struct run *run)
{
	int r;

	run->reader.events = run->session.events;
	run->reader.domains = run->session.domains;
	run->reader.slot = run->session.slot;
	run->reader.cgroup = run->cgroup.id;
	run->reader.sink = &run->sink;
	run->reader.context.policy = run->compiled.policy;
	run->reader.context.image = run->compiled.image;
	run->reader.context.container = container_name(run);
	r = throttle_map(run->session.pin_dir, run->session.slot, &run->reader.throttles);
	if (r < 0)
		return log_errno(r, "Failed to map the table of what is held back of alerts");
	r = alert_reader_open(&run->reader);
	return r < 0 ? log_errno(r, "Failed to open the ring buffer") : 0;
}

static int tell_of_run(const struct run *run)
{
	const struct run_info info = {.image = run->compiled.image,
				      .objects = run->session.objects,
				      .pin_dir = run->session.pin_dir,
				      .slot = run->session.slot,
				      .container = run->reader.context.container,
				      .audit = run->o->audit || run->session.audits,
				      .cgroup = run->cgroup.id,
				      .pid = run->launch.pid};

	return run_info_write(&info, &run->dir);
}

static int fork_command(struct run *run)
{
	const struct image *filtering =
	    run->audited.image ? run->audited.image : run->compiled.image;
	const struct launch_options launch = {.argv = run->o->argv,
					      .filter = filtering->filter,
					      .filter_len = filtering->filter_len,
					      .preserve_fds = run->o->preserve_fds,
					      .signals = &run->old_signals};
	int r = launch_fork(&launch, &run->cgroup, &run->launch);

	return r < 0 ? log_errno(r, "Failed to fork into the cgroup") : 0;
}

static int prepare(struct run *run)
{
	int r;

	rundir_clean_up();
	r = session_open(run->compiled.image, policy_name(run), &run->session);
	if (!r)
		r = load_filter(run);
	if (r < 0)
		return r;
	r = rundir_make(RUNDIR_OF_RUN, session_is_own(&run->session), &run->dir);
	if (r < 0)
		return r;
	r = cgroup_make(run->dir.id, &run->cgroup);
	if (!r)
		r = fork_command(run);
	if (!r)
		r = register_command(run);
	if (r < 0)
		return r;
	r = open_reader(run);
	return r < 0 ? r : tell_of_run(run);
}

static time_t seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* Takes the command's status when it is there to be taken, and passes signals on. */
static void look_at_command(struct run *run)
{
	pid_t pid = run->exited ? 0 : waitpid(run->launch.pid, &run->status, WNOHANG);
	const bool before = run->exited;
	bool asked;

	run->exited |= pid == run->launch.pid || (pid < 0 && errno == ECHILD);
	asked =
	    signals_forward(run->signals, run->launch.pid, run->exited ? -1 : run->launch.pidfd);
	if (asked)
		run->asked = seconds_now();
	/* A key that ended the command may have come for those, too, who have more to do. */
	run->ends |= asked && before;
}

/* To end; by a signal to the command, if it was still there. Long ago it was to reload, say. */
static bool was_told(const struct run *run)
{
	return run->ends || (run->asked && seconds_now() - run->asked <= TOLD_SECONDS);
}

/*
 * Until somebody takes the next alert. Whoever reads them may not: signals go on to the command all
 * the same. Once that is gone, and ringfence was told to end, a reader that takes nothing for a
 * moment is waited for no longer.
 */
static bool await_reader(void *arg, int fd)
{
	struct run *run = arg;
	struct pollfd fds[] = {
	    {fd, POLLOUT, 0}, {run->signals, POLLIN, 0}, {run->launch.pidfd, POLLIN, 0}};

	for (;;) {
		bool last = run->exited && was_told(run);
		int n = poll(fds, run->exited ? 2 : 3, run->deaf ? 0 : last ? LAST_WAIT_MS : -1);

		/* An error is the write's to tell. */
		if ((n < 0 && errno != EINTR) || (n > 0 && fds[0].revents))
			return true;
		if (!n && (last || run->deaf)) {
			run->deaf = true;
			return false;
		}
		look_at_command(run);
	}
}

/*
 * Reads alerts until the command and all it started are gone, those too that left the cgroup.
 * Who outlives the command and does not end by itself is killed when ringfence is told to end; one
 * that cannot be reached, because it left the cgroup, stays confined and is not waited for then.
 */
static void watch(struct run *run)
{
	struct pollfd fds[] = {{alert_reader_fd(&run->reader), POLLIN, 0},
			       {run->signals, POLLIN, 0},
			       {run->launch.pidfd, POLLIN, 0},
			       {run->cgroup.events, POLLPRI, 0}};
	bool populated = true;

	while (!run->exited || populated || session_has_tasks(&run->session)) {
		/* The time-out serves the count of losses, and tasks that left the cgroup. */
		if (poll(fds, sizeof(fds) / sizeof(*fds), 1000) < 0 && errno != EINTR)
			break;
		alert_reader_drain(&run->reader);
		sink_tick(&run->sink);
		look_at_command(run);
		if (run->exited)
			fds[2].fd = -1;
		if (run->ends) {
			if (!populated)
				break;
			cgroup_kill(&run->cgroup);
		}
		/* Reading it is also what takes the POLLPRI away. */
		populated = cgroup_populated(&run->cgroup);
	}
}

static int exit_code(const struct run *run)
{
	const struct launch_report *report = run->launch.report;
	int status = run->status;

	if (!run->exited) {
		log_error("Failed to watch the command");
		return EXIT_CANNOT;
	}

	if (WIFSIGNALED(status))
		return EXIT_SIGNAL_BASE + WTERMSIG(status);
	if (!report->error)
		return WEXITSTATUS(status);
	if (report->stage == LAUNCH_DESCRIPTORS) {
		log_errno(-report->error, "Failed to close descriptors");
		return EXIT_CANNOT;
	}
	if (report->stage == LAUNCH_FILTER) {
		log_errno(-report->error, "Failed to install the seccomp filter");
		return EXIT_CANNOT;
	}
	log_errno(-report->error, "Failed to execute '%s'", run->o->argv[0]);
	return WEXITSTATUS(status);
}

/* Ends what has not started, or what could not be watched to its end. */
static void end_command(struct run *run)
{
	close_fd(&run->launch.go); /* a child that still waits leaves */
	run->launch.go = -1;
	if (!run->cgroup.path)
		return;
	if (cgroup_populated(&run->cgroup))
		cgroup_kill(&run->cgroup);
	/* It alone: whoever executed ringfence may have left it children of other kinds. */
	if (run->launch.pid > 0)
		(void)waitpid(run->launch.pid, NULL, 0);
}

/* Takes back everything; harmless on what was never made. */
static void finish(struct run *run)
{
	_free_ char *path = run->cgroup.path ? strdup(run->cgroup.path) : NULL;

	end_command(run);
	alert_reader_close(&run->reader);
	launch_done(&run->launch);
	cgroup_done(&run->cgroup);
	if (path && cgroup_remove(path) < 0)
		log_error("Failed to remove the cgroup '%s'", path);
	if (session_has_tasks(&run->session)) {
		log_error("Confined tasks remain; the programs stay in '%s'", run->session.pin_dir);
		rundir_done(&run->dir);
	}
	rundir_remove(&run->dir);
	session_close(&run->session);
	compiled_done(&run->compiled);
	compiled_done(&run->audited);
	close_fd(&run->signals);
	sink_close(&run->sink);
}

/* Everything is ready. Who was told to end before that executes nothing. */
static int start_and_watch(struct run *run)
{
	int signo = signals_read(run->signals), r;

	if (signo)
		return EXIT_SIGNAL_BASE + signo;
	log_info("Running '%s' under policy '%s'", run->o->argv[0], run->compiled.policy->name);
	alert_await(await_reader, run);
	r = launch_go(&run->launch);
	if (r < 0) {
		log_errno(r, "Failed to start the command");
		return EXIT_CANNOT;
	}
	watch(run);
	return exit_code(run);
}

static int run_command(const struct run_options *o)
{
	struct run run = {.o = o,
			  .session = SESSION_NONE,
			  .cgroup = CGROUP_NONE,
			  .dir = RUNDIR_NONE,
			  .launch = LAUNCH_NONE,
			  .sink = SINK_NONE,
			  .signals = -1};
	int code = EXIT_CANNOT;

	if (!load_policy(&run) && !sink_open(o->log, o->json, &run.sink) && !catch_signals(&run) &&
	    !prepare(&run))
		code = start_and_watch(&run);
	finish(&run);
	return code;
}

int cmd_run(int argc, char **argv)
{
	struct run_options o;
	int code = run_options_parse(argc, argv, &o);

	return code >= 0 ? code : run_command(&o);
}
