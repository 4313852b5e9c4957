#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Cases S..: system calls, and the ways round a filter of them. Five policies:
#
#   list     an allow-list, which names calls that privileges refuse all the same
#   bare     no section about system calls: there is a filter all the same, for foreign calls and for privileges
#   traced   grants ptrace and personality, and allows clone3 by its name
#   rings    grants io_uring, and has a rule about files
#   errno    an allow-list with an errno that nobody else gives
#
# That filter and policy say the same is shown for every number by the unit tests; here a sample of it, on the kernel.
# (A filter never says "ask a supervisor" or "ask a tracer"; S12 and S13 are about supervisors and tracers of others.)

load lib

T=/srv/cs
PEOPLE='root user'

setup_file() {
	plant
	policy_list | write_policies list
	{
		table_list
		table_sample
	} | write_tables list
	attempt_as list "$PEOPLE" attempt-syscalls

	policy_list | write_policies own
	table_own | write_tables own
	attempt_as own "$PEOPLE" attempt-filters

	policy_bare | write_policies bare
	table_bare | write_tables bare
	attempt_as bare "$PEOPLE" attempt-syscalls

	policy_traced | write_policies traced ptrace personality
	table_traced | write_tables traced
	attempt_as traced "$PEOPLE" attempt-filters
	policy_traced | write_policies named ptrace personality
	table_named | write_tables named
	attempt_as named "$PEOPLE" attempt-syscalls

	policy_rings | write_policies rings io_uring
	table_rings | write_tables rings
	attempt_as rings "$PEOPLE" attempt-uring

	policy_errno | write_policies errno
	table_errno | write_tables errno
	attempt_as errno root attempt-syscalls

	# As a container runtime would, with filters that were there before.
	policy_list | write_policies stack
	table_stack | write_tables stack
	# shellcheck disable=SC2034 # attempt() puts it in front
	wrap=("$(command -v with-filter)" runtime /usr/bin/env)
	attempt_as stack full attempt-syscalls
}

teardown_file() {
	rm -rf $T
}

plant() {
	rm -rf $T
	mkdir -p $T/{secret,pub}
	echo canary >$T/secret/f
	echo content >$T/pub/f
	echo content >$T/pub/a
	chmod -R a+rwX $T
	chmod a+rwx $T
	printf 'elf elf32-write %s\n' $T/elf32 | attempt-syscalls
}

policy_list() {
	cat <<-'END'
		version: 1
		name: list
		mode: enforce
		syscalls:
		  otherwise: {errno: EPERM} # list
		  allow:
		    - "@container"
		    - personality
		    - unshare
		    - io_uring_setup
		    - {name: socket, arg0: {in: [AF_UNIX]}}
		    - getpriority
		  deny:
		    - getpgrp # getpgrp
		    - name: getpriority # getpriority
		      arg0: {eq: 2}
		privileges: {allow: [@]} # privileges
	END
}

policy_bare() {
	cat <<-'END'
		version: 1
		name: bare
		mode: enforce
		privileges: {allow: [@]} # privileges
	END
}

policy_traced() {
	cat <<-'END'
		version: 1
		name: traced
		mode: enforce
		syscalls:
		  otherwise: {errno: EPERM}
		  allow: ["@container", ptrace, personality, clone3, unshare]
		privileges: {allow: [@]} # privileges
	END
}

policy_rings() {
	cat <<-END
		version: 1
		name: rings
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: $T/secret/**, deny: all} # secret
		privileges: {allow: [@]}
	END
}

policy_errno() {
	cat <<-'END'
		version: 1
		name: errno
		mode: enforce
		syscalls:
		  otherwise: {errno: EXFULL}
		  allow: ["@container"]
		  deny: [getpgrp] # getpgrp
		privileges: {allow: [@]} # privileges
	END
}

# Numbers: 153 vhangup, 136 ustat, 139 sysfs, 172 iopl, 312 kcmp, 323 userfaultfd, 111 getpgrp, 121 getpgid, 102 getuid.
table_list() {
	local N='syscall otherwise -'
	cat <<-END
		S01.vhangup       call 153 1 2 3       => EPERM $N syscall=vhangup args=*'0x1',*'0x2',*'0x3'*
		S01.ustat         call 136 0 0 0       => EPERM $N syscall=ustat
		S01.sysfs         call 139 3 0 0       => EPERM $N syscall=sysfs
		S01.iopl          call 172 0 0 0       => EPERM privilege.module * - syscall=iopl
		S01.kcmp          call 312 0 0 0       => EPERM $N syscall=kcmp
		S01.userfaultfd   call 323 0 0 0       => EPERM $N syscall=userfaultfd
		S01.deny          call 111 0 0 0       => EPERM syscall @getpgrp - syscall=getpgrp
		S01.deny-arg      call 140 2 0 0       => EPERM syscall @getpriority - syscall=getpriority
		S01.deny-arg+     call 140 0 0 0       => ok
		S01.group+        call 102 0 0 0       => ok
		S01.named+        call 121 0 0 0       => ok
		S01.narrowed      socket 2             => EPERM $N syscall=socket
		S01.narrowed+     socket 1             => ok
	END
	table_foreign
	cat <<-END
		S04.statmount     call 457 0 0 0       => ENOSYS $N syscall=statmount
		S04.listmount     call 458 0 0 0       => ENOSYS $N syscall=listmount
		S04.lsm-set       call 460 0 0 0       => ENOSYS $N syscall=lsm_set_self_attr
		S04.gap           call 400 0 0 0       => ENOSYS $N syscall=400
		S04.unknown       call 1000 0 0 0      => ENOSYS $N syscall=1000
		S04.newest        call 0x3fffffff 0 0 0 => ENOSYS $N syscall=1073741823
		S04.minus         call -1 0 0 0        => ENOSYS $N syscall=4294967295
		S04.known+        call 462 0 0 0       => ok|ENOSYS
		S06.null          clone3               => ENOSYS
		S06.clone3-user   clone3-flags 0x10000000 => ENOSYS
		S06.clone3-plain  clone3-flags 0       => ENOSYS
		S06.clone-user    clone-flags 0x10000000 => EPERM privilege.userns @privileges - user=ok!
		S06.clone+        clone-flags 0        => ok
		S06.vfork+        vfork                => ok
		S06.thread+       thread               => ok
		S08.socketcall    int80 102            => SIGSYS $N syscall=socketcall errno=-
		S08.ipc           int80 117            => SIGSYS $N syscall=ipc errno=-
		S08.socket+       socket 1             => ok
	END
	table_guarded
}

# What is refused with and without a section about system calls.
table_foreign() {
	local N='syscall otherwise -'
	cat <<-END
		S02.int80         int80 20             => SIGSYS $N syscall=getpid errno=-
		S02.int80-open    int80 5              => SIGSYS $N syscall=open errno=-
		S02.elf           execute $T/elf32     => SIGSYS $N syscall=exit errno=-
		S02.native+       call 39 0 0 0        => ok
		S03.getpid        call-child 0x40000027 0 0 0 => SIGSYS $N syscall=1073741863 errno=-
		S03.open          call-child 0x40000002 0 0 0 => SIGSYS $N syscall=1073741826 errno=-
		S03.own-first     call-child 512 0 0 0 => SIGSYS $N syscall=512 errno=-
		S03.own-execve    call-child 520 0 0 0 => SIGSYS $N syscall=520 errno=-
		S03.own-last      call-child 547 0 0 0 => SIGSYS $N syscall=547 errno=-
		S03.own-marked    call-child 0x40000208 0 0 0 => SIGSYS $N syscall=1073742344 errno=-
		S03.negative      call-child 0x80000027 0 0 0 => SIGSYS $N syscall=2147483687 errno=-
		S03.upper+        call 0x100000027 0 0 0 => ok
	END
}

# What privileges guard, where no hook does.
table_guarded() {
	local R='@privileges -'
	cat <<-END
		S09.setup         call 425 4 0 0       => EPERM privilege.io_uring $R syscall=io_uring_setup
		S09.enter         call 426 -1 0 0      => EPERM privilege.io_uring $R syscall=io_uring_enter
		S09.register      call 427 -1 0 0      => EPERM privilege.io_uring $R syscall=io_uring_register
		P.ask+  call 135 0xffffffff 0 0 => ok
		P.same+ call 135 0 0 0       => ok
		P.read-exec call 135 0x400000 0 0 => EPERM privilege.personality $R syscall=personality
		P.no-random call 135 0x40000 0 0 => EPERM privilege.personality $R syscall=personality
		P.page-zero call 135 0x100000 0 0 => EPERM privilege.personality $R syscall=personality
		P.linux32 call 135 8 0 0     => EPERM privilege.personality $R syscall=personality
		P.upper call 135 0x100400000 0 0 => EPERM privilege.personality $R syscall=personality
		P.upper+ call 135 0xffffffff00000000 0 0 => ok
		P.left+ call 135 0xffffffff 0 0 => ok
	END
}

# What `ringfence explain` says of a call is what the kernel does: calls by number, with arguments at the boundaries.
table_sample() {
	local n=0 nr args answer wanted
	while read -r nr args; do
		n=$((n + 1))
		# shellcheck disable=SC2086 # words
		answer=$(ringfence explain --json "$BATS_FILE_TMPDIR/list.yaml" syscall $nr $args) || :
		wanted=$(python3 -c 'import json, sys
a = json.loads(sys.argv[1])
kill = a["action"].startswith("kill")
print("ok|EBADF|EFAULT|EINVAL|ENOENT|ESRCH|EINTR" if a["verdict"] == "allowed" else
      ("SIGSYS" if kill else a["errno"]) + " %s * - errno=%s" % (a["operation"], "-" if kill else a["errno"]))' "$answer")
		echo "S14.$n call-child $nr $args => $wanted"
	done <<-'END'
		0 -1 0 0
		5 -1 0 0
		16 -1 0 0
		41 1 1 0
		41 0xffffffff00000001 1 0
		41 2 1 0
		41 0x100000002 1 0
		41 16 3 0
		99 0 0 0
		101 0 0 0
		111 0 0 0
		134 0 0 0
		135 0 0 0
		135 1 0 0
		135 0xffffffff 0 0
		135 0x7fffffff 0 0
		140 0 0 0
		140 1 0 0
		140 2 0 0
		140 0x100000002 0 0
		140 3 0 0
		153 0 0 0
		169 0 0 0
		174 0 0 0
		219 0 0 0
		246 0 99 0
		248 0 0 0
		298 0 0 0
		334 -1 0 0
		400 0 0 0
		425 0 0 0
		434 -1 0 0
		457 0 0 0
		511 0 0 0
		512 0 0 0
		547 0 0 0
		548 0 0 0
		1023 0 0 0
		0x40000000 0 0 0
		0x400003ff 0 0 0
	END
}

# Filters, threads and supervisors of the program's own.
table_own() {
	local N='syscall otherwise -'
	cat <<-END
		S10.thread        thread 153           => EPERM $N syscall=vhangup
		S10.thread+       thread 121           => ok
		S10.tsync         tsync 153            => EPERM $N syscall=vhangup
		S10.tsync+        tsync 121            => ok
		S10.filtered+     status Seccomp 2     => ok
		S10.no-new-privs+ status NoNewPrivs 1  => ok
		S11.own-allow     own allow 153        => EPERM $N syscall=vhangup
		S11.own-log       own log 153          => EPERM $N syscall=vhangup
		S11.own-trace     own trace 153        => EPERM $N syscall=vhangup
		S11.own-trap      own trap 153         => SIGSYS
		S11.own-kill      own kill 153         => SIGSYS $N syscall=vhangup errno=-
		S11.own-errno+    own errno 121        => EXFULL
		S11.own-log+      own log 121          => ok syscall unknown - syscall=getpgid action=audit
		S11.own-kill+     own kill 121         => SIGSYS syscall unknown - syscall=getpgid errno=-
		S12.go-on         notify 153           => EPERM $N syscall=vhangup
		S12.go-on+        notify 121           => ok
		S13.untraced      rewrite 121 153      => EPERM $N syscall=ptrace
	END
}

table_bare() {
	table_foreign
	cat <<-END
		S04.unknown+      call 1000 0 0 0      => ENOSYS
		S04.minus+        call -1 0 0 0        => ENOSYS
		S06.clone3-user   clone3-flags 0x10000000 => ENOSYS user=ok
		S06.clone-user    clone-flags 0x10000000 => EPERM privilege.userns @privileges - user=ok!
		S06.thread+       thread               => ok
	END
	table_guarded
}

table_traced() {
	local N='syscall otherwise -'
	cat <<-END
		S13.rewrite       rewrite 121 153      => EPERM $N syscall=vhangup
		S13.rewrite+      rewrite 121 111      => ok
		S13.late          rewrite-late 121 153 => EPERM $N syscall=vhangup
		S13.late+         rewrite-late 121 111 => ok
		S13.skip          rewrite 121 -1       => ENOSYS $N syscall=4294967295
		S13.x32           rewrite 121 0x40000027 => SIGSYS $N syscall=1073741863 errno=-
		S13.uring         rewrite-late 121 425 => EPERM privilege.io_uring @privileges - syscall=io_uring_setup
		S13.suspend       suspend              => EPERM
	END
}

table_named() {
	cat <<-END
		S06.named-user    clone3-flags 0x10000000 => EPERM privilege.userns @privileges - user=ok!
		S06.named+        clone3-flags 0       => ok
		P.granted+ call 135 0x40000 0 0 => ok
		P.back+ call 135 0 0 0       => ok
	END
}

table_rings() {
	local S=$T/secret P=$T/pub how
	echo 'S09.rings+ setup => ok'
	for how in now worker; do
		cat <<-END
			S09.$how-open      open $how $S/f rdonly   => EACCES file.read @secret $S/f
			S09.$how-write     open $how $S/f wronly   => EACCES file.write @secret $S/f
			S09.$how-create    open $how $S/new wronly,creat => EACCES file.create @secret $S/new
			S09.$how-unlink    unlink $how $S/f        => EACCES file.delete @secret $S/f
			S09.$how-mkdir     mkdir $how $S/k         => EACCES file.create @secret $S/k
			S09.$how-rename    rename $how $S/f $P/x   => EACCES file.rename @secret $S/f new_path=$P/x
			S09.$how-link      link $how $S/f $P/x     => EACCES file.link @secret $S/f new_path=$P/x
			S09.$how-symlink   symlink $how x $S/s     => EACCES file.create @secret $S/s
			S09.$how-setxattr  setxattr $how $S/f      => EACCES file.setattr @secret $S/f
			S09.$how-open+     open $how $P/f rdwr     => ok
			S09.$how-link+     link $how $P/f $P/l     => ok
			S09.$how-unlink+   unlink $how $P/l        => ok
			S09.$how-symlink+  symlink $how x $P/l     => ok
			S09.$how-unlinks+  unlink $how $P/l        => ok
			S09.$how-rename+   rename $how $P/a $P/b   => ok
			S09.$how-back+     rename $how $P/b $P/a   => ok
			S09.$how-setxattr+ setxattr $how $P/f      => ok
			S09.$how-mkdir+    mkdir $how $P/k         => ok|EEXIST
		END
	done
}

table_errno() {
	cat <<-END
		S01.other-errno   call 153 0 0 0       => EXFULL syscall otherwise - syscall=vhangup
		S01.other-deny    call 111 0 0 0       => EXFULL syscall @getpgrp - syscall=getpgrp
		S01.other+        call 121 0 0 0       => ok
	END
}

# with-filter.c has the filters that were there before.
table_stack() {
	cat <<-END
		S11.theirs        call 121 0 0 0       => EXFULL
		S11.theirs-kills  call-child 111 0 0 0 => SIGSYS syscall @getpgrp - syscall=getpgrp errno=-
		S11.ours          call 153 0 0 0       => EPERM syscall otherwise - syscall=vhangup
		S11.ours-kills    int80 20             => SIGSYS syscall otherwise - syscall=getpid errno=-
		S11.neither+      call 102 0 0 0       => ok
	END
}

refused_by_check() { # EXPECTED-TEXT, the entry on standard input
	{
		printf 'version: 1\nname: x\nmode: enforce\nsyscalls:\n'
		cat
	} >"$BATS_TEST_TMPDIR/x.yaml"
	run ringfence check "$BATS_TEST_TMPDIR/x.yaml"
	echo "$output"
	[[ $status == 1 && $output == *"x.yaml:"*"$1"* ]]
}

# Runs a command under a policy, which is expected not to be run.
not_run() { # WRAPPING-COMMAND...
	run "$@" "$(command -v ringfence)" run -p "$BATS_FILE_TMPDIR/list.yaml" -- touch "$BATS_TEST_TMPDIR/ran"
	echo "$output"
	[[ $status == 125 && $output == *"Failed to install the seccomp filter"* && ! -e $BATS_TEST_TMPDIR/ran ]]
}

@test "the runs as such" {
	runs_went_well list "$PEOPLE"
	runs_went_well own "$PEOPLE"
	runs_went_well bare "$PEOPLE"
	runs_went_well traced "$PEOPLE"
	runs_went_well named "$PEOPLE"
	runs_went_well rings "$PEOPLE"
	runs_went_well errno root
	runs_went_well stack full
}

@test "S01 default action and exact errno" {
	case_holds S01 list "$PEOPLE"
	case_holds S01 errno root
}

@test "S01 an errno that means success, or that the kernel would cut, is refused by the compiler" {
	local word
	for word in 0 5000 4096 -1 EOK ESUCCESS; do
		refused_by_check error <<<"  {otherwise: {errno: $word}, allow: ['@container']}"
	done
}

@test "S02 i386 via int 0x80" {
	# The same program runs where nobody confines it.
	run "$T/elf32"
	[[ $status == 42 ]]
	case_holds S02 list "$PEOPLE"
	case_holds S02 bare "$PEOPLE"
}

@test "S03 x32 bit" {
	case_holds S03 list "$PEOPLE"
	case_holds S03 bare "$PEOPLE"
}

@test "S04 new syscalls" {
	# They are there, where the kernel is new enough.
	[[ $VM_KERNEL == 6.1 || $(attempt-syscalls <<<'x call 457 0 0 0') != *ENOSYS* ]]
	case_holds S04 list "$PEOPLE"
	case_holds S04 bare "$PEOPLE"
}

@test "S06 clone3" {
	case_holds S06 list "$PEOPLE"
	case_holds S06 bare "$PEOPLE"
	case_holds S06 named "$PEOPLE"
}

@test "S07 pointer args refused" {
	local entry
	for entry in 'openat, arg1' 'execve, arg0' 'connect, arg1' 'mount, arg0' 'clone3, arg0' 'unlinkat, arg1'; do
		refused_by_check 'is a pointer' <<<"  {otherwise: {errno: EPERM}, allow: [{name: $entry: {eq: 5}}]}"
		[[ $output == *"hint: "*"files section"* ]]
	done
	refused_by_check error <<<'  {otherwise: {errno: EPERM}, allow: [{name: openat, path: /secret}]}'
	run ringfence check "$BATS_FILE_TMPDIR/list.yaml"
	[[ $status == 0 ]]
}

@test "S08 multiplexers" {
	local name
	case_holds S08 list "$PEOPLE"
	# They are calls of other architectures, and so no names to be allowed or denied.
	for name in socketcall ipc; do
		refused_by_check "$name" <<<"  {otherwise: {errno: EPERM}, allow: ['@container', $name]}"
		refused_by_check "$name" <<<"  {otherwise: allow, deny: [$name]}"
	done
}

@test "S09 io_uring as syscall bypass" {
	case_holds S09 list "$PEOPLE"
	case_holds S09 bare "$PEOPLE"
	case_holds S09 rings "$PEOPLE"
	[[ $(<$T/secret/f) == canary ]]
	# An allow-list that names it without the privilege is told so.
	run ringfence check "$BATS_FILE_TMPDIR/list.yaml"
	[[ $output == *"'io_uring_setup' has no effect: privilege 'io_uring' is not granted"* ]]
}

@test "S10 privilege & inheritance" {
	case_holds S10 own "$PEOPLE"
}

@test "S10 where the filter cannot be installed, nothing is run" {
	not_run with-filter no-seccomp
}

@test "S11 precedence & stacking" {
	case_holds S11 own "$PEOPLE"
	case_holds S11 stack full
}

@test "S11 where the kernel has no room for the filter, nothing is run" {
	not_run with-filter full
}

@test "S12 USER_NOTIF (if used)" {
	local name
	case_holds S12 own "$PEOPLE"
	for name in list bare traced rings errno; do
		run --separate-stderr ringfence compile --dump-filter "$BATS_FILE_TMPDIR/$name.yaml"
		[[ $status == 0 && $output == *allow* && $output == *errno* ]]
		[[ $output != *notif* && $output != *trace* && $output != *trap* ]]
	done
}

@test "S13 tracer-side rewriting" {
	case_holds S13 traced "$PEOPLE"
	case_holds S13 own "$PEOPLE"
}

@test "S14 semantic equivalence of the generated filter" {
	grep -c '^S14.*allowed\|^S14.*ok|' "$BATS_FILE_TMPDIR/list.table"
	grep -q '^S14.*=> EPERM' "$BATS_FILE_TMPDIR/list.table"
	grep -q '^S14.*=> ENOSYS' "$BATS_FILE_TMPDIR/list.table"
	grep -q '^S14.*=> SIGSYS' "$BATS_FILE_TMPDIR/list.table"
	case_holds S14 list "$PEOPLE"
}

@test "personality: all but asking and plain Linux needs the privilege" {
	local policy
	for policy in list bare named; do
		case_holds P $policy "$PEOPLE"
	done
}
