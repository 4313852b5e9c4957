#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is held back of alerts alike: it costs others nothing, it is told, and the counts add up to the last one.

load lib

S=/srv/throttle
DENIED=30000 # of each domain, where there are several; storm.bats has a million

setup_file() {
	mkdir -p $S
	echo canary | tee $S/noisy $S/rare >/dev/null
	write_policy throttle <<-END
		version: 1
		name: throttle
		mode: enforce
		syscalls: {otherwise: allow, deny: [getpgrp]}
		files:
		  otherwise: allow
		  rules:
		    - {path: $S/noisy, deny: all}
		    - {path: $S/rare, deny: all}
		    - {path: $S/watched, allow: [read, write, create], audit: [read]}
	END
}

setup() {
	policy=$BATS_FILE_TMPDIR/throttle.yaml
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	end_started
}

teardown_file() {
	rm -rf $S
}

# Starts a confined shell command that waits to be told to go on, and stays when it is done; leaves the pid in "reader".
start() { # NAME COMMAND [OPTION...]
	local name=$1 command=$2
	shift 2
	background "$name.out" ringfence run -p "$policy" -n "$name" -l "$name.json" "$@" -- \
		sh -c "echo >$name.ready; until [ -e go ]; do sleep 0.1; done; $command; echo >$name.done; until [ -e end ]; do sleep 0.1; done"
	# shellcheck disable=SC2154 # of lib.bash
	reader=${started[-1]}
	wait_for "$name.ready"
}

# "denied audited delivered repeated lost" of a domain, as the kernel counts.
counters() { # NAME
	ringfence status --json | python3 -c 'import json, sys
for run in json.load(sys.stdin)["runs"]:
    if run.get("container") == sys.argv[1]:
        print(*(run[word] for word in ("denied", "audited", "delivered", "repeated", "lost")))' "$1"
}

# At rest nothing is uncounted.
adds_up() { # NAME DENIED
	local denied audited delivered repeated lost
	read -r denied audited delivered repeated lost <<<"$(counters "$1")"
	echo "$1: denied $denied, audited $audited, delivered $delivered, repeated $repeated, lost $lost"
	[[ $denied == "$2" && $((denied + audited)) == $((delivered + repeated + lost)) && $repeated -gt 0 ]]
}

of() { # NAME QUESTION...
	"$BATS_TEST_DIRNAME/alerts" "$1.json" "${@:2}"
}

# The log tells of all: alerts, what they stand for, and what no alert stands for.
log_adds_up() { # NAME DENIED
	local alerts
	alerts=$(($(of "$1" count action=deny) + $(of "$1" sum repeated action=deny)))
	alerts=$((alerts + $(of "$1" sum count action=repeated of=deny) + $(of "$1" sum count action=lost)))
	echo "$1: $(of "$1" count action=deny) alerts, $alerts denials told of"
	[[ $alerts == "$2" ]]
}

@test "a flood: a burst is told, the rest counted; another rule loses nothing" {
	start one "flood 20000 $S/noisy; cat $S/rare; flood 20000 $S/noisy; cat $S/rare $S/noisy"
	touch go
	wait_for one.done
	adds_up one 40003
	touch end
	await_last || :
	[[ $(head -n 1 one.out) == 20000 ]]
	log_adds_up one 40003
	[[ $(of one count path=$S/rare) == 2 && $(of one sum repeated path=$S/rare) == 0 ]]
	[[ $(of one count path=$S/noisy action=deny) -ge 1000 && $(of one count path=$S/noisy action=deny) -lt 20000 ]]
	[[ $(of one count action=lost) == 0 ]]
}

@test "system calls and audits are held back too, each by itself" {
	start kinds "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do cat $S/watched $S/noisy; printf 'a call 111 0 0 0\n' | attempt-syscalls; done" --throttle 2:1
	echo text >$S/watched
	touch go
	wait_for kinds.done
	adds_up kinds 24
	touch end
	await_last || :
	[[ $(of kinds count action=deny syscall=getpgrp) -ge 2 && $(of kinds count action=audit) -ge 2 ]]
	log_adds_up kinds 24
	[[ $(($(of kinds count action=audit) + $(of kinds sum repeated action=audit) + $(of kinds sum count of=audit))) == 12 ]]
}

@test "off: every denial has its alert" {
	start all "flood 2000 $S/noisy" --throttle off
	touch go end
	await_last || :
	[[ $(of all count action=deny) == 2000 && $(of all count) == 2000 ]]
}

@test "four domains, floods of 30,000 denials each, two readers stopped meanwhile: all denied, all counted" {
	local name pid=()
	for name in a b c d; do
		start $name "flood $((DENIED / 2)) $S/noisy; flood $((DENIED / 2 - 3)) $S/rare; cat $S/noisy; cat $S/noisy $S/rare"
		pid+=("$reader")
	done
	kill -STOP "${pid[0]}" "${pid[1]}"
	touch go
	for name in a b c d; do
		wait_for $name.done 1200
		adds_up $name $DENIED
	done
	kill -CONT "${pid[0]}" "${pid[1]}"
	touch end
	for name in a b c d; do
		await_process "${pid[0]}" 300 || :
		pid=("${pid[@]:1}")
		log_adds_up $name $DENIED
		[[ $(head -n 2 $name.out | tr '\n' ' ') == "$((DENIED / 2)) $((DENIED / 2 - 3)) " ]]
	done
}
