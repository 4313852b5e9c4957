/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tries to change files through io_uring, with the credentials of the caller or with others that it
 * has registered. ("personality": what the kernel calls those. They are the caller's own, but it
 * then changes its own, so that the kernel has to put them on.)
 */
#include "attempt.h"

#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/syscall.h>

struct ring {
	int fd;
	struct io_uring_params params;
	char *rings; /* both: IORING_FEAT_SINGLE_MMAP */
	struct io_uring_sqe *sqes;
};

static int ring_open(struct ring *r)
{
	size_t size;

	r->fd = (int)syscall(SYS_io_uring_setup, 1, &r->params);
	if (r->fd < 0)
		return -errno;
	size = r->params.cq_off.cqes + r->params.cq_entries * sizeof(struct io_uring_cqe);
	r->rings = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_SQ_RING);
	r->sqes = mmap(NULL, sizeof(*r->sqes), PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		       IORING_OFF_SQES);
	return r->rings == MAP_FAILED || r->sqes == MAP_FAILED ? -errno : 0;
}

static uint32_t *ring_word(struct ring *r, uint32_t offset)
{
	return (uint32_t *)(r->rings + offset);
}

/* Hands in the one entry and waits for what becomes of it. */
static int ring_do(struct ring *r)
{
	uint32_t *tail = ring_word(r, r->params.sq_off.tail);
	struct io_uring_cqe *cqe;

	*ring_word(r, r->params.sq_off.array) = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, r->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	cqe = (struct io_uring_cqe *)(r->rings + r->params.cq_off.cqes);
	return cqe->res;
}

static int set_attribute(const char *path, int personality)
{
	struct ring r = {};
	int e = ring_open(&r);

	if (e)
		return e;
	if (personality) {
		personality =
		    (int)syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_PERSONALITY, NULL, 0);
		if (personality < 0 || setgid(getgid()))
			return -errno;
	}
	*r.sqes = (struct io_uring_sqe){.opcode = IORING_OP_SETXATTR,
					.addr = (uintptr_t) "user.uring",
					.addr2 = (uintptr_t) "1",
					.len = 1,
					.addr3 = (uintptr_t)path,
					.personality = (uint16_t)personality};
	return ring_do(&r);
}

static int setxattr_plainly(char **a)
{
	return set_attribute(a[0], 0);
}

static int try_setxattr(char **a)
{
	return in_child(setxattr_plainly, a);
}

static int setxattr_as(char **a)
{
	return set_attribute(a[0], 1);
}

static int try_setxattr_as(char **a)
{
	return in_child(setxattr_as, a);
}

static const struct attempt attempts[] = {
    {"setxattr", 1, try_setxattr},
    {"setxattr-as", 1, try_setxattr_as},
    {},
};

int main(void)
{
	return make_attempts(attempts);
}
