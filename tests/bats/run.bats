#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `ringfence run` where it cannot: nothing runs unconfined, nothing is left, and the message says what to do. What it does
# where it can is in tests/vm.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cat >"$BATS_TEST_TMPDIR/p.yaml" <<-'END'
		version: 1
		name: p
		mode: enforce
		files: {otherwise: deny, rules: [{path: /usr/**, allow: [read, exec]}]}
	END
	policy=$BATS_TEST_TMPDIR/p.yaml
	ran=$BATS_TEST_TMPDIR/ran
}

@test "run: a kernel that does not take the programs: 125 with a hint, the command has not run" {
	if "$RINGFENCE" doctor >/dev/null; then
		skip "this machine can enforce; tests/vm boots one that cannot"
	fi
	run -125 "$RINGFENCE" run -p "$policy" -- touch "$ran"
	[[ ! -e $ran && $output == *"hint: "* ]]
	[[ -z $(find /sys/fs/cgroup -maxdepth 2 -path '*ringfence/run-*' 2>/dev/null) ]]
	[[ -z $(find /run/ringfence/run -mindepth 1 2>/dev/null) ]]
}

@test "run: standard descriptors that are closed are nobody's: the log has alerts alone" {
	log=$BATS_TEST_TMPDIR/log
	for closed in '2>&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
		run bash -c "'$RINGFENCE' run -p '$policy' -l '$log' -- /usr/bin/touch '$ran' $closed"
		[[ ! -s $log ]]
	done
	# An answer that nobody can have got is none.
	run -125 bash -c "'$RINGFENCE' check '$policy' >&-"
}

@test "run, attach, mode: names of containers that are none" {
	for name in '' "$(printf 'x%.0s' {1..256})" $'w\xff'; do
		run -2 "$RINGFENCE" run -p "$policy" -n "$name" -- true
		[[ $output == *"--name wants a name"* ]]
		run -2 "$RINGFENCE" attach -p "$policy" -n "$name" /sys/fs/cgroup
		[[ $output == *"--name wants a name"* ]]
		run -2 "$RINGFENCE" mode -c "$name" audit
		[[ $output == *"--container wants a name"* ]]
	done
}

@test "run: help on standard output, usage errors on standard error" {
	run -0 "$RINGFENCE" run --help
	[[ $output == *"--policy"* && $output == *"--audit"* ]]
	run -2 "$RINGFENCE" run -p "$policy"
	run -2 "$RINGFENCE" run -p "$policy" --preserve-fds many -- true
	[[ $output == *"'many'"* ]]
	run -2 "$RINGFENCE" run --frobnicate -- true
}

@test "run: an invalid policy is told with its place, and nothing runs" {
	echo 'version: 3' >"$policy"
	run -125 "$RINGFENCE" run -p "$policy" -- touch "$ran"
	[[ $output == *"p.yaml:1:10: error: "* && ! -e $ran ]]
}
