#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The daemon as a service: what it tells the service manager, what it notices, and the one command that disarms.
#
# Without the daemon: it starts and uninstalls its own.

load lib

SOCKET=/run/ringfence/ringfence.sock
POLICIES=/etc/ringfence/policies
S=/srv/service

# What the service manager would be told goes to "told". The policies' directory is not there yet.
setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	mkdir -p $S
	rm -rf $POLICIES
	echo content | tee $S/one $S/other >$S/secret
	write_policy s <<-'END'
		version: 1
		name: s
		mode: enforce
		files: {otherwise: allow, rules: [{path: /srv/service/secret, deny: all}]}
	END
	cat >listen.py <<-'END'
		import socket
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind("notify")
		while True:
		    print(s.recv(4096).decode(), flush=True)
	END
	setsid python3 listen.py >told 2>&1 3>&- &
	echo $! >listener
	until [[ -S notify ]]; do sleep 0.1; done
	NOTIFY_SOCKET=$PWD/notify setsid ringfence daemon --watch >daemon.log 2>&1 3>&- &
	echo $! >daemon
	disown -a
	until [[ -S $SOCKET ]]; do
		kill -0 "$(<daemon)"
		sleep 0.1
	done
}

teardown_file() {
	sed 's/^/# daemon: /' "$BATS_FILE_TMPDIR/daemon.log"
	kill "$(<"$BATS_FILE_TMPDIR/listener")" "$(<"$BATS_FILE_TMPDIR/daemon")" || :
	rm -rf $S $POLICIES
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	policy=$BATS_FILE_TMPDIR/s.yaml told=$BATS_FILE_TMPDIR/told log=$BATS_FILE_TMPDIR/daemon.log
}

teardown() {
	touch go
	end_started
}

@test "it says when it is ready, and that it lives" {
	for _ in {1..50}; do
		[[ $(<"$told") != *"READY=1"*"WATCHDOG=1"* ]] || break
		sleep 0.1
	done
	[[ $(<"$told") == *"READY=1"*"WATCHDOG=1"* ]]
}

write_web() { # DENIED
	printf '%s\n' 'version: 1' 'name: web' 'mode: enforce' 'files:' '  otherwise: allow' '  rules:' \
		"    - {path: $S/$1, deny: all}" >web.new
}

sees() {
	local name answer
	for name in one other; do
		echo "r $S/$name" >&7
		read -r answer <&8
		echo -n "$answer "
	done
}

becomes() { # ANSWERS
	for _ in {1..100}; do
		[[ $(sees) != "$1 " ]] || return 0
		sleep 0.1
	done
	return 1
}

@test "--watch: a policy comes in by itself, written in place or as another directory; one that is wrong does not" {
	mkdir -p $POLICIES
	write_web one
	cp web.new $POLICIES/web.yaml
	mkfifo in out
	background web.err sh -c "exec ringfence run -p web -l /dev/null -- opens-asked <in >out"
	exec 7>in 8<out
	[[ $(sees) == "13 ok " ]]
	write_web other
	cp web.new $POLICIES/web.yaml
	becomes "ok 13"
	echo 'nonsense: 1' >$POLICIES/web.yaml
	for _ in {1..100}; do
		! grep -q 'Reloaded no policy' "$log" || break
		sleep 0.1
	done
	grep -q "$POLICIES/web.yaml:1:" "$log"
	[[ $(sees) == "ok 13 " ]]
	write_web one
	mkdir $POLICIES.new
	cp web.new $POLICIES.new/web.yaml
	mv $POLICIES $POLICIES.old
	mv $POLICIES.new $POLICIES
	rm -r $POLICIES.old
	becomes "13 ok"
	# The folder above is another one.
	write_web other
	cp -a ${POLICIES%/*} ${POLICIES%/*}.new
	cp web.new ${POLICIES%/*}.new/policies/web.yaml
	mv ${POLICIES%/*} ${POLICIES%/*}.old
	mv ${POLICIES%/*}.new ${POLICIES%/*}
	rm -r ${POLICIES%/*}.old
	becomes "ok 13"
	# Nobody asked, and the log has it.
	[[ $(grep -cE '^ringfence: Reload: web: [0-9a-f]{8} -> [0-9a-f]{8}, 1 container$' "$log") == 3 ]]
	grep -E '^ringfence: Reload: web: stays [0-9a-f]{8}, its file is not valid \(SHA-256 [0-9a-f]{8}\)$' "$log"
	exec 7>&- 8<&-
	await_last
}

@test "pins that are removed are told at once; uninstall disarms" {
	local pins
	run ringfence status --json
	echo "$output"
	[[ $output == *'"pins_missing": 0'*'"left_out": 0'*'"unjudged": 0'* ]]
	background c.out ringfence run -p "$policy" -l c.json -- \
		sh -c "echo ready >c.ready; until [ -e go ]; do sleep 0.1; done; cat $S/secret"
	wait_for c.ready
	pins=$(echo /sys/fs/bpf/ringfence/run/daemon-*)
	rm "$pins"/rf_file_open
	sleep 2.5
	[[ $(<"$log") == *"1 of "*" pins in '$pins' are gone"* ]]
	rm "$pins"/rf_layout
	sleep 2.5
	[[ $(<"$log") == *"2 of "*" pins in '$pins' are gone"* ]]
	run ringfence status
	echo "$output"
	[[ $output == *"2 PINS ARE GONE"* ]]
	run ringfence run -p "$policy" -- touch ran
	[[ $status == 125 && $output == *"not pinned any more"* && ! -e ran ]]

	run -2 ringfence uninstall
	[[ -S $SOCKET && -d $pins ]]
	run ringfence uninstall --yes
	echo "$output"
	[[ $status == 0 && $output == *"daemon-"*": disarmed, "[1-9]*" set free"* ]]
	[[ ! -e $SOCKET && ! -e $pins && $(<"$told") == *"STOPPING=1"* ]]
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
