#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `ringfence run` from start to end: exit statuses, signals, descendants, and what it leaves behind. With programs of its
# own: own-programs.bats.

load lib

plain=tests/vm/policies/plain.yaml

setup() {
	mkdir -p /tmp/plain
}

teardown() {
	end_started
	rm -rf /tmp/plain
}

confined() { # run options and command
	timeout -k 20 200 ringfence run -p $plain "$@" 3>&-
}

@test "the exit status is the command's, and nothing is left behind" {
	run confined -- sh -c 'exit 7'
	[[ $status == 7 ]]
	nothing_left
}

@test "a command that a signal ends: 128 and the signal" {
	run confined -- sh -c 'kill -KILL $$'
	[[ $status == 137 ]]
}

@test "no such command: 127; not executable: 126; not allowed: 126 with an alert" {
	run -127 confined -- no-such-command
	[[ $status == 127 && $output == *"no-such-command"* ]]
	run confined -- /etc/passwd
	[[ $status == 126 ]]
	cp /usr/bin/true /tmp/plain/true
	run confined -l /tmp/alerts -- /tmp/plain/true
	[[ $status == 126 ]]
	[[ $(tests/vm/alerts /tmp/alerts count operation=file.exec path=/tmp/plain/true action=deny errno=EACCES) == 1 ]]
	rm /tmp/alerts
	nothing_left
}

@test "the command is found in PATH as by env: no directory, nothing that is not executable; an empty element is here" {
	local ringfence
	ringfence=$(command -v ringfence)
	mkdir -p /tmp/plain/directory/true /tmp/plain/data
	echo data >/tmp/plain/data/true
	run env PATH=/tmp/plain/directory:/tmp/plain/data:/usr/bin "$ringfence" run -p $plain -- true
	[[ $status == 0 ]]
	run env PATH=/tmp/plain/directory:/tmp/plain/data "$ringfence" run -p $plain -- true
	[[ $status == 126 && $output == *"'true'"* ]]
	for path in :/tmp/plain /tmp/plain::/nowhere /tmp/plain: ''; do
		run env -C /usr/bin "PATH=$path" "$ringfence" run -p "$PWD/$plain" -- true
		echo "'$path': $status $output"
		[[ $status == 0 ]]
	done
	run -127 env -C /usr/bin PATH=/tmp/plain "$ringfence" run -p "$PWD/$plain" -- true
	run -127 confined -- ''
	nothing_left
}

@test "a wrong command line: 2; a policy that is not there, or not valid: 125" {
	run ringfence run -p $plain
	[[ $status == 2 ]]
	run ringfence run --no-such-option true
	[[ $status == 2 ]]
	run ringfence run -p /nowhere.yaml true
	[[ $status == 125 && $output == *nowhere.yaml* ]]
	echo 'version: 2' >/tmp/plain/bad.yaml
	run ringfence run -p /tmp/plain/bad.yaml -- touch /tmp/plain/ran
	[[ $status == 125 && $output == *bad.yaml:1:* && ! -e /tmp/plain/ran ]]
	nothing_left
}

@test "D09 degraded kernels: an ordinary user is told what is missing: 125, and the command has not run" {
	chmod 777 /tmp/plain
	run setpriv --reuid tester --regid tester --clear-groups "$(command -v ringfence)" run -p $plain -- touch /tmp/plain/ran
	echo "$output"
	[[ $status == 125 && ! -e /tmp/plain/ran ]]
	[[ $output == *hint* ]]
	nothing_left
}

@test "L07 sink failure: a log that is a symbolic link is refused before anything runs" {
	ln -s /tmp/plain/elsewhere /tmp/plain/log
	run confined -l /tmp/plain/log -- touch /tmp/plain/ran
	[[ $status == 125 && ! -e /tmp/plain/ran && ! -e /tmp/plain/elsewhere ]]
	nothing_left
}

@test "L07 sink failure: a log that cannot be written: the verdicts stand, the loss is told" {
	run confined -l /dev/full -- cat /etc/hostname /etc/shadow
	echo "$output"
	[[ $status == 1 && $output == *"$(cat /etc/hostname)"* && $output == *"Permission denied"* ]]
	[[ $output == *"could not be written"* ]]
}

@test "L07 sink failure: a log that may not grow ends nobody" {
	run bash -c "ulimit -f 40; exec ringfence run -p $plain -l /tmp/plain/small -- \
		sh -c 'flood 400 /etc/shadow; exit 7' 2>&1 3>&-"
	echo "$output"
	[[ $status == 7 && $output == *"alerts could not be written: File too large"* ]]
	[[ $(tests/vm/alerts /tmp/plain/small count path=/etc/shadow) -gt 3 ]]
	nothing_left
}

@test "whoever reads the alerts and stops reading keeps the command from no signal, and the end from nobody" {
	mkfifo /tmp/plain/fifo
	exec 9<>/tmp/plain/fifo
	background /tmp/plain/stuck ringfence run -p $plain -l /tmp/plain/fifo --throttle off -- \
		sh -c 'flood 1000 /etc/shadow >/dev/null; echo ready >/tmp/plain/ready; exec sleep 1000'
	wait_for /tmp/plain/ready
	sleep 3
	local code=0
	# shellcheck disable=SC2154 # of lib.bash
	kill -TERM "${started[-1]}"
	await_last || code=$?
	exec 9>&-
	cat /tmp/plain/stuck
	[[ $code == 143 && $(</tmp/plain/stuck) == *"alerts could not be written"* ]]
	nothing_left
}

@test "alerts on standard output are JSON lines, on standard error text" {
	run --separate-stderr confined -l - -- cat /etc/shadow
	[[ $(python3 -c 'import json,sys; print(json.loads(sys.argv[1])["operation"])' "$output") == file.read ]]
	run --separate-stderr confined -- cat /etc/shadow
	# shellcheck disable=SC2154 # bats sets it
	[[ -z $output && $stderr == *"deny file.read /etc/shadow by $plain:"* ]]
}

@test "SIGTERM and SIGINT reach the command" {
	for signal in TERM INT; do
		rm -f /tmp/plain/ready
		# A shell's background command is born ignoring SIGINT.
		env --default-signal=INT ringfence run -p $plain -- sh -c "trap 'exit 42' $signal; echo > /tmp/plain/ready; while :; do sleep 0.1; done" 3>&- &
		local ringfence=$! code=0
		ends_with_test "$ringfence"
		wait_for /tmp/plain/ready
		kill -$signal "$ringfence"
		await_process "$ringfence" || code=$?
		[[ $code == 42 ]]
	done
	nothing_left
}

@test "a key at the terminal, and its end, reach the command once, whoever leads the session" {
	local ready='echo ready; exec sleep 1000'
	run tests/vm/at-terminal.py interrupt ready ringfence run -p $plain -- sh -c "$ready"
	echo "$output"
	[[ $output == 130 ]]
	# A group of its own: the key is not for it.
	run tests/vm/at-terminal.py interrupt ready ringfence run -p $plain -- setsid sh -c "$ready"
	echo "$output"
	[[ $output == 130 ]]
	run tests/vm/at-terminal.py interrupt ready ringfence run -p $plain -- \
		sh -c "trap 'echo . >>/tmp/plain/keys' INT; echo ready; for i in 1 2 3; do sleep 1; done; exit 3"
	echo "$output"
	[[ $output == 3 && $(wc -l </tmp/plain/keys) == 1 ]]
	# ringfence leads the session: it alone is told.
	run tests/vm/at-terminal.py hang-up ready ringfence run -p $plain -- sh -c "$ready"
	echo "$output"
	[[ $output == 129 ]]
	nothing_left
}

@test "told to end when its command has ended, ringfence kills what that has left" {
	for signal in TERM INT; do
		rm -f /tmp/plain/ready
		env --default-signal=INT ringfence run -p $plain -- \
			sh -c "(trap '' TERM INT; echo \$\$ > /tmp/plain/ready; while :; do sleep 0.1; done) & exit 5" 3>&- &
		local ringfence=$! code=0 left
		ends_with_test "$ringfence"
		wait_for /tmp/plain/ready
		left=$(</tmp/plain/ready)
		# The command has ended, which ringfence has seen once it has reaped it.
		for _ in $(seq 600); do
			[[ -e /proc/$left ]] || break
			sleep 0.1
		done
		kill -$signal "$ringfence"
		await_process "$ringfence" || code=$?
		[[ $code == 5 ]]
		nothing_left
	done
}

@test "ringfence stays until the last descendant is gone" {
	run confined -- sh -c '(sleep 3; echo late > /tmp/plain/late) & exit 5'
	[[ $status == 5 && -s /tmp/plain/late ]]
	nothing_left
}

@test "descriptors above 2 are closed, unless they are to be kept" {
	exec 8</etc/shadow
	run confined -- sh -c 'ls /proc/self/fd | wc -l; cat <&8'
	[[ $status != 0 && $output == *"ad file descriptor"* ]]
	run confined --preserve-fds 6 -- sh -c 'head -c 4 <&8'
	[[ $status == 0 && $output == *root* ]]
	exec 8<&-
}

@test "a thousand children, all confined" {
	run confined -l /tmp/plain/log -- forks 1000 /etc/hostname /etc/shadow
	[[ $output == "1000 1000" ]]
	[[ $(tests/vm/alerts /tmp/plain/log count operation=file.read path=/etc/shadow action=deny) == 1000 ]]
}

@test "the confined command cannot shed its policy by leaving its cgroup" {
	cat >/tmp/plain/leave.yaml <<-'END'
		version: 1
		name: leave
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: /etc/shadow, deny: all}
		privileges: {allow: [cgroup]}
	END
	run ringfence run -p /tmp/plain/leave.yaml -- sh -c 'echo $$ > /sys/fs/cgroup/cgroup.procs || echo $$ > /sys/fs/cgroup/init/cgroup.procs; cat /proc/self/cgroup; cat /etc/hostname; cat /etc/shadow; (sleep 4; cat /etc/shadow || echo still) &' 3>&-
	echo "$output"
	[[ $output == *"0::/init"* || $output == *"0::/"$'\n'* ]]
	[[ $output == *"$(cat /etc/hostname)"* && $output == *"Permission denied"* && $output != *root:* ]]
	# Its cgroup is empty; ringfence stays all the same for the one that left it, and tells of it.
	[[ $output == *still* && $output == *"container=leave"*"seq=2 "* ]]
	nothing_left
}

@test "whoever enters the cgroup of a running command is confined from its execve on" {
	ringfence run -p $plain -l /tmp/plain/log -- sh -c 'echo > /tmp/plain/ready; while [ ! -e /tmp/plain/stop ]; do sleep 0.1; done' 3>&- &
	local ringfence=$! cgroup
	ends_with_test "$ringfence"
	wait_for /tmp/plain/ready
	cgroup=$(echo /sys/fs/cgroup/ringfence/run-*)
	run sh -c "echo \$\$ > $cgroup/cgroup.procs && exec cat /etc/hostname /etc/shadow"
	echo "$output"
	echo >/tmp/plain/stop
	await_process $ringfence
	[[ $status == 1 && $output == "$(cat /etc/hostname)"*"Permission denied"* && $output != *root:* ]]
	[[ $(tests/vm/alerts /tmp/plain/log count operation=file.read path=/etc/shadow comm=cat) == 1 ]]
	nothing_left
}
