/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of privileges. Where an LSM hook sees the whole operation, the
 * hook enforces it and the alert carries the object; other system calls are
 * listed, and the filter refuses them before any hook is asked. Hooks stand
 * beside system calls where they see some of it: they are for those whom no
 * filter holds, who have entered the container's cgroup.
 *
 * Left out on purpose:
 *  - name_to_handle_at: a handle opens nothing; open_by_handle_at does.
 *
 * personality asks (0xffffffff) and sets. What is left to everybody is to ask,
 * and to set plain Linux, which is what a task has that nobody set otherwise;
 * so READ_IMPLIES_EXEC, ADDR_NO_RANDOMIZE, MMAP_PAGE_ZERO and the execution
 * domains of other systems need the word.
 *
 * adjtimex and clock_adjtime are refused reading or writing: what they do is
 * said behind a pointer, where no filter can look.
 */
#include <string.h>

#include "privilege.h"

/* What is open or named on a special file system: lsm/special.h. */
#define SPECIAL_FILES                                                                              \
	"file_open path_mkdir path_mknod path_unlink path_rmdir path_rename path_link "            \
	"path_symlink path_chmod path_chown inode_setattr inode_setxattr inode_removexattr"

const struct privilege privileges[_RF_PRIV_MAX] = {
    [RF_PRIV_MOUNT] = {.id = RF_PRIV_MOUNT,
		       .word = "mount",
		       .help = "mount, unmount, move and remount file systems",
		       .hooks = "sb_mount sb_kern_mount sb_umount sb_remount sb_pivotroot "
				"move_mount file_ioctl",
		       .syscalls = "open_tree open_tree_attr fsopen fsconfig fsmount fspick "
				   "mount_setattr setns"},
    [RF_PRIV_USERNS] = {.id = RF_PRIV_USERNS,
			.word = "userns",
			.help = "create user namespaces",
			.hooks = "userns_create",
			.syscalls = ""},
    [RF_PRIV_CHROOT] = {.id = RF_PRIV_CHROOT,
			.word = "chroot",
			.help = "change the root directory",
			.hooks = "path_chroot",
			.syscalls = ""},
    [RF_PRIV_PTRACE] = {.id = RF_PRIV_PTRACE,
			.word = "ptrace",
			.help = "trace and change processes of the same container",
			.hooks = "ptrace_access_check ptrace_traceme file_open file_receive",
			.syscalls = ""},
    [RF_PRIV_SIGNAL] = {.id = RF_PRIV_SIGNAL,
			.word = "signal",
			.help = "signal processes outside the container, and set their limits",
			.hooks = "task_kill task_setrlimit task_setnice task_setioprio "
				 "task_setscheduler task_movememory file_fcntl file_ioctl",
			.syscalls = ""},
    [RF_PRIV_BPF] = {.id = RF_PRIV_BPF,
		     .word = "bpf",
		     .help = "load BPF programs that trace nothing, use BPF maps and bpffs",
		     .hooks = "bpf bpf_map bpf_prog " SPECIAL_FILES,
		     .syscalls = ""},
    [RF_PRIV_PERF] = {.id = RF_PRIV_PERF,
		      .word = "perf",
		      .help = "open performance counters",
		      .hooks = "perf_event_open",
		      .syscalls = "perf_event_open"},
    [RF_PRIV_IO_URING] = {.id = RF_PRIV_IO_URING,
			  .word = "io_uring",
			  .help = "submit I/O through rings, past the system call filter",
			  .hooks = "uring_sqpoll uring_override_creds uring_cmd",
			  .syscalls = "io_uring_setup io_uring_enter io_uring_register"},
    [RF_PRIV_KEYRING] = {.id = RF_PRIV_KEYRING,
			 .word = "keyring",
			 .help = "use the kernel's key rings",
			 .hooks = "key_alloc",
			 .syscalls = "add_key request_key keyctl"},
    [RF_PRIV_MODULE] = {.id = RF_PRIV_MODULE,
			.word = "module",
			.help = "load and unload kernel modules, use I/O ports",
			.hooks = "kernel_load_data kernel_read_file",
			.syscalls = "init_module finit_module delete_module iopl ioperm"},
    [RF_PRIV_KEXEC] = {.id = RF_PRIV_KEXEC,
		       .word = "kexec",
		       .help = "load another kernel",
		       .hooks = "kernel_load_data kernel_read_file",
		       .syscalls = "kexec_load kexec_file_load"},
    [RF_PRIV_TIME] = {.id = RF_PRIV_TIME,
		      .word = "time",
		      .help = "set the clock",
		      .hooks = "settime",
		      .syscalls = "settimeofday clock_settime clock_adjtime adjtimex stime"},
    [RF_PRIV_SYSLOG] = {.id = RF_PRIV_SYSLOG,
			.word = "syslog",
			.help = "read and clear the kernel's log",
			.hooks = "syslog",
			.syscalls = "syslog"},
    [RF_PRIV_REBOOT] = {.id = RF_PRIV_REBOOT,
			.word = "reboot",
			.help = "restart or stop the machine or the PID namespace",
			.hooks = "",
			.syscalls = "reboot"},
    [RF_PRIV_SWAP] = {.id = RF_PRIV_SWAP,
		      .word = "swap",
		      .help = "turn swap space on and off",
		      .hooks = "",
		      .syscalls = "swapon swapoff"},
    [RF_PRIV_QUOTA] = {.id = RF_PRIV_QUOTA,
		       .word = "quota",
		       .help = "read and set disk quotas",
		       .hooks = "quotactl",
		       .syscalls = "quotactl quotactl_fd"},
    [RF_PRIV_ACCT] = {.id = RF_PRIV_ACCT,
		      .word = "acct",
		      .help = "turn process accounting on and off",
		      .hooks = "",
		      .syscalls = "acct"},
    [RF_PRIV_PERSONALITY] = {.id = RF_PRIV_PERSONALITY,
			     .word = "personality",
			     .help = "change the execution domain, or how memory is laid out",
			     .hooks = "",
			     .syscalls = "personality",
			     .harmless = "0 0xffffffff"},
    [RF_PRIV_HANDLES] = {.id = RF_PRIV_HANDLES,
			 .word = "handles",
			 .help = "open files by handle, or through fanotify, past every path",
			 .hooks = "",
			 .syscalls = "open_by_handle_at fanotify_init"},
    [RF_PRIV_SYSCTL] = {.id = RF_PRIV_SYSCTL,
			.word = "sysctl",
			.help = "change kernel settings: /proc/sys, sysfs, debugfs and the like",
			.hooks = SPECIAL_FILES,
			.syscalls = ""},
    [RF_PRIV_CGROUP] = {.id = RF_PRIV_CGROUP,
			.word = "cgroup",
			.help = "change control groups other than one's own, and move tasks",
			.hooks = SPECIAL_FILES,
			.syscalls = ""},
};

const struct privilege *privilege_from_word(const char *word)
{
	for (size_t i = 0; i < _RF_PRIV_MAX; i++)
		if (!strcmp(word, privileges[i].word))
			return &privileges[i];
	return NULL;
}

bool privilege_has_call(const struct privilege *p, const char *call)
{
	size_t len = strlen(call);

	for (const char *at = p->syscalls; (at = strstr(at, call)); at += len)
		if ((at == p->syscalls || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}
