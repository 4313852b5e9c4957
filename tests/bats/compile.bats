#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# ringfence compile: images that depend on what a policy says and on nothing else.

load helpers

# The hash of a policy.
hash_of() {
	"$RINGFENCE" check --json "$1" | jq -er '.files[0].hash'
}

@test "compiling twice gives the same bytes" {
	good_policy >p.yaml
	answer 0 compile -o one p.yaml
	silent
	answer 0 compile --output two p.yaml
	cmp one two
	[ "$(stat -c %a one)" = 644 ]
}

@test "to standard output, and as -o -" {
	good_policy >p.yaml
	"$RINGFENCE" compile -o file p.yaml
	"$RINGFENCE" compile p.yaml >piped
	"$RINGFENCE" compile -o - p.yaml >dashed
	cmp file piped
	cmp file dashed
}

@test "two spellings of one policy have one hash" {
	good_policy >p.yaml
	cat >q.yaml <<-'POLICY'
		# The same, otherwise ordered and written.
		privileges: {allow: ["mount"]}
		files:
		  rules:
		    - {path: "/dev/fuse", allow: [device, read]}
		    - {path: [/run/app.sock], allow: [connect]}
		    - {path: /drop/**, allow: [create]}
		    - {path: /data/secret, deny: [all]}
		    - {path: /data/**, allow: [read]}
		    - path: /data/**
		      audit: [write]
		      allow: [write, create, delete, rename, setattr, append, link]
		    - {path: /usr/**, allow: [exec, read]}
		  otherwise: deny
		syscalls:
		  deny: ["getppid"]
		  allow:
		    - {name: socket, arg0: {in: [1]}}
		    - connect
		    - "@file-metadata"
		    - "@base"
		  otherwise: {errno: ENOSYS}
		name: small
		mode: enforce
		version: 1
	POLICY
	[ "$(hash_of p.yaml)" = "$(hash_of q.yaml)" ]
}

@test "another policy has another hash" {
	good_policy >p.yaml
	good_policy | sed 's/deny: \[getppid\]/deny: [getpid]/' >q.yaml
	good_policy | sed 's/allow: \[mount\]/allow: [chroot]/' >r.yaml
	good_policy | sed 's/secret/secrets/' >s.yaml
	good_policy | sed 's/^mode: enforce/mode: audit/' >t.yaml
	for other in q r s t; do
		[ "$(hash_of p.yaml)" != "$(hash_of $other.yaml)" ] || fail "$other"
	done
}

@test "a bad policy writes nothing and leaves what was there" {
	echo 'version: 1' >bad.yaml
	echo old >out
	answer 1 compile -o out bad.yaml
	[ "$(cat out)" = old ]
	answer 1 compile -o new bad.yaml
	[ ! -e new ]
}

@test "an output that cannot be written: 125, and nothing left behind" {
	good_policy >p.yaml
	answer 125 compile -o no/such/dir p.yaml
	complains "No such file"
	answer 125 compile -o /dev/full p.yaml
	complains "No space"
	mkdir d
	answer 125 compile -o d p.yaml
	[ "$(find . -newer p.yaml -name '*.??????')" = "" ]
}

@test "--dump, --dump-filter and --dump-model list their stage" {
	good_policy >p.yaml
	answer 0 compile --dump p.yaml
	says "state"
	answer 0 compile --dump-filter p.yaml
	says "A = nr"
	says "return allow"
	says "return errno ENOSYS"
	[[ ${lines[0]} =~ ^\ +0\ \ A\ = ]]
	answer 0 compile --dump-model p.yaml
	says "    16  path /usr/**"
	says "    17    allow: read exec"
	says "    22    deny: read write append"
	says "allow socket arg0 eq AF_UNIX"
	says "privileges: mount"
}

@test "an image that was written can be listed like its policy" {
	good_policy >p.yaml
	"$RINGFENCE" compile -o p.image p.yaml
	for dump in --dump --dump-filter; do
		"$RINGFENCE" compile $dump p.yaml >from-text
		"$RINGFENCE" compile $dump p.image >from-image
		cmp from-text from-image
	done
	answer 2 compile --dump-model p.image
	complains "holds no model"
}

@test "a damaged image is refused" {
	good_policy >p.yaml
	"$RINGFENCE" compile -o p.image p.yaml
	size=$(stat -c %s p.image)
	for at in 5 60 300 600 1500; do
		cp p.image bad.image
		printf '\xa5' | dd of=bad.image bs=1 seek="$at" conv=notrunc status=none
		cmp -s p.image bad.image && continue
		answer 1 compile --dump bad.image
		silent
	done
	head -c $((size / 2)) p.image >short.image
	answer 1 compile --dump short.image
}
