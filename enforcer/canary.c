/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BPF LSM programs load and attach happily on a kernel where `bpf` is not an
 * active LSM, and are then never called. So before anything is confined, two
 * children of ours must be refused something that their parent may do:
 *
 *   - one that is given a record, to open "/";
 *   - one in a scratch cgroup, to execute a program: all that a container has
 *     to begin with.
 *
 * Their domain has no image (its index is out of range), which refuses all.
 */
#include "canary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "log.h"
#include "util.h"

/* Exit statuses. What executes a program after all ends with another one. */
enum { CANARY_DENIED = 41, CANARY_ALLOWED, CANARY_UNFIT };

struct canary {
	struct bpf *b;
	__u32 slot;
	struct rf_domain dom;
	struct cgroup scratch;
	int (*try)(void); /* 0, or negative errno */
	int (*confine)(struct canary *c, pid_t pid);
};

static int try_open(void)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0 ? 0 : -errno;
}

/* Itself, saying nothing. */
static int try_execute(void)
{
	char *const argv[] = {(char *)"ringfence", (char *)"--version", NULL};
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
		return -EIO;
	execv("/proc/self/exe", argv);
	return -errno;
}

static int confine_by_record(struct canary *c, pid_t pid)
{
	const struct rf_task rec = {
	    .domain = c->slot, .generation = c->dom.generation, .state = RF_TASK_ARMED};
	_close_ int pidfd = pidfd_open(pid, 0);
	int r = pidfd < 0 ? -errno : bpf_put_domain(c->b, c->slot, &c->dom);

	return r < 0 ? r : bpf_put_task(c->b, pidfd, &rec);
}

static int move_to_scratch(const struct canary *c, pid_t pid)
{
	_close_ int fd = openat(c->scratch.fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);

	return fd < 0 || dprintf(fd, "%d", (int)pid) < 0 ? -errno : 0;
}

static int confine_by_cgroup(struct canary *c, pid_t pid)
{
	unsigned random;
	char name[64];
	int r;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	snprintf(name, sizeof(name), "canary-%d-%08x", (int)getpid(), random);
	r = cgroup_make(name, &c->scratch);
	if (r < 0)
		return r;
	c->dom.cgroup = c->scratch.id;
	r = bpf_put_domain(c->b, c->slot, &c->dom);
	return r < 0 ? r : move_to_scratch(c, pid);
}

static _Noreturn void be_canary(int go, int (*try)(void))
{
	char byte;
	int r;

	if (read(go, &byte, 1) != 1)
		_exit(CANARY_UNFIT);
	r = try();
	_exit(r == -EACCES ? CANARY_DENIED : r ? CANARY_UNFIT : CANARY_ALLOWED);
}

static int judge(const struct canary *c, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANARY_DENIED)
		return 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == CANARY_UNFIT) {
		log_error("The canary could not be tried (status %#x)", status);
		return -EIO;
	}
	if (c->dom.cgroup) {
		log_error("The BPF programs do not confine what is executed in a cgroup");
		return -EPERM;
	}
	log_error("The BPF programs are attached, but the kernel does not ask them");
	log_hint("`bpf` must be among the active LSMs: see /sys/kernel/security/lsm and the kernel "
		 "parameter lsm=");
	return -EPERM;
}

static int run_canary(struct canary *c)
{
	int go[2], status, r;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC))
		return log_errno(-errno, "Failed to make a pipe");
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		be_canary(go[0], c->try);
	}
	close(go[0]);
	r = pid < 0 ? -errno : c->confine(c, pid);
	if (!r && write(go[1], "", 1) != 1)
		r = -errno;
	close(go[1]);
	if (pid > 0 && waitpid(pid, &status, 0) < 0)
		r = r ? r : -errno;
	return r ? log_errno(r, "Failed to try the canary") : judge(c, status);
}

int canary_check(struct bpf *b, __u32 slot)
{
	const struct rf_domain dom = {.generation = 1, .state = RF_DOMAIN_RUNNING, .image = ~0u};
	struct canary canaries[] = {{.try = try_open, .confine = confine_by_record},
				    {.try = try_execute, .confine = confine_by_cgroup}};
	int r = try_open();

	if (r < 0)
		return log_errno(r, "Failed to open \"/\" unconfined");
	for (size_t i = 0; i < sizeof(canaries) / sizeof(*canaries) && !r; i++) {
		struct canary *c = &canaries[i];

		c->b = b;
		c->slot = slot;
		c->dom = dom;
		c->scratch = CGROUP_NONE;
		r = run_canary(c);
		bpf_remove_domain(b, slot, &c->dom);
		if (c->scratch.path)
			(void)cgroup_remove(c->scratch.path);
		cgroup_done(&c->scratch);
	}
	return r;
}
