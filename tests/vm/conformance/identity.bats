#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Cases I..: who is confined, and stays it; and what the confined may do to those who are not.

load lib

T=/srv/ci
C=/sys/fs/cgroup
PEOPLE='full root user'

setup_file() {
	plant
	start_victims
	policy_out | write_policies out
	policy_out | write_policies ptr ptrace
	policy_out | write_policies sig ptrace signal
	policy_out | write_policies moves cgroup
	table_out | write_tables out
	table_out | write_table ptr
	table_out | write_table sig
	table_for_user
	attempt_as out "$PEOPLE" attempt-tasks
	as_root ptr granted attempt-tasks
	as_root sig granted attempt-tasks
	attempt out audit attempt-tasks --audit
	try_owners
	table_stays | write_table stays
	table_moves | write_table moves
	cp "$BATS_FILE_TMPDIR/out.yaml" "$BATS_FILE_TMPDIR/stays.yaml"
	attempt_as stays 'full root' attempt-identity
	attempt_as moves 'full root' attempt-identity --preserve-fds 1 3>$C/rf-other/cgroup.procs
}

teardown_file() {
	kill "$victim" "$user_victim" 2>/dev/null || true
	clear_away
}

plant() {
	mkdir -p $T/{secret,pub,cg2} $C/rf-other
	echo canary >$T/secret/f
	echo content >$T/pub/f
	chmod -R a+rwX $T
	mount -t cgroup2 none $T/cg2
}

clear_away() {
	rmdir $C/rf-other || true
	umount $T/cg2 || true
	rm -rf $T
}

as_root() { # as attempt
	# shellcheck disable=SC2034 # attempt uses it
	local inside=("$(command -v become)" root)
	attempt "$@"
}

# Outside, each for a person whom the kernel itself would let do all of it: with no more capabilities than `root` has.
start_victims() {
	become root "$(command -v setsid)" sleep 10000 3>&- >/dev/null &
	victim=$!
	setpriv --reuid 1000 --regid 1000 --clear-groups setsid sleep 10000 3>&- >/dev/null &
	user_victim=$!
	export victim user_victim
}

policy_out() {
	cat <<-END
		version: 1
		name: out
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: $T/secret/**, deny: all} # secret
		privileges: {allow: [@]} # privileges
	END
}

table_for_user() {
	sed "s/\<$victim\>/$user_victim/g" "$BATS_FILE_TMPDIR/out.table" >"$BATS_FILE_TMPDIR/out-user.table"
}

# `user` is root of a user namespace: the kernel refuses it to trace what is outside of that, before anybody is asked.
table_out() {
	local V=$victim P='privilege' R='@privileges -' U='reason=outside' A='reason=outside always=yes'
	cat <<-END
		signal.zero      kill 0 $V             => EPERM $P.signal $R $U
		signal.kill      kill 18 $V            => EPERM $P.signal $R $U
		signal.tgkill    tgkill 18 $V          => EPERM $P.signal $R $U
		signal.queue     queue 18 $V           => EPERM $P.signal $R $U
		signal.pidfd     pidfd 18 $V           => EPERM $P.signal $R $U
		signal.group     group 18 $V           => EPERM $P.signal $R $U
		signal.init      kill 18 1             => EPERM $P.signal $R $U user=EPERM!
		signal.self+     kill 0 self           => ok
		signal.child+    kill 15 child         => ok
		signal.tgkill+   tgkill 15 child       => ok
		signal.queue+    queue 15 child        => ok
		signal.pidfd+    pidfd 15 child        => ok
		signal.group+    group 15 child        => ok
		signal.none+     kill 0 999999         => ESRCH audit=ESRCH granted=ESRCH

		limit.rlimit     task limit $V         => EPERM $P.signal $R $U
		limit.nice       task nice $V          => EPERM $P.signal $R $U
		limit.ioprio     task ioprio $V        => EPERM $P.signal $R $U
		limit.sched      task sched $V         => EPERM $P.signal $R $U
		limit.affinity   task affinity $V      => EPERM $P.signal $R $U
		limit.oom        task oom $V           => EPERM $P.ptrace @privileges /proc/$V/oom_score_adj $A
		limit.rlimit+    task limit child      => ok
		limit.nice+      task nice child       => ok
		limit.ioprio+    task ioprio child     => ok
		limit.sched+     task sched child      => ok
		limit.affinity+  task affinity child   => ok
		limit.migrate+   task migrate child    => ok
		limit.oom+       task oom child        => ok
		limit.self+      task limit self       => ok
		limit.myoom+     task oom self         => ok

		I09.attach       task attach $V        => EPERM $P.ptrace $R $A user=EPERM!
		I09.seize        task seize $V         => EPERM $P.ptrace $R $A user=EPERM!
		I09.readv        task readv $V         => EPERM $P.ptrace $R $A user=EPERM!
		I09.writev       task writev $V        => EPERM $P.ptrace $R $A user=EPERM!
		I09.mem          task mem $V           => EACCES $P.ptrace $R $A errno=EPERM user=EACCES!
		I09.madvise      task madvise $V       => EACCES $P.ptrace $R $A errno=EPERM user=EACCES!
		I09.kcmp         task kcmp $V          => EPERM $P.ptrace $R $A user=EPERM!
		I09.getfd        task getfd $V         => EPERM $P.ptrace $R $A user=EPERM!
		I09.migrate      task migrate $V       => EPERM $P.ptrace $R $A user=EPERM!
		I09.traceme      traceme               => EPERM $P.ptrace $R $A
		I09.suspend      task seccomp child    => EPERM granted=EPERM audit=EPERM
		I09.attach-in    task attach child     => EPERM $P.ptrace $R
		I09.seize-in     task seize child      => EPERM $P.ptrace $R
		I09.readv-in     task readv child      => EPERM $P.ptrace $R
		I09.writev-in    task writev child     => EPERM $P.ptrace $R
		I09.getfd-in     task getfd child      => EPERM $P.ptrace $R
		I09.kcmp-in+     task kcmp child       => ok
	END
}

# Descriptor 3 sends its signals to ringfence.
try_owners() {
	table_owners | tee >(write_table own) | write_table owned
	cp "$BATS_FILE_TMPDIR/out.yaml" "$BATS_FILE_TMPDIR/own.yaml"
	cp "$BATS_FILE_TMPDIR/sig.yaml" "$BATS_FILE_TMPDIR/owned.yaml"
	# shellcheck disable=SC2034 # attempt uses it
	local wrap=(with-owned-fd)
	as_root own enforce attempt-owners --preserve-fds 1
	as_root owned granted attempt-owners --preserve-fds 1
}

table_owners() {
	local V=$victim P='privilege' R='@privileges -' U='reason=outside'
	cat <<-END
		owner.pid        setown $V             => EPERM $P.signal $R $U
		owner.group      setown -$V            => EPERM $P.signal $R $U
		owner.long       setown 0x100000001    => EPERM $P.signal $R $U
		owner.ex         setown-ex $V          => EPERM $P.signal $R $U
		owner.ex-self    setown-ex self        => EPERM $P.signal $R $U
		owner.ioctl      ioctl-own $V          => EPERM $P.signal $R $U
		owner.ioctl2     ioctl-group $V        => EPERM $P.signal $R $U
		owner.tty        tty-async             => EPERM $P.signal $R $U
		owner.tty-ioctl  tty-ioctl             => EPERM $P.signal $R $U
		owner.sig        shared-sig 3 9        => EPERM $P.signal $R $U
		owner.async      shared-async 3        => EPERM $P.signal $R $U
		owner.pid+       setown self           => ok
		owner.nobody+    setown 0              => ok
		owner.sig+       setsig 34             => ok
		owner.async+     async                 => ok
		owner.ioctl+     ioctl-async           => ok
		owner.all+       all-own               => ok
		owner.notify+    notify $T/pub         => ok
	END
}

# Without the privilege cgroup: below its own cgroup a container may do as it likes, but move tasks.
table_stays() {
	local F=$T/secret/f P='privilege.cgroup @privileges'
	cat <<-END
		I01.make       make own/k                           => ok
		I01.write      write own/k cgroup.max.depth 5       => ok
		I01.freeze     write own/k cgroup.freeze 0          => ok
		I01.kill       write own/k cgroup.kill 1            => ok
		I01.subtree    write own cgroup.subtree_control -pids => ok
		I01.remove     remove own/k                         => ok
		I02.move       move $C/rf-other $F                  => EPERM $P $C/rf-other/cgroup.procs
		I02.root       move $C $F                           => EPERM $P $C/cgroup.procs
		I02.mount2     move $T/cg2/rf-other $F              => EPERM $P $T/cg2/rf-other/cgroup.procs
		I02.own        move own $F                          => EPERM $P $C/ringfence/run-*/cgroup.procs
		I02.limit      write own cgroup.max.depth 1         => EPERM $P $C/ringfence/run-*/cgroup.max.depth
		I02.own-freeze write own cgroup.freeze 0            => EPERM $P $C/ringfence/run-*/cgroup.freeze
		I02.kill       write $C/rf-other cgroup.kill 1      => EPERM $P $C/rf-other/cgroup.kill
		I02.freeze     write $C/rf-other cgroup.freeze 1    => EPERM $P $C/rf-other/cgroup.freeze
		I02.make       make $C/rf-new                       => EPERM $P $C/rf-new
		I02.remove     remove $C/rf-other                   => EPERM $P $C/rf-other
		I13.orphan     orphan $F                            => EACCES file.read @secret $F
		I13.orphan+    orphan $T/pub/f                      => ok
		I13.sibling    sibling $F                           => EACCES file.read @secret $F
		I13.sibling+   sibling $T/pub/f                     => ok
		I13.leader     no-leader $F                         => EACCES file.read @secret $F
		I13.leader+    no-leader $T/pub/f                   => ok
		I13.exec       thread-exec $F                       => exit-1 file.read @secret $F errno=EACCES
		I13.exec+      thread-exec $T/pub/f                 => ok
	END
}

# With it, wherever they move: the policy moves with them.
table_moves() {
	local F=$T/secret/f S="EACCES file.read @secret $T/secret/f"
	cat <<-END
		I01.make       make own/k              => ok
		I01.move       move own/k $F           => $S
		I01.move+      move own/k $T/pub/f     => ok
		I01.nest       nest own/k 20 $F        => $S
		I01.deep       nest own/k 60 $F        => $S
		I01.deep+      nest own/k 60 $T/pub/f  => ok
		I01.unshare    unshare $F              => $S root=EPERM!
		I01.remove     remove own/k            => ok
		I02.move       move $C/rf-other $F     => $S
		I02.move+      move $C/rf-other $T/pub/f => ok
		I02.root       move $C $F              => $S
		I02.by-fd      by-fd 3 $F              => $S
		I02.mount2     move $T/cg2/rf-other $F => $S
		I01.thread     make own/t              => ok
		I01.type       write own/t cgroup.type threaded => ok
		I01.threaded   thread own/t $F         => $S
		I01.threaded+  thread own/t $T/pub/f   => ok
	END
}

@test "the runs as such" {
	runs_went_well out "$PEOPLE"
	went_well ptr.granted
	went_well sig.granted
	went_well out.audit
	went_well own.enforce
	went_well owned.granted
	runs_went_well stays 'full root'
	runs_went_well moves 'full root'
}

@test "signals go to the own domain, and beyond with the privilege" {
	case_holds signal out "$PEOPLE"
	as_expected sig.granted signal.
	as_expected out.audit signal.
}

@test "limits and priorities: the same" {
	case_holds limit out "$PEOPLE"
	as_expected sig.granted limit.
	as_expected out.audit limit.
}

@test "a descriptor sends no signals that its holder could not" {
	as_expected own.enforce owner.
	as_expected owned.granted owner.
}

@test "I01 child cgroup" {
	case_holds I01 stays 'full root'
	case_holds I01 moves 'full root'
}

@test "I02 leave the cgroup" {
	case_holds I02 stays 'full root'
	case_holds I02 moves 'full root'
}

@test "I09 ptrace / VM write into an unconfined process" {
	case_holds I09 out "$PEOPLE"
	as_expected ptr.granted I09.
	as_expected out.audit I09.
}

@test "I13 double-fork / reparent / zombie leader" {
	case_holds I13 stays 'full root'
}
