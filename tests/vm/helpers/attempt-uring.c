/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tries file operations through an io_uring, where no system call filter sees them. Each is made
 * twice by its caller's choice: HOW is "now", in the task's own context, or "worker", by a kernel
 * thread that works for it. Always in a child, whose pid the alerts of both have.
 *
 *   setup                       a ring, and nothing with it
 *   open HOW PATH FLAGS         unlink HOW PATH     mkdir HOW PATH     setxattr HOW PATH
 *   rename HOW OLD NEW          link HOW OLD NEW    symlink HOW TARGET PATH
 */
#include "attempt.h"

#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/syscall.h>

struct ring {
	int fd;
	struct io_uring_params p;
	char *sq, *cq;
	struct io_uring_sqe *sqe;
};

static void *ring_map(const struct ring *r, size_t size, off_t at)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, at);
}

static int ring_open(struct ring *r)
{
	memset(r, 0, sizeof(*r));
	r->fd = (int)syscall(SYS_io_uring_setup, 2, &r->p);
	if (r->fd < 0)
		return -errno;
	r->sq =
	    ring_map(r, r->p.sq_off.array + r->p.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
	r->cq = ring_map(r, r->p.cq_off.cqes + r->p.cq_entries * sizeof(struct io_uring_cqe),
			 IORING_OFF_CQ_RING);
	r->sqe = ring_map(r, r->p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	if (r->sq == MAP_FAILED || r->cq == MAP_FAILED || (void *)r->sqe == MAP_FAILED)
		return -errno;
	return 0;
}

/* Submits the one entry and waits for its result. */
static int ring_run(struct ring *r)
{
	unsigned *tail = (unsigned *)(r->sq + r->p.sq_off.tail);
	struct io_uring_cqe *cqe = (struct io_uring_cqe *)(r->cq + r->p.cq_off.cqes);

	((unsigned *)(r->sq + r->p.sq_off.array))[0] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, r->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	return cqe->res < 0 ? cqe->res : 0;
}

static uint64_t u64(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static int operate(const struct io_uring_sqe *wanted, const char *how)
{
	struct ring r;
	int error = ring_open(&r);

	if (error)
		return error;
	*r.sqe = *wanted;
	if (!strcmp(how, "worker"))
		r.sqe->flags |= IOSQE_ASYNC;
	return ring_run(&r);
}

static int setup(char **a)
{
	struct ring r;

	(void)a;
	return ring_open(&r);
}

static int open_it(char **a)
{
	struct io_uring_sqe sqe = {.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = u64(a[1])};

	sqe.len = 0600;
	sqe.open_flags = (unsigned)open_flags(a[2]);
	return operate(&sqe, a[0]);
}

static int one_name(char **a, int opcode, unsigned len)
{
	struct io_uring_sqe sqe = {.opcode = (uint8_t)opcode, .fd = AT_FDCWD, .addr = u64(a[1])};

	sqe.len = len;
	return operate(&sqe, a[0]);
}

static int unlink_it(char **a)
{
	return one_name(a, IORING_OP_UNLINKAT, 0);
}

static int mkdir_it(char **a)
{
	return one_name(a, IORING_OP_MKDIRAT, 0700);
}

static int setxattr_it(char **a)
{
	struct io_uring_sqe sqe = {.opcode = IORING_OP_SETXATTR, .addr = u64("user.test")};

	sqe.addr2 = u64("x");
	sqe.addr3 = u64(a[1]);
	sqe.len = 1;
	return operate(&sqe, a[0]);
}

static int two_names(char **a, int opcode)
{
	struct io_uring_sqe sqe = {.opcode = (uint8_t)opcode, .fd = AT_FDCWD, .addr = u64(a[1])};

	sqe.len = (unsigned)AT_FDCWD;
	sqe.addr2 = u64(a[2]);
	return operate(&sqe, a[0]);
}

static int rename_it(char **a)
{
	return two_names(a, IORING_OP_RENAMEAT);
}

static int link_it(char **a)
{
	return two_names(a, IORING_OP_LINKAT);
}

static int symlink_it(char **a)
{
	struct io_uring_sqe sqe = {
	    .opcode = IORING_OP_SYMLINKAT, .fd = AT_FDCWD, .addr = u64(a[1])};

	sqe.addr2 = u64(a[2]);
	return operate(&sqe, a[0]);
}

#define IN_CHILD(name)                                                                             \
	static int try_##name(char **a)                                                            \
	{                                                                                          \
		return in_child(name, a);                                                          \
	}

IN_CHILD(setup)
IN_CHILD(open_it)
IN_CHILD(unlink_it)
IN_CHILD(mkdir_it)
IN_CHILD(setxattr_it)
IN_CHILD(rename_it)
IN_CHILD(link_it)
IN_CHILD(symlink_it)

static const struct attempt attempts[] = {
    {"setup", 0, try_setup},	{"open", 3, try_open_it},	  {"unlink", 2, try_unlink_it},
    {"mkdir", 2, try_mkdir_it}, {"setxattr", 2, try_setxattr_it}, {"rename", 3, try_rename_it},
    {"link", 3, try_link_it},	{"symlink", 3, try_symlink_it},	  {},
};

int main(void)
{
	return make_attempts(attempts);
}
