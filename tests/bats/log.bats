#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `ringfence log`: alerts out of a file, which may hold anything and change under it.

load helpers

teardown() {
	[[ -z ${follower:-} ]] || kill "$follower" 2>/dev/null || :
}

# Minutes of 2026-11-22T10, container, policy.
alert() { # MINUTE CONTAINER POLICY
	printf '{"time":"2026-11-22T10:%s:00.000000001Z","seq":1,"action":"deny","policy":"%s","rule":"p.yaml:9",' "$1" "$3"
	printf '"container":"%s","operation":"file.read","path":"/etc/shadow","path_state":"attached","errno":"EACCES"}\n' "$2"
}

three() {
	alert 01 web nginx
	alert 02 db postgres
	alert 03 web php
}

@test "all of it, as text, and as it is" {
	three >log
	answer 0 log log
	content
	[[ ${#lines[@]} == 3 && ${lines[0]} == "ringfence: deny file.read /etc/shadow by p.yaml:9 (EACCES) policy=nginx container=web "* ]]
	answer 0 log --json log
	[[ $output == "$(<log)" ]]
}

@test "by container, by policy, by time, by all of them" {
	three >log
	answer 0 log --container web --json log
	[[ $output == "$(sed -n '1p;3p' log)" ]]
	answer 0 log --policy postgres --json log
	[[ $output == "$(sed -n 2p log)" ]]
	answer 0 log --since 2026-11-22T10:02:00Z --json log
	[[ $output == "$(sed -n '2,3p' log)" ]]
	answer 0 log --since 2026-11-22T10:02:00Z --container web --policy php --json log
	[[ $output == "$(sed -n 3p log)" ]]
	answer 0 log --container nobody log
	silent
	answer 0 log --since 1s log
	silent
}

@test "a name is given as it is, and found as alerts have it" {
	alert 01 'we\\x0ab' p >log
	answer 0 log --json --container $'we\nb' log
	[[ $output == "$(<log)" ]]
}

@test "what is no alert is told with its place, and passed over" {
	{
		alert 01 web nginx
		echo 'no json'
		echo '[1]'
		echo
		printf '%0200000d\n' 7
		alert 02 web nginx
		printf '{"half":'
	} >log
	answer 0 log --json log
	[[ ${#lines[@]} == 2 ]]
	for line in 2 3 4 5; do complains "log:$line: this is no alert"; done
	complains "log:7: half a line"
}

@test "a hostile log drives no terminal and forges no line" {
	printf '{"action":"deny\\u001b[2J","operation":"file.read","path":"/a\\nringfence: deny"}\n' >log
	answer 0 log log
	[[ ${#lines[@]} == 1 && $output != *$'\e'* && $output == *'\x1b[2J'* ]]
}

@test "what cannot be read, and wrong usage" {
	answer 125 log none
	complains "'none'"
	complains "hint: "
	answer 125 log .
	complains "no regular file"
	mkfifo fifo
	answer 125 log fifo
	complains "no regular file"
	answer 2 log --since yesterday log
	complains "not 'yesterday'"
	answer 2 log one two
	answer 2 log --frobnicate
	three >log
	# shellcheck disable=SC2016 # $0 is ringfence
	run -125 bash -c '"$0" log log >/dev/full' "$RINGFENCE"
}

await_lines() { # N
	for _ in {1..100}; do
		[[ $(wc -l <out) != "$1" ]] || return 0
		sleep 0.1
	done
	cat out
	return 1
}

@test "followed: what comes, in pieces, in a file by that name, and in one that was emptied" {
	alert 01 web nginx >log
	"$RINGFENCE" log -f --json --container web log >out 2>err 3>&- &
	follower=$!
	await_lines 1
	alert 02 db postgres >>log
	alert 03 web nginx | head -c 50 >>log
	sleep 0.5
	[[ $(wc -l <out) == 1 ]]
	alert 03 web nginx | tail -c +51 >>log
	await_lines 2
	mv log log.1
	alert 04 web nginx >>log.1
	await_lines 3
	alert 05 web nginx >log
	await_lines 4
	: >log
	sleep 0.5
	alert 06 web nginx >>log
	await_lines 5
	[[ $(grep -c '"web"' out) == 5 && ! -s err ]]
	kill -0 "$follower"
}

@test "followed through a rotation: what the old file got just before, and what it gets until its writer knows" {
	alert 01 web nginx >log
	"$RINGFENCE" log -f --json log >out 2>err 3>&- &
	follower=$!
	await_lines 1
	# All between two looks.
	alert 02 web nginx >>log
	mv log log.1
	alert 03 web nginx >log
	await_lines 3
	[[ $(<out) == "$(cat log.1 log)" ]]
	alert 04 web nginx >>log.1
	await_lines 4
	alert 05 web nginx >>log
	alert 06 web nginx >>log.1
	await_lines 6
	# And once more.
	mv log.1 log.2
	alert 07 web nginx >>log
	mv log log.1
	alert 08 web nginx >log
	await_lines 8
	alert 09 web nginx >>log.1
	await_lines 9
	[[ $(sort -u out | wc -l) == 9 && ! -s err ]]
	kill -0 "$follower"
}
