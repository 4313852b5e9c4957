#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The daemon as a service: what it tells the service manager, what it notices, and the one command that disarms.
#
# Without the daemon: it starts and uninstalls its own.

load lib

SOCKET=/run/ringfence/ringfence.sock
S=/srv/service

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p $S
	echo content >$S/secret
	write_policy s <<-'END'
		version: 1
		name: s
		mode: enforce
		files: {otherwise: allow, rules: [{path: /srv/service/secret, deny: all}]}
	END
	policy=$BATS_FILE_TMPDIR/s.yaml
}

teardown() {
	touch go
	end_started
	rm -rf $S
}

start() {
	background daemon.log "$@" ringfence daemon
	for _ in {1..1200}; do
		[[ ! -S $SOCKET ]] || return 0
		# shellcheck disable=SC2154 # of lib.bash
		is_alive "${started[-1]}" || break
		sleep 0.1
	done
	cat daemon.log
	return 1
}

@test "it says when it is ready and that it lives; pins that are removed are told at once; uninstall disarms" {
	local pins
	cat >listen.py <<-'END'
		import socket
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind("notify")
		while True:
		    print(s.recv(4096).decode(), flush=True)
	END
	background told python3 listen.py
	until [[ -S notify ]]; do sleep 0.1; done
	start env NOTIFY_SOCKET="$PWD/notify"
	for _ in {1..50}; do
		[[ $(<told) != *"READY=1"*"WATCHDOG=1"* ]] || break
		sleep 0.1
	done
	[[ $(<told) == *"READY=1"*"WATCHDOG=1"* ]]

	run ringfence status --json
	echo "$output"
	[[ $output == *'"pins_missing": 0'*'"left_out": 0'* ]]
	background c.out ringfence run -p "$policy" -l c.json -- \
		sh -c "echo ready >c.ready; until [ -e go ]; do sleep 0.1; done; cat $S/secret"
	wait_for c.ready
	pins=$(echo /sys/fs/bpf/ringfence/run/daemon-*)
	rm "$pins"/rf_file_open
	sleep 2.5
	[[ $(<daemon.log) == *"1 of "*" pins in '$pins' are gone"* ]]
	run ringfence status
	echo "$output"
	[[ $output == *"1 PINS ARE GONE"* ]]
	run ringfence run -p "$policy" -- touch ran
	[[ $status == 125 && $output == *"not pinned any more"* && ! -e ran ]]

	run -2 ringfence uninstall
	[[ -S $SOCKET && -d $pins ]]
	run ringfence uninstall --yes
	echo "$output"
	[[ $status == 0 && $output == *"daemon-"*": disarmed, "[1-9]*" set free"* ]]
	[[ ! -e $SOCKET && ! -e $pins && $(<told) == *"STOPPING=1"* ]]
	for _ in {1..1200}; do
		[[ $(bpftool prog show | grep -c ' name rf_file_open') != 0 ]] || break
		sleep 0.1
	done
	touch go
	status=0
	await_last || status=$?
	[[ $status == 0 && $(<c.out) == content ]]
	run ringfence uninstall --yes
	[[ $status == 0 && $output == "nothing was armed" ]]
}
