#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The seccomp filter as the kernel runs it, and its alerts. Which policy makes which filter is the unit tests' business.

load lib

setup_file() {
	list | write_policy list
	list_table | write_table list
	attempt list enforce attempt-syscalls

	kill_policy | write_policy kill
	kill_table | write_table kill
	attempt kill enforce attempt-syscalls

	attempt list audit attempt-syscalls --audit
}

list() {
	cat <<-'END'
		version: 1
		name: list
		mode: enforce
		syscalls:
		  otherwise: {errno: EPERM}
		  allow:
		    - "@base"
		    - clone
		    - wait4
		    - prctl
		    - getpgid
		    - name: socket
		      arg0: {in: [AF_UNIX]}
		    - getpriority
		  deny:
		    - getpgrp # getpgrp
		    - name: getpriority # getpriority
		      arg0: {eq: 2}
	END
}

# Numbers: 102 getuid, 162 sync, 111 getpgrp, 121 getpgid, 140 getpriority.
list_table() {
	cat <<-'END'
		list.allowed    call 121 0 0 0            => ok
		list.group      call 102 0 0 0            => ok
		list.missing    call 162 1 2 3            => EPERM syscall otherwise - syscall=sync args=*'0x1',*'0x2',*'0x3'*
		list.denied     call 111 0 0 0            => EPERM syscall @getpgrp - syscall=getpgrp

		args.unix       socket 1                  => ok
		args.inet       socket 2                  => EPERM syscall otherwise - syscall=socket args=*'0x2',*'0x1'* audit=ok
		args.upper      socket 0xffffffff00000001 => ok
		args.deny       call 140 2 0 0            => EPERM syscall @getpriority - syscall=getpriority
		args.deny-other call 140 0 0 0            => ok

		number.unknown  call 1000 0 0 0           => ENOSYS syscall otherwise - syscall=1000 audit=ENOSYS
		number.newest   call 0x3fffffff 0 0 0     => ENOSYS syscall otherwise - syscall=1073741823 audit=ENOSYS
		number.clone3   clone3                    => ENOSYS audit=EINVAL
		number.thread   thread                    => ok

		arch.x32        x32 102                   => SIGSYS syscall otherwise - syscall=1073741926 errno=- audit=ENOSYS
		arch.x32-nr     call-child 513 0 0 0      => SIGSYS syscall otherwise - syscall=513 errno=- audit=ENOSYS
		arch.int80      int80 20                  => SIGSYS syscall otherwise - syscall=getpid errno=-
	END
}

kill_policy() {
	cat <<-'END'
		version: 1
		name: kill
		mode: enforce
		syscalls:
		  otherwise: kill
		  allow: ["@base", clone, wait4, prctl]
	END
}

kill_table() {
	cat <<-'END'
		kill.child      call-child 162 0 0 0      => SIGSYS syscall otherwise - syscall=sync errno=-
		kill.allowed    call 102 0 0 0            => ok
		kill.itself     call 162 0 0 0            => nothing syscall otherwise - syscall=sync errno=-
		kill.after      call 102 0 0 0            => nothing
	END
}

@test "what the list lacks gets its errno, what it denies names its rule" {
	went_well list.enforce
	as_expected list.enforce list.
}

@test "conditions are on the argument as the kernel sees it" {
	as_expected list.enforce args.
}

@test "unknown numbers get ENOSYS, and so does clone3, silently: threads work" {
	as_expected list.enforce number.
}

@test "calls of other architectures are killed" {
	as_expected list.enforce arch.
}

@test "otherwise: kill ends the process, and ringfence says 128 + SIGSYS" {
	as_expected kill.enforce kill.
	went_well kill.enforce 159
}

@test "audit mode denies no call and reports each" {
	went_well list.audit
	as_expected list.audit ''
}
