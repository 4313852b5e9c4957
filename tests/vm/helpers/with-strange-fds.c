/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * with-strange-fds DIRECTORY COMMAND...: executes the command with descriptors of DIRECTORY that
 * its mount namespace has no path to:
 *
 *   3  a copy of its mount, attached nowhere
 *   4  it, in another mount namespace, which 5 keeps alive
 */
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void move_fd(int fd, int to, const char *what)
{
	if (fd < 0 || dup2(fd, to) != to) {
		perror(what);
		exit(1);
	}
	if (fd != to)
		close(fd);
}

int main(int argc, char **argv)
{
	int own;

	if (argc < 3)
		return 2;
	close_range(3, ~0U, 0);
	move_fd((int)syscall(SYS_open_tree, AT_FDCWD, argv[1], OPEN_TREE_CLONE), 3, "open_tree");
	own = open("/proc/self/ns/mnt", O_RDONLY);
	move_fd(own, 9, "own namespace");
	if (unshare(CLONE_NEWNS)) {
		perror("unshare");
		return 1;
	}
	move_fd(open(argv[1], O_PATH | O_DIRECTORY), 4, argv[1]);
	move_fd(open("/proc/self/ns/mnt", O_RDONLY), 5, "new namespace");
	if (setns(9, CLONE_NEWNS)) {
		perror("setns");
		return 1;
	}
	close(9);
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
