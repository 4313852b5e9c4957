#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# ringfence status, as far as it can be foreseen on a machine where others may have runs: that it answers, in both forms.

load helpers

need_root() {
	[ "$(id -u)" -eq 0 ] || skip "what runs is told to root"
}

@test "says what is confined, or that nothing is" {
	need_root
	answer 0 status
	[[ $output == "nothing is confined" || $output == *"run-"* ]]
	content
}

@test "--json: one object with a list" {
	need_root
	answer 0 status --json
	python3 -c 'import json, sys; assert isinstance(json.load(sys.stdin)["runs"], list)' <<<"$output"
	content
}

@test "somebody else is told nothing" {
	need_root
	[ -d /run/ringfence ] || skip "there has been no run"
	run --separate-stderr -- setpriv --reuid 65534 --clear-groups "$RINGFENCE" status
	[ "$status" -eq 125 ]
	silent
	complains "/run/ringfence/run"
}
