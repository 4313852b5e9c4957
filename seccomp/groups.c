/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The groups of system calls. A group is named for what a program does with
 * it, not for the part of the kernel it lives in. Names an architecture lacks
 * are skipped there; a test proves that each exists on some architecture.
 *
 * "@container" is the group that lets ordinary container images run. It leaves
 * out what has a privilege of its own in the policy (mounting, tracing, key
 * rings, ...), what reaches into other processes' memory or descriptors, what
 * only administers the host, and clone3, whose flags no filter can see (see
 * filter.c). Creating a user namespace is judged by an LSM hook whichever call
 * asks for it, so plain clone is in.
 *
 * Sorted by name, members too, each member once: a test holds that.
 */
#include <string.h>

#include "filter.h"

#define MEMBERS(...) ((const char *const[]){__VA_ARGS__, NULL})

const struct syscall_group syscall_groups[] = {
    {"@aio", "asynchronous I/O of the old kind (not io_uring)",
     MEMBERS("io_cancel", "io_destroy", "io_getevents", "io_pgetevents", "io_setup", "io_submit")},
    {"@base", "what a dynamically linked program needs to start, allocate memory and end",
     MEMBERS("access", "arch_prctl", "brk", "clock_getres", "clock_gettime", "clock_nanosleep",
	     "close", "execve", "execveat", "exit", "exit_group", "faccessat", "faccessat2",
	     "fstat", "futex", "get_robust_list", "getcpu", "getcwd", "getegid", "geteuid",
	     "getgid", "getpgrp", "getpid", "getppid", "getrandom", "getrlimit", "gettid",
	     "gettimeofday", "getuid", "lseek", "lstat", "madvise", "membarrier", "mmap",
	     "mprotect", "mremap", "munmap", "nanosleep", "newfstatat", "open", "openat", "pread64",
	     "prlimit64", "read", "readlink", "readlinkat", "restart_syscall", "rseq",
	     "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sched_yield", "set_robust_list",
	     "set_tid_address", "sigaltstack", "stat", "statx", "sysinfo", "time", "uname", "write",
	     "writev")},
    {"@container", "what ordinary container images use: servers, compilers, shells, interpreters",
     MEMBERS("@aio", "@base", "@credentials", "@event", "@file-io", "@file-metadata", "@ipc",
	     "@memory", "@network-client", "@network-server", "@process", "@sandbox", "@sched",
	     "@signals", "@timers")},
    {"@credentials", "ask for and change users, groups and capabilities",
     MEMBERS("capget", "capset", "getegid", "geteuid", "getgid", "getgroups", "getresgid",
	     "getresuid", "getuid", "setfsgid", "setfsuid", "setgid", "setgroups", "setregid",
	     "setresgid", "setresuid", "setreuid", "setuid")},
    {"@event", "wait for descriptors, and descriptors made to be waited for",
     MEMBERS("epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2",
	     "epoll_wait", "eventfd", "eventfd2", "inotify_add_watch", "inotify_init",
	     "inotify_init1", "inotify_rm_watch", "poll", "ppoll", "pselect6", "select", "signalfd",
	     "signalfd4", "timerfd_create", "timerfd_gettime", "timerfd_settime")},
    {"@file-io", "open, read and write files and pipes",
     MEMBERS("cachestat", "close", "close_range", "copy_file_range", "creat", "dup", "dup2", "dup3",
	     "fadvise64", "fallocate", "fcntl", "fdatasync", "flock", "fsync", "ftruncate",
	     "getdents", "getdents64", "ioctl", "lseek", "memfd_create", "open", "openat",
	     "openat2", "pipe", "pipe2", "pread64", "preadv", "preadv2", "pwrite64", "pwritev",
	     "pwritev2", "read", "readahead", "readv", "sendfile", "splice", "sync",
	     "sync_file_range", "syncfs", "tee", "truncate", "vmsplice", "write", "writev")},
    {"@file-metadata", "names, modes, owners, times, links and extended attributes of files",
     MEMBERS("access", "chdir", "chmod", "chown", "faccessat", "faccessat2", "fchdir", "fchmod",
	     "fchmodat", "fchmodat2", "fchown", "fchownat", "fgetxattr", "flistxattr",
	     "fremovexattr", "fsetxattr", "fstat", "fstatfs", "futimesat", "getcwd", "getxattr",
	     "getxattrat", "lchown", "lgetxattr", "link", "linkat", "listxattr", "listxattrat",
	     "llistxattr", "lremovexattr", "lsetxattr", "lstat", "mkdir", "mkdirat", "mknod",
	     "mknodat", "name_to_handle_at", "newfstatat", "readlink", "readlinkat", "removexattr",
	     "removexattrat", "rename", "renameat", "renameat2", "rmdir", "setxattr", "setxattrat",
	     "stat", "statfs", "statx", "symlink", "symlinkat", "umask", "unlink", "unlinkat",
	     "utime", "utimensat", "utimes")},
    {"@ipc", "System V and POSIX message queues, semaphores, shared memory; futexes",
     MEMBERS("futex", "futex_requeue", "futex_wait", "futex_waitv", "futex_wake", "get_robust_list",
	     "mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive", "mq_timedsend",
	     "mq_unlink", "msgctl", "msgget", "msgrcv", "msgsnd", "semctl", "semget", "semop",
	     "semtimedop", "set_robust_list", "shmat", "shmctl", "shmdt", "shmget")},
    {"@memory", "map, protect, lock and advise on memory",
     MEMBERS("brk", "get_mempolicy", "madvise", "map_shadow_stack", "mbind", "membarrier",
	     "memfd_create", "memfd_secret", "mincore", "mlock", "mlock2", "mlockall", "mmap",
	     "mprotect", "mremap", "mseal", "msync", "munlock", "munlockall", "munmap",
	     "pkey_alloc", "pkey_free", "pkey_mprotect", "process_madvise", "remap_file_pages",
	     "set_mempolicy", "set_mempolicy_home_node")},
    {"@network-client", "sockets that connect",
     MEMBERS("connect", "getpeername", "getsockname", "getsockopt", "recvfrom", "recvmmsg",
	     "recvmsg", "sendmmsg", "sendmsg", "sendto", "setsockopt", "shutdown", "socket",
	     "socketpair")},
    {"@network-server", "sockets that listen",
     MEMBERS("accept", "accept4", "bind", "getpeername", "getsockname", "getsockopt", "listen",
	     "recvfrom", "recvmmsg", "recvmsg", "sendmmsg", "sendmsg", "sendto", "setsockopt",
	     "shutdown", "socket")},
    {"@process", "create, execute, wait for and limit processes and threads",
     MEMBERS("arch_prctl", "clone", "execve", "execveat", "exit", "exit_group", "fork", "getpgid",
	     "getpgrp", "getpid", "getppid", "getrlimit", "getrusage", "getsid", "gettid",
	     "pidfd_open", "prctl", "prlimit64", "process_mrelease", "rseq", "set_tid_address",
	     "setpgid", "setrlimit", "setsid", "times", "vfork", "wait4", "waitid")},
    {"@sandbox", "restrict oneself further",
     MEMBERS("landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self", "prctl",
	     "seccomp")},
    {"@sched", "priorities, processors and scheduling classes",
     MEMBERS("getcpu", "getpriority", "ioprio_get", "ioprio_set", "sched_get_priority_max",
	     "sched_get_priority_min", "sched_getaffinity", "sched_getattr", "sched_getparam",
	     "sched_getscheduler", "sched_rr_get_interval", "sched_setaffinity", "sched_setattr",
	     "sched_setparam", "sched_setscheduler", "sched_yield", "setpriority")},
    {"@signals", "send, block and wait for signals",
     MEMBERS("kill", "pause", "pidfd_send_signal", "restart_syscall", "rt_sigaction",
	     "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend",
	     "rt_sigtimedwait", "rt_tgsigqueueinfo", "sigaltstack", "signalfd", "signalfd4",
	     "tgkill", "tkill")},
    {"@timers", "read clocks, sleep, and timers",
     MEMBERS("alarm", "clock_getres", "clock_gettime", "clock_nanosleep", "getitimer",
	     "gettimeofday", "nanosleep", "setitimer", "time", "timer_create", "timer_delete",
	     "timer_getoverrun", "timer_gettime", "timer_settime", "timerfd_create",
	     "timerfd_gettime", "timerfd_settime", "times")},
};

const size_t n_syscall_groups = sizeof(syscall_groups) / sizeof(syscall_groups[0]);

const struct syscall_group *syscall_group_find(const char *name)
{
	for (size_t i = 0; i < n_syscall_groups; i++)
		if (!strcmp(name, syscall_groups[i].name))
			return &syscall_groups[i];
	return NULL;
}
