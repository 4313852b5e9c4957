#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A kernel that has the x32 ABI, which Debian's leave off: tests/test.sh boots with syscall.x32=y. An x32 call is a 64-bit
# one with a bit set, and would walk past a filter made of numbers.

load lib

setup_file() {
	printf 'version: 1\nname: list\nmode: enforce\nsyscalls: {otherwise: {errno: EPERM}, allow: ["@container"]}\n' |
		write_policy list
	printf 'version: 1\nname: bare\nmode: enforce\nprivileges: {allow: []}\n' | write_policy bare
	table | tee >(write_table list) | write_table bare
	attempt list enforce attempt-syscalls
	attempt bare enforce attempt-syscalls
}

# 39 is getpid, 2 open, 520 the x32 execve.
table() {
	cat <<-END
		S03.getpid   call-child 0x40000027 0 0 0 => SIGSYS syscall otherwise - syscall=1073741863 errno=-
		S03.open     call-child 0x40000002 0 0 0 => SIGSYS syscall otherwise - syscall=1073741826 errno=-
		S03.execve   call-child 0x40000208 0 0 0 => SIGSYS syscall otherwise - syscall=1073742344 errno=-
		S03.unmarked call-child 520 0 0 0        => SIGSYS syscall otherwise - syscall=520 errno=-
		S03.native+  call 39 0 0 0               => ok
	END
}

@test "the machine is the one this test is about: unconfined, an x32 call works" {
	[[ $(attempt-syscalls <<<'x call 0x40000027 0 0 0') == "x ok"* ]]
}

@test "S03 x32 bit: killed, with and without a section about system calls" {
	went_well list.enforce
	went_well bare.enforce
	as_expected list.enforce S03.
	as_expected bare.enforce S03.
}
