/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries the roundabout ways to have a file's contents, or memory of no file, mapped executable. */
#include "attempt.h"

#include <stdint.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/syscall.h>

/* A private copy of a page, changed by the caller, is still the file's. */
static int try_map_written(char **a)
{
	int fd = open(a[0], O_RDONLY | O_CLOEXEC), r;
	char *at =
	    fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	*at = 'X';
	r = answer(mprotect(at, 4096, PROT_READ | PROT_EXEC));
	munmap(at, 4096);
	close(fd);
	return r;
}

/* So is a mapping that has been moved. */
static int try_map_moved(char **a)
{
	int fd = open(a[0], O_RDONLY | O_CLOEXEC), r;
	char *at = fd < 0 ? MAP_FAILED : mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	at = mremap(at, 8192, 1 << 20, MREMAP_MAYMOVE);
	if (at == MAP_FAILED)
		return -errno;
	r = answer(mprotect(at, 4096, PROT_EXEC));
	munmap(at, 1 << 20);
	close(fd);
	return r;
}

/* What was mapped for reading, shared (which takes O_RDWR), is mapped anew, by a task for which
 * reading implies executing. */
static int remap_implied(char **a)
{
	int fd = open(a[0], O_RDWR | O_CLOEXEC);
	char *at = fd < 0 ? MAP_FAILED : mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED || personality(READ_IMPLIES_EXEC) < 0)
		return -errno;
	return answer(syscall(SYS_remap_file_pages, at, 4096, 0, 1, 0));
}

static int try_remap_implied(char **a)
{
	return in_child(remap_implied, a);
}

static int protect_implied(char **a)
{
	int fd = open(a[0], O_RDONLY | O_CLOEXEC);
	char *at = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE, fd, 0);

	if (at == MAP_FAILED || personality(READ_IMPLIES_EXEC) < 0)
		return -errno;
	return answer(mprotect(at, 4096, PROT_READ));
}

static int try_protect_implied(char **a)
{
	return in_child(protect_implied, a);
}

static int try_protect_shared(char **a)
{
	void *at = mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r;

	if (at == MAP_FAILED)
		return -errno;
	r = answer(mprotect(at, 4096, PROT_READ | PROT_EXEC));
	munmap(at, 4096);
	(void)a;
	return r;
}

static int try_map_anonymous(char **a)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	(void)a;
	return at == MAP_FAILED ? -errno : answer(munmap(at, 4096));
}

static int try_protect_heap(char **a)
{
	char *at = sbrk(8192);

	(void)a;
	if (at == (char *)-1)
		return -errno;
	at = (char *)(((uintptr_t)at + 4095) & ~UINT64_C(4095));
	return answer(mprotect(at, 4096, PROT_READ | PROT_WRITE | PROT_EXEC));
}

/* System V shared memory, attached executable. */
static int try_shmat(char **a)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0700), r;
	void *at = id < 0 ? (void *)-1 : shmat(id, NULL, SHM_EXEC);

	(void)a;
	r = at == (void *)-1 ? -errno : answer(shmdt(at));
	shmctl(id, IPC_RMID, NULL);
	return r;
}

/* The same of huge pages: it would be nobody's file either. */
#define HUGE_PAGE (2ul << 20)

static int map_huge(int flags)
{
	void *at = mmap(NULL, HUGE_PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
			MAP_ANONYMOUS | MAP_HUGETLB | flags, -1, 0);

	return at == MAP_FAILED ? -errno : answer(munmap(at, HUGE_PAGE));
}

static int try_map_huge(char **a)
{
	(void)a;
	return map_huge(MAP_PRIVATE);
}

static int try_map_huge_shared(char **a)
{
	(void)a;
	return map_huge(MAP_SHARED);
}

static int try_shmat_huge(char **a)
{
	int id = shmget(IPC_PRIVATE, HUGE_PAGE, IPC_CREAT | SHM_HUGETLB | 0700), r;
	void *at = id < 0 ? (void *)-1 : shmat(id, NULL, SHM_EXEC);

	(void)a;
	r = at == (void *)-1 ? -errno : answer(shmdt(at));
	shmctl(id, IPC_RMID, NULL);
	return r;
}

/* A memfd can be executed by its descriptor, whatever its pages are, and whatever it is called. */
static int try_map_memfd_huge(char **a)
{
	int fd = memfd_create(a[0], MFD_CLOEXEC | MFD_HUGETLB), r;
	void *at =
	    fd < 0 ? MAP_FAILED : mmap(NULL, HUGE_PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	r = at == MAP_FAILED ? -errno : answer(munmap(at, HUGE_PAGE));
	close(fd);
	return r;
}

static int try_uselib(char **a)
{
	return answer(syscall(SYS_uselib, a[0]));
}

static const struct attempt attempts[] = {
    {"protect-implied", 1, try_protect_implied},
    {"protect-shared", 0, try_protect_shared},
    {"protect-heap", 0, try_protect_heap},
    {"map-anonymous", 0, try_map_anonymous},
    {"map-written", 1, try_map_written},
    {"map-moved", 1, try_map_moved},
    {"remap-implied", 1, try_remap_implied},
    {"shmat", 0, try_shmat},
    {"map-huge", 0, try_map_huge},
    {"map-huge-shared", 0, try_map_huge_shared},
    {"shmat-huge", 0, try_shmat_huge},
    {"map-memfd-huge", 1, try_map_memfd_huge},
    {"uselib", 1, try_uselib},
    {},
};

int main(void)
{
	return make_attempts(attempts);
}
