/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request through an io_uring of its own, by the bare system calls. */
#ifndef RING_H
#define RING_H

#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct ring {
	int fd;
	struct io_uring_params params;
	char *rings;
	struct io_uring_sqe *sqes;
};

static inline int ring_open(struct ring *ring)
{
	size_t size;

	memset(ring, 0, sizeof(*ring));
	ring->fd = (int)syscall(SYS_io_uring_setup, 4, &ring->params);
	if (ring->fd < 0)
		return -errno;
	/* Both queues are in one mapping (IORING_FEAT_SINGLE_MMAP, since 5.4); this is more than
	 * it. */
	size = ring->params.cq_off.cqes + ring->params.cq_entries * sizeof(struct io_uring_cqe);
	ring->rings = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd,
			   IORING_OFF_SQ_RING);
	ring->sqes =
	    mmap(NULL, ring->params.sq_entries * sizeof(*ring->sqes), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQES);
	if (ring->rings == MAP_FAILED || ring->sqes == MAP_FAILED)
		return -errno;
	return 0;
}

/* The first request of the ring, and the only one: its result. */
static inline int ring_submit(struct ring *ring, const struct io_uring_sqe *request)
{
	unsigned *tail = (unsigned *)(void *)(ring->rings + ring->params.sq_off.tail);
	unsigned *array = (unsigned *)(void *)(ring->rings + ring->params.sq_off.array);
	struct io_uring_cqe *done = (void *)(ring->rings + ring->params.cq_off.cqes);

	ring->sqes[0] = *request;
	array[0] = 0;
	__atomic_store_n(tail, 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	return done[0].res;
}

#endif
