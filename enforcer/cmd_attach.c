/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ringfence attach and detach: confining who runs already, and setting somebody free. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <linux/magic.h>
#include <linux/types.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "ask.h"
#include "cmd.h"
#include "container_name.h"
#include "log.h"
#include "policy_name.h"
#include "util.h"

struct attach_options {
	const char *policy, *name, *cgroup;
	bool audit, json, yes;
};

/* -1: go on; otherwise the exit code. */
static int parse(int argc, char **argv, const char *shorts, const struct option *longs,
		 struct attach_options *o)
{
	int c;

	*o = (struct attach_options){0};
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (c == 'p')
			o->policy = optarg;
		else if (c == 'n')
			o->name = optarg;
		else if (c == 'a')
			o->audit = true;
		else if (c == 'j')
			o->json = true;
		else if (c == 'y')
			o->yes = true;
		else
			return command_misused(argv[0], NULL);
	}
	if (optind + 1 != argc)
		return command_misused(argv[0], "say which cgroup, by its directory");
	if (o->name && !container_name_is_valid(o->name))
		return command_misused(argv[0], CONTAINER_NAME_MISUSED, "--name");
	o->cgroup = argv[optind];
	return -1;
}

/* The number of another directory may well be that of a cgroup. */
static int open_cgroup(const char *path, struct stat *ret_st)
{
	_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstat(fd, ret_st) || fstatfs(fd, &fs))
		return log_errno(-errno, "Failed to open the cgroup '%s'", path);
	if ((__u32)fs.f_type == CGROUP2_SUPER_MAGIC)
		return take_fd(&fd);
	log_error("'%s' is no cgroup of the unified hierarchy", path);
	log_hint("say its directory, below /sys/fs/cgroup");
	return -EINVAL;
}

/* The image goes along, unless the policy has a name. */
static int ask_to_attach(const struct attach_options *o, const struct image *img, int cgroup,
			 json_t **ret_result)
{
	bool is_named = policy_is_named(o->policy);
	_close_ int image = is_named ? -1 : ask_image(img);
	const int fds[] = {image, cgroup};
	char hash[2 * RF_HASH_SIZE + 1];

	if (!is_named && image < 0)
		return log_errno(image, "Failed to ask the daemon");
	image_hash_hex(img, RF_HASH_SIZE, hash);
	return ask_daemon(json_pack("{s:i, s:s, s:b, s:s, s:s*, s:s*}", "version", WIRE_VERSION,
				    "request", "attach", "audit", o->audit, "hash", hash, "policy",
				    is_named ? o->policy : NULL, "name", o->name),
			  is_named ? fds + 1 : fds, is_named ? 1 : 2, ret_result);
}

static void tell(const struct attach_options *o, const struct image *img, const json_t *result)
{
	int tasks = (int)json_integer_value(json_object_get(result, "tasks"));
	int foreign = (int)json_integer_value(json_object_get(result, "foreign"));

	if (o->json)
		printf("{\"tasks\": %d, \"foreign\": %d, \"syscalls\": false}\n", tasks, foreign);
	else
		printf("%d task%s confined\n", tasks, tasks == 1 ? "" : "s");
	if (foreign)
		log_warning("%d task%s of the cgroup stay%s under the policy of another container",
			    foreign, foreign == 1 ? "" : "s", foreign == 1 ? "s" : "");
	if (img->filter_len) {
		log_warning("The policy's system calls are not enforced");
		log_hint("a filter can only be installed by a process for itself: start the "
			 "command under the policy instead");
	}
}

static int attach(const struct attach_options *o)
{
	_cleanup_(compiled_done) struct compiled compiled = {0};
	_close_ int cgroup = -1;
	json_t *result = NULL;
	struct stat st;
	int r = compiled_load(o->policy, o->audit && !policy_is_named(o->policy), true, &compiled);

	if (r < 0)
		return compiled_exit(r);
	cgroup = open_cgroup(o->cgroup, &st);
	r = cgroup < 0 ? cgroup : ask_to_attach(o, compiled.image, cgroup, &result);
	if (!r)
		tell(o, compiled.image, result);
	json_decref(result);
	return r < 0 ? EXIT_CANNOT : EXIT_OK;
}

int cmd_attach(int argc, char **argv)
{
	static const struct option longs[] = {{"policy", required_argument, NULL, 'p'},
					      {"name", required_argument, NULL, 'n'},
					      {"audit", no_argument, NULL, 'a'},
					      {"json", no_argument, NULL, 'j'},
					      {0}};
	struct attach_options o;
	int code = parse(argc, argv, "p:n:a", longs, &o);

	if (code >= 0)
		return code;
	return o.policy ? attach(&o) : command_misused(argv[0], "say which policy: -p");
}

int cmd_detach(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"yes", no_argument, NULL, 'y'}, {"json", no_argument, NULL, 'j'}, {0}};
	struct attach_options o;
	json_t *result = NULL;
	_close_ int cgroup = -1;
	struct stat st;
	int code = parse(argc, argv, "", longs, &o), r;

	if (code >= 0)
		return code;
	if (!o.yes)
		return command_misused(argv[0], "it sets all tasks of the cgroup free: say --yes");
	cgroup = open_cgroup(o.cgroup, &st);
	r = cgroup < 0 ? cgroup
		       : ask_daemon(json_pack("{s:i, s:s, s:I}", "version", WIRE_VERSION, "request",
					      "detach", "cgroup_id", (json_int_t)st.st_ino),
				    NULL, 0, &result);
	if (!r && o.json)
		return command_print_json(result);
	if (!r)
		printf("%d task%s set free\n",
		       (int)json_integer_value(json_object_get(result, "tasks")),
		       json_integer_value(json_object_get(result, "tasks")) == 1 ? "" : "s");
	json_decref(result);
	return r < 0 ? EXIT_CANNOT : EXIT_OK;
}
