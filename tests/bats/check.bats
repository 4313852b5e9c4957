#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # bats sets $stderr
# ringfence check: what is right is summed up, what is wrong is named by file, line and column.

load helpers

@test "a good policy: one line on stdout" {
	good_policy >p.yaml
	answer 0 check p.yaml
	content
	[[ $output =~ ^p.yaml:\ ok:\ 6\ rules,\ [0-9]+\ states,\ image\ [0-9.]+\ KiB,\ filter\ [0-9]+\ instructions,\ hash\ [0-9a-f]{8}$ ]]
}

@test "--quiet: nothing about a good policy, errors about a bad one" {
	good_policy >p.yaml
	answer 0 check --quiet p.yaml
	silent
	content
	echo 'version: 2' >bad.yaml
	answer 1 check -q bad.yaml
	silent
	complains "bad.yaml:1:10: error: version 2"
}

@test "all errors of a file come in one go, in the order of the text" {
	cat >bad.yaml <<-'POLICY'
		version: 1
		name: bad
		mode: enforce
		colour: blue
		files:
		  otherwise: perhaps
		  rules:
		    - path: relative/path
		      allow: [raed]
		privileges: {allow: [mont]}
	POLICY
	answer 1 check bad.yaml
	silent
	complains "bad.yaml:4:1: error:"
	complains "bad.yaml:6:14: error:"
	complains "bad.yaml:8:13: error:"
	complains "bad.yaml:9:15: error:"
	complains "did you mean 'read'?"
	complains "bad.yaml:10:22: error:"
	complains "did you mean 'mount'?"
	[ "$(grep -o '^bad.yaml:[0-9]*' <<<"$stderr")" = "$(grep -o '^bad.yaml:[0-9]*' <<<"$stderr" | sort -t: -k2n)" ]
}

@test "unknown system calls, groups and errnos are errors with a place" {
	cat >bad.yaml <<-'POLICY'
		version: 1
		name: bad
		mode: enforce
		syscalls:
		  otherwise: {errno: EPREM}
		  allow: [opneat, "@bsae"]
	POLICY
	answer 1 check bad.yaml
	complains "bad.yaml:5:22: error:"
	complains "bad.yaml:6:11: error:"
	complains "bad.yaml:6:19: error:"
	complains "openat"
	complains "@base"
}

@test "warnings do not make a policy invalid, and --quiet hides them" {
	cat >warn.yaml <<-'POLICY'
		version: 1
		name: warn
		mode: enforce
		files: {otherwise: allow}
	POLICY
	answer 0 check warn.yaml
	complains "warning:"
	says "warn.yaml: ok"
	answer 0 check -q warn.yaml
	content
}

@test "good and bad together: each is reported, status 1" {
	good_policy >p.yaml
	echo 'name: x' >bad.yaml
	answer 1 check p.yaml bad.yaml p.yaml
	[ "$(grep -c '^p.yaml: ok' <<<"$output")" -eq 2 ]
	complains "bad.yaml:1:1: error:"
}

@test "a file that is not there: status 125, and it outranks status 1" {
	echo 'name: x' >bad.yaml
	answer 125 check missing.yaml
	complains "missing.yaml: error: "
	complains "No such file"
	answer 125 check bad.yaml missing.yaml bad.yaml
}

@test "a file that others can write is refused" {
	good_policy >p.yaml
	chmod 666 p.yaml
	answer 1 check p.yaml
	complains "can be written by everybody"
	chmod 664 p.yaml
	answer 1 check p.yaml
	complains "can be written by its group"
	chmod 644 p.yaml
	answer 0 check p.yaml
}

@test "a file of another user is refused" {
	[ "$(id -u)" -eq 0 ] || skip "changing owners needs root"
	good_policy >p.yaml
	chown 12345 p.yaml
	answer 1 check p.yaml
	complains "belongs to user 12345"
	chown 0 p.yaml
	answer 0 check p.yaml
}

@test "directory, FIFO, device, symbolic link: refused, and without waiting" {
	mkdir dir.yaml
	mkfifo fifo.yaml
	good_policy >p.yaml
	ln -s p.yaml link.yaml
	for file in dir.yaml fifo.yaml /dev/zero; do
		answer 1 check "$file"
		complains "is not a regular file"
	done
	answer 1 check link.yaml
	complains "is a symbolic link"
}

@test "empty file, no text, no UTF-8: an error each, no crash" {
	: >empty.yaml
	answer 1 check empty.yaml
	complains "empty.yaml:"
	head -c 4096 /dev/urandom >noise.yaml
	answer 1 check noise.yaml
	printf 'version: 1\nname: "\xff"\n' >latin.yaml
	answer 1 check latin.yaml
	complains "latin.yaml:2:"
	printf 'version: 1\nname: a\0b\n' >nul.yaml
	answer 1 check nul.yaml
	complains "nul.yaml:2:"
}

@test "duplicate keys show both places" {
	printf 'version: 1\nname: a\nname: b\nfiles: {otherwise: deny}\n' >bad.yaml
	answer 1 check bad.yaml
	complains "bad.yaml:3:1: error:"
	complains "bad.yaml:2:1: note:"
}

@test "a hostile name in a policy cannot drive the terminal" {
	printf 'version: 1\nname: a\n"\\e[2J": 1\n' >bad.yaml
	answer 1 check bad.yaml
	[[ $stderr != *$'\e'* ]]
}

@test "--json: one object, each file with its diagnostics" {
	good_policy >p.yaml
	echo 'version: 1' >bad.yaml
	answer 1 check --json p.yaml bad.yaml
	content
	member .valid false
	member '.files | length' 2
	member '.files[0].file' p.yaml
	member '.files[0].valid' true
	member '.files[0].name' small
	member '.files[0].mode' enforce
	member '.files[0].rules' 6
	member '.files[0].diagnostics | length' 0
	member '.files[0].hash | length' 64
	member '.files[1].valid' false
	member '.files[1].diagnostics[0].level' error
	member '.files[1].diagnostics[0].line' 1
	answer 0 check --json p.yaml
	member .valid true
}

@test "--json of a file that is not there" {
	answer 125 check --json missing.yaml
	member .valid false
	member '.files[0].diagnostics[0].level' error
}

@test "ten thousand rules compile" {
	{
		printf 'version: 1\nname: many\nmode: enforce\nfiles:\n  otherwise: deny\n  rules:\n'
		for i in $(seq 10000); do
			printf '    - {path: "/srv/%d/data-%d/**", allow: [read]}\n' $((i % 97)) "$i"
		done
		printf '    - {path: /usr/**, allow: [read, exec]}\n'
	} >many.yaml
	answer 0 check many.yaml
	says "10001 rules"
	answer 0 explain many.yaml read /srv/3/data-100/x
	says "many.yaml:106"
	answer 1 explain many.yaml read /srv/4/data-100/x
}

@test "every example is valid and without warnings" {
	for file in "$EXAMPLES"/*.yaml; do
		cp "$file" example.yaml
		answer 0 check example.yaml
		content
	done
}

@test "errors of structure and unknown system calls come in one go" {
	printf '%s\n' 'version: 1' 'name: both' 'mode: enforc' 'syscalls:' '  otherwise: {errno: EPERM}' '  allow: [raed]' \
		'files: {otherwise: deny, rules: [{path: relative, allow: [read]}]}' >p.yaml
	answer 1 check p.yaml
	complains 'p.yaml:3:7: error: '
	complains 'p.yaml:6:11: error: '
	complains 'p.yaml:7:'
	# The same without the errors of structure has that one error, and no other.
	sed -i 's/enforc$/enforce/; s/relative/\/relative/' p.yaml
	answer 1 check p.yaml
	complains 'p.yaml:6:11: error: '
	[[ $(grep -c 'error:' <<<"$stderr") == 1 ]]
}

@test "a denial that a symbolic link leads past is warned of" {
	local here
	here=$(realpath .)
	mkdir -p real
	touch real/f
	ln -s real link
	ln -s f real/alias
	printf '%s\n' 'version: 1' 'name: links' 'mode: enforce' 'files:' '  otherwise: deny' '  rules:' \
		"    - {path: $here/link/f, deny: all}" \
		"    - {path: $here/link/**, deny: [read]}" \
		"    - {path: $here/real/alias, deny: [read]}" \
		"    - {path: $here/real/alias, deny: [delete, rename]}" \
		"    - {path: $here/real/f, deny: [write]}" \
		"    - {path: $here/link/g, allow: [read, exec]}" >p.yaml
	answer 0 check p.yaml
	complains "p.yaml:7:14: warning: '$here/link' is a symbolic link"
	complains "it leads to '$here/real'"
	complains 'p.yaml:8:14: warning: '
	complains "p.yaml:9:14: warning: '$here/real/alias' is a symbolic link"
	[[ $(grep -c 'is a symbolic link' <<<"$stderr") == 3 ]]
}
