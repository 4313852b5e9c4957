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
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "cmd.h"
#include "launch.h"
#include "log.h"
#include "policy_name.h"
#include "alert_reader.h"
#include "run_info.h"
#include "rundir.h"
#include "session.h"
#include "signals.h"
#include "size.h"
#include "util.h"

#define DEFAULT_POLICY "ringfence.yaml"

struct run_options {
	const char *policy, *name, *log;
	bool audit, json;
	unsigned preserve_fds;
	const char *throttle_text;
	struct throttle throttle;
	char **argv;
};

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
	struct sink sink;
};

static int parse_count(const char *text, unsigned *ret)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || n > 1024)
		return -EINVAL;
	*ret = (unsigned)n;
	return 0;
}

/* Who has a policy made ready wants to know everything. */
static int settle_throttle(struct run_options *o)
{
	o->throttle = o->audit ? THROTTLE_OFF : THROTTLE_DEFAULT;
	return o->throttle_text ? throttle_parse(o->throttle_text, &o->throttle) : 0;
}

/* -1: go on; otherwise the exit code. */
static int parse(int argc, char **argv, struct run_options *o)
{
	static const struct option longs[] = {{"policy", required_argument, NULL, 'p'},
					      {"audit", no_argument, NULL, 'a'},
					      {"name", required_argument, NULL, 'n'},
					      {"log", required_argument, NULL, 'l'},
					      {"json", no_argument, NULL, 'j'},
					      {"throttle", required_argument, NULL, 't'},
					      {"preserve-fds", required_argument, NULL, 'f'},
					      {"verbose", no_argument, NULL, 'v'},
					      {"help", no_argument, NULL, 'h'},
					      {}};
	int c;

	*o = (struct run_options){.policy = DEFAULT_POLICY};
	while ((c = getopt_long(argc, argv, "+p:an:l:jvh", longs, NULL)) != -1) {
		switch (c) {
		case 'p':
			o->policy = optarg;
			break;
		case 'a':
			o->audit = true;
			break;
		case 'n':
			o->name = optarg;
			break;
		case 'l':
			o->log = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		case 't':
			o->throttle_text = optarg;
			break;
		case 'f':
			if (parse_count(optarg, &o->preserve_fds) < 0)
				return command_misused(argv[0],
						       "--preserve-fds wants a number up to 1024, "
						       "not '%s'",
						       optarg);
			break;
		case 'v':
			log_verbose = 1;
			break;
		case 'h':
			command_help(argv[0], stdout);
			return EXIT_OK;
		default:
			return command_misused(argv[0], NULL);
		}
	}
	if (settle_throttle(o) < 0)
		return command_misused(argv[0], THROTTLE_MISUSED, o->throttle_text);
	o->argv = argv + optind;
	if (!o->argv[0])
		return command_misused(argv[0], "no command given");
	return -1;
}

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

/* Takes the command's status when it is there to be taken. */
static bool has_exited(struct run *run, int *ret_status)
{
	pid_t pid = waitpid(run->launch.pid, ret_status, WNOHANG);

	return pid == run->launch.pid || (pid < 0 && errno == ECHILD);
}

/*
 * Reads alerts until the command and all it started are gone, those too that left the cgroup.
 * Who outlives the command and does not end by itself is killed when ringfence is told to end; one
 * that cannot be reached, because it left the cgroup, stays confined and is not waited for then.
 * Returns the command's wait status.
 */
static int watch(struct run *run)
{
	struct pollfd fds[] = {{alert_reader_fd(&run->reader), POLLIN, 0},
			       {run->signals, POLLIN, 0},
			       {run->launch.pidfd, POLLIN, 0},
			       {run->cgroup.events, POLLPRI, 0}};
	bool exited = false, populated = true;
	int status = 0;

	while (!exited || populated || session_has_tasks(&run->session)) {
		/* The time-out serves the count of losses, and tasks that left the cgroup. */
		if (poll(fds, sizeof(fds) / sizeof(*fds), 1000) < 0 && errno != EINTR)
			break;
		alert_reader_drain(&run->reader);
		sink_tick(&run->sink);
		if (signals_forward(run->signals, exited ? -1 : run->launch.pidfd)) {
			if (!populated)
				break;
			cgroup_kill(&run->cgroup);
		}
		if (!exited && has_exited(run, &status)) {
			exited = true;
			fds[2].fd = -1;
		}
		/* Reading it is also what takes the POLLPRI away. */
		populated = cgroup_populated(&run->cgroup);
	}
	return status;
}

static int exit_code(const struct run *run, int status)
{
	const struct launch_report *report = run->launch.report;
	const char *command = run->o->argv[0];

	if (WIFSIGNALED(status))
		return EXIT_SIGNAL_BASE + WTERMSIG(status);
	if (!report->error)
		return WEXITSTATUS(status);
	if (report->stage == LAUNCH_FILTER) {
		log_errno(-report->error, "Failed to install the seccomp filter");
		return EXIT_CANNOT;
	}
	log_errno(-report->error, "Failed to execute '%s'", command);
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

static int run_command(const struct run_options *o)
{
	struct run run = {.o = o,
			  .session = SESSION_NONE,
			  .cgroup = CGROUP_NONE,
			  .dir = RUNDIR_NONE,
			  .launch = LAUNCH_NONE,
			  .sink = SINK_NONE,
			  .signals = -1};
	int code = EXIT_CANNOT, status;

	if (!load_policy(&run) && !sink_open(o->log, o->json, &run.sink) && !catch_signals(&run) &&
	    !prepare(&run)) {
		log_info("Running '%s' under policy '%s'", o->argv[0], run.compiled.policy->name);
		if (launch_go(&run.launch) == 0) {
			status = watch(&run);
			code = exit_code(&run, status);
		}
	}
	finish(&run);
	return code;
}

int cmd_run(int argc, char **argv)
{
	struct run_options o;
	int code = parse(argc, argv, &o);

	return code >= 0 ? code : run_command(&o);
}
