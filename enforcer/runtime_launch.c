/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime_launch.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cmd.h"
#include "log.h"
#include "signals.h"
#include "util.h"

/* Where runtimes are, whatever PATH an engine has. */
#define DIRECTORIES "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#define FEATURES_MAX (256u << 10) /* bytes of `features`; runc 1.1 has 6 KiB */

/* `dirs`: a list as in PATH. NULL: it is in none of them, or memory is short. */
static char *find_in(const char *dirs, const char *name)
{
	const char *end;
	char *path;

	for (; *dirs; dirs = *end ? end + 1 : end) {
		end = strchrnul(dirs, ':');
		if (*dirs != '/')
			continue;
		if (asprintf(&path, "%.*s/%s", (int)(end - dirs), dirs, name) < 0)
			return NULL;
		if (!access(path, X_OK))
			return path;
		free(path);
	}
	return NULL;
}

static char *find(const char *name)
{
	const char *dirs = getenv("PATH");
	char *path = NULL;

	if (strchr(name, '/'))
		return access(name, X_OK) ? NULL : strdup(name);
	if (dirs)
		path = find_in(dirs, name);
	return path ? path : find_in(DIRECTORIES, name);
}

/* A link of the runtime's name that leads to us would go round for ever. */
static bool is_ourselves(const char *path)
{
	struct stat a, b;

	return !stat(path, &a) && !stat("/proc/self/exe", &b) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

int runtime_find(const char *name, char **ret_path)
{
	_free_ char *path = find(name ? name : "crun");

	if (!path && !name)
		path = find("runc");
	if (!path) {
		log_error("No runtime '%s' to make containers with",
			  name ? name : "crun' or 'runc");
		log_hint("--runtime PATH names one, or 'runtime' in /etc/ringfence/runtime.yaml");
		return -ENOENT;
	}
	if (is_ourselves(path)) {
		log_error("The runtime '%s' is ringfence itself", path);
		return -ELOOP;
	}
	*ret_path = take_ptr(path);
	return 0;
}

bool runtime_is_crun(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	if (strncmp(name, "crun", 4))
		return false;
	return !name[4] || (strchr("-.", name[4]) && isdigit((unsigned char)name[5]));
}

bool runtime_takes_seccomp_flags(const char *path)
{
	_free_ char *text = calloc(1, FEATURES_MAX), *command = NULL;
	FILE *f;

	if (runtime_is_crun(path))
		return true;
	if (!text || asprintf(&command, "exec '%s' features 2>/dev/null", path) < 0) {
		command = NULL;
		return false;
	}
	if (strchr(path, '\'')) /* would end the quotes */
		return false;
	f = popen(command, "re");
	if (!f)
		return false;
	(void)!fread(text, 1, FEATURES_MAX - 1, f);
	return !pclose(f) && strstr(text, "SECCOMP_FILTER_FLAG_LOG");
}

int runtime_exec(char **argv)
{
	execv(argv[0], argv);
	log_errno(-errno, "Failed to execute '%s'", argv[0]);
	return errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXEC;
}

/* Sockets that are handed down are for one process by its number: for us, till now. */
static void hand_down_sockets(pid_t parent)
{
	const char *meant = getenv("LISTEN_PID");
	char number[16];

	snprintf(number, sizeof(number), "%d", parent);
	if (!meant || strcmp(meant, number))
		return;
	snprintf(number, sizeof(number), "%d", getpid());
	(void)setenv("LISTEN_PID", number, true);
}

static _Noreturn void be_runtime(char **argv, const sigset_t *signals, pid_t parent)
{
	/* A container that nobody waits for would be nobody's to clean up. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(EXIT_CANNOT);
	sigprocmask(SIG_SETMASK, signals, NULL);
	hand_down_sockets(parent);
	_exit(runtime_exec(argv));
}

static int wait_for(pid_t pid, int signals)
{
	_close_ int pidfd = pidfd_open(pid, 0);
	struct pollfd polled[] = {{.fd = pidfd, .events = POLLIN},
				  {.fd = signals, .events = POLLIN}};
	int status;

	while (pidfd >= 0 && !polled[0].revents) {
		if (poll(polled, 2, -1) < 0 && errno != EINTR)
			break;
		(void)signals_forward(signals, pid, pidfd);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_CANNOT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SIGNAL_BASE + WTERMSIG(status);
}

int runtime_run(char **argv)
{
	const pid_t self = getpid();
	sigset_t before;
	_close_ int signals = signals_catch(&before);
	pid_t pid;
	int code;

	if (signals < 0) {
		log_errno(signals, "Failed to make a signalfd");
		return -1;
	}
	pid = fork();
	if (!pid)
		be_runtime(argv, &before, self);
	if (pid < 0)
		log_errno(-errno, "Failed to fork");
	code = pid < 0 ? -1 : wait_for(pid, signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return code;
}

/*
 * Other options of the command line are left out: above all, no answer must go to the log, of which
 * engines show their users what is in it.
 */
bool runtime_knows(const char *path, const char *root, const char *id)
{
	const char *words[] = {path, "--root", root, "state", "--", id, NULL};
	const char *rootless[] = {path, "state", "--", id, NULL};
	char *const *argv = (char *const *)(uintptr_t)(root ? words : rootless);
	posix_spawn_file_actions_t silent;
	int status = 0, r;
	pid_t pid;

	if (posix_spawn_file_actions_init(&silent))
		return true;
	r = posix_spawn_file_actions_addopen(&silent, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (!r)
		r = posix_spawn_file_actions_adddup2(&silent, STDOUT_FILENO, STDERR_FILENO);
	if (!r)
		r = posix_spawn(&pid, path, &silent, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&silent);
	if (r)
		return true;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return true;
	return WIFEXITED(status) && !WEXITSTATUS(status);
}
