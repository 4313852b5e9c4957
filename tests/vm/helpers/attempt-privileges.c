/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tries privileged operations. Those that could do harm are asked for with arguments that the
 * kernel refuses by another errno: what matters is whether it came to look at them.
 */
#include "attempt.h"

#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

/* ---- mounts ----------------------------------------------------------- */

static int try_mount(char **a)
{
	return answer(mount("none", a[0], "tmpfs", 0, NULL));
}

static int try_bind(char **a)
{
	return answer(mount(a[0], a[1], NULL, MS_BIND, NULL));
}

static int try_move(char **a)
{
	return answer(mount(a[0], a[1], NULL, MS_MOVE, NULL));
}

static int try_remount(char **a)
{
	return answer(mount(NULL, a[0], NULL, MS_REMOUNT | MS_RDONLY, NULL));
}

static int try_umount(char **a)
{
	return answer(umount2(a[0], MNT_DETACH));
}

static int try_move_mount(char **a)
{
	return answer(syscall(SYS_move_mount, AT_FDCWD, a[0], AT_FDCWD, a[1], 0));
}

static int try_open_tree(char **a)
{
	return answer_fd((int)syscall(SYS_open_tree, AT_FDCWD, a[0], OPEN_TREE_CLONE));
}

static int try_fsopen(char **a)
{
	return answer_fd((int)syscall(SYS_fsopen, a[0], 0));
}

static int try_fspick(char **a)
{
	return answer_fd((int)syscall(SYS_fspick, AT_FDCWD, a[0], 0));
}

static int try_fsmount(char **a)
{
	(void)a;
	return answer_fd((int)syscall(SYS_fsmount, -1, 0, 0));
}

/* The whole way to a file system that is mounted nowhere. */
static int try_fsmount_new(char **a)
{
	int fs = (int)syscall(SYS_fsopen, a[0], 0), r;

	if (fs < 0)
		return -errno;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -errno;
	r = answer_fd((int)syscall(SYS_fsmount, fs, 0, 0));
	close(fs);
	return r;
}

static int try_mount_setattr(char **a)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_NOEXEC};

	return answer(syscall(SYS_mount_setattr, AT_FDCWD, a[0], 0, &attr, sizeof(attr)));
}

/* In a mount namespace of its own: the new root is a new mount. */
static int pivot(char **a)
{
	if (unshare(CLONE_NEWNS))
		return -errno;
	return answer(syscall(SYS_pivot_root, a[0], a[1]));
}

static int try_pivot_root(char **a)
{
	return in_child(pivot, a);
}

static int change_root(char **a)
{
	return answer(chroot(a[0]));
}

static int try_chroot(char **a)
{
	return in_child(change_root, a);
}

/* ---- other tasks ------------------------------------------------------ */

static int unshare_user(char **a)
{
	(void)a;
	return answer(unshare(CLONE_NEWUSER));
}

static int try_unshare_user(char **a)
{
	return in_child(unshare_user, a);
}

static int try_clone_user(char **a)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	(void)a;
	if (pid == 0)
		_exit(0);
	return pid < 0 ? -errno : answer(waitpid((pid_t)pid, NULL, 0));
}

static int trace_me(char **a)
{
	(void)a;
	return answer(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int try_traceme(char **a)
{
	return in_child(trace_me, a);
}

static int trace(pid_t pid)
{
	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL))
		return -errno;
	waitpid(pid, NULL, __WALL);
	return answer(ptrace(PTRACE_DETACH, pid, NULL, NULL));
}

static int seize(pid_t pid)
{
	return answer(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
}

static int read_memory(pid_t pid)
{
	char byte;
	struct iovec local = {&byte, 1}, remote = {&attempt_child, 1};

	/* From another program the address may mean nothing: EFAULT comes after the decision. */
	return answer(process_vm_readv(pid, &local, 1, &remote, 1, 0));
}

static int open_maps(pid_t pid)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/%d/maps", pid);
	return answer_fd(open(name, O_RDONLY));
}

/* A probe whose refusal is expected, and told by what is left out: start_code is 1 then. */
static int probe(pid_t pid)
{
	char name[64], line[1024] = {}, *at;
	ssize_t n;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	fd = open(name, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	close(fd);
	at = n < 0 ? NULL : strrchr(line, ')');
	for (int field = 2; at && field < 26; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return -EBADMSG;
	return strtoull(at, NULL, 10) == 1 ? -EPERM : 0;
}

/* Does something to a child that waits. */
static int to_child(int (*use)(pid_t))
{
	int r;

	attempt_child = fork();
	if (attempt_child == 0)
		for (;;)
			pause();
	if (attempt_child < 0)
		return -errno;
	r = use(attempt_child);
	kill(attempt_child, SIGKILL);
	waitpid(attempt_child, NULL, __WALL);
	return r;
}

static const struct {
	const char *word;
	int (*use)(pid_t);
} uses[] = {{"attach", trace},
	    {"seize", seize},
	    {"readv", read_memory},
	    {"maps", open_maps},
	    {"probe", probe}};

/* a[0] says what to do, a[1] to whom: a pid, or "child". */
static int try_task(char **a)
{
	for (size_t i = 0; i < sizeof(uses) / sizeof(*uses); i++)
		if (!strcmp(uses[i].word, a[0]))
			return strcmp(a[1], "child") ? uses[i].use((pid_t)number(a[1]))
						     : to_child(uses[i].use);
	return -ENOTSUP;
}

/* One's own memory, past what mprotect() would have had to say. */
static int try_write_mem(char **a)
{
	return answer_fd(open(a[0], O_WRONLY));
}

static int try_append_mem(char **a)
{
	return answer_fd(open(a[0], O_WRONLY | O_APPEND));
}

static int try_open_read(char **a)
{
	return answer_fd(open(a[0], O_RDONLY));
}

static int try_mode(char **a)
{
	struct stat now;

	if (stat(a[0], &now))
		return -errno;
	return answer(chmod(a[0], now.st_mode & 07777));
}

/* Made and removed again. */
static int try_make_dir(char **a)
{
	return mkdir(a[0], 0700) ? -errno : answer(rmdir(a[0]));
}

/* A pipe, opened once more for writing. */
static int try_write_own_pipe(char **a)
{
	int ends[2], r;
	char name[64];

	(void)a;
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", ends[1]);
	r = answer_fd(open(name, O_WRONLY));
	close(ends[0]);
	close(ends[1]);
	return r;
}

/* ---- the rest of the kernel ------------------------------------------- */

static int try_bpf(char **a)
{
	union bpf_attr attr = {
	    .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};

	(void)a;
	return answer_fd((int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

static int try_perf(char **a)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_TASK_CLOCK,
				       .exclude_kernel = 1};

	(void)a;
	return answer_fd((int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

/* struct io_uring_params: 120 bytes, zero is fine. */
static int try_io_uring(char **a)
{
	char params[120] = {0};

	(void)a;
	return answer_fd((int)syscall(SYS_io_uring_setup, 1, params));
}

static int try_keyctl(char **a)
{
	(void)a;
	return answer(
	    syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1, 0, 0));
}

static int try_add_key(char **a)
{
	(void)a;
	return answer(
	    syscall(SYS_add_key, "user", "ringfence-test", "1", 1, KEY_SPEC_PROCESS_KEYRING));
}

static int try_clock_settime(char **a)
{
	struct timespec now;

	(void)a;
	clock_gettime(CLOCK_REALTIME, &now);
	return answer(clock_settime(CLOCK_REALTIME, &now));
}

static int try_finit(char **a)
{
	int fd = open(a[0], O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = answer(syscall(SYS_finit_module, fd, "", 0));
	close(fd);
	return r;
}

/* Of a file system, by its device. */
static int try_quota(char **a)
{
	struct dqinfo info;

	return answer(quotactl(QCMD(Q_GETINFO, USRQUOTA), a[0], 0, (caddr_t)&info));
}

/* Any system call with small numbers as arguments. */
static int try_syscall(char **a)
{
	return answer(syscall(number(a[0]), number(a[1]), number(a[2]), number(a[3]), number(a[4]),
			      number(a[5])));
}

static const struct attempt attempts[] = {
    {"mount", 1, try_mount},
    {"bind", 2, try_bind},
    {"move", 2, try_move},
    {"remount", 1, try_remount},
    {"umount", 1, try_umount},
    {"move-mount", 2, try_move_mount},
    {"open-tree", 1, try_open_tree},
    {"fsopen", 1, try_fsopen},
    {"fspick", 1, try_fspick},
    {"fsmount", 0, try_fsmount},
    {"fsmount-new", 1, try_fsmount_new},
    {"mount-setattr", 1, try_mount_setattr},
    {"pivot-root", 2, try_pivot_root},
    {"chroot", 1, try_chroot},
    {"unshare-user", 0, try_unshare_user},
    {"clone-user", 0, try_clone_user},
    {"traceme", 0, try_traceme},
    {"task", 2, try_task},
    {"write-mem", 1, try_write_mem},
    {"append-mem", 1, try_append_mem},
    {"open-read", 1, try_open_read},
    {"mode", 1, try_mode},
    {"make-dir", 1, try_make_dir},
    {"write-own-pipe", 0, try_write_own_pipe},
    {"bpf", 0, try_bpf},
    {"perf", 0, try_perf},
    {"io-uring", 0, try_io_uring},
    {"keyctl", 0, try_keyctl},
    {"add-key", 0, try_add_key},
    {"clock-settime", 0, try_clock_settime},
    {"finit", 1, try_finit},
    {"quota", 1, try_quota},
    {"syscall", 6, try_syscall},
    {},
};

int main(void)
{
	return make_attempts(attempts);
}
