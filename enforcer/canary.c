/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BPF LSM programs load and attach happily on a kernel where `bpf` is not an
 * active LSM, and are then never called. So before anything is confined, a
 * child of ours must be refused something: to open "/", which its parent, who
 * has no record, may do.
 */
#include "canary.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "util.h"

enum { CANARY_DENIED, CANARY_OPENED, CANARY_UNFIT };

static int try_open(void)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0 ? 0 : -errno;
}

static _Noreturn void be_canary(int go)
{
	char byte;

	if (read(go, &byte, 1) != 1)
		_exit(CANARY_UNFIT);
	_exit(try_open() == -EACCES ? CANARY_DENIED : CANARY_OPENED);
}

static int confine(struct bpf *b, __u32 slot, int pidfd)
{
	/* The image index is out of range: no image, so everything is refused. */
	struct rf_domain dom = {.generation = 1, .state = RF_DOMAIN_RUNNING, .image = ~0u};
	struct rf_task rec = {.domain = slot, .generation = 1, .state = RF_TASK_ARMED};
	int r = bpf_put_domain(b, slot, &dom);

	return r < 0 ? r : bpf_put_task(b, pidfd, &rec);
}

static int judge(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANARY_DENIED)
		return 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != CANARY_OPENED) {
		log_error("The canary could not be tried (status %#x)", status);
		return -EIO;
	}
	log_error("The BPF programs are attached, but the kernel does not ask them");
	log_hint("`bpf` must be among the active LSMs: see /sys/kernel/security/lsm and the kernel "
		 "parameter lsm=");
	return -EPERM;
}

int canary_check(struct bpf *b, __u32 slot)
{
	struct rf_domain none = {.state = RF_DOMAIN_FREE};
	_close_ int pidfd = -1;
	int go[2], status, r;
	pid_t pid;

	r = try_open();
	if (r < 0)
		return log_errno(r, "Failed to open \"/\" unconfined");
	if (pipe2(go, O_CLOEXEC))
		return log_errno(-errno, "Failed to make a pipe");
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		be_canary(go[0]);
	}
	close(go[0]);
	r = pid < 0 ? -errno : 0;
	if (!r) {
		pidfd = pidfd_open(pid, 0);
		r = pidfd < 0 ? -errno : confine(b, slot, pidfd);
	}
	if (!r && write(go[1], "", 1) != 1)
		r = -errno;
	close(go[1]);
	if (pid > 0 && waitpid(pid, &status, 0) < 0)
		r = r ? r : -errno;
	if (r)
		return log_errno(r, "Failed to try the canary");
	r = judge(status);
	bpf_put_domain(b, slot, &none);
	return r;
}
