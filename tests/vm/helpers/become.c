/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Becomes somebody, and executes a command as them:
 *
 *   become root COMMAND...   uid 0 with the capabilities that container runtimes give by default
 *   become user COMMAND...   uid 1000, root of a new user namespace with a new mount namespace
 *   become local COMMAND...  the same without the mount namespace
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CONTAINER_USER 1000

static void must(int failed, const char *what)
{
	if (!failed)
		return;
	fprintf(stderr, "become: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(fd < 0 || write(fd, text, strlen(text)) < 0, path);
	close(fd);
}

/* What the runtimes of the Open Container Initiative leave a container by default. */
static void become_root(void)
{
	static const int kept[] = {
	    CAP_CHOWN,	 CAP_DAC_OVERRIDE,     CAP_FSETID,     CAP_FOWNER,     CAP_MKNOD,
	    CAP_NET_RAW, CAP_SETGID,	       CAP_SETUID,     CAP_SETFCAP,    CAP_SETPCAP,
	    CAP_KILL,	 CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT, CAP_AUDIT_WRITE};
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {};
	uint64_t all = 0;

	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		all |= UINT64_C(1) << kept[i];
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (!(all & UINT64_C(1) << cap))
			must(prctl(PR_CAPBSET_DROP, cap) && errno != EINVAL, "PR_CAPBSET_DROP");
	data[0].permitted = data[0].effective = (uint32_t)all;
	data[1].permitted = data[1].effective = (uint32_t)(all >> 32);
	must(syscall(SYS_capset, &head, data) < 0, "capset");
}

static void become_user(int namespaces)
{
	must(setgroups(0, NULL) || setresgid(CONTAINER_USER, CONTAINER_USER, CONTAINER_USER) ||
		 setresuid(CONTAINER_USER, CONTAINER_USER, CONTAINER_USER),
	     "setresuid");
	/* A change of ids leaves /proc/self to root. */
	must(prctl(PR_SET_DUMPABLE, 1), "PR_SET_DUMPABLE");
	must(unshare(namespaces), "unshare");
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", "0 1000 1");
	write_file("/proc/self/gid_map", "0 1000 1");
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "root")) {
		become_root();
	} else if (argc > 2 && !strcmp(argv[1], "user")) {
		become_user(CLONE_NEWUSER | CLONE_NEWNS);
	} else if (argc > 2 && !strcmp(argv[1], "local")) {
		become_user(CLONE_NEWUSER);
	} else {
		fprintf(stderr, "usage: become root|user|local COMMAND...\n");
		return 125;
	}
	execv(argv[2], argv + 2);
	must(1, argv[2]);
}
