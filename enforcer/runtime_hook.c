/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The createRuntime hook: the runtime calls it, in its own namespaces, when the
 * container's init is there, in its cgroup, and waits; and stops if it fails.
 *
 * What it says goes to a file of the container's directory, since some runtimes
 * show nobody what hooks say: see runtime_launch.c.
 */
#include "runtime_hook.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>

#include "cgroup.h"
#include "cmd.h"
#include "log.h"
#include "policy_name.h"
#include "runtime_dir.h"
#include "runtime_register.h"
#include "util.h"

#define STATE_MAX (1 << 20) /* bytes of the state that the runtime writes */

/* The path of a process in the unified hierarchy, "/" and on; the caller's. */
static int cgroup_of(const char *pid, char **ret)
{
	char path[64], *line = NULL;
	_fclose_ FILE *f = NULL;
	size_t room = 0;
	int r = -ENOENT;

	snprintf(path, sizeof(path), "/proc/%s/cgroup", pid);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (r && getline(&line, &room, f) > 0) {
		if (strncmp(line, "0::", 3))
			continue;
		line[strcspn(line, "\n")] = '\0';
		*ret = strdup(line + 3);
		r = *ret ? 0 : -ENOMEM;
	}
	free(line);
	return r;
}

/* Is `inner` the cgroup `outer`, or below it? */
static bool is_within(const char *inner, const char *outer)
{
	size_t len = strlen(outer);

	if (len == 1)
		return true;
	return !strncmp(inner, outer, len) && (!inner[len] || inner[len] == '/');
}

/*
 * The cgroup that is to be confined: the init's own. One that we are in, or below, is others' too:
 * the engine's, the runtime's.
 */
static int open_cgroup(const char *pid, int *ret_fd)
{
	_free_ char *theirs = NULL, *ours = NULL, *root = NULL, *path = NULL;
	int r = cgroup_of(pid, &theirs);

	if (!r)
		r = cgroup_of("self", &ours);
	if (!r)
		r = cgroup_root(&root);
	if (r < 0)
		return log_errno(r, "Failed to find the container's cgroup");
	if (is_within(ours, theirs)) {
		log_error("The container has no cgroup of its own: its init is in '%s'", theirs);
		log_hint("let the engine make one: cgroup v2, and no --cgroups=disabled");
		return -EINVAL;
	}
	if (asprintf(&path, "%s%s", root, theirs) < 0) {
		path = NULL;
		return log_errno(-ENOMEM, "Failed to begin");
	}
	*ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret_fd < 0 ? log_errno(-errno, "Failed to open '%s'", path) : 0;
}

/* It was the same process all the while that its number was used. */
static int check_alive(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	if (!poll(&p, 1, 0))
		return 0;
	log_error("The container's init has ended");
	return -ESRCH;
}

/* A policy without a name: its image as a file in memory, which is what the daemon takes. */
static int open_image(const struct runtime_dir *dir, int *ret_fd)
{
	_close_ int from = openat(dir->fd, RUNTIME_FILE_IMAGE, O_RDONLY | O_CLOEXEC);
	_close_ int to = memfd_create("ringfence-image", MFD_CLOEXEC);
	char bytes[65536];
	ssize_t n = 0;

	if (from < 0 || to < 0)
		return log_errno(-errno, "Failed to read the policy's image");
	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		if (write(to, bytes, (size_t)n) != n)
			return log_errno(-EIO, "Failed to copy the policy's image");
	if (n < 0 || lseek(to, 0, SEEK_SET) < 0)
		return log_errno(-errno, "Failed to copy the policy's image");
	*ret_fd = take_fd(&to);
	return 0;
}

/* What the runtime says on standard input. */
static int read_state(json_t **ret)
{
	_free_ char *text = malloc(STATE_MAX);
	size_t at = 0;
	ssize_t n = 1;

	while (text && n > 0 && at < STATE_MAX) {
		n = read(STDIN_FILENO, text + at, STATE_MAX - at);
		at += n > 0 ? (size_t)n : 0;
	}
	*ret = text ? json_loadb(text, at, 0, NULL) : NULL;
	if (*ret)
		return 0;
	log_error("The runtime did not say which container it is");
	return -EINVAL;
}

/* What the container is to be confined by, as runtime.c has noted it. */
struct noted_policy {
	char name[POLICY_NAME_MAX + 1], hash[2 * RF_HASH_SIZE + 1]; /* "": it has no name */
	int image;						    /* -1: it has one */
	bool filter_audits;
};

static int read_policy(const struct runtime_dir *dir, struct noted_policy *ret)
{
	int fd = openat(dir->fd, RUNTIME_FILE_POLICY, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_fclose_ FILE *f = NULL;
	char mode[16];

	if (fd < 0 && errno == ENOENT)
		return open_image(dir, &ret->image);
	f = fd < 0 ? NULL : fdopen(fd, "r");
	if (!f) {
		int r = -errno;

		close_fd(&fd);
		return log_errno(r, "Failed to read the container's policy");
	}
	if (fscanf(f, "%200s %64s %15s", ret->name, ret->hash, mode) != 3)
		return log_errno(-EINVAL, "Failed to read the container's policy");
	ret->filter_audits = !strcmp(mode, "audit");
	return 0;
}

static int register_init(const struct runtime_dir *dir, pid_t pid, const char *id,
			 struct runtime_domain *ret)
{
	struct noted_policy policy = {.image = -1};
	_close_ int pidfd = pidfd_open(pid, 0), cgroup = -1, image = -1;
	struct runtime_registration who = {.pidfd = pidfd, .name = id};
	char number[16];
	int r;

	if (pidfd < 0)
		return log_errno(-errno, "Failed to find the container's init, process %d", pid);
	snprintf(number, sizeof(number), "%d", pid);
	r = open_cgroup(number, &cgroup);
	if (!r)
		r = check_alive(pidfd);
	if (!r)
		r = read_policy(dir, &policy);
	image = policy.image;
	if (r < 0)
		return r;
	who.policy = image < 0 ? policy.name : NULL;
	who.hash = image < 0 ? policy.hash : NULL;
	who.image = image;
	who.cgroup = cgroup;
	who.filter_audits = policy.filter_audits;
	return runtime_register(&who, ret);
}

/* For `exec`, which has to know when the domain is running. */
static int note_domain(const struct runtime_dir *dir, const struct runtime_domain *domain)
{
	char text[320];
	int n = snprintf(text, sizeof(text), "%s %u %u\n", domain->pins, domain->slot,
			 domain->generation);
	int r = runtime_dir_write(dir, RUNTIME_FILE_REGISTERED, text, (size_t)n);

	return r < 0 ? log_errno(r, "Failed to note that the container is registered") : 0;
}

static int register_container(const struct runtime_dir *dir)
{
	struct runtime_domain domain;
	json_t *state = NULL;
	const char *id;
	json_int_t pid;
	int r = read_state(&state);

	if (r < 0)
		return r;
	id = json_string_value(json_object_get(state, "id"));
	pid = json_integer_value(json_object_get(state, "pid"));
	if (id && pid > 1 && pid <= INT32_MAX) {
		r = register_init(dir, (pid_t)pid, id, &domain);
	} else {
		log_error("The runtime did not say which process the container is");
		r = -EINVAL;
	}
	json_decref(state);
	return r < 0 ? r : note_domain(dir, &domain);
}

int runtime_hook(int argc, char **argv)
{
	_cleanup_(runtime_dir_done) struct runtime_dir dir = RUNTIME_DIR_NONE;
	_close_ int messages = -1;

	if (argc != 2) {
		log_error("'hook' is for the runtime to call");
		return EXIT_USAGE;
	}
	if (runtime_dir_open_path(argv[1], &dir) < 0)
		return EXIT_CANNOT;
	messages = openat(dir.fd, RUNTIME_FILE_MESSAGES,
			  O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (messages >= 0)
		(void)dup2(messages, STDERR_FILENO);
	return register_container(&dir) < 0 ? EXIT_CANNOT : EXIT_OK;
}
