#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Alerts that the daemon reads: of whom, where they go, and what becomes of them when it is stopped or its disk is full.
#
# Without the daemon: it is started with a log.

load lib
load daemon

S=/srv/log

setup_file() {
	mkdir -p $S/disk
	mount -t tmpfs -o size=16m none $S/disk
	echo canary | tee $S/noisy $S/rare >/dev/null
	write_policy log <<-END
		version: 1
		name: logged
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: $S/noisy, deny: all} # NOISY
		    - {path: $S/rare, deny: all} # RARE
	END
	ringfence compile -o "$BATS_FILE_TMPDIR/log.image" "$BATS_FILE_TMPDIR/log.yaml"
	start_daemon --log $S/disk/alerts
}

setup() {
	daemon=$(pidof_daemon)
	image=$BATS_FILE_TMPDIR/log.image
	log=$S/disk/alerts
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	kill -CONT "$daemon"
	end_started
}

teardown_file() {
	stop_daemon
	umount $S/disk
	rm -rf $S
	rmdir /sys/fs/cgroup/registered
	nothing_left
}

registered() { # NAME COMMAND...
	local name=$1
	shift
	"$BATS_TEST_DIRNAME/registered.py" "$image" "\"$name\"" "$@"
}

@test "a registered container: its alerts are in the daemon's log, under its name, and its last counts" {
	run registered web cat $S/rare
	echo "$output"
	[[ $status == 1 && $output == *"Permission denied"* ]]
	await_end web
	[[ $(of count container=web action=deny path=$S/rare operation=file.read policy=logged) == 1 ]]
	[[ $(of show container=web action=deny) == *"log.yaml:$(sed -n '/RARE/=' "$BATS_FILE_TMPDIR/log.yaml")\""* ]]
	adds_up web 1
	[[ $(stat -c %a "$log") == 600 ]]
}

@test "a name that is none is refused, and nothing runs" {
	run "$BATS_TEST_DIRNAME/registered.py" "$image" 7 touch ran
	echo "$output"
	[[ $status == 125 && $output == *"name"* && ! -e ran ]]
	run "$BATS_TEST_DIRNAME/registered.py" "$image" "\"$(printf 'x%.0s' {1..256})\"" touch ran
	[[ $status == 125 && $output == *"name"* && ! -e ran ]]
	registered named touch ran
	[[ -e ran ]]
}

@test "SIGHUP or reload: the log is opened again, and no alert is between the two" {
	for ask in "kill -HUP $daemon" "ringfence reload"; do
		local before="before-${ask%% *}" after="after-${ask%% *}"
		registered "$before" cat $S/rare || :
		await_end "$before"
		mv "$log" "$log.1"
		$ask
		for _ in {1..600}; do
			[[ ! -e $log ]] || break
			sleep 0.1
		done
		registered "$after" cat $S/rare || :
		await_end "$after"
		[[ $(of count action=deny) == 1 && $(of count action=deny "container=$after") == 1 ]]
		[[ $(grep -c "\"container\":\"$after\"" "$log.1") == 0 && $(grep "\"container\":\"$before\"" "$log.1") == *'"deny"'* ]]
		rm "$log.1"
	done
}

@test "a disk that is full: whole lines, the others counted; the daemon serves, and there is room again" {
	dd if=/dev/zero of=$S/disk/fill bs=64k status=none || :
	run registered full flood 300 $S/noisy
	[[ $output == 300 ]]
	ringfence run -p "$BATS_FILE_TMPDIR/log.yaml" -- true
	for _ in {1..600}; do
		! grep -q 'Failed to write an alert' "$BATS_FILE_TMPDIR/daemon.log" || break
		sleep 0.1
	done
	[[ $(of count container=full action=deny) -lt 300 ]]
	rm $S/disk/fill
	registered room cat $S/rare || :
	await_end room
	adds_up room 1
}

@test "two containers, 20,000 denials each, the daemon stopped meanwhile: all denied, all counted" {
	local name
	for name in one two; do
		background $name.out registered $name sh -c "echo >$name.ready; until [ -e go ]; do sleep 0.1; done
			flood 10000 $S/noisy; flood 10000 $S/rare; echo >$name.done; until [ -e end ]; do sleep 0.1; done"
		wait_for $name.ready
	done
	kill -STOP "$daemon"
	touch go
	wait_for one.done
	wait_for two.done
	kill -CONT "$daemon"
	touch end
	for name in one two; do
		await_end $name
		[[ $(<$name.out) == $'10000\n10000' ]]
		adds_up $name 20000
		[[ $(of count container=$name action=deny path=$S/rare) -gt 0 && $(of count container=$name action=deny path=$S/noisy) -gt 0 ]]
	done
}
