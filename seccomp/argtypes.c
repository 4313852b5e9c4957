/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the kernel reads each argument of each system call.
 *
 * A filter sees six 64-bit registers; the kernel often looks at fewer bits of
 * them. A condition must look at exactly the bits the kernel acts on: at more,
 * and garbage in the upper half slips past a denial; at fewer, and an allowed
 * value stands for others too. So the letter is about what the kernel does with
 * the register, which is not always what the prototype says: clone() takes an
 * unsigned long of flags and drops the upper half, readv() hands its long
 * descriptor and count to functions that take an unsigned int.
 *
 *   p  pointer; a filter cannot look behind it
 *   h  umode_t, 16 bits
 *   i  int, unsigned int, pid_t, ...: 32 bits
 *   l  long, size_t, loff_t, an address taken as a number: 64 bits
 *   x  depends on another argument
 *
 * Calls that Linux has numbered but never implemented on 64-bit architectures
 * are not listed, so that no condition on them can be written.
 */
#include "argtypes.h"

#include <stdlib.h>
#include <string.h>

struct signature {
	const char *call;
	const char *types;
};

/* The order of clone()'s last two arguments is the architecture's. */
#ifdef __x86_64__
#define CLONE_TYPES "ilppl"
#else
#define CLONE_TYPES "ilplp"
#endif

/* Sorted by name: searched by bisection. */
/* clang-format off */
static const struct signature signatures[] = {
	{"accept", "ipp"}, {"accept4", "ippi"}, {"access", "pi"}, {"acct", "p"},
	{"add_key", "pppli"}, {"adjtimex", "p"}, {"alarm", "i"}, {"arch_prctl", "il"},
	{"bind", "ipi"}, {"bpf", "ipi"}, {"brk", "l"}, {"cachestat", "ippi"},
	{"capget", "pp"}, {"capset", "pp"}, {"chdir", "p"}, {"chmod", "ph"},
	{"chown", "pii"}, {"chroot", "p"}, {"clock_adjtime", "ip"}, {"clock_getres", "ip"},
	{"clock_gettime", "ip"}, {"clock_nanosleep", "iipp"}, {"clock_settime", "ip"},
	{"clone", CLONE_TYPES}, {"clone3", "pl"}, {"close", "i"}, {"close_range", "iii"},
	{"connect", "ipi"}, {"copy_file_range", "ipipli"}, {"creat", "ph"},
	{"delete_module", "pi"}, {"dup", "i"}, {"dup2", "ii"}, {"dup3", "iii"},
	{"epoll_create", "i"}, {"epoll_create1", "i"}, {"epoll_ctl", "iiip"},
	{"epoll_pwait", "ipiipl"}, {"epoll_pwait2", "ipippl"}, {"epoll_wait", "ipii"},
	{"eventfd", "i"}, {"eventfd2", "ii"}, {"execve", "ppp"}, {"execveat", "ipppi"},
	{"exit", "i"}, {"exit_group", "i"}, {"faccessat", "ipi"}, {"faccessat2", "ipii"},
	{"fadvise64", "illi"}, {"fallocate", "iill"}, {"fanotify_init", "ii"},
	{"fanotify_mark", "iilip"}, {"fchdir", "i"}, {"fchmod", "ih"}, {"fchmodat", "iph"},
	{"fchmodat2", "iphi"}, {"fchown", "iii"}, {"fchownat", "ipiii"}, {"fcntl", "iii"},
	{"fdatasync", "i"}, {"fgetxattr", "ippl"}, {"file_getattr", "ippli"},
	{"file_setattr", "ippli"}, {"finit_module", "ipi"}, {"flistxattr", "ipl"},
	{"flock", "ii"}, {"fork", ""}, {"fremovexattr", "ip"}, {"fsconfig", "iippi"},
	{"fsetxattr", "ippli"}, {"fsmount", "iii"}, {"fsopen", "pi"}, {"fspick", "ipi"},
	{"fstat", "ip"}, {"fstatfs", "ip"}, {"fsync", "i"}, {"ftruncate", "il"},
	{"futex", "piippi"}, {"futex_requeue", "piii"}, {"futex_wait", "pllipi"},
	{"futex_waitv", "piipi"}, {"futex_wake", "plii"}, {"futimesat", "ipp"},
	{"get_mempolicy", "pplll"}, {"get_robust_list", "ipp"}, {"get_thread_area", "p"},
	{"getcpu", "ppp"}, {"getcwd", "pl"}, {"getdents", "ipi"}, {"getdents64", "ipi"},
	{"getegid", ""}, {"geteuid", ""}, {"getgid", ""}, {"getgroups", "ip"},
	{"getitimer", "ip"}, {"getpeername", "ipp"}, {"getpgid", "i"}, {"getpgrp", ""},
	{"getpid", ""}, {"getppid", ""}, {"getpriority", "ii"}, {"getrandom", "pli"},
	{"getresgid", "ppp"}, {"getresuid", "ppp"}, {"getrlimit", "ip"},
	{"getrusage", "ip"}, {"getsid", "i"}, {"getsockname", "ipp"},
	{"getsockopt", "iiipp"}, {"gettid", ""}, {"gettimeofday", "pp"}, {"getuid", ""},
	{"getxattr", "pppl"}, {"getxattrat", "ipippl"}, {"init_module", "plp"},
	{"inotify_add_watch", "ipi"}, {"inotify_init", ""}, {"inotify_init1", "i"},
	{"inotify_rm_watch", "ii"}, {"io_cancel", "lpp"}, {"io_destroy", "l"},
	{"io_getevents", "lllpp"}, {"io_pgetevents", "lllppp"}, {"io_setup", "ip"},
	{"io_submit", "llp"}, {"io_uring_enter", "iiiipl"}, {"io_uring_register", "iipi"},
	{"io_uring_setup", "ip"}, {"ioctl", "iix"}, {"ioperm", "lli"}, {"iopl", "i"},
	{"ioprio_get", "ii"}, {"ioprio_set", "iii"}, {"kcmp", "iiixx"},
	{"kexec_file_load", "iilpl"}, {"kexec_load", "llpl"}, {"keyctl", "ixxxx"},
	{"kill", "ii"}, {"landlock_add_rule", "iipi"}, {"landlock_create_ruleset", "pli"},
	{"landlock_restrict_self", "ii"}, {"lchown", "pii"}, {"lgetxattr", "pppl"},
	{"link", "pp"}, {"linkat", "ipipi"}, {"listen", "ii"}, {"listmount", "ppli"},
	{"listxattr", "ppl"}, {"listxattrat", "ipipl"}, {"llistxattr", "ppl"},
	{"lookup_dcookie", "lpl"}, {"lremovexattr", "pp"}, {"lseek", "ili"},
	{"lsetxattr", "pppli"}, {"lsm_get_self_attr", "ippi"}, {"lsm_list_modules", "ppi"},
	{"lsm_set_self_attr", "ipii"}, {"lstat", "pp"}, {"madvise", "lli"},
	{"map_shadow_stack", "lli"}, {"mbind", "llipli"}, {"membarrier", "iii"},
	{"memfd_create", "pi"}, {"memfd_secret", "i"}, {"migrate_pages", "ilpp"},
	{"mincore", "llp"}, {"mkdir", "ph"}, {"mkdirat", "iph"}, {"mknod", "phi"},
	{"mknodat", "iphi"}, {"mlock", "ll"}, {"mlock2", "lli"}, {"mlockall", "i"},
	{"mmap", "llllil"}, {"modify_ldt", "ipl"}, {"mount", "ppplp"},
	{"mount_setattr", "ipipl"}, {"move_mount", "ipipi"}, {"move_pages", "ilpppi"},
	{"mprotect", "lll"}, {"mq_getsetattr", "ipp"}, {"mq_notify", "ip"},
	{"mq_open", "pihp"}, {"mq_timedreceive", "iplpp"}, {"mq_timedsend", "iplip"},
	{"mq_unlink", "p"}, {"mremap", "lllll"}, {"mseal", "lll"}, {"msgctl", "iip"},
	{"msgget", "ii"}, {"msgrcv", "iplli"}, {"msgsnd", "ipli"}, {"msync", "lli"},
	{"munlock", "ll"}, {"munlockall", ""}, {"munmap", "ll"},
	{"name_to_handle_at", "ipppi"}, {"nanosleep", "pp"}, {"newfstatat", "ippi"},
	{"open", "pih"}, {"open_by_handle_at", "ipi"}, {"open_tree", "ipi"},
	{"open_tree_attr", "ipipl"}, {"openat", "ipih"}, {"openat2", "ippl"},
	{"pause", ""}, {"perf_event_open", "piiil"}, {"personality", "i"},
	{"pidfd_getfd", "iii"}, {"pidfd_open", "ii"}, {"pidfd_send_signal", "iipi"},
	{"pipe", "p"}, {"pipe2", "pi"}, {"pivot_root", "pp"}, {"pkey_alloc", "ll"},
	{"pkey_free", "i"}, {"pkey_mprotect", "llli"}, {"poll", "pii"}, {"ppoll", "pippl"},
	{"prctl", "illll"}, {"pread64", "ipll"}, {"preadv", "ipill"},
	{"preadv2", "ipilli"}, {"prlimit64", "iipp"}, {"process_madvise", "ipiii"},
	{"process_mrelease", "ii"}, {"process_vm_readv", "ipipll"},
	{"process_vm_writev", "ipipll"}, {"pselect6", "ippppp"}, {"ptrace", "lill"},
	{"pwrite64", "ipll"}, {"pwritev", "ipill"}, {"pwritev2", "ipilli"},
	{"quotactl", "ipip"}, {"quotactl_fd", "iiip"}, {"read", "ipl"},
	{"readahead", "ill"}, {"readlink", "ppi"}, {"readlinkat", "ippi"},
	{"readv", "ipi"}, {"reboot", "iiip"}, {"recvfrom", "iplipp"},
	{"recvmmsg", "ipiip"}, {"recvmsg", "ipi"}, {"remap_file_pages", "lllll"},
	{"removexattr", "pp"}, {"removexattrat", "ipip"}, {"rename", "pp"},
	{"renameat", "ipip"}, {"renameat2", "ipipi"}, {"request_key", "pppi"},
	{"restart_syscall", ""}, {"rmdir", "p"}, {"rseq", "piii"},
	{"rt_sigaction", "ippl"}, {"rt_sigpending", "pl"}, {"rt_sigprocmask", "ippl"},
	{"rt_sigqueueinfo", "iip"}, {"rt_sigreturn", ""}, {"rt_sigsuspend", "pl"},
	{"rt_sigtimedwait", "pppl"}, {"rt_tgsigqueueinfo", "iiip"},
	{"sched_get_priority_max", "i"}, {"sched_get_priority_min", "i"},
	{"sched_getaffinity", "iip"}, {"sched_getattr", "ipii"}, {"sched_getparam", "ip"},
	{"sched_getscheduler", "i"}, {"sched_rr_get_interval", "ip"},
	{"sched_setaffinity", "iip"}, {"sched_setattr", "ipi"}, {"sched_setparam", "ip"},
	{"sched_setscheduler", "iip"}, {"sched_yield", ""}, {"seccomp", "iip"},
	{"select", "ipppp"}, {"semctl", "iiix"}, {"semget", "iii"}, {"semop", "ipi"},
	{"semtimedop", "ipip"}, {"sendfile", "iipl"}, {"sendmmsg", "ipii"},
	{"sendmsg", "ipi"}, {"sendto", "iplipi"}, {"set_mempolicy", "ipl"},
	{"set_mempolicy_home_node", "llll"}, {"set_robust_list", "pl"},
	{"set_thread_area", "p"}, {"set_tid_address", "p"}, {"setdomainname", "pi"},
	{"setfsgid", "i"}, {"setfsuid", "i"}, {"setgid", "i"}, {"setgroups", "ip"},
	{"sethostname", "pi"}, {"setitimer", "ipp"}, {"setns", "ii"}, {"setpgid", "ii"},
	{"setpriority", "iii"}, {"setregid", "ii"}, {"setresgid", "iii"},
	{"setresuid", "iii"}, {"setreuid", "ii"}, {"setrlimit", "ip"}, {"setsid", ""},
	{"setsockopt", "iiipi"}, {"settimeofday", "pp"}, {"setuid", "i"},
	{"setxattr", "pppli"}, {"setxattrat", "ipippl"}, {"shmat", "ipi"},
	{"shmctl", "iip"}, {"shmdt", "p"}, {"shmget", "ili"}, {"shutdown", "ii"},
	{"sigaltstack", "pp"}, {"signalfd", "ipl"}, {"signalfd4", "ipli"},
	{"socket", "iii"}, {"socketpair", "iiip"}, {"splice", "ipipli"}, {"stat", "pp"},
	{"statfs", "pp"}, {"statmount", "ppli"}, {"statx", "ipiip"}, {"swapoff", "p"},
	{"swapon", "pi"}, {"symlink", "pp"}, {"symlinkat", "pip"}, {"sync", ""},
	{"sync_file_range", "illi"}, {"syncfs", "i"},
	{"sysfs", "ixx"}, {"sysinfo", "p"}, {"syslog", "ipi"}, {"tee", "iili"},
	{"tgkill", "iii"}, {"time", "p"}, {"timer_create", "ipp"}, {"timer_delete", "i"},
	{"timer_getoverrun", "i"}, {"timer_gettime", "ip"}, {"timer_settime", "iipp"},
	{"timerfd_create", "ii"}, {"timerfd_gettime", "ip"}, {"timerfd_settime", "iipp"},
	{"times", "p"}, {"tkill", "ii"}, {"truncate", "pl"}, {"umask", "i"},
	{"umount2", "pi"}, {"uname", "p"}, {"unlink", "p"}, {"unlinkat", "ipi"},
	{"unshare", "l"}, {"uselib", "p"}, {"userfaultfd", "i"}, {"ustat", "ip"},
	{"utime", "pp"}, {"utimensat", "ippi"}, {"utimes", "pp"}, {"vfork", ""},
	{"vhangup", ""}, {"vmsplice", "ipii"}, {"wait4", "ipip"}, {"waitid", "iipip"},
	{"write", "ipl"}, {"writev", "ipi"},
};
/* clang-format on */

static int by_name(const void *key, const void *element)
{
	return strcmp(key, ((const struct signature *)element)->call);
}

static const struct signature *signature_find(const char *call)
{
	return bsearch(call, signatures, sizeof(signatures) / sizeof(signatures[0]),
		       sizeof(signatures[0]), by_name);
}

int argument_count(const char *call)
{
	const struct signature *s = signature_find(call);

	return s ? (int)strlen(s->types) : -1;
}

enum arg_type argument_type(const char *call, unsigned arg)
{
	const struct signature *s = signature_find(call);

	if (!s)
		return ARG_TYPE_UNKNOWN;
	if (arg >= strlen(s->types))
		return ARG_TYPE_NONE;
	switch (s->types[arg]) {
	case 'p':
		return ARG_TYPE_POINTER;
	case 'h':
		return ARG_TYPE_MODE;
	case 'i':
		return ARG_TYPE_INT;
	case 'l':
		return ARG_TYPE_LONG;
	default:
		return ARG_TYPE_VARIES;
	}
}

uint64_t argument_mask(enum arg_type type)
{
	switch (type) {
	case ARG_TYPE_MODE:
		return UINT16_MAX;
	case ARG_TYPE_INT:
		return UINT32_MAX;
	case ARG_TYPE_LONG:
		return UINT64_MAX;
	default:
		return 0;
	}
}
