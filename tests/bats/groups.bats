#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# ringfence groups: what the words with an @ stand for.

load helpers

@test "all groups are listed, each with what it is for" {
	answer 0 groups
	says "@base "
	says "@container "
	[ "${#lines[@]}" -ge 10 ]
	for line in "${lines[@]}"; do
		[[ $line =~ ^@[a-z-]+\ +[^\ ] ]] || fail "$line"
	done
}

@test "the members of one group, with and without the @" {
	answer 0 groups @base
	says "execve"
	first=$output
	answer 0 groups base
	[ "$output" = "$first" ]
}

@test "an unknown group: status 1 and the nearest" {
	answer 1 groups @bsae
	silent
	complains "did you mean '@base'?"
}

@test "--json: members as written, system calls without groups" {
	answer 0 groups --json @container
	member .name @container
	member '.members | index("@base") != null' true
	member '.syscalls | index("openat") != null' true
	member '[.syscalls[] | select(startswith("@"))] | length' 0
	answer 0 groups --json
	member 'map(.name) | index("@container") != null' true
}

@test "what is listed is what a policy may name" {
	"$RINGFENCE" groups | while read -r group _; do
		printf 'version: 1\nname: p\nmode: enforce\nsyscalls:\n  otherwise: {errno: EPERM}\n  allow: ["%s"]\n' \
			"$group" >p.yaml
		"$RINGFENCE" check -q p.yaml || fail "$group"
	done
}
