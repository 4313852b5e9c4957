# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A run of ringfence costs seconds under emulation, an attempt nothing. So a test file has a table of attempts, each with
# what it is to come to and the alert it is to cause; setup_file makes them all in one run for each policy or mode, and
# holds the table against what happened (judge.py, which describes the table); each test asserts its part of the table,
# and the first one that the run as a whole went well.

bats_require_minimum_version 1.5.0

# A policy on standard input becomes $BATS_FILE_TMPDIR/NAME.yaml.
write_policy() { # NAME
	cat >"$BATS_FILE_TMPDIR/$1.yaml"
	ringfence check "$BATS_FILE_TMPDIR/$1.yaml"
}

# A container's policy, "box": an allow-list of /bin, and of what more rules say; a secret is denied by a rule of its own.
write_box() { # RULE...
	printf '%s\n' 'version: 1' 'name: box' 'mode: enforce' \
		'syscalls: {otherwise: {errno: EPERM}, allow: ["@container"]}' 'files:' '  otherwise: deny' '  rules:' \
		'    - {path: /bin/**, allow: [read, exec]}' '    - {path: /srv/secret, deny: all}'
	[[ $# == 0 ]] || printf '    - %s\n' "$@"
}

# The table on standard input becomes $BATS_FILE_TMPDIR/NAME.table.
write_table() { # NAME
	cat >"$BATS_FILE_TMPDIR/$1.table"
}

# A process that a test starts in the background may hang, or the test may fail before it comes to end it. So it is noted
# (ends_with_test), ended by teardown (end_started), and waited for with a limit.
started=()

ends_with_test() { # pid
	started+=("$1")
}

# A zombie is not, and has no executable.
is_alive() { # pid
	readlink "/proc/$1/exe" >/dev/null 2>&1
}

# Waits for a process of this shell, and kills it when it does not end. Returns its status.
await_process() { # pid [seconds]
	for _ in $(seq $((10 * ${2:-120}))); do
		is_alive "$1" || break
		sleep 0.1
	done
	! is_alive "$1" || kill -KILL "$1" || :
	wait "$1"
}

# The same for the one that was started last.
await_last() {
	await_process "${started[-1]}" "$@"
}

# Starts a command whose output goes to a file; it is ended with the test, await_last waits for it.
background() { # OUTPUT COMMAND...
	local out=$1
	shift
	"$@" >"$out" 2>&1 3>&- &
	ends_with_test $!
}

# Waits until a file that somebody else writes has something in it.
wait_for() { # FILE [SECONDS]
	for _ in $(seq $((10 * ${2:-300}))); do
		[[ ! -s $1 ]] || return 0
		sleep 0.1
	done
	echo "no $1"
	return 1
}

# No run is under way, and none has left anything behind: its lock, pins, cgroup, or programs other than the daemon's.
nothing_left() {
	local left sets=0
	left=$(find /run/ringfence/run /sys/fs/bpf/ringfence/run -mindepth 1 -maxdepth 1 -name 'run-*' 2>/dev/null || :
		find /sys/fs/cgroup/ringfence -mindepth 1 -type d 2>/dev/null || :)
	[[ -z $left ]] || {
		echo "left behind: $left"
		return 1
	}
	[[ ! -S /run/ringfence/ringfence.sock ]] || sets=1
	[[ $(bpftool prog show | grep -c ' name rf_file_open') == "$sets" ]]
}

# A `ringfence run` that has to be killed leaves its command behind: what is in confined cgroups is killed too.
end_started() {
	local pid kill
	for pid in "${started[@]}"; do
		! is_alive "$pid" || kill -KILL "$pid" || :
		wait "$pid" 2>/dev/null || :
	done
	started=()
	for kill in /sys/fs/cgroup/ringfence/run-*/cgroup.kill; do
		[[ ! -e $kill ]] || echo 1 >"$kill" || :
	done
}

# Runs HELPER under policy NAME on the attempts of table NAME; leaves RUN.log, RUN.results, RUN.status and RUN.verdicts.
# RUN is one of the words of judge.py. "wrap", an array, is a command to be put in front of ringfence, "inside" one to be
# put in front of HELPER, confined too.
#
# When the command is over, ringfence has its programs taken off, one after the other, and mostly waits for the kernel.
# The next run may begin meanwhile, so this returns; whoever asks what came of it waits for the verdicts.
attempt() { # NAME RUN HELPER [OPTION...]
	local name=$BATS_FILE_TMPDIR/$1 run=$BATS_FILE_TMPDIR/$1.$2 mode=$2 helper=$3 status=0
	shift 3
	sed -n "/=>.* $mode=skip\>/d; s/=>.*//p" "$name.table" >"$run.script"
	# shellcheck disable=SC2154 # set by some of the files
	{
		timeout -k 20 300 "${wrap[@]}" ringfence run --policy "$name.yaml" --log "$run.log" "$@" -- \
			"${inside[@]}" "$(command -v "$helper")" <"$run.script" >"$run.results" 2>"$run.errors" || status=$?
		echo "$status" >"$run.status"
		"${BASH_SOURCE[0]%/*}/judge.py" "$name.table" "$run.results" "$run.log" "$name.yaml" "$mode" \
			>"$run.judged" 2>&1 || echo "judge.py failed" >>"$run.judged"
		mv "$run.judged" "$run.verdicts"
	} </dev/null >/dev/null 2>&1 &
	await_command $!
}

# Waits until the command of the only `ringfence run` there is has come and gone, as its cgroup tells, or until process
# PID has ended, which comes later, but is sure.
await_command() { # PID
	while is_alive "$1" && ! compgen -G '/sys/fs/cgroup/ringfence/run-*' >/dev/null; do
		sleep 0.1
	done
	while is_alive "$1" && compgen -G '/sys/fs/cgroup/ringfence/run-*' >/dev/null; do
		sleep 0.1
	done
}

await_verdicts() { # NAME.RUN
	for _ in {1..4000}; do
		[[ ! -e $BATS_FILE_TMPDIR/$1.verdicts ]] || return 0
		sleep 0.1
	done
	echo "no verdicts of $1"
	return 1
}

# Every attempt whose ID begins with PREFIX went as it was to go, and there is one at least.
as_expected() { # NAME.RUN PREFIX
	local run=$BATS_FILE_TMPDIR/$1 id rest seen='' bad=''
	await_verdicts "$1"
	while read -r id rest; do
		[[ $id == "$2"* ]] || continue
		seen=1
		[[ $rest == ok ]] || bad+="$id $rest"$'\n'
	done <"$run.verdicts"
	printf %s "$bad"
	[[ $seen ]] || cat "$run.errors" "$run.verdicts"
	[[ $seen && ! $bad ]]
}

# The run as a whole: the helper came to its end, and no alert belongs to none of its attempts.
went_well() { # NAME.RUN [STATUS]
	local run=$BATS_FILE_TMPDIR/$1
	await_verdicts "$1"
	cat "$run.status" "$run.errors"
	as_expected "$1" stray
	[ "$(<"$run.status")" -eq "${2:-0}" ]
}

# Makes what a daemon has pinned that of a version with another layout, or its own again.
set_layout() { # PINS NUMBER, in hexadecimal
	local value
	value=$(bpftool -j map lookup pinned "$1/rf_layout" key 0 0 0 0 | python3 -c '
import json, sys
print(*(byte[2:] for byte in json.load(sys.stdin)["value"][1:]))')
	# shellcheck disable=SC2086 # words
	bpftool map update pinned "$1/rf_layout" key hex 00 00 00 00 value hex "$2" $value
}

# Of the log of a daemon, "log": what tests/vm/alerts says of it.
of() { # QUESTION...
	# shellcheck disable=SC2154 # set by the files that ask
	"${BASH_SOURCE[0]%/*}/alerts" "$log" "$@"
}

# The daemon looks once a second whether a container has ended.
await_end() { # CONTAINER
	for _ in {1..1200}; do
		[[ $(of count action=ended container="$1") == 0 ]] || return 0
		sleep 0.1
	done
	return 1
}

# What was denied is what was tried; the last counts add up, and the log has the same to tell.
adds_up() { # CONTAINER DENIED
	local told lost
	of show action=ended container="$1"
	[[ $(of count action=ended container="$1") == 1 ]]
	[[ $(of sum denied action=ended container="$1") == "$2" ]]
	lost=$(of sum lost action=ended container="$1")
	[[ $(($(of sum delivered action=ended container="$1") + $(of sum repeated action=ended container="$1") + lost)) == "$2" ]]
	[[ $(of sum count action=lost container="$1") == "$lost" ]]
	# One that was being written when the daemon was killed may be there twice.
	told=$(($(of once action=deny container="$1") + $(of sum count action=repeated container="$1") + lost))
	echo "$1: $told told of, $lost of them lost"
	[[ $told == "$2" ]]
}
