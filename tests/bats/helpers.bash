# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # bats sets $status; not all tests want all of it
#
# What the tests of the command line share. Every test gets an empty directory of its own, in
# which it stands, and `answer`, which runs ringfence and shows what it said should the test fail.

bats_require_minimum_version 1.5.0

RINGFENCE=$(realpath "${RINGFENCE:-$BATS_TEST_DIRNAME/../../build/ringfence}")
EXAMPLES=$(realpath "$BATS_TEST_DIRNAME/../../examples")

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
}

# answer STATUS ARG...: runs `ringfence ARG...` and wants the exit status STATUS.
# $output and $stderr hold what it said.
answer() {
	local want=$1

	shift
	run --separate-stderr -- "$RINGFENCE" "$@"
	echo "ringfence $* (status=$status, expected $want)"
	echo "$output"
	echo "$stderr"
	[ "$status" -eq "$want" ]
}

# says TEXT: standard output contains it. complains TEXT: standard error does.
says() {
	[[ $output == *"$1"* ]] || fail "not said: $1"
}

complains() {
	[[ $stderr == *"$1"* ]] || fail "no complaint: $1"
}

silent() {
	[ -z "$output" ] || fail "something was said"
}

content() {
	[ -z "$stderr" ] || fail "something was complained about"
}

fail() {
	echo "$*"
	return 1
}

# member FILTER EXPECTED: the JSON on standard output has this value there.
member() {
	local got

	got=$(jq -r "$1" <<<"$output") || fail "no JSON"
	[ "$got" = "$2" ] || fail "$1 is '$got', expected '$2'"
}

# A small policy that has one of everything; the tests ask about its lines.
good_policy() {
	cat <<-'POLICY'
		version: 1
		name: small
		mode: enforce
		syscalls:
		  otherwise: {errno: ENOSYS}
		  allow:
		    - "@base"
		    - "@file-metadata"
		    - connect
		    - name: socket
		      arg0: {eq: AF_UNIX}
		  deny: [getppid]
		files:
		  otherwise: deny
		  rules:
		    - path: /usr/**
		      allow: [read, exec]
		    - path: /data/**
		      allow: [read, modify, append, link]
		      audit: [write]
		    - path: /data/secret
		      deny: all
		    - path: /drop/**
		      allow: [create]
		    - path: /run/app.sock
		      allow: [connect]
		    - path: /dev/fuse
		      allow: [read, device]
		privileges:
		  allow: [mount]
	POLICY
}
