/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tries files of a FUSE file system whose server is as confined as its user: a child, which answers
 * from /dev/fuse by hand. The root directory has a file of every name, and each of them has the
 * contents of one other file, which the server opens when it is asked for them.
 */
#include "attempt.h"

#include <linux/fuse.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define ROOT	    1
#define REQUEST_MAX 0x22000 /* more than FUSE_MIN_READ_BUFFER and the largest write */

static struct fuse_attr attributes(uint64_t node)
{
	return (struct fuse_attr){.ino = node,
				  .size = node == ROOT ? 0 : 8,
				  .mode = node == ROOT ? S_IFDIR | 0755 : S_IFREG | 0644,
				  .nlink = 1};
}

static void reply(int dev, uint64_t unique, int error, const void *data, size_t size)
{
	static char out[sizeof(struct fuse_out_header) + 256];
	const struct fuse_out_header head = {
	    .len = (uint32_t)(sizeof(head) + size), .error = error, .unique = unique};

	memcpy(out, &head, sizeof(head));
	memcpy(out + sizeof(head), data, size);
	if (write(dev, out, sizeof(head) + size) < 0)
		_exit(1);
}

static void answer_init(int dev, uint64_t unique)
{
	struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 4096};

	reply(dev, unique, 0, &out, sizeof(out));
}

static void answer_lookup(int dev, uint64_t unique)
{
	struct fuse_entry_out out = {.nodeid = ROOT + 1, .attr = attributes(ROOT + 1)};

	reply(dev, unique, 0, &out, sizeof(out));
}

static void answer_getattr(int dev, uint64_t unique, uint64_t node)
{
	struct fuse_attr_out out = {.attr = attributes(node)};

	reply(dev, unique, 0, &out, sizeof(out));
}

/* The server's own open: under the same policy as everybody's. */
static void answer_open(int dev, uint64_t unique, const char *source, int *file)
{
	struct fuse_open_out out = {.open_flags = FOPEN_DIRECT_IO};

	*file = open(source, O_RDONLY | O_CLOEXEC);
	if (*file < 0)
		reply(dev, unique, -errno, NULL, 0);
	else
		reply(dev, unique, 0, &out, sizeof(out));
}

static void serve(int dev, const char *source)
{
	static char request[REQUEST_MAX];
	const struct fuse_in_header *in = (const void *)request;
	char data[8];
	int file = -1;

	while (read(dev, request, sizeof(request)) > 0) {
		switch (in->opcode) {
		case FUSE_INIT:
			answer_init(dev, in->unique);
			break;
		case FUSE_LOOKUP:
			answer_lookup(dev, in->unique);
			break;
		case FUSE_GETATTR:
			answer_getattr(dev, in->unique, in->nodeid);
			break;
		case FUSE_OPEN:
			answer_open(dev, in->unique, source, &file);
			break;
		case FUSE_READ:
			reply(dev, in->unique, 0, data,
			      (size_t)(pread(file, data, sizeof(data), 0)));
			break;
		case FUSE_FORGET:
		case FUSE_BATCH_FORGET:
		case FUSE_INTERRUPT:
			break;
		default:
			reply(dev, in->unique, -ENOSYS, NULL, 0);
		}
	}
	_exit(0);
}

/* What is read must be what the server's file begins with. */
static int read_served(const char *path)
{
	char text[8] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = answer(read(fd, text, sizeof(text)));
	close(fd);
	return r ? r : memcmp(text, "content", 7) ? -EBADMSG : 0;
}

/* Mounts at a[0] what has the contents of a[1], and reads a[2] of it. */
static int try_served(char **a)
{
	int dev = open("/dev/fuse", O_RDWR | O_CLOEXEC), r;
	char text[256];
	pid_t server;

	if (dev < 0)
		return -errno;
	snprintf(text, sizeof(text), "fd=%d,rootmode=40000,user_id=0,group_id=0", dev);
	if (mount("served", a[0], "fuse", MS_NOSUID | MS_NODEV, text))
		return -errno;
	server = fork();
	if (server == 0)
		serve(dev, a[1]);
	close(dev);
	snprintf(text, sizeof(text), "%s/%s", a[0], a[2]);
	r = server < 0 ? -errno : read_served(text);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	umount2(a[0], MNT_DETACH);
	return r;
}

static const struct attempt attempts[] = {
    {"served", 3, try_served},
    {},
};

int main(void)
{
	return make_attempts(attempts);
}
