#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# ringfence doctor: what it says cannot be foreseen, that it says it can.

load helpers

CHECKS="capabilities architecture kernel btf lsm-active hooks kallsyms bpf-load lockdown
	seccomp-actions seccomp-log cgroup2 engines bpffs"

# doctor ARG...: runs it; the status may be 0 or 1, as the machine is.
doctor() {
	run --separate-stderr -- "$RINGFENCE" doctor "$@"
	echo "$output"
	[ "$status" -le 1 ]
}

@test "one line for each check, a hint for each no, a verdict that fits the status" {
	doctor
	for check in $CHECKS; do
		grep -Eq "^(yes|no )  $check +[^ ]" <<<"$output" || fail "$check"
	done
	[ "$(grep -c '^no ' <<<"$output")" -eq "$(grep -c 'hint: ' <<<"$output")" ]
	if [ "$status" -eq 0 ]; then
		says "can enforce"
	else
		says "cannot enforce"
	fi
}

@test "--json: the same checks, and ok only if all required ones are" {
	doctor --json
	for check in $CHECKS; do
		member "[.checks[] | select(.name == \"$check\")] | length" 1
	done
	member '.checks | length' "$(wc -w <<<"$CHECKS")"
	jq -e '.ok == ([.checks[] | select(.required) | .ok] | all)' <<<"$output"
	jq -e '[.checks[] | has("hint") != .ok] | all' <<<"$output"
	jq -e ".ok == ($status == 0)" <<<"$output"
}

@test "without privileges it says so, and changes nothing" {
	[ "$(id -u)" -eq 0 ] || skip "giving up root needs root"
	cp "$RINGFENCE" "$BATS_TEST_TMPDIR/ringfence"
	chmod 755 "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/ringfence"
	run setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all \
		"$BATS_TEST_TMPDIR/ringfence" doctor
	[ "$status" -eq 1 ]
	[[ $output == *"missing CAP_SYS_ADMIN CAP_BPF CAP_PERFMON"* ]]
}

@test "--snippets: what each engine is to be told, in its own language" {
	answer 0 doctor --snippets
	says "[engine.runtimes]"
	says "BinaryName = \"$(dirname "$RINGFENCE")/ringfence-runtime\""
	says "kind: RuntimeClass"
	json=$(sed -n '/^{/,/^}/p' <<<"$output")
	[ "$(jq -r '.runtimes.ringfence.path' <<<"$json")" = "$(dirname "$RINGFENCE")/ringfence-runtime" ]
	[ "$(jq -r '.runtimes["ringfence-NAME"].runtimeArgs[0]' <<<"$json")" = --policy=NAME ]
}
