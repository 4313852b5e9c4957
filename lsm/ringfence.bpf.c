// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All programs, as one object: they share maps and functions. Compiled as one file because Debian
 * 12's bpftool cannot link objects that call a kernel function (bpf_rdonly_cast, see memory.h).
 */
#include "attach.bpf.c"
#include "attr.bpf.c"
#include "bpf.bpf.c"
#include "file.bpf.c"
#include "ioctl.bpf.c"
#include "locks.bpf.c"
#include "mmap.bpf.c"
#include "object.bpf.c"
#include "path.bpf.c"
#include "privilege.bpf.c"
#include "receive.bpf.c"
#include "seccomp.bpf.c"
#include "signal.bpf.c"
#include "socket.bpf.c"
#include "task.bpf.c"

char _license[] SEC("license") = "GPL";
