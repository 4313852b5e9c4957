/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `ringfence run` without a daemon loads its own programs. Were they held by
 * its descriptors alone, SIGKILL of ringfence would set the command free. So
 * the links are pinned before the command starts: whatever becomes of
 * ringfence, its command stays confined, and the lock file (flock ends with
 * its holder) tells the next run what is left to clean up.
 */
#include "rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "cgroup.h"
#include "log.h"
#include "tasks.h"
#include "util.h"

#define LOCK_TOP "/run/ringfence"
#define LOCK_DIR RUNDIR_LOCKS
#define BPFFS	 "/sys/fs/bpf"
#define PIN_TOP	 BPFFS "/ringfence"
#define PIN_DIR	 RUNDIR_PINS

#define LOCK_TRIES     100
#define CANARY_SECONDS 120 /* longer than it is tried for */

static int make_dir(const char *path)
{
	if (mkdir(path, 0700) && errno != EEXIST)
		return log_errno(-errno, "Failed to make '%s'", path);
	return 0;
}

static int mount_bpffs(void)
{
	struct statfs st;

	if (!statfs(BPFFS, &st) && (__u32)st.f_type == BPF_FS_MAGIC)
		return 0;
	if (!mount("bpf", BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		return 0;
	log_errno(-errno, "Failed to mount a bpffs on '" BPFFS "'");
	log_hint("mount -t bpf bpf " BPFFS);
	return -ENOENT;
}

static int fill(const char *kind, bool pins, struct rundir *d)
{
	__u32 nonce;

	if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce))
		return -errno;
	snprintf(d->id, sizeof(d->id), "%s-%d-%08x", kind, getpid(), nonce);
	if (asprintf(&d->lock_path, LOCK_DIR "/%s", d->id) < 0 ||
	    (pins && asprintf(&d->pin_dir, PIN_DIR "/%s", d->id) < 0))
		return -ENOMEM;
	return 0;
}

/*
 * Makes and locks the lock file of a fresh id. -EAGAIN: a run that cleans up came between the two,
 * took the file for one that a dead run had left, and removed it.
 */
static int make_lock(const char *kind, bool pins, struct rundir *d)
{
	struct stat st;
	int r = fill(kind, pins, d);

	if (r < 0)
		return log_errno(r, "Failed to name the run");
	d->lock = open(d->lock_path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (d->lock < 0 || flock(d->lock, LOCK_EX) || fstat(d->lock, &st))
		return log_errno(-errno, "Failed to lock '%s'", d->lock_path);
	return st.st_nlink ? 0 : -EAGAIN;
}

int rundir_make(const char *kind, bool pins, struct rundir *ret)
{
	_cleanup_(rundir_done) struct rundir d = RUNDIR_NONE;
	int r = -EAGAIN;

	if (make_dir(LOCK_TOP) || make_dir(LOCK_DIR) || mount_bpffs() || make_dir(PIN_TOP) ||
	    make_dir(PIN_DIR))
		return -EIO;
	for (int i = 0; r == -EAGAIN && i < LOCK_TRIES; i++) {
		rundir_done(&d);
		r = make_lock(kind, pins, &d);
	}
	if (r < 0)
		return r == -EAGAIN ? log_errno(r, "Failed to lock '%s'", d.lock_path) : r;
	if (pins && mkdir(d.pin_dir, 0700)) {
		r = log_errno(-errno, "Failed to make '%s'", d.pin_dir);
		unlink(d.lock_path);
		return r;
	}
	*ret = d;
	d = RUNDIR_NONE;
	return 0;
}

/* Who holds the lock only looks whether there is something to remove, and it may be gone then. */
int rundir_take(const char *id, struct rundir *ret)
{
	_cleanup_(rundir_done) struct rundir d = RUNDIR_NONE;

	if (make_dir(LOCK_TOP) || make_dir(LOCK_DIR))
		return -EIO;
	if (snprintf(d.id, sizeof(d.id), "%s", id) >= (int)sizeof(d.id))
		return -ENAMETOOLONG;
	if (asprintf(&d.lock_path, LOCK_DIR "/%s", id) < 0 ||
	    asprintf(&d.pin_dir, PIN_DIR "/%s", id) < 0)
		return -ENOMEM;
	d.lock = open(d.lock_path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (d.lock < 0 || flock(d.lock, LOCK_EX))
		return -errno;
	if (access(d.pin_dir, F_OK))
		return -errno;
	*ret = d;
	d = RUNDIR_NONE;
	return 0;
}

bool rundir_is_of_daemon(const char *pins)
{
	static const char head[] = RUNDIR_PINS "/" RUNDIR_OF_DAEMON "-";
	struct statfs fs;

	return !strncmp(pins, head, strlen(head)) && !strchr(pins + strlen(head), '/') &&
	       !statfs(pins, &fs) && (__u32)fs.f_type == BPF_FS_MAGIC;
}

bool rundir_is_held(const char *id)
{
	_free_ char *path = NULL;
	_close_ int fd = -1;

	if (asprintf(&path, LOCK_DIR "/%s", id) < 0)
		return true;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno != ENOENT;
	return flock(fd, LOCK_SH | LOCK_NB) != 0;
}

int rundir_write(const struct rundir *d, const char *text)
{
	size_t size = strlen(text), done = 0;
	ssize_t n;

	if (ftruncate(d->lock, 0))
		return -errno;
	for (; done < size; done += (size_t)n) {
		n = pwrite(d->lock, text + done, size - done, (off_t)done);
		if (n <= 0)
			return n ? -errno : -EIO;
	}
	return 0;
}

/* Pins are plain names in one directory. */
void rundir_remove_pins(const char *dir)
{
	DIR *at = opendir(dir);
	struct dirent *e;

	if (!at)
		return;
	while ((e = readdir(at)))
		if (e->d_name[0] != '.' && strcmp(e->d_name, TASKS_ITERATOR) != 0)
			(void)unlinkat(dirfd(at), e->d_name, 0);
	/* Whoever is killed before this leaves what can be asked. */
	(void)unlinkat(dirfd(at), TASKS_ITERATOR, 0);
	closedir(at);
	(void)rmdir(dir);
}

void rundir_remove(struct rundir *d)
{
	if (!d->lock_path)
		return;
	if (d->pin_dir)
		rundir_remove_pins(d->pin_dir);
	unlink(d->lock_path);
	rundir_done(d);
}

void rundir_done(struct rundir *d)
{
	free(d->lock_path);
	free(d->pin_dir);
	close_fd(&d->lock);
	*d = RUNDIR_NONE;
}

static void clean_up_one(const char *root, const char *id)
{
	_free_ char *lock_path = NULL, *pins = NULL, *next = NULL, *cgroup = NULL, *events = NULL;
	_close_ int fd = -1;

	if (asprintf(&lock_path, LOCK_DIR "/%s", id) < 0 ||
	    asprintf(&pins, PIN_DIR "/%s", id) < 0 ||
	    asprintf(&next, PIN_DIR "/" RUNDIR_NEXT "%s", id) < 0 ||
	    asprintf(&cgroup, "%s/ringfence/%s", root, id) < 0 ||
	    asprintf(&events, "%s/cgroup.events", cgroup) < 0)
		return;
	fd = open(lock_path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) || !cgroup_is_empty(AT_FDCWD, events) ||
	    tasks_remain(pins, 0))
		return;
	log_info("Removing what run '%s' left behind", id);
	rundir_remove_pins(next);
	rundir_remove_pins(pins);
	(void)cgroup_remove(cgroup);
	unlink(lock_path);
}

/* One that is in use may be of a process of another PID namespace. */
static bool is_young(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, 0) || time(NULL) - st.st_mtime < CANARY_SECONDS;
}

/* Of whoever was killed while the programs were tried: see canary.c. */
static void clean_up_canaries(const char *root)
{
	_free_ char *parent = NULL;
	struct dirent *e;
	DIR *dir;
	int pid;

	if (asprintf(&parent, "%s/ringfence", root) < 0) {
		parent = NULL;
		return;
	}
	dir = opendir(parent);
	while (dir && (e = readdir(dir)))
		if (sscanf(e->d_name, "canary-%d-", &pid) == 1 && kill(pid, 0) && errno == ESRCH &&
		    !is_young(dirfd(dir), e->d_name))
			(void)unlinkat(dirfd(dir), e->d_name, AT_REMOVEDIR); /* if nobody is in */
	if (dir)
		closedir(dir);
}

void rundir_clean_up(void)
{
	DIR *dir = opendir(LOCK_DIR);
	_free_ char *root = NULL;
	struct dirent *e;

	if (cgroup_root(&root) == 0)
		clean_up_canaries(root);
	while (dir && root && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			clean_up_one(root, e->d_name);
	if (dir)
		closedir(dir);
}

int rundir_disarm(const char *id, bool *ret_held)
{
	_free_ char *lock_path = NULL, *pins = NULL;
	_close_ int fd = -1;

	if (asprintf(&lock_path, LOCK_DIR "/%s", id) < 0 || asprintf(&pins, PIN_DIR "/%s", id) < 0)
		return -ENOMEM;
	fd = open(lock_path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	*ret_held = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB);
	rundir_remove_pins(pins);
	if (access(pins, F_OK) == 0)
		return -EBUSY;
	if (!*ret_held)
		unlink(lock_path);
	return 0;
}
