#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Cases X15, D05, D06: the kernel's own settings, through which a program runs outside of everything, and ringfence's
# own programs, maps and pins. The daemon's pins are what is aimed at; a second domain has the map of an image.

load lib

T=/srv/cs
PEOPLE='full root user'

setup_file() {
	plant
	start_other
	policy | write_policies none
	policy | write_policies all sysctl cgroup bpf mount
	table_files | tee >(write_table all) | write_tables none
	table_bpf '' "EPERM $bpf" | write_table nobpf
	table_bpf reason=self ok | write_table allbpf
	cp "$BATS_FILE_TMPDIR/none.yaml" "$BATS_FILE_TMPDIR/nobpf.yaml"
	cp "$BATS_FILE_TMPDIR/all.yaml" "$BATS_FILE_TMPDIR/allbpf.yaml"
	table_mounts | write_table mounts
	cp "$BATS_FILE_TMPDIR/all.yaml" "$BATS_FILE_TMPDIR/mounts.yaml"
	attempt_as none "$PEOPLE" attempt-files
	attempt all granted attempt-files
	undo_granted
	attempt none audit attempt-files --audit
	attempt nobpf enforce attempt-bpf
	attempt allbpf enforce attempt-bpf
	attempt mounts granted attempt-privileges
	[ -e "$pins/rf_file_open" ] && echo standing >"$BATS_FILE_TMPDIR/pins"
}

teardown_file() {
	echo >"$BATS_FILE_TMPDIR/stop"
	wait "$other" || true
	kill "$victim" || true
	clear_away
}

plant() {
	mkdir -p $T/{proc,v1,bpffs,debug,cover,moved}
	touch $T/alias
	mount --bind /proc/sys/kernel/core_pattern $T/alias
	mount -t proc proc $T/proc
	mount -t cgroup -o none,name=rftest cgroup $T/v1
	mount -t bpf bpf $T/bpffs
	mount -t debugfs debugfs $T/debug
	mkdir -p $T/v1/old $T/bpffs/old /sys/fs/bpf/old
}

undo_granted() {
	rmdir $T/v1/new $T/bpffs/new /sys/kernel/tracing/instances/rftest 2>/dev/null || true
	mkdir -p $T/v1/old $T/bpffs/old
}

clear_away() {
	local dir
	rmdir $T/v1/* $T/bpffs/* /sys/fs/bpf/old /sys/kernel/tracing/instances/rftest 2>/dev/null || true
	for dir in alias proc v1 bpffs debug cover moved; do
		umount -q $T/$dir || true
	done
	rm -rf $T
}

# pins: where the daemon's links are; map_id and the like: numbers of its objects.
start_other() {
	sleep 10000 3>&- >/dev/null &
	victim=$!
	write_policy other <<-END
		version: 1
		name: other
		mode: enforce
		privileges: {allow: []}
	END
	ringfence run -p "$BATS_FILE_TMPDIR/other.yaml" -- sh -c "echo >'$BATS_FILE_TMPDIR/ready'
		while [ ! -e '$BATS_FILE_TMPDIR/stop' ]; do sleep 0.5; done" 3>&- >/dev/null &
	other=$!
	for ((i = 0; i < 600; i++)); do
		[ -e "$BATS_FILE_TMPDIR/ready" ] && break
		sleep 0.1
	done
	pins=$(echo /sys/fs/bpf/ringfence/run/daemon-*)
	map_id=$(number_of map rf_domains)
	image_id=$(number_of map rf_image)
	data_id=$(number_of map ringfenc.bss)
	prog_id=$(number_of prog rf_file_open)
	link_id=$(bpftool link show | awk -F: '/ lsm|tracing/ {print $1; exit}')
	export pins map_id image_id data_id prog_id link_id victim other
}

number_of() { # map|prog NAME
	bpftool "$1" show | sed -n "s/^\([0-9]*\):.* name $2 .*/\1/p" | head -n 1
}

policy() {
	cat <<-END
		version: 1
		name: self
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: $T/nothing, deny: all}
		privileges: {allow: [@]} # privileges
	END
}

# Whoever is uid 0 of a user namespace only is refused most of it by modes, before anybody is asked.
table_files() {
	local S='privilege.sysctl @privileges' G='privilege.cgroup @privileges' B='privilege.bpf @privileges' N='user=EACCES!'
	local A='reason=self always=yes' disk
	disk=$(echo /sys/block/nvme*n1/uevent) && disk=${disk%% *}
	cat <<-END
		X15.core       open wronly /proc/sys/kernel/core_pattern         => EPERM $S /proc/sys/kernel/core_pattern $N
		X15.append     open wronly,append /proc/sys/kernel/core_pattern  => EPERM $S /proc/sys/kernel/core_pattern $N
		X15.trunc      open rdonly,trunc /proc/sys/kernel/core_pattern   => EPERM $S /proc/sys/kernel/core_pattern $N
		X15.modprobe   open rdwr /proc/sys/kernel/modprobe               => EPERM $S /proc/sys/kernel/modprobe $N
		X15.alias      open wronly $T/alias                              => EPERM $S $T/alias $N
		X15.fresh      open wronly $T/proc/sys/kernel/core_pattern       => EPERM $S $T/proc/sys/kernel/core_pattern $N
		X15.sysrq      open wronly /proc/sysrq-trigger                   => EPERM $S /proc/sysrq-trigger $N
		X15.irq        open wronly /proc/irq/default_smp_affinity        => EPERM $S /proc/irq/default_smp_affinity $N
		X15.mode       chmod /proc/sysrq-trigger                         => EPERM $S /proc/sysrq-trigger
		X15.sysfs      open wronly $disk                                 => EPERM $S /sys/devices/* $N
		X15.sysfs-mode chmod $disk                                       => EPERM $S /sys/devices/*
		X15.sysfs-time utimes $disk                                      => EPERM $S /sys/devices/* $N
		X15.debugfs    open wronly $T/debug/clear_warn_once              => EPERM $S $T/debug/clear_warn_once $N
		X15.tracefs    open wronly /sys/kernel/tracing/tracing_on        => EPERM $S /sys/kernel/tracing/tracing_on $N
		X15.instance   mkdir /sys/kernel/tracing/instances/rftest        => EPERM $S /sys/kernel/tracing/instances/rftest $N
		X15.release    open wronly $T/v1/release_agent                   => EPERM $G $T/v1/release_agent $N
		X15.tasks      open wronly $T/v1/tasks                           => EPERM $G $T/v1/tasks $N
		X15.v1-mkdir   mkdir $T/v1/new                                   => EPERM $G $T/v1/new
		X15.v1-rmdir   rmdir $T/v1/old                                   => EPERM $G $T/v1/old
		X15.outside    open wronly /proc/$victim/oom_score_adj           => EPERM privilege.ptrace @privileges /proc/$victim/oom_score_adj reason=outside always=yes $N
		X15.read+      open rdonly /proc/sys/kernel/core_pattern         => ok
		X15.alias+     open rdonly $T/alias                              => ok
		X15.own+       open wronly /proc/self/comm                       => ok
		X15.oom+       open wronly /proc/self/oom_score_adj              => ok

		D05.list       list /sys/fs/bpf                                  => EPERM $B /sys/fs/bpf $A $N
		D05.unlink     unlink $pins/rf_file_open                         => EPERM $B $pins/rf_file_open $A $N
		D05.rename     rename $pins/rf_file_open $pins/x                 => EPERM $B $pins/rf_file_open $A $N
		D05.rmdir      rmdir /sys/fs/bpf/old                             => EPERM $B /sys/fs/bpf/old $A $N
		D05.mkdir      mkdir /sys/fs/bpf/new                             => EPERM $B /sys/fs/bpf/new $A $N
		D05.link       link $pins/rf_file_open $pins/x                   => EPERM $B $pins/rf_file_open $A $N
		D05.symlink    symlink / /sys/fs/bpf/new                         => EPERM $B /sys/fs/bpf/new $A $N
		D05.chmod      chmod /sys/fs/bpf                                 => EPERM $B /sys/fs/bpf $A
		D05.chown      chown /sys/fs/bpf                                 => EPERM $B /sys/fs/bpf $A user=EINVAL!
		D05.utimes     utimes /sys/fs/bpf                                => EPERM $B /sys/fs/bpf $A $N
		D05.other      list $T/bpffs                                     => EPERM $B $T/bpffs
		D05.other-new  mkdir $T/bpffs/new                                => EPERM $B $T/bpffs/new
		D05.other-old  rmdir $T/bpffs/old                                => EPERM $B $T/bpffs/old
	END
}

bpf='privilege.bpf @privileges -'

# As full, for the kernel asks for capabilities first. Types: 1 socket filter, 2 kprobe, 26 tracing, 27 struct_ops, 28
# extension, 29 LSM; 63 and 64 are nobody's yet.
table_bpf() { # WHY-OURS-ARE-REFUSED WHAT-OTHERWISE-BECOMES-OF-IT
	cat <<-END
		D06.map        map-id $map_id         => EPERM $bpf $1
		D06.image      map-id $image_id       => EPERM $bpf $1
		D06.data       map-id $data_id        => EPERM $bpf $1
		D06.prog       prog-id $prog_id       => EPERM $bpf $1
		D06.link       link-id $link_id       => EPERM $bpf reason=self
		D06.detach     pin-detach $pins/rf_file_open => EPERM $bpf $1
		D06.update     pin-update $pins/rf_file_open => EPERM $bpf $1
		D06.pin        pin-map $pins/rf_x     => EPERM privilege.bpf @privileges * path_state=* $1
		D06.lsm        load 29                => EPERM $bpf reason=self
		D06.tracing    load 26                => EPERM $bpf reason=self
		D06.ext        load 28                => EPERM $bpf reason=self
		D06.ops        load 27                => EPERM $bpf reason=self
		D06.kprobe     load 2                 => EPERM $bpf reason=self
		D06.future     load 63                => EPERM $bpf reason=self
		D06.huge       load 64                => EPERM $bpf reason=self
		D06.pin+       pin-map $T/bpffs/pin   => $2
		D06.filter+    load 1                 => $2
		D06.own+       own-map                => $2
	END
}

# With the privilege mount, in the host's own mount namespace.
table_mounts() {
	local M='privilege.mount @privileges' A='reason=self always=yes'
	cat <<-END
		D05.umount     umount /sys/fs/bpf     => EPERM $M /sys/fs/bpf $A
		D05.over       mount /sys/fs/bpf      => EPERM $M /sys/fs/bpf $A
		D05.over-pins  mount $pins            => EPERM $M $pins $A
		D05.bind       bind $T/cover /sys/fs/bpf => EPERM $M /sys/fs/bpf $A
		D05.move       move-mount /sys/fs/bpf $T/moved => EPERM $M /sys/fs/bpf $A
		D05.remount    remount /sys/fs/bpf    => EPERM $M * $A
		D05.sys        umount /sys            => EPERM $M /sys $A
		D05.cover+     mount $T/cover         => ok
		D05.uncover+   umount $T/cover        => ok
	END
}

@test "the runs as such" {
	runs_went_well none "$PEOPLE"
	went_well all.granted
	went_well none.audit
	went_well nobpf.enforce
	went_well allbpf.enforce
	went_well mounts.granted
}

@test "X15 kernel usermode helpers" {
	case_holds X15 none "$PEOPLE"
	as_expected all.granted X15.
	as_expected none.audit X15.
}

@test "D05 pin tampering" {
	case_holds D05 none "$PEOPLE"
	as_expected all.granted D05.
	as_expected none.audit D05.
	as_expected mounts.granted D05.
	[ -e "$BATS_FILE_TMPDIR/pins" ]
}

@test "D06 bpf() tampering" {
	as_expected nobpf.enforce D06.
	as_expected allbpf.enforce D06.
}
