/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tries what can be done in directories that are, or have become, out of the caller's mount tree:
 *
 *   at HOW DIR ACTION
 *
 * HOW says how the directory DIR is come by, and what becomes of it then; ACTION is done below the
 * descriptor. The directory has the files "f" and "nothing", a program; "file" is a descriptor of
 * the latter, from before it became what it is.
 */
#include "attempt.h"

#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#define HANDLE_SIZE 128

struct place {
	int dir;
	int file;
};

/* ---- how to get there ------------------------------------------------- */

static int open_dir(const char *dir)
{
	return open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int plainly(const char *dir, struct place *ret)
{
	ret->dir = open_dir(dir);
	return 0;
}

static int by_open_tree(const char *dir, struct place *ret)
{
	ret->dir = (int)syscall(SYS_open_tree, AT_FDCWD, dir, OPEN_TREE_CLONE);
	return 0;
}

/* A file system of type `dir` that is mounted nowhere. */
static int by_fsmount(const char *dir, struct place *ret)
{
	int fs = (int)syscall(SYS_fsopen, dir, 0);

	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -1;
	ret->dir = (int)syscall(SYS_fsmount, fs, 0, 0);
	close(fs);
	return 0;
}

static int by_other_namespace(const char *dir, struct place *ret)
{
	ret->dir = open_dir(dir);
	return unshare(CLONE_NEWNS);
}

/* A mount point, unmounted lazily, in a namespace of the caller's own. */
static int by_unmount(const char *dir, struct place *ret)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -1;
	if (mount(dir, dir, NULL, MS_BIND, NULL))
		return -1;
	ret->dir = open_dir(dir);
	close(ret->file);
	ret->file = openat(ret->dir, "nothing", O_RDONLY | O_CLOEXEC);
	return umount2(dir, MNT_DETACH);
}

/* By the directory of that name next to it, a bind mount of its parent that setup made. */
static int by_disconnect(const char *dir, struct place *ret)
{
	char seen[256], away[256];
	int slash = (int)(strrchr(dir, '/') - dir);

	snprintf(seen, sizeof(seen), "%.*s.bound%s", slash, dir, dir + slash);
	snprintf(away, sizeof(away), "%.*s.away%s", slash, dir, dir + slash);
	ret->dir = open_dir(seen);
	close(ret->file);
	ret->file = openat(ret->dir, "nothing", O_RDONLY | O_CLOEXEC);
	return rename(dir, away);
}

static int drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -1;
	r = write(fd, "3", 1) == 1 ? 0 : -1;
	close(fd);
	return r;
}

/* A handle of the file `name`, opened when nobody remembers its name: it stands for the directory
 * too. */
static int open_handle(const char *dir, const char *name)
{
	char path[256], buffer[sizeof(struct file_handle) + HANDLE_SIZE];
	struct file_handle *handle = (struct file_handle *)buffer;
	int mount_id, mount_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	handle->handle_bytes = HANDLE_SIZE;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (mount_fd < 0 || name_to_handle_at(AT_FDCWD, path, handle, &mount_id, 0))
		return -1;
	if (drop_caches())
		return -1;
	return open_by_handle_at(mount_fd, handle, O_PATH | O_CLOEXEC);
}

static int by_handle(const char *dir, struct place *ret)
{
	close(ret->file);
	ret->dir = ret->file = open_handle(dir, "handled");
	return 0;
}

static int by_chroot(const char *dir, struct place *ret)
{
	if (chroot(dir) || chdir("/"))
		return -1;
	ret->dir = open_dir("/");
	return 0;
}

/* The working directory stays outside of the new root. */
static int by_outside_root(const char *dir, struct place *ret)
{
	if (chdir(dir) || chroot("/proc"))
		return -1;
	ret->dir = AT_FDCWD;
	return 0;
}

static const struct {
	const char *word;
	int (*get)(const char *dir, struct place *ret);
} hows[] = {{"plain", plainly},
	    {"open-tree", by_open_tree},
	    {"fsmount", by_fsmount},
	    {"other-ns", by_other_namespace},
	    {"umount", by_unmount},
	    {"disconnect", by_disconnect},
	    {"handle", by_handle},
	    {"chroot", by_chroot},
	    {"outside-root", by_outside_root}};

/* ---- what to do there ------------------------------------------------- */

static int do_read(const struct place *p)
{
	return answer_fd(openat(p->dir, "f", O_RDONLY | O_CLOEXEC));
}

static int do_write(const struct place *p)
{
	return answer_fd(openat(p->dir, "f", O_WRONLY | O_CLOEXEC));
}

static int do_create(const struct place *p)
{
	return answer_fd(openat(p->dir, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int do_list(const struct place *p)
{
	return answer_fd(openat(p->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int do_exec(const struct place *p)
{
	char *const argv[] = {(char *)"nothing", NULL};

	execveat(p->dir, "nothing", argv, environ, 0);
	return -errno;
}

static int do_exec_file(const struct place *p)
{
	char *const argv[] = {(char *)"nothing", NULL};

	execveat(p->file, "", argv, environ, AT_EMPTY_PATH);
	return -errno;
}

static int reopen(int fd, int flags)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return open(name, flags | O_CLOEXEC);
}

static int do_reopen(const struct place *p)
{
	return answer_fd(reopen(p->file, O_RDONLY));
}

static int do_map(const struct place *p)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, p->file, 0);

	return at == MAP_FAILED ? -errno : answer(munmap(at, 4096));
}

static int do_protect(const struct place *p)
{
	void *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, p->file, 0);

	return at == MAP_FAILED ? -errno : answer(mprotect(at, 4096, PROT_READ | PROT_EXEC));
}

static int do_mkdir(const struct place *p)
{
	return answer(mkdirat(p->dir, "new.d", 0700));
}

static int do_mknod(const struct place *p)
{
	return answer(mknodat(p->dir, "new.fifo", S_IFIFO | 0600, 0));
}

static int do_symlink(const struct place *p)
{
	return answer(symlinkat("f", p->dir, "new.symlink"));
}

static int do_link(const struct place *p)
{
	return answer(linkat(p->dir, "f", p->dir, "new.link", 0));
}

static int do_rename(const struct place *p)
{
	return answer(renameat(p->dir, "old", p->dir, "renamed"));
}

static int do_unlink(const struct place *p)
{
	return answer(unlinkat(p->dir, "gone", 0));
}

static int do_rmdir(const struct place *p)
{
	return answer(unlinkat(p->dir, "gone.d", AT_REMOVEDIR));
}

static int do_chmod(const struct place *p)
{
	return answer(fchmodat(p->dir, "f", 0666, 0));
}

static int do_chown(const struct place *p)
{
	return answer(fchownat(p->dir, "f", 0, 0, 0));
}

static int do_utimes(const struct place *p)
{
	return answer(utimensat(p->dir, "f", NULL, 0));
}

static int do_setxattr(const struct place *p)
{
	return answer(fsetxattr(p->file, "user.test", "1", 1, 0));
}

static int do_truncate(const struct place *p)
{
	return fchdir(p->dir) ? -errno : answer(truncate("f", 1));
}

static const struct {
	const char *word;
	int (*make)(const struct place *p);
} actions[] = {{"read", do_read},     {"write", do_write},	 {"create", do_create},
	       {"list", do_list},     {"exec", do_exec},	 {"exec-file", do_exec_file},
	       {"reopen", do_reopen}, {"map", do_map},		 {"protect", do_protect},
	       {"mkdir", do_mkdir},   {"mknod", do_mknod},	 {"symlink", do_symlink},
	       {"link", do_link},     {"rename", do_rename},	 {"unlink", do_unlink},
	       {"rmdir", do_rmdir},   {"chmod", do_chmod},	 {"chown", do_chown},
	       {"utimes", do_utimes}, {"setxattr", do_setxattr}, {"truncate", do_truncate}};

/* Not done, and why: something before the action that is tried failed. */
#define UNPREPARED (-ENOTRECOVERABLE)

static int act(char **a)
{
	struct place p = {-1, -1};
	char name[256];
	size_t how = 0, action = 0;

	while (how < sizeof(hows) / sizeof(*hows) && strcmp(hows[how].word, a[0]) != 0)
		how++;
	while (action < sizeof(actions) / sizeof(*actions) &&
	       strcmp(actions[action].word, a[2]) != 0)
		action++;
	if (how == sizeof(hows) / sizeof(*hows) || action == sizeof(actions) / sizeof(*actions))
		return -ENOTSUP;
	snprintf(name, sizeof(name), "%s/nothing", a[1]);
	p.file = open(name, O_RDONLY | O_CLOEXEC);
	if (hows[how].get(a[1], &p) || (p.dir < 0 && p.dir != AT_FDCWD)) {
		fprintf(stderr, "%s %s: %s\n", a[0], a[1], strerror(errno));
		return UNPREPARED;
	}
	return actions[action].make(&p);
}

static int try_at(char **a)
{
	return in_child(act, a);
}

static const struct attempt attempts[] = {
    {"at", 3, try_at},
    {},
};

int main(void)
{
	return make_attempts(attempts);
}
