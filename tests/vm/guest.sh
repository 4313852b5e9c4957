#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Inside the machine: runs test files one after the other, as one TAP stream.
#
#   guest.sh [--filter REGEX] FILE.bats...
#
# A test that hangs, or fails and leaves a process behind that keeps its output open, would hold up the whole machine
# until its time is over, and nobody would learn which one it was. So each file has FILE_LIMIT seconds, 1800 by default,
# and what it left running is ended before the next begins. A file that is stopped is a failure of its own; results are
# then fewer than planned, which the host notices too.

#
# Loading the programs takes 10 to 30 seconds under emulation. So most files have a daemon to run through, one for all
# of them; its messages are in /out. Files with a line "# Without the daemon: " and why come first and have none.
#
# With VM_LESS set, as `make test` has it, a file with a line "# On KERNEL alone in make test: " and why is skipped on
# others, and one with a line "# By name alone: " on all.

set -uo pipefail

limit=${FILE_LIMIT:-1800}
filter=()
number=0 status=0

processes() {
	ps -e -o pid= | sort
}

# Passes TAP on with consecutive numbers; leaves the last in "number".
renumber() {
	local line
	while IFS= read -r line; do
		case $line in
		1..*) ;;
		"ok "* | "not ok "*)
			number=$((number + 1))
			[[ $line =~ ^((not )?ok)\ [0-9]+(.*)$ ]]
			echo "${BASH_REMATCH[1]} $number${BASH_REMATCH[3]}"
			;;
		*) printf '%s\n' "$line" ;;
		esac
	done
}

end_leftovers() { # file with the processes of before
	local left
	left=$(comm -13 "$1" <(processes) | tr -d ' ')
	for pid in $left; do
		[[ -e /proc/$pid/exe ]] && readlink "/proc/$pid/exe" >/dev/null && kill -KILL "$pid" 2>/dev/null
	done
	return 0
}

# When the time is over: who waits for whom, and where in the kernel. Kernel threads, children of process 2, do not count.
note_processes() { # file
	sleep "$limit"
	ps --forest -o pid,ppid,stat,etimes,wchan:24,args --ppid 2 -p 2 --deselect | cut -c -200 | sed 's/^/# /' >"$1"
}

# Results go through a file: whoever a test leaves behind may keep a pipe open. They are passed on as they come.
run_file() { # file
	local tap before hung bats code=0 began=$SECONDS
	tap=$(mktemp) before=$(mktemp) hung=$(mktemp)
	processes >"$before"
	note_processes "$hung" &
	disown $!
	timeout -k 10 $((limit + 20)) bats --tap "${filter[@]}" "$1" >"$tap" 2>&1 &
	bats=$!
	renumber < <(tail -n +1 -s 0.5 -f --pid="$bats" "$tap")
	wait "$bats" || code=$?
	end_leftovers "$before"
	cat "$hung"
	echo "# $1 took $((SECONDS - began)) s"
	if [[ $code -ne 0 ]]; then
		status=1
	fi
	if [[ $code -gt 1 ]]; then
		number=$((number + 1))
		echo "not ok $number $1 was ended after its last result: status $code (124: $limit s were over)"
	fi
	rm -f "$tap" "$before" "$hung"
}

# Why the file is left out here, if it is.
why_left_out() { # file
	local kernel why
	[[ -n ${VM_LESS:-} ]] || return
	why=$(sed -n 's/^# By name alone: //p' "$1")
	[[ -z $why ]] || { echo "by name alone: $why" && return; }
	read -r kernel why < <(sed -n 's/^# On \([0-9.]*\) alone in make test: /\1 /p' "$1")
	[[ -n $kernel && $kernel != "$VM_KERNEL" ]] && echo "on $kernel alone: $why"
}

leave_out() { # file why
	number=$((number + 1))
	echo "ok $number $1 # skip $2"
}

has_no_daemon() { # file
	grep -q '^# Without the daemon: ' "$1"
}

# CPUs that run side by side are one at a time while programs go on and off the hooks: the kernel patches itself then,
# and nobody is to be in the midst of what it patches (vm.sh, choose_machine).
second_cpu() { # 0|1
	[[ -z ${VM_PARALLEL:-} ]] || echo "$1" >/sys/devices/system/cpu/cpu1/online
}

await_socket() {
	for _ in {1..3000}; do
		[[ ! -S /run/ringfence/ringfence.sock ]] || return 0
		[[ -e /proc/$daemon ]] || return 1
		sleep 0.1
	done
	return 1
}

# Ready when the socket is there.
start_daemon() {
	second_cpu 0 || return 1
	ringfence daemon >/out/daemon.log 2>&1 &
	daemon=$!
	await_socket && second_cpu 1
}

# It has nothing to leave behind: nobody is confined any more, and every domain was given back. And the kernel has left
# none of the programs out that were to judge.
end_daemon() {
	ringfence status --json | grep '"unjudged": 0' >/dev/null &&
		second_cpu 0 && kill "$daemon" && wait "$daemon" && ! compgen -G '/sys/fs/bpf/ringfence/run/daemon-*'
}

# What becomes of the daemon is a result of its own.
tell_of_daemon() { # ok|not ok
	number=$((number + 1))
	echo "$1 $number the daemon starts, serves all, and leaves nothing behind"
	[[ $1 == ok ]] || status=1
	tail -n 40 /out/daemon.log | sed 's/^/# daemon: /'
}

run_with_daemon() { # file...
	if ! start_daemon; then
		tell_of_daemon 'not ok'
		return
	fi
	for file in "$@"; do
		run_file "$file"
	done
	if end_daemon; then tell_of_daemon ok; else tell_of_daemon 'not ok'; fi
}

main() {
	local file why alone=() shared=() count
	if [[ $1 == --filter ]]; then
		filter=(--filter "$2")
		shift 2
	fi
	for file in "$@"; do
		if why=$(why_left_out "$file"); then
			leave_out "$file" "$why"
		elif has_no_daemon "$file"; then
			alone+=("$file")
		else
			shared+=("$file")
		fi
	done
	count=$number
	[[ ${#alone[@]} -eq 0 ]] || count=$((count + $(bats --count "${filter[@]}" "${alone[@]}")))
	[[ ${#shared[@]} -eq 0 ]] || count=$((count + 1 + $(bats --count "${filter[@]}" "${shared[@]}")))
	echo "1..$count"
	for file in "${alone[@]}"; do
		run_file "$file"
	done
	[[ ${#shared[@]} -eq 0 ]] || run_with_daemon "${shared[@]}"
	exit "$status"
}

main "$@"
