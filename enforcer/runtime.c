/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ringfence-runtime: an OCI runtime that confines the containers it makes, and
 * leaves all else to the runtime behind it, crun or runc.
 *
 *   engine      create ID: writes the bundle, calls us
 *   we          read the bundle's config.json and the policy; write a copy of the
 *               configuration, with the filter merged and our hook added, and the
 *               policy's name, to a directory of the container's own; then run
 *               the runtime on that copy, and wait
 *   runtime     makes namespaces, cgroup and init; calls the createRuntime hooks
 *   our hook    registers the init, by pidfd, and its cgroup with the daemon: the
 *               init's record is STARTING. When it returns with 0, that is so
 *   init        mounts, pivots, drops what it may not keep, free of the policy;
 *               installs the filter; waits for `start`; its execve is judged, and
 *               arms it and the domain
 *   exec        we wait until the domain is running, or refuse; the runtime has the
 *               process join the cgroup, and gives it the filter; it is armed at its
 *               execve
 *
 * Who may do what: until the hook, nothing of the image has run, only the
 * runtime. From the hook to the execve, the init is the runtime's code, and the
 * record waits with it. What the runtime forks meanwhile (createContainer and
 * startContainer hooks) is not confined. From the execve on the container is.
 *
 * What if somebody is killed?
 *   we           before the runtime runs: a directory is left, the next of that id
 *                empties it. While it runs: it is killed too (PR_SET_PDEATHSIG);
 *                an init that waits for it ends, for its socket is closed. Later: one
 *                that is not registered is not started
 *   the runtime  the same; we tell, and remove the directory
 *   the hook     a hook that fails or is killed fails the create: runtimes kill the
 *                init. A domain whose tasks are gone ends by itself
 *   the daemon   before the hook: the hook fails. Later: its programs are pinned,
 *                the record and the domain are the kernel's
 *   a runtime that calls no hooks: we see that nothing was registered, and delete
 *                the container before anybody can start it
 *
 * The bundle is the caller's and is not written to. crun takes our copy by
 * --config; others get our directory for a bundle, in which paths are absolute.
 */
#include "runtime.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "cmd.h"
#include "escape.h"
#include "log.h"
#include "policy_name.h"
#include "runtime_args.h"
#include "runtime_bundle.h"
#include "runtime_check.h"
#include "runtime_dir.h"
#include "runtime_enter.h"
#include "runtime_hook.h"
#include "runtime_launch.h"
#include "runtime_live.h"
#include "runtime_memory.h"
#include "runtime_register.h"
#include "runtime_settings.h"
#include "runtime_tell.h"
#include "runtime_unregistered.h"
#include "util.h"

#define FAILED 1 /* as runtimes say it */

/* Of one call. */
struct runtime {
	struct runtime_args args;
	struct runtime_settings settings;
	char *path; /* of the real runtime */
	struct runtime_bundle bundle;
	char *policy_path; /* NULL: none, and the container may go without */
	char *policy_name; /* NULL: it is a file of its own, which nobody reloads */
	bool audits;	   /* the daemon has that switched to audit mode */
	struct compiled compiled;
	struct runtime_dir dir;
	char **argv; /* for the real runtime */
};

static void runtime_done(struct runtime *rt)
{
	runtime_args_done(&rt->args);
	runtime_settings_done(&rt->settings);
	runtime_bundle_done(&rt->bundle);
	compiled_done(&rt->compiled);
	runtime_dir_done(&rt->dir);
	free(rt->policy_path);
	free(rt->policy_name);
	free(rt->path);
	free(rt->argv);
}

/* ---- what must be so ------------------------------------------------- */

/* In a user namespace "root" is nobody to the daemon. */
static bool is_root(void)
{
	_fclose_ FILE *f = fopen("/proc/self/uid_map", "re");
	unsigned long inside = 1, outside = 1, count = 0;
	bool initial = f && fscanf(f, "%lu %lu %lu", &inside, &outside, &count) == 3 && !inside &&
		       !outside && count == UINT32_MAX;

	return !geteuid() && initial;
}

static int check_root(void)
{
	if (is_root())
		return 0;
	log_error("Only containers of root can be confined: the daemon registers for root alone");
	log_hint("run the engine as root, not rootless");
	return -EPERM;
}

static int check_cgroups(void)
{
	struct statfs fs;

	if (!statfs("/sys/fs/cgroup", &fs) && (uint32_t)fs.f_type == CGROUP2_SUPER_MAGIC)
		return 0;
	log_error("Containers are confined on cgroup v2 only, and /sys/fs/cgroup is not that");
	log_hint("boot with systemd.unified_cgroup_hierarchy=1");
	return -EOPNOTSUPP;
}

/* ---- the policy ------------------------------------------------------ */

static int set_policy(struct runtime *rt, const char *name)
{
	bool is_file = name[0] == '/';

	if (!is_file && !policy_name_is_valid(name)) {
		_free_ char *text = escape_bytes(name, strlen(name));

		return log_errno(-EINVAL, "No policy can be called '%s'", text ? text : "?");
	}
	rt->policy_path = is_file ? strdup(name) : policy_name_path(name);
	rt->policy_name = is_file ? NULL : strdup(name);
	return rt->policy_path && (is_file || rt->policy_name)
		   ? 0
		   : log_errno(-ENOMEM, "Failed to begin");
}

/* Of the annotation, the command line, or the settings, in that order. */
static int choose_policy(struct runtime *rt)
{
	const char *name;
	int r = runtime_bundle_policy(&rt->bundle, &name);

	if (r < 0)
		return r;
	if (!name)
		name = rt->args.policy ? rt->args.policy : rt->settings.policy;
	if (name)
		return set_policy(rt, name);
	if (rt->settings.allow_unconfined)
		return 0;
	log_error("The container has no policy, and may not start without one");
	log_hint("annotation " RUNTIME_ANNOTATION
		 "=NAME, option --policy, or 'policy' in " RUNTIME_SETTINGS);
	return -EPERM;
}

/* The image is of the policy as it is written, the filter also of what the daemon was told since.
 */
static int load_policy(struct runtime *rt)
{
	int r = compiled_load(rt->policy_path, false, true, &rt->compiled);

	if (r < 0) {
		_free_ char *text = escape_bytes(rt->policy_path, strlen(rt->policy_path));

		log_error("The container's policy '%s' cannot be used", text ? text : "?");
		return r;
	}
	r = runtime_daemon_check(rt->compiled.image->size, rt->policy_name, &rt->audits);
	if (!r && rt->audits)
		rt->compiled.policy->mode = RF_MODE_AUDIT;
	return r;
}

/* ---- the container's directory --------------------------------------- */

static int write_image(const struct runtime *rt)
{
	_free_ char *bytes = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&bytes, &size);
	int r = f ? image_write(rt->compiled.image, f) : -ENOMEM;

	if (f && fclose(f) && !r)
		r = -ENOMEM;
	if (!r)
		r = runtime_dir_write(&rt->dir, RUNTIME_FILE_IMAGE, bytes, size);
	return r < 0 ? log_errno(r, "Failed to write the policy's image") : 0;
}

/*
 * What the hook is to say: the name of a policy, which the daemon has itself, and so can reload,
 * with the hash of the one that the filter is of, and the mode of that; or all of one that has no
 * name.
 */
static int write_policy(const struct runtime *rt)
{
	char text[POLICY_NAME_MAX + 2 * RF_HASH_SIZE + 16], hash[2 * RF_HASH_SIZE + 1];
	int r;

	if (!rt->policy_name)
		return write_image(rt);
	image_hash_hex(rt->compiled.image, RF_HASH_SIZE, hash);
	snprintf(text, sizeof(text), "%s %s %s\n", rt->policy_name, hash,
		 rt->audits ? "audit" : "enforce");
	r = runtime_dir_write(&rt->dir, RUNTIME_FILE_POLICY, text, strlen(text));
	return r < 0 ? log_errno(r, "Failed to note the container's policy") : 0;
}

/* This very program, wherever it is. */
static char *own_path(void)
{
	char *path = realpath("/proc/self/exe", NULL);

	if (!path)
		log_errno(-errno, "Failed to find ringfence itself");
	return path;
}

static int write_config(struct runtime *rt)
{
	_free_ char *self = own_path(), *text = NULL;
	int r = self ? runtime_bundle_add_hook(&rt->bundle, self, rt->dir.path) : -ENOENT;

	if (r == -ENOENT || r == -EINVAL)
		return r;
	if (!r && !runtime_is_crun(rt->path))
		r = runtime_bundle_make_absolute(&rt->bundle);
	if (!r) {
		text = runtime_bundle_text(&rt->bundle);
		r = text ? runtime_dir_write(&rt->dir, RUNTIME_FILE_CONFIG, text, strlen(text))
			 : -ENOMEM;
	}
	return r < 0 ? log_errno(r, "Failed to write the container's configuration") : 0;
}

static int make_command_line(struct runtime *rt)
{
	bool crun = runtime_is_crun(rt->path);
	/* Lives as long as the process: it is a word of argv. */
	static char *option;

	if (asprintf(&option, crun ? "--config=%s/" RUNTIME_FILE_CONFIG : "--bundle=%s",
		     rt->dir.path) < 0) {
		option = NULL;
		return log_errno(-ENOMEM, "Failed to begin");
	}
	rt->argv =
	    runtime_args_for(&rt->args, rt->path, option, crun ? ABOUT_CONFIG : ABOUT_BUNDLE);
	return rt->argv ? 0 : log_errno(-ENOMEM, "Failed to begin");
}

/* Everything before the runtime runs. rt->argv is set, and rt->dir if there is a policy. */
static int prepare(struct runtime *rt)
{
	int r = runtime_bundle_read(rt->args.bundle, rt->args.config, &rt->bundle);

	if (!r)
		r = choose_policy(rt);
	if (r < 0)
		return r;
	if (!rt->policy_path) {
		r = is_root() ? runtime_live_forget(rt->path, rt->args.root, rt->args.id) : 0;
		if (r < 0)
			return r;
		rt->argv = runtime_args_for(&rt->args, rt->path, NULL, ABOUT_OTHER);
		return rt->argv ? 0 : log_errno(-ENOMEM, "Failed to begin");
	}
	r = runtime_check_kind(rt->path);
	if (!r)
		r = runtime_check_config(rt->bundle.config);
	if (!r)
		r = check_root();
	if (!r)
		r = check_cgroups();
	if (!r)
		r = load_policy(rt);
	if (!r)
		r = runtime_bundle_merge(&rt->bundle, rt->compiled.policy,
					 runtime_takes_seccomp_flags(rt->path));
	if (!r)
		r = runtime_live_claim(rt->path, rt->args.root, rt->args.id, &rt->dir);
	if (!r)
		r = runtime_memory_write(&rt->dir, rt->path);
	if (!r)
		r = write_policy(rt);
	if (!r)
		r = write_config(rt);
	return r < 0 ? r : make_command_line(rt);
}

/* ---- the commands ---------------------------------------------------- */

static bool is_registered(const struct runtime *rt)
{
	return !faccessat(rt->dir.fd, RUNTIME_FILE_REGISTERED, F_OK, 0);
}

/* create and run, with a policy: rt->dir is there. */
static int make_container(struct runtime *rt)
{
	bool lasts = rt->args.detached || runtime_args_are(&rt->args, "create"), gone = true;
	int code = runtime_run(rt->argv);
	bool registered = is_registered(rt);

	runtime_tell_file(rt->dir.fd, RUNTIME_FILE_MESSAGES, &rt->args, !registered);
	if (!registered) {
		gone = runtime_unregistered_end(&rt->dir, &rt->args, rt->path, code);
		code = code ? code : FAILED;
	}
	/* While there is one that is not registered, `start` must find that it is not. */
	if ((code || !lasts) && gone)
		runtime_dir_remove(&rt->dir);
	return code < 0 ? FAILED : code;
}

/* What the runtime's own help does not know of. */
static void print_own_help(const char *runtime)
{
	printf("ringfence-runtime: runs a container by a policy, and leaves all else to %s:\n"
	       "  --policy POLICY   by name, or the absolute path of its file\n"
	       "  --runtime PATH    what makes the container; crun or runc otherwise\n"
	       "  see ringfence-runtime(8)\n\n",
	       runtime);
	fflush(stdout);
}

/*
 * Whatever else was said, nothing is made or deleted: with the container's id left out the runtime
 * cannot, should it understand the options in another way.
 */
static int do_help(struct runtime *rt)
{
	const char *asked = rt->args.argv[rt->args.help];

	if (!rt->args.command && (!strcmp(asked, "--help") || !strcmp(asked, "-h")))
		print_own_help(rt->path);
	rt->argv = runtime_args_for_help(&rt->args, rt->path);
	return rt->argv ? runtime_exec(rt->argv) : FAILED;
}

static int do_create(struct runtime *rt)
{
	int kept = runtime_tell_begin(), r = 0;

	if (rt->args.id) {
		r = prepare(rt);
	} else {
		log_error("'%s' wants the id of a container", rt->args.argv[rt->args.command]);
		r = -EINVAL;
	}
	runtime_tell_end(kept, &rt->args, r < 0);
	if (r < 0) {
		runtime_dir_remove(&rt->dir);
		return FAILED;
	}
	return rt->dir.fd < 0 ? runtime_exec(rt->argv) : make_container(rt);
}

/* Its directory goes with the container. One without a policy has none. */
static int do_delete(struct runtime *rt)
{
	int code;

	rt->argv = runtime_args_for(&rt->args, rt->path, NULL, ABOUT_OTHER);
	if (!rt->argv)
		return FAILED;
	if (!rt->args.id || runtime_dir_open(rt->args.root, rt->args.id, &rt->dir) < 0)
		return runtime_exec(rt->argv);
	code = runtime_run(rt->argv);
	if (!code || runtime_live_gone(&rt->dir, rt->path, rt->args.root, rt->args.id))
		runtime_dir_remove(&rt->dir);
	return code < 0 ? FAILED : code;
}

/* exec and start. */
static int do_enter(struct runtime *rt)
{
	int kept = runtime_tell_begin(), r = runtime_enter_check(&rt->args);

	runtime_tell_end(kept, &rt->args, r < 0);
	if (r < 0)
		return FAILED;
	rt->argv = runtime_args_for(&rt->args, rt->path, NULL, ABOUT_OTHER);
	return rt->argv ? runtime_exec(rt->argv) : FAILED;
}

static int do_other(struct runtime *rt)
{
	rt->argv = runtime_args_for(&rt->args, rt->path, NULL, ABOUT_OTHER);
	return rt->argv ? runtime_exec(rt->argv) : FAILED;
}

/* Its tasks come to life amid their programs: no execve would arm them. */
static int check_restored(struct runtime *rt)
{
	int r = 0;

	if (rt->settings.allow_unconfined) {
		r = runtime_bundle_read(rt->args.bundle, NULL, &rt->bundle);
		if (!r)
			r = choose_policy(rt);
		if (r < 0 || !rt->policy_path)
			return r;
	}
	log_error("A container that is restored cannot be confined");
	return -EOPNOTSUPP;
}

static int do_restore(struct runtime *rt)
{
	int kept = runtime_tell_begin(), r = check_restored(rt);

	runtime_tell_end(kept, &rt->args, r < 0);
	return r < 0 ? FAILED : do_other(rt);
}

/*
 * The one of the command line; for a container that is there, the one that made it; or the
 * administrator's. Settings that are wrong may have said anything: nothing is started by them. What
 * has been started can be ended all the same.
 */
static int choose_runtime(struct runtime *rt)
{
	const struct runtime_args *a = &rt->args;
	int r = runtime_settings_read(&rt->settings);
	_free_ char *remembered = NULL;
	const char *name = a->runtime;
	bool makes = runtime_args_are(a, "create") || runtime_args_are(a, "run") ||
		     runtime_args_are(a, "restore");

	if (!name && !makes)
		name = remembered = runtime_memory_find(a);
	if (!name)
		name = rt->settings.runtime;
	if (r < 0 && !a->help && (makes || (!name && runtime_args_are(a, "exec"))))
		return r;
	if (r < 0)
		log_warning("The settings are not used");
	return runtime_find(name, &rt->path);
}

int runtime_main(int argc, char **argv)
{
	_cleanup_(runtime_done) struct runtime rt = {.dir = RUNTIME_DIR_NONE};
	int kept, r;

	if (argc > 1 && !strcmp(argv[1], "hook"))
		return runtime_hook(argc - 1, argv + 1);
	kept = runtime_tell_begin();
	r = runtime_args_parse(argc, argv, &rt.args);
	if (!r)
		r = choose_runtime(&rt);
	runtime_tell_end(kept, &rt.args, r < 0);
	if (r < 0)
		return FAILED;
	if (rt.args.help)
		return do_help(&rt);
	if (runtime_args_are(&rt.args, "create") || runtime_args_are(&rt.args, "run"))
		return do_create(&rt);
	if (runtime_args_are(&rt.args, "exec") || runtime_args_are(&rt.args, "start"))
		return do_enter(&rt);
	if (runtime_args_are(&rt.args, "restore"))
		return do_restore(&rt);
	return runtime_args_are(&rt.args, "delete") ? do_delete(&rt) : do_other(&rt);
}
