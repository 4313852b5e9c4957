#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `ringfence run` with programs of its own, from start to end.
#
# Without the daemon: that is what it is about.

load lib

plain=tests/vm/policies/plain.yaml
other=tests/vm/policies/other.yaml

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

@test "interrupted while it starts, it executes nothing, and leaves nothing behind" {
	run tests/vm/at-terminal.py interrupt blocked ringfence run -p $plain -- sh -c 'echo >/tmp/plain/ran; sleep 5'
	echo "$output"
	[[ $output == 130 && ! -e /tmp/plain/ran ]]
	nothing_left
}

@test "what a run left that was killed while it tried the canary is removed, and nobody else's" {
	local top=/sys/fs/cgroup/ringfence left=() gone
	# Process numbers end at 2^22.
	left=("$top/canary-4194305-00000001" "$top/canary-$$-00000002" "$top/canary-4194305-00000003")
	mkdir -p "${left[@]}"
	touch -d '1 hour ago' "${left[0]}" "${left[1]}"
	run confined -- true
	[[ $status == 0 ]]
	ls "$top"
	gone=0
	[[ -e ${left[0]} ]] || gone=1
	[[ -e ${left[1]} && -e ${left[2]} ]]
	rmdir "${left[@]:1}"
	[[ $gone == 1 ]]
	nothing_left
}

@test "D12 two instances: two runs at once, each under its own policy" {
	ringfence run -p $other -l /tmp/plain/other.json -- sh -c 'echo > /tmp/plain/ready; sleep 12; head -c 4 /etc/shadow; cat /etc/hostname' >/tmp/plain/out 2>&1 3>&- &
	local first=$!
	ends_with_test "$first"
	wait_for /tmp/plain/ready
	run confined -l /tmp/plain/plain.json -- sh -c 'cat /etc/hostname /etc/shadow'
	[[ $status == 1 && $output == *"$(cat /etc/hostname)"* ]]
	await_process $first || :
	[[ $(</tmp/plain/out) == root*"Permission denied" ]]
	[[ $(tests/vm/alerts /tmp/plain/plain.json count path=/etc/shadow policy=plain) == 1 ]]
	[[ $(tests/vm/alerts /tmp/plain/other.json count path=/etc/hostname policy=other) == 1 ]]
	nothing_left
}

# The command looks once every tenth of a second; `denied` and `open` grow.
watcher='while [ ! -e /tmp/plain/stop ]; do
	if head -c 1 /etc/shadow >/dev/null 2>&1; then echo leak >> /tmp/plain/leaks; else echo . >> /tmp/plain/denied; fi
	head -c 1 /etc/passwd >/dev/null && echo . >> /tmp/plain/open
	sleep 0.1
done'

@test "D01 kill -9: killed with SIGKILL, ringfence leaves its command confined; the next run cleans up" {
	ringfence run -p $plain -l /tmp/plain/log -- sh -c "$watcher" 3>&- &
	local ringfence=$!
	ends_with_test "$ringfence"
	wait_for /tmp/plain/denied
	kill -KILL $ringfence
	wait $ringfence || :
	sleep 1
	local denied open
	denied=$(wc -l </tmp/plain/denied) open=$(wc -l </tmp/plain/open)
	sleep 3
	[[ $(wc -l </tmp/plain/denied) -gt $denied && $(wc -l </tmp/plain/open) -gt $open && ! -e /tmp/plain/leaks ]]
	# A dead run whose command lives is not cleaned up: that would set the command free.
	confined -- true
	denied=$(wc -l </tmp/plain/denied)
	sleep 2
	[[ $(wc -l </tmp/plain/denied) -gt $denied && ! -e /tmp/plain/leaks ]]
	echo >/tmp/plain/stop
	sleep 2
	confined -- true
	nothing_left
}
