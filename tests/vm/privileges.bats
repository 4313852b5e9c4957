#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Privileged operations: denied with EPERM unless the policy grants their word, and then left to the kernel, which still
# refuses what makes no sense. Where a hook sees the operation the alert has its object, else the system call's name.

load lib

T=/srv/privileges

setup_file() {
	plant
	sleep 1000 3>&- &
	outside=$!
	export outside
	none | write_policy none
	all | write_policy all
	table | tee >(write_table none) | write_table all
	attempt none enforce attempt-privileges
	attempt all granted attempt-privileges
	clear_away
	plant
	attempt none audit attempt-privileges --audit
	attempt_entered none enforce
	attempt_entered all granted
}

teardown_file() {
	clear_away
	kill "$outside"
}

plant() {
	mkdir -p $T/{mount,bind,moved,moved2,umount,remount,move,move2,pivot,root}
	for dir in umount remount move move2 pivot; do
		mount -t tmpfs none $T/$dir
	done
	mkdir $T/pivot/old
}

clear_away() {
	for dir in mount bind moved moved2 umount remount move move2 pivot; do
		umount -q $T/$dir || true
	done
	rm -rf $T
}

none() {
	cat <<-END
		version: 1
		name: none
		mode: enforce
		privileges: {allow: []} # privileges
	END
}

all() {
	cat <<-END
		version: 1
		name: all
		mode: enforce
		privileges: # privileges
		  allow: [mount, userns, chroot, ptrace, bpf, perf, io_uring, keyring, module, kexec, time, syslog,
		          reboot, swap, quota, acct, handles, signal, sysctl, cgroup]
	END
}

# System calls by number, with arguments that are wrong enough to do no harm. (A superblock that is made step by step
# is asked for at each, and what the filter let pass in audit mode is seen again by a hook, where there is one.)
table() {
	local P='privilege' R='@privileges' AAFS=/sys/kernel/security/apparmor/policy
	cat <<-END
		mount.new       mount $T/mount           => EPERM $P.mount $R $T/mount
		mount.bind      bind $T/root $T/bind     => EPERM $P.mount $R $T/bind
		mount.move      move $T/move $T/moved    => EPERM $P.mount $R $T/moved
		mount.remount   remount $T/remount       => EPERM $P.mount $R $T/remount
		mount.umount    umount $T/umount         => EPERM $P.mount $R $T/umount
		mount.move2     move-mount $T/move2 $T/moved2 => EPERM $P.mount $R $T/moved2
		mount.pivot     pivot-root $T/pivot $T/pivot/old => EPERM $P.mount $R $T/pivot

		api.open_tree   open-tree $T/root        => EPERM $P.mount $R - syscall=open_tree
		api.fsopen      fsopen tmpfs             => EPERM $P.mount $R - syscall=fsopen
		api.fsmount     fsmount                  => EPERM $P.mount $R - syscall=fsmount granted=EBADF audit=EBADF
		api.steps       fsmount-new tmpfs        => EPERM $P.mount $R - syscall=fsopen alerts=4
		api.fsconfig    syscall 431 -1 0 0 0 0   => EPERM $P.mount $R - syscall=fsconfig granted=EINVAL audit=EINVAL
		api.fspick      fspick /                 => EPERM $P.mount $R - syscall=fspick
		api.setattr     mount-setattr $T/pivot   => EPERM $P.mount $R - syscall=mount_setattr

		chroot.dir      chroot $T/root           => EPERM $P.chroot $R $T/root

		userns.unshare  unshare-user             => EPERM $P.userns $R -
		userns.clone    clone-user               => EPERM $P.userns $R -

		ptrace.traceme  traceme                  => EPERM $P.ptrace $R -
		ptrace.attach   task attach child        => EPERM $P.ptrace $R -
		ptrace.seize    task seize child         => EPERM $P.ptrace $R -
		ptrace.readv    task readv child         => EPERM $P.ptrace $R -
		ptrace.maps     task maps child          => ok
		ptrace.mem      write-mem /proc/self/mem => EPERM $P.ptrace $R *
		ptrace.probe    task probe child         => ok
		ptrace.kcore    open-read /proc/kcore    => EPERM $P.ptrace $R /proc/kcore
		ptrace.append   append-mem /proc/self/mem => EPERM $P.ptrace $R *

		outside.attach  task attach $outside     => EPERM $P.ptrace $R - reason=outside always=yes
		outside.seize   task seize $outside      => EPERM $P.ptrace $R - reason=outside always=yes
		outside.readv   task readv $outside      => EPERM $P.ptrace $R - reason=outside always=yes
		outside.maps    task maps $outside       => EACCES $P.ptrace $R - reason=outside always=yes errno=EPERM

		outside.probe   task probe $outside      => EPERM granted=EPERM audit=EPERM

		bpf.map         bpf                      => EPERM $P.bpf $R -
		signal.kill     syscall 62 $outside 0 0 0 0 => EPERM $P.signal $R - reason=outside
		sysctl.write    write-mem /proc/sys/kernel/core_pattern => EPERM $P.sysctl $R /proc/sys/kernel/core_pattern
		sysctl.aafs     write-mem $AAFS/.remove => EPERM $P.sysctl $R *.remove path_state=detached
		sysctl.aafs-md  mode $AAFS/.remove      => EPERM $P.sysctl $R *.remove path_state=detached
		sysctl.aafs-dir make-dir $AAFS/namespaces/new => EPERM $P.sysctl $R */new path_state=detached alerts=2
		sysctl.aafs+    open-read $AAFS/revision => ok
		sysctl.pipe+    write-own-pipe          => ok
		cgroup.write    write-mem /sys/fs/cgroup/cgroup.max.depth => EPERM $P.cgroup $R /sys/fs/cgroup/cgroup.max.depth
		perf.open       perf                     => EPERM $P.perf $R - syscall=perf_event_open alerts=2
		uring.setup     io-uring                 => EPERM $P.io_uring $R - syscall=io_uring_setup
		uring.enter     syscall 426 -1 0 0 0 0   => EPERM $P.io_uring $R - syscall=io_uring_enter granted=EBADF audit=EBADF
		uring.register  syscall 427 -1 0 0 0 0   => EPERM $P.io_uring $R - syscall=io_uring_register granted=EBADF audit=EBADF
		keyring.keyctl  keyctl                   => EPERM $P.keyring $R - syscall=keyctl alerts=2
		keyring.add     add-key                  => EPERM $P.keyring $R - syscall=add_key alerts=2
		keyring.request syscall 249 0 0 0 0 0    => EPERM $P.keyring $R - syscall=request_key granted=EFAULT audit=EFAULT
		module.init     syscall 175 0 0 0 0 0    => EPERM $P.module $R - syscall=init_module granted=ENOEXEC audit=ENOEXEC
		module.finit    syscall 313 -1 0 0 0 0   => EPERM $P.module $R - syscall=finit_module granted=EBADF audit=EBADF
		module.delete   syscall 176 0 0 0 0 0    => EPERM $P.module $R - syscall=delete_module granted=EFAULT audit=EFAULT
		module.iopl     syscall 172 0 0 0 0 0    => EPERM $P.module $R - syscall=iopl
		module.ioperm   syscall 173 0 1 1 0 0    => EPERM $P.module $R - syscall=ioperm
		kexec.load      syscall 246 0 99 0 0 0   => EPERM $P.kexec $R - syscall=kexec_load granted=EINVAL audit=EINVAL alerts=2
		kexec.file      syscall 320 -1 -1 0 0 99 => EPERM $P.kexec $R - syscall=kexec_file_load granted=EINVAL audit=EINVAL
		time.clock      clock-settime            => EPERM $P.time $R - syscall=clock_settime alerts=2
		time.day        syscall 164 0 0 0 0 0    => EPERM $P.time $R - syscall=settimeofday alerts=2
		time.adjust     syscall 305 0 0 0 0 0    => EPERM $P.time $R - syscall=clock_adjtime granted=EFAULT audit=EFAULT
		syslog.size     syscall 103 10 0 0 0 0   => EPERM $P.syslog $R - syscall=syslog alerts=2
		reboot.none     syscall 169 0 0 0 0 0    => EPERM $P.reboot $R - syscall=reboot granted=EINVAL audit=EINVAL
		swap.on         syscall 167 0 0 0 0 0    => EPERM $P.swap $R - syscall=swapon granted=EFAULT audit=EFAULT
		swap.off        syscall 168 0 0 0 0 0    => EPERM $P.swap $R - syscall=swapoff granted=EFAULT audit=EFAULT
		quota.ctl       syscall 179 -1 0 0 0 0   => EPERM $P.quota $R - syscall=quotactl granted=EINVAL audit=EINVAL
		acct.on         syscall 163 1 0 0 0 0    => EPERM $P.acct $R - syscall=acct granted=EFAULT audit=EFAULT
		handles.open    syscall 304 -1 0 0 0 0   => EPERM $P.handles $R - syscall=open_by_handle_at granted=EFAULT|EBADF audit=EFAULT|EBADF
	END
}

# What no filter keeps from those who have entered the container's cgroup: hooks do, one alert each.
table_entered() {
	local P='privilege' R='@privileges'
	cat <<-END
		entered.perf    perf                     => EPERM $P.perf $R -
		entered.keyctl  keyctl                   => EPERM $P.keyring $R -
		entered.key     add-key                  => EPERM $P.keyring $R -
		entered.init    syscall 175 0 4096 0 0 0 => EPERM $P.module $R - granted=EFAULT
		entered.finit   finit /usr/bin/true      => EPERM $P.module $R - granted=ENOEXEC
		entered.kexec   syscall 246 0 99 0 0 0   => EPERM $P.kexec $R - granted=EINVAL
		entered.clock   clock-settime            => EPERM $P.time $R -
		entered.day     syscall 164 0 0 0 0 0    => EPERM $P.time $R -
		entered.syslog  syscall 103 10 0 0 0 0   => EPERM $P.syslog $R -
		entered.kmsg    open-read /proc/kmsg     => EPERM $P.syslog $R -
		entered.devkmsg open-read /dev/kmsg      => EPERM $P.syslog $R -
		entered.quota   quota $(root_device)     => EPERM $P.quota $R - granted=ESRCH
	END
}

root_device() {
	local block
	for block in /sys/class/block/*; do
		[[ $(<"$block/dev") != $(mountpoint -d /) ]] || echo "/dev/${block##*/}"
	done
}

# Makes the attempts of table_entered in the cgroup of a container, entered from outside; as "attempt" does.
attempt_entered() { # POLICY RUN
	local name=entered-$1 run=$BATS_FILE_TMPDIR/entered-$1.$2 running
	table_entered >"$BATS_FILE_TMPDIR/$name.table"
	ringfence run --policy "$BATS_FILE_TMPDIR/$1.yaml" --log "$run.log" -- \
		sh -c "echo ready >$run.ready; exec sleep 1000" 3>&- >/dev/null 2>"$run.errors" &
	running=$!
	wait_for "$run.ready"
	sed 's/=>.*//' "$BATS_FILE_TMPDIR/$name.table" >"$run.script"
	bash -c "echo \$\$ >$(echo /sys/fs/cgroup/ringfence/run-*)/cgroup.procs; exec attempt-privileges" \
		<"$run.script" >"$run.results" 2>>"$run.errors" 3>&-
	echo $? >"$run.status"
	echo 1 >"$(echo /sys/fs/cgroup/ringfence/run-*)/cgroup.kill"
	wait "$running" || true
	./tests/vm/judge.py "$BATS_FILE_TMPDIR/$name.table" "$run.results" "$run.log" "$BATS_FILE_TMPDIR/$1.yaml" "$2" \
		>"$run.verdicts" 2>&1 || echo "judge.py failed" >>"$run.verdicts"
}

@test "mounting, unmounting, moving, remounting and pivoting need mount" {
	went_well none.enforce
	went_well all.granted
	as_expected none.enforce mount.
	as_expected all.granted mount.
}

@test "so do the system calls of the mount API that no hook sees" {
	as_expected none.enforce api.
	as_expected all.granted api.
}

@test "chroot needs chroot" {
	as_expected none.enforce chroot.
	as_expected all.granted chroot.
}

@test "a user namespace, however created, needs userns" {
	as_expected none.enforce userns.
	as_expected all.granted userns.
}

@test "tracing within the container needs ptrace, looking does not" {
	as_expected none.enforce ptrace.
	as_expected all.granted ptrace.
}

@test "tracing what is outside the container is denied whatever is granted" {
	as_expected none.enforce outside.
	as_expected all.granted outside.
}

@test "bpf, perf events and io_uring need their words" {
	as_expected none.enforce bpf.
	as_expected all.granted bpf.
	as_expected none.enforce perf.
	as_expected all.granted perf.
	as_expected none.enforce uring.
	as_expected all.granted uring.
}

@test "signals to the outside, kernel settings and control groups need their words" {
	for word in signal sysctl cgroup; do
		as_expected none.enforce $word.
		as_expected all.granted $word.
	done
}

@test "AppArmor's own file system is kernel settings, though it is on a mount of the kernel's own" {
	[[ $(</sys/kernel/security/lsm) == *apparmor* ]]
	as_expected none.enforce sysctl.aafs
	as_expected all.granted sysctl.aafs
	as_expected none.enforce sysctl.pipe
}

@test "key rings, modules, kexec, the clock and the kernel's log need their words" {
	for word in keyring module kexec time syslog; do
		as_expected none.enforce $word.
		as_expected all.granted $word.
	done
}

@test "reboot, swap, quota, accounting and file handles need their words" {
	for word in reboot swap quota acct handles; do
		as_expected none.enforce $word.
		as_expected all.granted $word.
	done
}

@test "who has entered a container without its filter needs the words too" {
	went_well entered-none.enforce
	went_well entered-all.granted
	as_expected entered-none.enforce entered.
	as_expected entered-all.granted entered.
}

@test "audit mode denies no privilege and reports each" {
	went_well none.audit
	as_expected none.audit ''
}
