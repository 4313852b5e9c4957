#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Cases D..: what happens when not all goes well at the start, and what is left behind. The enforcer of `ringfence run`
# lives as long as its command; cases about killing it, and about two at once, are in ../lifecycle.bats, those that need
# a machine booted in another way in ../boot.
#
# Without the daemon: it is about programs that cannot be loaded.

load lib

setup_file() {
	mkdir -p /srv/cd/{yes,no}
	cat >"$BATS_FILE_TMPDIR/p.yaml" <<-'END'
		version: 1
		name: p
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: /srv/cd/no/**, deny: all}
	END
}

setup() {
	policy=$BATS_FILE_TMPDIR/p.yaml
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	touch end
	end_started
	umount -q /sys/kernel/btf/vmlinux || :
	[[ ! -d /sys/fs/cgroup/small ]] || rmdir /sys/fs/cgroup/small || :
}

teardown_file() {
	rm -rf /srv/cd
}

# A run that must fail before its command, and take everything back.
refuses() { # TEXT, then what is put in front of ringfence
	local text=$1
	shift
	run "$@" "$(command -v ringfence)" run -p "$policy" -- touch ran
	echo "$status: $output"
	[[ $status == 125 && $output == *"$text"* && ! -e ran ]]
	nothing_left
}

# A daemon of the test's own; it is killed by the test.
start_daemon() {
	local before
	before=$(stat -c %i /run/ringfence/ringfence.sock 2>/dev/null || :)
	background daemon.out ringfence daemon
	until [[ -S /run/ringfence/ringfence.sock && $(stat -c %i /run/ringfence/ringfence.sock) != "$before" ]]; do
		# shellcheck disable=SC2154 # of lib.bash
		is_alive "${started[-1]}"
		sleep 0.1
	done
}

# What another version would have left; the details are in ../takeover.bats.
@test "D02 restart & upgrade: the new one takes over, without an instant between, or refuses what it cannot read" {
	local pins first told
	echo content >/srv/cd/no/held
	start_daemon
	first=${started[-1]}
	background run.out ringfence run -p "$policy" -n up -l log -- sh -c \
		'until [ -e end ]; do flood 50 /srv/cd/no/held; sleep 0.2; done'
	wait_for run.out
	pins=$(echo /sys/fs/bpf/ringfence/run/daemon-*)
	kill -KILL "$first"
	await_process "$first" || :
	set_layout "$pins" ff
	run ringfence daemon
	echo "$output"
	[[ $status == 125 && $output == *"their layout is 255"*"ringfence uninstall --yes"* ]]
	set_layout "$pins" 01
	start_daemon
	[[ $(ringfence list) == *"up "*" enforce "*" running "* ]]
	touch end
	await_process "${started[1]}" || :
	[[ $(sort -u run.out) == 50 ]]
	told=$("$BATS_TEST_DIRNAME/../alerts" log count action=deny)
	told=$((told + $("$BATS_TEST_DIRNAME/../alerts" log sum repeated) + $("$BATS_TEST_DIRNAME/../alerts" log sum count)))
	[[ $told == $((50 * $(wc -l <run.out))) ]]
	kill "${started[-1]}"
	await_last
	nothing_left
}

@test "D09 degraded kernels: no BTF" {
	: >empty
	mount --bind empty /sys/kernel/btf/vmlinux
	refuses BTF
	run ringfence doctor
	echo "$output"
	[[ $status == 1 && $output == *"no "*btf* ]]
	umount /sys/kernel/btf/vmlinux
}

@test "D09 degraded kernels: addresses hidden from root, and a limit on locked memory" {
	local before
	before=$(sysctl -n kernel.kptr_restrict)
	# Nothing depends on RLIMIT_MEMLOCK on these kernels.
	run prlimit --memlock=0 ringfence run -p "$policy" -- rmdir /srv/cd/nothing
	echo "$output"
	[[ $status == 1 && $output == *"No such file"* ]]
	sysctl -q kernel.kptr_restrict=2
	run ringfence run -p "$policy" -- touch ran
	sysctl -q kernel.kptr_restrict="$before"
	echo "$status: $output"
	[[ $status == 125 && $output == *hint* && ! -e ran ]]
	nothing_left
}

@test "D10 partial attach: everything is taken back" {
	local hook
	# As many links as the kernel takes: of a hook among the first to be attached, and of one among the last.
	for hook in file_open uring_cmd; do
		refuses "Failed to attach" lsm-links $hook 0 64
	done
	# With room for one more it goes.
	run lsm-links uring_cmd 0 30 ringfence run -p "$policy" -- touch ran
	echo "$output"
	[[ $status == 0 && -e ran ]]
	nothing_left
}

@test "D11 capacity: a policy too large is refused as a whole, with the number" {
	{
		printf '%s\n' 'version: 1' 'name: large' 'mode: enforce' 'syscalls:' '  otherwise: {errno: EPERM}' '  allow:'
		echo "    - {name: socket, arg0: {in: [$(seq -s ', ' 3000 3 18000)]}}"
	} >large.yaml
	run ringfence run -p large.yaml -- touch ran
	echo "${output:0:2000}"
	[[ $status == 125 && ! -e ran && $output =~ large.yaml.*error:.*[0-9]{4}.*4096 ]]
	nothing_left
}

@test "D11 capacity: no memory for the maps" {
	mkdir /sys/fs/cgroup/small
	echo 6M >/sys/fs/cgroup/small/memory.max
	# Refused, or ended by the kernel: the command has not run, and nothing is left.
	run sh -c "echo \$\$ >/sys/fs/cgroup/small/cgroup.procs && exec ringfence run -p $policy -- touch ran"
	echo "$status: $output"
	[[ ($status == 125 || $status == 137) && ! -e ran ]]
	# Whoever was ended could take nothing back: the next run does.
	run ringfence run -p "$policy" -- touch ran
	[[ $status == 0 && -e ran ]]
	nothing_left
}

# Somebody else's program, before ours and after: symbolic links are refused with EXDEV on the whole machine.
@test "D13 return-value hygiene: an earlier denial stands, whoever came first" {
	background before.out lsm-links path_symlink -18 1 sh -c "echo >before; while [ ! -e end ]; do sleep 0.1; done"
	wait_for before
	run ringfence run -p "$policy" -l log -- sh -c 'ln -s x /srv/cd/yes/s; ln -s x /srv/cd/no/s; mkdir /srv/cd/no/e; mkdir /srv/cd/yes/e'
	echo "$output"
	[[ $status == 0 && -d /srv/cd/yes/e && ! -e /srv/cd/no/e ]]
	[[ $output == *"yes/s"*"Invalid cross-device link"*"no/s"*"no/e"*"Permission denied"* ]]
	[[ ! -L /srv/cd/yes/s && ! -L /srv/cd/no/s ]]
	# What was refused by somebody else is nobody's alert of ours.
	[[ $(grep -c yes/s log || :) == 0 && $(grep -c no/e log) == 1 ]]
	touch end
	await_last
}

@test "D13 return-value hygiene: a later program changes no denial of ours, nor adds to what we allow" {
	local ringfence
	rm -rf /srv/cd/yes/e
	background run.out ringfence run -p "$policy" -l log -- sh -c 'echo >ready; while [ ! -e go ]; do sleep 0.1; done
		ln -s x /srv/cd/yes/s; ln -s x /srv/cd/no/s; mkdir /srv/cd/no/e; mkdir /srv/cd/yes/e'
	ringfence=$!
	wait_for ready
	# One that says yes to everything, and one that refuses.
	background after.out lsm-links path_mkdir 0 1 lsm-links path_symlink -18 1 sh -c "echo >after; while [ ! -e end ]; do sleep 0.1; done"
	wait_for after
	touch go
	await_process "$ringfence"
	cat run.out
	[[ $(<run.out) == *"yes/s"*"Invalid cross-device link"*"no/s"*"no/e"*"Permission denied"* ]]
	[[ ! -L /srv/cd/yes/s && ! -L /srv/cd/no/s && -d /srv/cd/yes/e && ! -e /srv/cd/no/e ]]
	[[ $(grep -c yes/s log || :) == 0 && $(grep -c no/e log) == 1 ]]
	nothing_left
}

@test "D14 skipped programs: none was" {
	local missed
	background run.out ringfence run -p "$policy" -l log -- sh -c 'for i in 1 2 3 4; do flood 3000 /srv/cd/no/f & done; forks 50 /etc/hostname /srv/cd/no; wait
		echo >ready; while [ ! -e end ]; do sleep 0.1; done'
	mkdir -p /srv/cd/no/f
	wait_for ready
	missed=$(bpftool -j prog show | python3 -c 'import json, sys
programs = [p for p in json.load(sys.stdin) if p.get("name", "").startswith("rf_")]
print(len(programs) > 20, sum(p.get("recursion_misses", 0) for p in programs))')
	touch end
	await_last
	cat run.out
	[[ $missed == "True 0" ]]
	[[ $(sort run.out | tr '\n' ' ') == "3000 3000 3000 3000 50 50 " ]]
}

@test "D15 boot order & shutdown: what another boot or a killed run left does not stand in the way" {
	# Locks without pins, pins without locks, a cgroup of nobody's.
	mkdir -p /run/ringfence/run /sys/fs/cgroup/ringfence/run-1-00000001 /sys/fs/bpf/ringfence/run/run-1-00000001
	: >/run/ringfence/run/run-1-00000001
	: >/run/ringfence/run/run-1-00000002
	run ringfence run -p "$policy" -- cat /srv/cd/no/f
	echo "$output"
	[[ $status == 1 && $output == *"Permission denied"* ]]
	nothing_left
	# A machine that has just booted has neither directory.
	rm -rf /run/ringfence
	rmdir /sys/fs/bpf/ringfence/run /sys/fs/bpf/ringfence /sys/fs/cgroup/ringfence
	run ringfence run -p "$policy" -- cat /srv/cd/no/f
	[[ $status == 1 && $output == *"Permission denied"* ]]
	nothing_left
}
