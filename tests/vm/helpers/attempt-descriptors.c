/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tries what can be done with descriptors that were there before, to files that have no name yet,
 * and through what opens files for the caller.
 */
#include "attempt.h"
#include "ring.h"

#include <sys/mount.h>
#include <sys/quota.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/swap.h>

/* ---- a descriptor that was there before ------------------------------- */

/* A call that transfers bytes: some of them, or it has not been tried. */
static int answer_bytes(long n)
{
	if (n < 0)
		return -errno;
	return n ? 0 : -ENODATA;
}

static int try_fd_read(char **a)
{
	char byte;

	return answer_bytes(pread((int)number(a[0]), &byte, 1, 0));
}

static int try_fd_write(char **a)
{
	return answer_bytes(pwrite((int)number(a[0]), "C", 1, 0));
}

static int try_fd_map(char **a)
{
	char *page = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, (int)number(a[0]), 0);

	if (page == MAP_FAILED)
		return -errno;
	*page = 'C';
	return answer(munmap(page, 1));
}

/* From a[0], to a new file of the name a[1]. */
static int into_file(char **a, long (*move)(int from, int to))
{
	int to = open(a[1], O_WRONLY | O_CREAT | O_TRUNC, 0600), r;

	if (to < 0)
		return -errno;
	r = answer_bytes(move((int)number(a[0]), to));
	close(to);
	return r;
}

static long by_sendfile(int from, int to)
{
	off_t at = 0;

	return sendfile(to, from, &at, 6);
}

static long by_copying(int from, int to)
{
	loff_t at = 0;

	return copy_file_range(from, &at, to, NULL, 6, 0);
}

static long by_splicing(int from, int to)
{
	int ends[2];
	loff_t at = 0;
	long n;

	if (pipe(ends))
		return -1;
	n = splice(from, &at, ends[1], NULL, 6, 0);
	if (n > 0)
		n = splice(ends[0], NULL, to, NULL, 6, 0);
	close(ends[0]);
	close(ends[1]);
	return n;
}

static int try_fd_sendfile(char **a)
{
	return into_file(a, by_sendfile);
}

static int try_fd_copy(char **a)
{
	return into_file(a, by_copying);
}

static int try_fd_splice(char **a)
{
	return into_file(a, by_splicing);
}

/* Reads into a registered buffer. */
static int try_fd_uring(char **a)
{
	static char buffer[4096] __attribute__((aligned(4096)));
	const struct iovec all = {buffer, sizeof(buffer)};
	struct io_uring_sqe request = {.opcode = IORING_OP_READ_FIXED,
				       .fd = (int)number(a[0]),
				       .addr = (uintptr_t)buffer,
				       .len = 6};
	struct ring ring;
	int r = ring_open(&ring);

	if (r)
		return r;
	if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &all, 1) < 0)
		return -errno;
	r = ring_submit(&ring, &request);
	close(ring.fd);
	return r < 0 ? r : r ? 0 : -ENODATA;
}

/* Its entry in /proc/self/fd, with flags a[1]. */
static int try_fd_reopen(char **a)
{
	char name[64];

	snprintf(name, sizeof(name), "/dev/fd/%ld", number(a[0]));
	return answer_fd(open(name, open_flags(a[1])));
}

static int try_fd_openat(char **a)
{
	return answer_fd(openat((int)number(a[0]), a[1], O_RDONLY));
}

/* A mapping of it, by its entry in /proc/self/map_files. */
static int try_fd_map_files(char **a)
{
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, (int)number(a[0]), 0), name[64];

	if (page == MAP_FAILED)
		return -errno;
	snprintf(name, sizeof(name), "/proc/self/map_files/%lx-%lx", (unsigned long)page,
		 (unsigned long)page + 4096);
	return answer_fd(open(name, O_RDONLY));
}

/* ---- names for what is open ------------------------------------------- */

static int publish(int fd, const char *name, int empty)
{
	char proc[64];

	if (fd < 0)
		return -errno;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	return answer(linkat(fd, empty ? "" : proc, AT_FDCWD, name,
			     empty ? AT_EMPTY_PATH : AT_SYMLINK_FOLLOW));
}

/* A file made without a name in directory a[0] is given the name a[1]. */
static int try_publish(char **a)
{
	return publish(open(a[0], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), a[1], 0);
}

/* AT_EMPTY_PATH takes a capability of the initial namespace. */
static int try_publish_empty(char **a)
{
	return publish(open(a[0], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), a[1], 1);
}

/* The same for a file that has a name. */
static int try_link_fd(char **a)
{
	return publish(open(a[0], O_PATH | O_CLOEXEC), a[1], 0);
}

static int try_link_empty(char **a)
{
	return publish(open(a[0], O_PATH | O_CLOEXEC), a[1], 1);
}

static int try_link_follow(char **a)
{
	return answer(linkat(AT_FDCWD, a[0], AT_FDCWD, a[1], AT_SYMLINK_FOLLOW));
}

static int execute_fd(char **a)
{
	char *argv[] = {a[0], NULL}, *env[] = {NULL};
	int fd = open(a[0], O_PATH | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return answer(syscall(SYS_execveat, fd, "", argv, env, AT_EMPTY_PATH));
}

static int try_exec_fd(char **a)
{
	return in_child(execute_fd, a);
}

/* Another process' root directory as a way to a[0]. */
static int try_sibling(char **a)
{
	char name[256];
	pid_t pid = fork();
	int r;

	if (pid == 0)
		for (;;)
			pause();
	if (pid < 0)
		return -errno;
	snprintf(name, sizeof(name), "/proc/%d/root%s", pid, a[0]);
	r = answer_fd(open(name, O_RDONLY));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return r;
}

/* ---- what opens files for the caller ---------------------------------- */

/* "-" turns it off. */
static int try_acct(char **a)
{
	return answer(acct(strcmp(a[0], "-") == 0 ? NULL : a[0]));
}

static int try_swapon(char **a)
{
	return answer(swapon(a[0], 0));
}

static int try_quota_on(char **a)
{
	return answer(quotactl(QCMD(Q_QUOTAON, USRQUOTA), a[0], 2, (caddr_t)a[1]));
}

/* By its handle, which names no path; a[0] is a directory on the same mount. */
static int try_by_handle(char **a)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} h = {.handle = {.handle_bytes = MAX_HANDLE_SZ}};
	int mount_id, dir, r;

	if (name_to_handle_at(AT_FDCWD, a[1], &h.handle, &mount_id, 0))
		return -errno;
	dir = open(a[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	r = answer_fd(open_by_handle_at(dir, &h.handle, O_RDONLY));
	close(dir);
	return r;
}

static int try_fanotify(char **a)
{
	(void)a;
	return answer_fd((int)syscall(SYS_fanotify_init, 0, O_RDONLY));
}

static int try_fuse_mount(char **a)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC), r;
	char options[128];

	if (fd < 0)
		return -errno;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	r = answer(mount("fuse", a[0], "fuse", 0, options));
	if (!r)
		umount2(a[0], MNT_DETACH);
	close(fd);
	return r;
}

/*
 * Into a slot of the ring's own table, which no descriptor names. In a child, because it may be a
 * worker of the ring that opens the file, under a name of its own: the pid tells whose it is.
 */
static int uring_open(char **a)
{
	struct io_uring_sqe request = {.opcode = IORING_OP_OPENAT,
				       .fd = AT_FDCWD,
				       .addr = (uintptr_t)a[1],
				       .open_flags = (unsigned)open_flags(a[0]) & ~O_CLOEXEC,
				       .len = 0600,
				       .file_index = 1};
	int none = -1, r;
	struct ring ring;

	r = ring_open(&ring);
	if (r)
		return r;
	if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &none, 1) < 0)
		return -errno;
	r = ring_submit(&ring, &request);
	close(ring.fd);
	return r < 0 ? r : 0;
}

static int try_uring_open(char **a)
{
	return in_child(uring_open, a);
}

/* Dies in directory a[0], where its core goes. */
static int dump_core(char **a)
{
	const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	if (chdir(a[0]) || setrlimit(RLIMIT_CORE, &all))
		return -errno;
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
	return -EINTR;
}

static int try_dump_core(char **a)
{
	return in_child(dump_core, a);
}

static const struct attempt attempts[] = {
    {"fd-read", 1, try_fd_read},	 {"fd-write", 1, try_fd_write},
    {"fd-map", 1, try_fd_map},		 {"fd-sendfile", 2, try_fd_sendfile},
    {"fd-copy", 2, try_fd_copy},	 {"fd-splice", 2, try_fd_splice},
    {"fd-uring", 1, try_fd_uring},	 {"fd-reopen", 2, try_fd_reopen},
    {"fd-openat", 2, try_fd_openat},	 {"fd-map-files", 1, try_fd_map_files},
    {"publish", 2, try_publish},	 {"publish-empty", 2, try_publish_empty},
    {"link-fd", 2, try_link_fd},	 {"link-empty", 2, try_link_empty},
    {"link-follow", 2, try_link_follow}, {"exec-fd", 1, try_exec_fd},
    {"sibling", 1, try_sibling},	 {"acct", 1, try_acct},
    {"swapon", 1, try_swapon},		 {"quota-on", 2, try_quota_on},
    {"by-handle", 2, try_by_handle},	 {"fanotify", 0, try_fanotify},
    {"fuse-mount", 1, try_fuse_mount},	 {"uring-open", 2, try_uring_open},
    {"dump-core", 1, try_dump_core},	 {},
};

int main(void)
{
	return make_attempts(attempts);
}
