/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * under-landlock N COMMAND...: executes a command under Landlock with a rule that allows everything
 * beneath /usr, and N - 1 that let other directories be read.
 */
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "bench.h"

/* All that there is to handle in Linux 6.1 (REFER, of ABI 2, is the last of these). */
#define HANDLED ((1ULL << 14) - 1)
#define READING (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

static const char *const directories[] = {"/usr", "/etc", "/dev", "/proc", "/var",
					  "/run", "/srv", "/opt", "/home", "/boot"};

static void add_rule(int ruleset, const char *directory, __u64 access)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access};

	rule.parent_fd = open(directory, O_PATH | O_CLOEXEC);
	must(rule.parent_fd >= 0, directory);
	must(!syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0),
	     directory);
	close(rule.parent_fd);
}

int main(int argc, char **argv)
{
	const struct landlock_ruleset_attr attr = {.handled_access_fs = HANDLED};
	int ruleset, n;

	if (argc < 3)
		wants(argc, 2, "under-landlock N COMMAND...");
	n = atoi(argv[1]);
	ruleset =
	    (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
	must(ruleset >= 0, "landlock");
	for (int i = 0; i < n; i++)
		add_rule(ruleset, directories[i], i ? READING : HANDLED);
	must(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	must(!syscall(SYS_landlock_restrict_self, ruleset, 0), "landlock");
	close(ruleset);
	execv(argv[2], argv + 2);
	must(0, argv[2]);
	return 1;
}
