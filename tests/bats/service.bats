#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The commands that ask the daemon, where there is none, and policies by name. What they do is in tests/vm/policies.bats.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	[ ! -S /run/ringfence/ringfence.sock ] || skip "this machine has a daemon"
}

@test "list, mode, reload: without a daemon they say so" {
	for command in list reload "reload web" "mode audit -p web" "mode enforce -c box"; do
		# shellcheck disable=SC2086 # words
		answer 125 $command
		silent
		complains "No daemon listens on '/run/ringfence/ringfence.sock'"
		complains "hint: start it: ringfence daemon"
	done
}

@test "list, mode, reload: usage errors, and help on standard output" {
	answer 2 list all
	answer 2 list --frobnicate
	answer 2 reload --frobnicate
	answer 2 mode
	answer 2 mode audit
	answer 2 mode lenient -p web
	answer 2 mode audit -p web -c box
	complains "either --policy or --container"
	for command in list mode reload; do
		answer 0 $command --help
		says "usage: ringfence $command"
		content
	done
}

@test "attach, detach: usage errors; a policy that is wrong is refused before anything is asked" {
	answer 2 attach /sys/fs/cgroup
	complains "say which policy"
	answer 2 attach -p web
	answer 2 detach /sys/fs/cgroup
	complains "say --yes"
	answer 2 detach --yes
	echo nonsense >bad.yaml
	answer 1 attach -p bad.yaml /sys/fs/cgroup
	complains "bad.yaml:1:"
	good_policy >good.yaml
	answer 125 attach -p good.yaml absent
	complains "Failed to open the cgroup 'absent'"
	answer 125 attach -p good.yaml .
	complains "'.' is no cgroup of the unified hierarchy"
	answer 125 detach --yes .
	complains "'.' is no cgroup of the unified hierarchy"
	[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || return 0
	answer 125 attach -p good.yaml /sys/fs/cgroup
	complains "No daemon listens"
}

@test "uninstall: wants to be told twice, and has nothing to do here" {
	[ "$(id -u)" -eq 0 ] || skip "it is root's to do"
	answer 2 uninstall
	complains "say --yes"
	answer 2 uninstall --yes everything
	[ -z "$(find /sys/fs/bpf/ringfence/run -mindepth 1 2>/dev/null)" ] || skip "this machine has something armed"
	answer 0 uninstall --yes
	says "nothing was armed"
	answer 0 uninstall --yes --json
	member '.disarmed | length' 0
	member .complete true
}

@test "a policy by name is a file of /etc/ringfence/policies, whatever lies here" {
	good_policy >absent-anywhere
	answer 125 run -p absent-anywhere -- touch ran
	complains "/etc/ringfence/policies/absent-anywhere.yaml"
	complains "hint: the file here is './absent-anywhere'"
	[ ! -e ran ]
	answer 0 explain ./absent-anywhere read /usr/bin/true
	answer 125 explain absent-somewhere read /usr/bin/true
	complains "hint: a policy by name is a file /etc/ringfence/policies/NAME.yaml"
}

@test "what is no name is refused as such" {
	for name in .hidden -dash 'a b' 'a*b' $'a\nb' ..; do
		answer 1 explain -- "$name" read /usr/bin/true
		complains "is no name of a policy"
		complains "hint: a name has letters"
	done
}
