/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tries to leave a policy behind by way of namespaces and mounts: makes or joins a namespace, or
 * mounts something, and then opens a file for reading, which is the attempt's answer. All in
 * children.
 */
#include "attempt.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

static const struct {
	const char *word;
	int flag;
} kinds[] = {{"mnt", CLONE_NEWNS},    {"pid", CLONE_NEWPID},   {"cgroup", CLONE_NEWCGROUP},
	     {"user", CLONE_NEWUSER}, {"time", CLONE_NEWTIME}, {"uts", CLONE_NEWUTS},
	     {"ipc", CLONE_NEWIPC},   {"net", CLONE_NEWNET}};

/* Words joined by commas. */
static int namespace_flags(const char *text)
{
	int all = 0;

	for (const char *at = text; *at; at += strcspn(at, ","), at += *at == ',')
		for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
			if (strcspn(at, ",") == strlen(kinds[i].word) &&
			    !strncmp(at, kinds[i].word, strlen(kinds[i].word)))
				all |= kinds[i].flag;
	return all;
}

static int open_it(const char *path)
{
	return answer_fd(open(path, O_RDONLY | O_CLOEXEC));
}

/* ---- namespaces ------------------------------------------------------- */

static int unshare_and_open(char **a)
{
	return unshare(namespace_flags(a[0])) ? -errno : open_it(a[1]);
}

static int try_unshare(char **a)
{
	return in_child(unshare_and_open, a);
}

/* Like it, but what opens is a child: in a new PID namespace the first one. */
static int unshare_and_fork(char **a)
{
	int status;
	pid_t pid;

	if (unshare(namespace_flags(a[0])))
		return -errno;
	pid = fork();
	if (pid == 0)
		_exit(-open_it(a[1]));
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return -WEXITSTATUS(status);
}

static int try_unshare_fork(char **a)
{
	return in_child(unshare_and_fork, a);
}

static int clone_and_open(char **a)
{
	int status;
	long pid = syscall(SYS_clone, namespace_flags(a[0]) | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(-open_it(a[1]));
	if (pid < 0 || waitpid((pid_t)pid, &status, 0) < 0)
		return -errno;
	return -WEXITSTATUS(status);
}

static int try_clone(char **a)
{
	return in_child(clone_and_open, a);
}

/* A sibling that has namespaces of its own, and waits. */
static pid_t make_sibling(int flags)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (pid == 0) {
		close(ready[0]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(flags) || write(ready[1], "1", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1) {
		errno = EPERM;
		return -1;
	}
	close(ready[0]);
	return pid;
}

static int join(int fd, int flags, const char *path)
{
	if (fd < 0 || setns(fd, flags))
		return -errno;
	return open_it(path);
}

static int join_sibling(char **a)
{
	pid_t pid = make_sibling(namespace_flags(a[0]));
	char name[64];
	int r;

	if (pid < 0)
		return -errno;
	snprintf(name, sizeof(name), "/proc/%d/ns/%s", pid, a[0]);
	r = join(open(name, O_RDONLY | O_CLOEXEC), 0, a[1]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return r;
}

static int try_join(char **a)
{
	return in_child(join_sibling, a);
}

static int join_sibling_pidfd(char **a)
{
	int flags = namespace_flags(a[0]), r;
	pid_t pid = make_sibling(flags);

	if (pid < 0)
		return -errno;
	r = join((int)syscall(SYS_pidfd_open, pid, 0), flags, a[1]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return r;
}

static int try_join_pidfd(char **a)
{
	return in_child(join_sibling_pidfd, a);
}

/* Those of process a[0], which is nobody of ours. */
static int join_other_pidfd(char **a)
{
	return join((int)syscall(SYS_pidfd_open, (pid_t)number(a[0]), 0), CLONE_NEWNS, a[1]);
}

static int try_join_other_pidfd(char **a)
{
	return in_child(join_other_pidfd, a);
}

static int join_other(char **a)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/%ld/ns/mnt", number(a[0]));
	return join(open(name, O_RDONLY | O_CLOEXEC), 0, a[1]);
}

static int try_join_other(char **a)
{
	return in_child(join_other, a);
}

/* A namespace that somebody has bound to a file. */
static int join_file(char **a)
{
	return join(open(a[0], O_RDONLY | O_CLOEXEC), 0, a[1]);
}

static int try_join_file(char **a)
{
	return in_child(join_file, a);
}

/* ---- mounts ----------------------------------------------------------- */

/* Where that is to be had, mounts are made in a namespace of their own, and go with it. */
static void stand_apart(void)
{
	if (!unshare(CLONE_NEWNS))
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* DEVICE DIR TYPE OPTIONS, "-" for none. */
static int mount_type(char **a)
{
	return answer(mount(a[0], a[1], a[2], 0, *a[3] == '-' ? NULL : a[3]));
}

static int try_mount(char **a)
{
	return in_child(mount_type, a);
}

static int mount_type_apart(char **a)
{
	stand_apart();
	return mount_type(a);
}

static int try_mount_apart(char **a)
{
	return in_child(mount_type_apart, a);
}

static int try_remount_bind(char **a)
{
	return answer(mount(NULL, a[0], NULL, MS_REMOUNT | MS_BIND, NULL));
}

static int try_make_private(char **a)
{
	return answer(mount(NULL, a[0], NULL, MS_PRIVATE, NULL));
}

/* Binds a[0] over a[1], and opens a[2]. */
static int bind_and_open(char **a)
{
	stand_apart();
	if (mount(a[0], a[1], NULL, MS_BIND | MS_REC, NULL))
		return -errno;
	return open_it(a[2]);
}

static int try_bind_open(char **a)
{
	return in_child(bind_and_open, a);
}

/* The whole tree again at a[0], which then becomes the root; the old one ends in a[1] there. */
static int pivot_and_open(char **a)
{
	char old[256];

	stand_apart();
	if (mount("/", a[0], NULL, MS_BIND | MS_REC, NULL))
		return -errno;
	snprintf(old, sizeof(old), "%s%s", a[0], a[1]);
	if (syscall(SYS_pivot_root, a[0], old) || chdir("/"))
		return -errno;
	return open_it(a[2]);
}

static int try_pivot(char **a)
{
	return in_child(pivot_and_open, a);
}

/* A tree cloned from a[0] and attached at a[1]. */
static int attach_tree(char **a)
{
	int fd = (int)syscall(SYS_open_tree, AT_FDCWD, a[0], OPEN_TREE_CLONE);

	if (fd < 0)
		return -errno;
	return answer(syscall(SYS_move_mount, fd, "", AT_FDCWD, a[1], MOVE_MOUNT_F_EMPTY_PATH));
}

static int attach_apart(char **a)
{
	stand_apart();
	return attach_tree(a);
}

static int try_attach_tree(char **a)
{
	return in_child(attach_apart, a);
}

static const struct attempt attempts[] = {
    {"unshare", 2, try_unshare},
    {"unshare-fork", 2, try_unshare_fork},
    {"clone", 2, try_clone},
    {"join", 2, try_join},
    {"join-pidfd", 2, try_join_pidfd},
    {"join-other", 2, try_join_other},
    {"join-other-pidfd", 2, try_join_other_pidfd},
    {"join-file", 2, try_join_file},
    {"mount", 4, try_mount},
    {"mount-apart", 4, try_mount_apart},
    {"remount-bind", 1, try_remount_bind},
    {"make-private", 1, try_make_private},
    {"bind-open", 3, try_bind_open},
    {"pivot", 3, try_pivot},
    {"attach-tree", 2, try_attach_tree},
    {},
};

int main(void)
{
	return make_attempts(attempts);
}
