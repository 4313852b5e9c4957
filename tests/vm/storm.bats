#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The daemon where very much goes on: a million denials, a thousand reloads, a hundred thousand cgroups, a thousand
# containers that start while it is killed again and again.
#
# Without the daemon: it is killed.
# By name alone: it takes half an hour under emulation; each has a smaller one that is always run, in throttle.bats,
# policies.bats, daemon-log.bats and runtime.bats.

load lib
load daemon
load reloads

POLICIES=/etc/ringfence/policies
D=/srv/storm
DENIALS=1000000 RELOADS=1000 CGROUPS=100000 DOMAINS=500 STARTS=1000

setup_file() {
	mkdir -p $D $POLICIES
	for file in one other both neither secret; do echo content >$D/$file; done
	write_policy storm <<-END
		version: 1
		name: storm
		mode: enforce
		files: {otherwise: allow, rules: [{path: $D/secret, deny: all}]}
	END
	ringfence compile -o "$BATS_FILE_TMPDIR/storm.image" "$BATS_FILE_TMPDIR/storm.yaml"
	write_box >$POLICIES/box.yaml
	ln -sf "$(command -v ringfence)" "$BATS_FILE_TMPDIR/ringfence-runtime"
	start_daemon --log "$BATS_FILE_TMPDIR/alerts"
}

teardown_file() {
	stop_daemon
	rm -rf $D $POLICIES /srv/bundles
	rmdir /sys/fs/cgroup/registered /sys/fs/cgroup/containers 2>/dev/null || :
	nothing_left
}

setup() {
	PATH=$BATS_FILE_TMPDIR:$PATH
	cd "$BATS_TEST_TMPDIR" || return
	# shellcheck disable=SC2034 # of lib.bash
	log=$BATS_FILE_TMPDIR/alerts
	[[ -n $(pidof_daemon) ]] || start_daemon --log "$BATS_FILE_TMPDIR/alerts"
}

teardown() {
	touch $D/stop go
	end_started
}

memory_of_daemon() {
	awk '/VmRSS|VmHWM/ { printf "%s %s kB ", $1, $2 }' "/proc/$(pidof_daemon)/status"
}

# What the daemon has spent so far, in seconds.
cpu_of_daemon() {
	awk '{ print ($14 + $15) / 100 }' "/proc/$(pidof_daemon)/stat"
}

registered() { # NAME COMMAND...
	local name=$1
	shift
	"$BATS_TEST_DIRNAME/registered.py" "$BATS_FILE_TMPDIR/storm.image" "\"$name\"" "$@"
}

# A figure, which is shown whatever becomes of the test.
figure() { # TEXT
	echo "# $*" >&3
}

seconds() {
	cut -d ' ' -f 1 /proc/uptime
}

@test "a million denials of four domains, the reader stopped, killed, and another in its place: all refused, all counted" {
	local name each=$((DENIALS / 4)) began ended
	for name in a b c d; do
		background $name.out registered $name sh -c "echo >$name.ready; until [ -e go ]; do sleep 0.1; done
			flood $each $D/secret; echo >$name.done; until [ -e end ]; do sleep 0.1; done"
		wait_for $name.ready
	done
	began=$(seconds)
	touch go
	sleep 5
	figure "memory of the daemon in a flood: $(memory_of_daemon)"
	kill -STOP "$(pidof_daemon)"
	sleep 5
	kill -CONT "$(pidof_daemon)"
	sleep 5
	kill_daemon KILL
	start_daemon --log "$BATS_FILE_TMPDIR/alerts"
	for name in a b c d; do wait_for $name.done 1200; done
	ended=$(seconds)
	touch end
	for name in a b c d; do
		await_end $name
		[[ $(<$name.out) == "$each" ]]
		adds_up $name "$each"
	done
	figure "memory of the second daemon: $(memory_of_daemon), its CPU $(cpu_of_daemon) s"
	figure "$DENIALS denials in $(python3 -c "print(round($ended - $began, 1))") s, alerts told one by one: $(of count action=deny)"
}

@test "alerts a second, where none is held back" {
	local began ended cpu
	stop_daemon
	start_daemon --log "$BATS_FILE_TMPDIR/alerts" --throttle off --ring-size 16M
	background f.out registered f sh -c "echo >f.ready; until [ -e go ]; do sleep 0.1; done; flood 20000 $D/secret"
	wait_for f.ready
	began=$(seconds) cpu=$(cpu_of_daemon)
	touch go
	await_end f
	ended=$(seconds)
	figure "20,000 denials, told one by one, in $(python3 -c "print(round($ended - $began, 1))") s, $(memory_of_daemon)"
	figure "CPU of the daemon for it: $(python3 -c "print(round($(cpu_of_daemon) - $cpu, 2))") s"
	adds_up f 20000
	[[ $(of count container=f action=deny) == 20000 ]]
	stop_daemon
}

@test "a thousand reloads under eight threads: no wrong verdict, and each alert has the hash that decided" {
	# shellcheck disable=SC2034 # of reloads.bash
	log=web.log
	reloads_under_threads $RELOADS 8 3000
}

# What is in the maps that grow with domains, and what the daemon holds.
left_in_maps() {
	local map
	for map in rf_cgroups rf_objects rf_targets; do
		echo "$map $(bpftool -j map dump name $map | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')"
	done
	echo "maps $(bpftool map show | grep -c ': ')"
	find "/proc/$(pidof_daemon)/fd" -mindepth 1 | wc -l
	find /run/ringfence -name 'image-*' | wc -l
}

@test "a hundred thousand cgroups made and removed, 500 of them domains: the maps are as they were" {
	local before
	# What the first of its kind leaves for good is there before.
	registered first true
	no_domains
	before=$(left_in_maps)
	figure "$(tr '\n' ' ' <<<"$before"), $(memory_of_daemon)"
	python3 - $CGROUPS /sys/fs/cgroup/many <<-'END' &
		import os, sys
		n, top = int(sys.argv[1]), sys.argv[2]
		os.makedirs(top)
		for i in range(n):
		    os.mkdir(f"{top}/{i}")
		    os.rmdir(f"{top}/{i}")
		os.rmdir(top)
	END
	ends_with_test $!
	for ((i = 0; i < DOMAINS; i++)); do
		run registered "r$i" cat $D/secret
		[[ $status == 1 ]]
	done
	# shellcheck disable=SC2154 # of lib.bash
	await_process "${started[0]}" 1200
	no_domains
	figure "$(left_in_maps | tr '\n' ' '), $(memory_of_daemon)"
	[[ $(left_in_maps) == "$before" ]]
	[[ $(of count action=ended) -ge $DOMAINS && $(of sum denied action=ended container="r$((DOMAINS - 1))") == 1 ]]
}

# Starts containers one after the other until its share of a thousand has come as far as the secret, and counts their exit
# statuses.
start_share() { # NUMBER
	local id=s$1 status judged=0
	while ((judged < STARTS / 8)); do
		status=0
		timeout -k 5 300 ringfence-runtime --runtime crun run -b "/srv/bundles/$id" "$id" </dev/null >>"$1.out" 2>&1 || status=$?
		echo "$status" >>"$1.statuses"
		if [[ $status == 13 ]]; then
			judged=$((judged + 1))
		else # cut off, or refused; the next daemon needs the processor
			sleep 1
			ringfence-runtime --runtime crun delete --force "$id" >/dev/null 2>&1 || :
		fi
	done
	echo >"$1.done"
}

# Somebody who takes part in a start, at whatever stage it is.
kill_one() {
	local pid
	pid=$(pgrep -f '^(ringfence-runtime|crun|.*/crun) ' | shuf -n 1)
	[[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null || :
}

@test "a thousand containers, eight at a time; daemon, runtimes and shims killed again and again: not one is unconfined" {
	local i times=0
	mkdir -p /srv/bundles
	for i in {1..8}; do "$BATS_TEST_DIRNAME/oci-bundle.py" "/srv/bundles/s$i" box /bin/opens-first /srv/secret; done
	for i in {1..8}; do
		start_share "$i" &
		ends_with_test $!
	done
	while [[ $(compgen -G '*.done' | wc -l) != 8 ]]; do
		for _ in {1..15}; do
			sleep 2
			[[ $(compgen -G '*.done' | wc -l) != 8 ]] || break
			kill_one
		done
		kill_daemon KILL
		times=$((times + 1))
		start_daemon --log "$BATS_FILE_TMPDIR/alerts"
	done
	figure "exit statuses, and how many: $(sort -n ./*.statuses | uniq -c | awk '{ printf "%s: %s, ", $2, $1 }') daemon killed $times times"
	sort ./*.out | sed 's/[0-9]\{2,\}/N/g' | uniq -c | sort -rn | head -n 12
	# 13: it was refused the secret. 0 would be: it was not.
	[[ $(grep -cx 13 <(cat ./*.statuses)) == "$STARTS" && $(grep -cx 0 <(cat ./*.statuses)) == 0 ]]
	no_domains
	[[ -z $(crun list -q) ]]
	[[ -z $(compgen -G '/run/ringfence/runtime/*')$(compgen -G '/sys/fs/cgroup/containers/*/') ]]
}
