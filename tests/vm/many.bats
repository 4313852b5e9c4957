#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# As many containers as the daemon has room for, under a thousand policies.
#
# Without the daemon: it is one with small rings.
# By name alone: it takes ten minutes under emulation, for four thousand of what other files have one of.

load lib
load daemon

DOMAINS=4096 POLICIES=1000
CGROUPS=/sys/fs/cgroup/many

setup_file() {
	mkdir -p /srv/many /etc/ringfence/policies $CGROUPS
	echo canary >/srv/many/secret
	python3 - $POLICIES <<-'END'
		import sys
		for i in range(int(sys.argv[1])):
		    with open(f"/etc/ringfence/policies/many-{i}.yaml", "w", encoding="ascii") as policy:
		        policy.write(f"""version: 1
		name: many-{i}
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {{path: "/srv/many/secret*", deny: all}}
		    - {{path: /srv/many/own-{i}/**, deny: [write]}}
		""")
	END
}

teardown() {
	end_started
	rm -rf /srv/many /etc/ringfence/policies/many-*.yaml
}

# Prints "DOMAINS POLICIES IMAGES WRONG": how many of each there are, and how many have counts that are not their own.
judged() {
	ringfence list --json | python3 -c 'import json, sys
d = json.load(sys.stdin)["domains"]
wrong = [x for x in d if x["denied"] != int(x["container"][1:]) % 5 + 1]
print(len(d), len({x["policy"] for x in d}), len({x["hash"] for x in d}), len(wrong))'
}

@test "4,096 domains at once, under 1,000 policies, each with its own counts; then none" {
	local pipe=$BATS_TEST_TMPDIR/pipe left
	start_daemon --ring-size 4K --log "$BATS_TEST_TMPDIR/alerts"
	mkfifo "$pipe"
	many-domains $DOMAINS $POLICIES $CGROUPS "$(command -v opens-often)" <"$pipe" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	ends_with_test $!
	exec 9>"$pipe"
	wait_for "$BATS_TEST_TMPDIR/out" 3000
	cat "$BATS_TEST_TMPDIR/out"
	[[ $(<"$BATS_TEST_TMPDIR/out") == ready ]]
	for _ in {1..300}; do
		[[ $(judged) != "$DOMAINS $POLICIES $POLICIES 0" ]] || break
		sleep 1
	done
	judged
	echo "# $DOMAINS domains: $(grep -E 'VmRSS|VmHWM' "/proc/$(pidof_daemon)/status" | tr -s '\t\n ' ' ') of the daemon" >&3
	[[ $(judged) == "$DOMAINS $POLICIES $POLICIES 0" ]]

	# One more is one too many, and is told so.
	run -125 ringfence run -p many-0 -- true
	[[ $output == *"All $DOMAINS domains are in use"*"hint: "* ]]

	echo 1 >$CGROUPS/cgroup.kill
	exec 9>&-
	# shellcheck disable=SC2154 # in lib.bash
	await_process "${started[-1]}"
	find $CGROUPS -mindepth 1 -type d -exec rmdir {} +
	no_domains
	left=$(bpftool map dump name rf_cgroups -j | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')
	[[ $left == 0 ]]
	stop_daemon
	nothing_left
}
