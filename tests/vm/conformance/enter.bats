#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Cases I..: how one becomes confined. Starting, entering the control group of what runs, and what is left when a run has
# ended. A run that lasts is entered from outside while it does things to those who enter.

load lib

T=/srv/ce
C=/sys/fs/cgroup

setup_file() {
	out=$BATS_FILE_TMPDIR
	plant
	policy | write_policy enter
	start_lasting
	enter_unarmed
	enter_otherwise
	end_lasting
	start_often
	table_sockets | write_table sockets
	cp "$out/enter.yaml" "$out/sockets.yaml"
	attempt sockets enforce attempt-files
	leave_things
	live_on_hybrid
}

teardown_file() {
	touch "$BATS_FILE_TMPDIR/stop"
	kill "$server" || true
	clear_away
}

plant() {
	mkdir -p $T/{secret,pub} /run/dbus /run/containerd /run/app
	echo canary >$T/secret/f
	echo content >$T/pub/f
	cp "$(command -v opens-first)" $T/secret/program
	cp "$(command -v opens-first)" $T/pub/program
	python3 -c 'import socket, sys, time
open_ones = []
for path in sys.argv[2:]:
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    s.listen()
    open_ones.append(s)
open(sys.argv[1], "w").write("ready\n")
time.sleep(10000)' "$out/server" /run/docker.sock /run/dbus/system_bus_socket /run/containerd/containerd.sock \
		/run/app/socket 3>&- >/dev/null &
	server=$!
	export server
	wait_for "$out/server"
}

clear_away() {
	rm -rf $T /run/docker.sock /run/dbus/system_bus_socket /run/containerd/containerd.sock /run/app
	rmdir $C/rf-left 2>/dev/null || true
}

# The sockets are those that ringfence.yaml(5) lists.
policy() {
	cat <<-END
		version: 1
		name: enter
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: $T/secret/**, deny: all} # secret
		    - path: [/run/docker.sock, /run/containerd/**, /run/crio/**, /run/podman/**, /run/dbus/system_bus_socket,
		             /run/systemd/private, /run/systemd/io.systemd.*, /run/systemd/journal/**, /run/user/*/bus,
		             /run/user/*/systemd/private, /run/snapd*.socket, /run/libvirt/**, /run/lxd.socket,
		             /var/lib/lxd/unix.socket, /run/ringfence/**]
		      deny: [connect] # sockets
		privileges: {allow: []} # privileges
	END
}

# Attempts are fed to it as they come: descriptor 8.
start_lasting() {
	mkfifo "$out/script"
	ringfence run -p "$out/enter.yaml" -l "$out/lasting.log" -- "$(command -v attempt-tasks)" <"$out/script" \
		>"$out/lasting.results" 3>&- &
	lasting=$!
	exec 8>"$out/script"
	echo "I05.ready+ kill 0 self" >&8
	wait_for "$out/lasting.results"
	group=$(echo $C/ringfence/run-*)
}

# Enters without an execve: it may do what a container runtime does there, until it executes something.
enter_unarmed() {
	local pid
	mkfifo "$out/go"
	unarmed >"$out/unarmed" 2>&1 3>&- 8>&- &
	pid=$!
	wait_for "$out/unarmed"
	cat >"$out/lasting.table" <<-END
		I05.ready+       kill 0 self        => ok
		I05.kill         kill 18 $pid       => EPERM privilege.signal @privileges - reason=outside
		I05.limit        task limit $pid    => EPERM privilege.signal @privileges - reason=outside
		I05.attach       task attach $pid   => EPERM privilege.ptrace @privileges - reason=outside
		I05.writev       task writev $pid   => EPERM privilege.ptrace @privileges - reason=outside
		I05.mem          task mem $pid      => EACCES privilege.ptrace @privileges - reason=outside errno=EPERM
		I05.getfd        task getfd $pid    => EPERM privilege.ptrace @privileges - reason=outside
		I05.oom          task oom $pid      => EPERM privilege.ptrace @privileges /proc/$pid/oom_score_adj reason=outside
	END
	sed -n '/ready/d; s/=>.*//p' "$out/lasting.table" >&8
	for ((i = 0; i < 300 && $(wc -l <"$out/lasting.results") < 8; i++)); do
		sleep 0.1
	done
	echo >"$out/go"
	wait $pid || echo "status $?" >>"$out/unarmed"
}

unarmed() {
	local line
	echo $BASHPID >"$group/cgroup.procs"
	read -r line <$T/secret/f && echo "unarmed: $line"
	read -r line <"$out/go"
	exec cat $T/pub/f $T/secret/f
}

enter_otherwise() {
	local deep
	deep=$group/$(printf 'n/%.0s' {1..300})
	mkdir -p "$deep"
	enter "$deep" cat $T/pub/f $T/secret/f >"$out/deep" 2>&1
	enter "$group" cat $T/pub/f $T/secret/f >"$out/shallow" 2>&1
	# In a mount namespace of its own, with a directory of the host's open.
	# shellcheck disable=SC2016 # for the inner shell
	group=$group unshare -m sh -c 'echo $$ >"$group/cgroup.procs" && exec cat "$1" /proc/self/fd/7/f' sh \
		$T/pub/f 7<$T/pub >"$out/leaked" 2>&1 || true
}

enter() { # CGROUP COMMAND...
	local dir=$1
	shift
	dir=$dir sh -c 'echo $$ >"$dir/cgroup.procs" && exec "$@"' sh "$@" || true
}

end_lasting() {
	exec 8>&-
	wait "$lasting" || echo "status $?" >>"$out/lasting.results"
	# What those who entered did is looked at by the tests themselves.
	grep -v '"comm":"cat"' "$out/lasting.log" >"$out/lasting.own"
	"$BATS_TEST_DIRNAME/../judge.py" "$out/lasting.table" "$out/lasting.results" "$out/lasting.own" "$out/enter.yaml" enforce \
		>"$out/lasting.verdicts" 2>&1 || echo "judge.py failed" >>"$out/lasting.verdicts"
	ended=$group
}

# A race at the start would show as a program that could open the file, or that ran at all.
start_often() {
	local i
	ringfence run -p "$out/enter.yaml" -l "$out/often.log" -- sh -c "many-starts 1000 1 $T/pub/program $T/secret/f
		many-starts 500 50 $T/pub/program $T/secret/f; many-starts 100 10 $T/pub/program $T/pub/f
		many-starts 200 20 $T/secret/program $T/pub/f" >"$out/often" 2>&1 || echo "status $?" >>"$out/often"
	for i in 1 2 3; do
		first $i $T/pub/program $T/secret/f
	done
	first 4 $T/pub/program $T/pub/f
	first 5 $T/secret/program $T/pub/f
	first 6 $T/pub/program $T/secret/f &
	i=$!
	first 7 $T/pub/program $T/secret/f
	wait $i
}

first() { # NUMBER COMMAND...
	local number=$1 status=0
	shift
	ringfence run -p "$out/enter.yaml" -l "$out/first.$number.log" -- "$@" >/dev/null 2>&1 3>&- || status=$?
	echo $status >"$out/first.$number"
}

table_sockets() {
	cat <<-END
		I11.docker     connect /run/docker.sock                  => EACCES file.connect @sockets /run/docker.sock
		I11.containerd connect /run/containerd/containerd.sock   => EACCES file.connect @sockets /run/containerd/containerd.sock
		I11.dbus       connect /run/dbus/system_bus_socket       => EACCES file.connect @sockets /run/dbus/system_bus_socket
		I11.app+       connect /run/app/socket                   => ok
	END
}

# A run that is killed, its command moved away, and its cgroup's name taken by another.
leave_things() {
	local killed left
	mkdir -p "$ended"
	enter "$ended" cat $T/secret/f >"$out/reused" 2>&1
	rmdir "$ended"
	ringfence run -p "$out/enter.yaml" -l "$out/left.log" -- sh -c "echo >'$out/left.ready'
		while [ ! -e '$out/stop' ]; do cat $T/secret/f >>'$out/left.leak' || echo denied >>'$out/left.denied'; sleep 0.3; done" \
		>/dev/null 2>&1 3>&- &
	killed=$!
	wait_for "$out/left.ready"
	left=$(echo $C/ringfence/run-*)
	kill -9 $killed
	wait $killed || true
	mkdir $C/rf-left
	while read -r pid <"$left/cgroup.procs" && [ "$pid" ]; do
		echo "$pid" >$C/rf-left/cgroup.procs || true
	done
	rmdir "$left"
	mkdir "$left"
	rm -f "$out/left.denied"
	enter "$left" cat $T/secret/f >"$out/recreated" 2>&1
	wait_for "$out/left.denied" || true
	touch "$out/stop"
	# cgroup.procs has no size: it is empty when there is nothing to read.
	for ((i = 0; i < 300; i++)); do
		[ -z "$(<$C/rf-left/cgroup.procs)" ] && break
		sleep 0.1
	done
	rmdir "$left" $C/rf-left || true
}

# cgroup v1 where v2 is on other machines, and v2 elsewhere; then none at all.
live_on_hybrid() {
	unshare -m sh -c "
		umount -l $C && mount -t tmpfs none $C && mkdir $C/unified $C/named &&
		mount -t cgroup -o none,name=rfhybrid none $C/named && mount -t cgroup2 none $C/unified || exit
		ringfence run -p '$out/enter.yaml' -l '$out/hybrid.log' -- sh -c 'cat /proc/self/cgroup $T/pub/f $T/secret/f'
		umount -l $C/unified
		ringfence run -p '$out/enter.yaml' -- cat $T/pub/f
		echo status \$?" >"$out/hybrid" 2>&1 || true
}

@test "I04 start race" {
	cat "$BATS_FILE_TMPDIR/often"
	diff "$BATS_FILE_TMPDIR/often" - <<-END
		13 1000
		13 500
		0 100
		126 200
	END
	for i in 1 2 3 6 7; do
		[ "$(<"$BATS_FILE_TMPDIR/first.$i")" -eq 13 ]
		[ "$(tests/vm/alerts "$BATS_FILE_TMPDIR/first.$i.log" count operation=file.read path=$T/secret/f)" -eq 1 ]
	done
	[ "$(<"$BATS_FILE_TMPDIR/first.4")" -eq 0 ]
	[ "$(<"$BATS_FILE_TMPDIR/first.5")" -eq 126 ]
}

@test "I05 runc-init phase" {
	as_expected lasting I05.
	as_expected lasting stray
	cat "$BATS_FILE_TMPDIR/unarmed"
	grep -qx 'unarmed: canary' "$BATS_FILE_TMPDIR/unarmed"
	grep -qx content "$BATS_FILE_TMPDIR/unarmed"
	grep -q "$T/secret/f: Permission denied" "$BATS_FILE_TMPDIR/unarmed"
	grep -qx 'status 1' "$BATS_FILE_TMPDIR/unarmed"
}

@test "I06 exec into container" {
	for way in shallow deep; do
		cat "$BATS_FILE_TMPDIR/$way"
		grep -qx content "$BATS_FILE_TMPDIR/$way"
		grep -q "$T/secret/f: Permission denied" "$BATS_FILE_TMPDIR/$way"
	done
	cat "$BATS_FILE_TMPDIR/leaked"
	[ "$(grep -cx content "$BATS_FILE_TMPDIR/leaked")" -eq 1 ]
	grep -q "fd/7/f: Permission denied" "$BATS_FILE_TMPDIR/leaked"
	[ "$(tests/vm/alerts "$BATS_FILE_TMPDIR/lasting.log" count comm=cat path=$T/secret/f)" -eq 3 ]
	[ "$(tests/vm/alerts "$BATS_FILE_TMPDIR/lasting.log" count comm=cat path_state=other_ns)" -eq 1 ]
}

@test "I08 id reuse / stale entries" {
	[ "$(<"$BATS_FILE_TMPDIR/reused")" = canary ]
	[ "$(<"$BATS_FILE_TMPDIR/recreated")" = canary ]
	[ -s "$BATS_FILE_TMPDIR/left.denied" ]
	[ ! -s "$BATS_FILE_TMPDIR/left.leak" ]
}

@test "I11 confused deputies" {
	went_well sockets.enforce
	as_expected sockets.enforce I11.
}

@test "I12 hybrid/v1 and other hosts" {
	cat "$BATS_FILE_TMPDIR/hybrid"
	grep -q '^0::/ringfence/run-' "$BATS_FILE_TMPDIR/hybrid"
	[ "$(grep -cx content "$BATS_FILE_TMPDIR/hybrid")" -eq 1 ]
	grep -q "$T/secret/f: Permission denied" "$BATS_FILE_TMPDIR/hybrid"
	[ "$(tests/vm/alerts "$BATS_FILE_TMPDIR/hybrid.log" count path=$T/secret/f)" -eq 1 ]
	grep -q 'Failed to make a cgroup' "$BATS_FILE_TMPDIR/hybrid"
	grep -qx 'status 125' "$BATS_FILE_TMPDIR/hybrid"
}
