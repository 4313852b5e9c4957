/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries what can be done to a file by its name, or by a descriptor just opened. */
#include "attempt.h"

#include <dirent.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>

static int try_open(char **a)
{
	return answer_fd(open(a[1], open_flags(a[0]), 0600));
}

static int try_creat(char **a)
{
	return answer_fd(creat(a[0], 0600));
}

/* Flags a[0], directory a[1], name a[2]. */
static int try_openat(char **a)
{
	int dir = open(a[1], O_PATH | O_DIRECTORY), r;

	if (dir < 0)
		return -errno;
	r = answer_fd(openat(dir, a[2], open_flags(a[0]), 0600));
	close(dir);
	return r;
}

static int try_openat2(char **a)
{
	struct open_how how = {.flags = (unsigned)open_flags(a[0]), .resolve = RESOLVE_BENEATH};
	int dir = open(a[1], O_PATH | O_DIRECTORY), r;

	if (dir < 0)
		return -errno;
	if (how.flags & (O_CREAT | O_TMPFILE))
		how.mode = 0600;
	r = answer_fd((int)syscall(SYS_openat2, dir, a[2], &how, sizeof(how)));
	close(dir);
	return r;
}

/* Makes a file, removes it, and opens it again through its descriptor. */
static int try_removed(char **a)
{
	int fd = open(a[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0600), r;
	char name[64];

	if (fd < 0 || unlink(a[0]))
		return -errno;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	r = answer_fd(open(name, O_WRONLY));
	close(fd);
	return r;
}

static int try_list(char **a)
{
	DIR *dir = opendir(a[0]);

	if (!dir)
		return -errno;
	errno = 0;
	while (readdir(dir))
		;
	closedir(dir);
	return -errno;
}

static int try_truncate(char **a)
{
	return answer(truncate(a[0], 0));
}

/* Makes a file, opens it with `flags`, removes it, and does something to the descriptor. */
static int with_gone(const char *path, int flags, int (*use)(int fd))
{
	int fd = open(path, flags | O_CREAT | O_EXCL | O_CLOEXEC, 0600), r;

	if (fd < 0)
		return -errno;
	r = unlink(path) ? -errno : use(fd);
	close(fd);
	return r;
}

static int shorten(int fd)
{
	return answer(ftruncate(fd, 1));
}

static int shorten_by_link(int fd)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return answer(truncate(name, 1));
}

static int try_ftruncate_gone(char **a)
{
	return with_gone(a[0], O_WRONLY, shorten);
}

static int try_truncate_gone(char **a)
{
	return with_gone(a[0], O_RDONLY, shorten_by_link);
}

/* Opens a[1] with flags a[0], and does something to the descriptor. */
static int with_open(char **a, int (*use)(int fd))
{
	int fd = open(a[1], open_flags(a[0]), 0600), r;

	if (fd < 0)
		return -errno;
	r = use(fd);
	close(fd);
	return r;
}

static int try_ftruncate(char **a)
{
	return with_open(a, shorten);
}

/* Flags a[0], path a[1], mode a[2] of fallocate(). */
static int try_fallocate(char **a)
{
	int fd = open(a[1], open_flags(a[0])), r;

	if (fd < 0)
		return -errno;
	r = answer(fallocate(fd, (int)number(a[2]), 0, 4096));
	close(fd);
	return r;
}

/* Command a[2], with an argument of zeros. */
static int try_ioctl(char **a)
{
	int fd = open(a[1], open_flags(a[0])), r;
	char zeros[4096] = {0};

	if (fd < 0)
		return -errno;
	r = answer(ioctl(fd, (unsigned long)number(a[2]), zeros));
	close(fd);
	return r;
}

/* Appending is all that was granted: the descriptor must not become one that overwrites. */
static int drop_append(int fd)
{
	return answer(fcntl(fd, F_SETFL, 0));
}

static int try_setfl(char **a)
{
	return with_open(a, drop_append);
}

static int change_by_mapping(int fd)
{
	char *page = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (page == MAP_FAILED)
		return -errno;
	*page = 'X';
	return answer(munmap(page, 1));
}

static int try_map_shared(char **a)
{
	return with_open(a, change_by_mapping);
}

static int change_mode(int fd)
{
	return answer(fchmod(fd, 0640));
}

static int try_fchmod(char **a)
{
	return with_open(a, change_mode);
}

static int change_flags(int fd)
{
	int flags = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		return -errno;
	flags |= FS_NODUMP_FL;
	return answer(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

static int try_fsetflags(char **a)
{
	return with_open(a, change_flags);
}

static int change_attribute(int fd)
{
	return answer(fsetxattr(fd, "user.test", "1", 1, 0));
}

static int try_fsetxattr(char **a)
{
	return with_open(a, change_attribute);
}

static int change_times(int fd)
{
	return answer(futimens(fd, NULL));
}

static int try_futimens(char **a)
{
	return with_open(a, change_times);
}

static int try_mkdir(char **a)
{
	return answer(mkdir(a[0], 0700));
}

static int try_rmdir(char **a)
{
	return answer(rmdir(a[0]));
}

static int try_unlink(char **a)
{
	return answer(unlink(a[0]));
}

static int try_mkfifo(char **a)
{
	return answer(mkfifo(a[0], 0600));
}

static int try_mknod(char **a)
{
	mode_t type = *a[1] == 'b' ? S_IFBLK : *a[1] == 'c' ? S_IFCHR : S_IFREG;

	return answer(
	    mknod(a[0], type | 0600, makedev((unsigned)number(a[2]), (unsigned)number(a[3]))));
}

static int try_symlink(char **a)
{
	return answer(symlink(a[0], a[1]));
}

static int try_link(char **a)
{
	return answer(link(a[0], a[1]));
}

static int try_rename(char **a)
{
	return answer(rename(a[0], a[1]));
}

static int try_exchange(char **a)
{
	return answer(renameat2(AT_FDCWD, a[0], AT_FDCWD, a[1], RENAME_EXCHANGE));
}

static int try_whiteout(char **a)
{
	return answer(renameat2(AT_FDCWD, a[0], AT_FDCWD, a[1], RENAME_WHITEOUT));
}

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static int try_fchmodat2(char **a)
{
	int fd = open(a[0], O_PATH), r;

	if (fd < 0)
		return -errno;
	r = answer(syscall(SYS_fchmodat2, fd, "", 0640, AT_EMPTY_PATH));
	close(fd);
	return r;
}

/* Read and write for the owner, read for everybody else: what the mode says already. */
static int try_set_acl(char **a)
{
	static const struct {
		uint32_t version;
		uint16_t entries[3][4]; /* tag, permissions, id in two halves */
	} acl = {2,
		 {{0x01, 6, UINT16_MAX, UINT16_MAX},
		  {0x04, 4, UINT16_MAX, UINT16_MAX},
		  {0x20, 4, UINT16_MAX, UINT16_MAX}}};

	return answer(setxattr(a[0], "system.posix_acl_access", &acl, sizeof(acl), 0));
}

static int try_chmod(char **a)
{
	return answer(chmod(a[0], 0640));
}

static int try_chown(char **a)
{
	return answer(chown(a[0], 1000, 1000));
}

static int try_utimes(char **a)
{
	return answer(utimensat(AT_FDCWD, a[0], NULL, 0));
}

static int try_setxattr(char **a)
{
	return answer(setxattr(a[0], "user.test", "1", 1, 0));
}

static int try_removexattr(char **a)
{
	return answer(removexattr(a[0], "user.old"));
}

/* bind() or connect() of a UNIX stream socket. */
static int by_socket(const char *path, int (*use)(int, const struct sockaddr *, socklen_t))
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

	if (s < 0)
		return -errno;
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	r = answer(use(s, (const struct sockaddr *)&name, sizeof(name)));
	close(s);
	return r;
}

static int try_bind(char **a)
{
	return by_socket(a[0], bind);
}

static int try_connect(char **a)
{
	return by_socket(a[0], connect);
}

static const struct attempt attempts[] = {
    {"open", 2, try_open},
    {"creat", 1, try_creat},
    {"openat", 3, try_openat},
    {"openat2", 3, try_openat2},
    {"removed", 1, try_removed},
    {"list", 1, try_list},
    {"truncate", 1, try_truncate},
    {"ftruncate", 2, try_ftruncate},
    {"fallocate", 3, try_fallocate},
    {"ioctl", 3, try_ioctl},
    {"setfl", 2, try_setfl},
    {"map-shared", 2, try_map_shared},
    {"mkdir", 1, try_mkdir},
    {"rmdir", 1, try_rmdir},
    {"unlink", 1, try_unlink},
    {"mkfifo", 1, try_mkfifo},
    {"mknod", 4, try_mknod},
    {"bind", 1, try_bind},
    {"connect", 1, try_connect},
    {"symlink", 2, try_symlink},
    {"link", 2, try_link},
    {"rename", 2, try_rename},
    {"exchange", 2, try_exchange},
    {"whiteout", 2, try_whiteout},
    {"chmod", 1, try_chmod},
    {"fchmodat2", 1, try_fchmodat2},
    {"fchmod", 2, try_fchmod},
    {"chown", 1, try_chown},
    {"utimes", 1, try_utimes},
    {"futimens", 2, try_futimens},
    {"setxattr", 1, try_setxattr},
    {"set-acl", 1, try_set_acl},
    {"fsetxattr", 2, try_fsetxattr},
    {"removexattr", 1, try_removexattr},
    {"fsetflags", 2, try_fsetflags},
    {"ftruncate-gone", 1, try_ftruncate_gone},
    {"truncate-gone", 1, try_truncate_gone},
    {},
};

int main(void)
{
	return make_attempts(attempts);
}
