#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Races: what the decisions do while the world moves under them. Each test runs a bounded number of rounds, and has a
# canary that is never to be read. Meant for a kernel booted with preempt=full too, where programs are preempted in the
# middle of a decision. The helpers, tests/vm/helpers/race-*.c, say what they do.

load ../lib

D=/srv/races

setup() {
	log=$BATS_TEST_TMPDIR/log out=$BATS_TEST_TMPDIR/out policy=$BATS_TEST_TMPDIR/policy.yaml
	rm -rf $D
	mkdir -p $D
	chmod 777 $D
	echo canary >$D/canary
	echo content >$D/content
}

teardown() {
	local mount
	: >$D/stop
	end_started
	cat "$out" "$out".[eo]* 2>/dev/null | sort | uniq -c | head -n 40
	for mount in n m2 m1; do
		umount -l $D/$mount 2>/dev/null || :
	done
	rm -rf $D
}

# A policy that allows what the rules on standard input do not deny.
write_rules() { # file
	{
		printf '%s\n' 'version: 1' 'name: races' 'mode: enforce' 'files:' '  otherwise: allow' '  rules:'
		sed 's/^/    - /'
	} >"$1"
	ringfence check "$1" >/dev/null
}

confined() { # command...
	timeout -k 20 400 ringfence run -p "$policy" -l "$log" -- "$@" >"$out" 2>"$out.errors" 3>&-
}

# Starts a command outside, in the background; it is ended with the test.
outside() { # command...
	"$@" >"$out.outside" 2>&1 3>&- &
	ends_with_test $!
}

# One of the numbers that a helper printed: WHAT passed N refused N absent N other N, or "WHAT N".
number() { # WHAT [KIND]
	awk -v what="$1" -v kind="${2:-}" '$1 == what {
		if (kind == "") print $2
		for (i = 2; i < NF; i++) if ($i == kind) print $(i + 1)
	}' "$out" "$out.outside" 2>/dev/null
}

# Every attempt was made, and came to what is said; nothing else happened.
all() { # WHAT KIND COUNT
	[[ $(number "$1" "$2") == "$3" && $(($(number "$1" passed) + $(number "$1" refused) + $(number "$1" absent))) == "$3" &&
		$(number "$1" other) == 0 ]]
}

# What the alerts say, judged by a piece of Python: "alerts", a list of dictionaries; prints what is wrong.
alerts_hold() { # ARGUMENT... <code
	cat >"$out.py"
	python3 - "$log" "$@" "$out.py" <<-'END'
		import json, sys
		with open(sys.argv[1], encoding="utf-8") as log:
		    alerts = [json.loads(line) for line in log]
		lost = sum(a["count"] for a in alerts if "count" in a) + sum(a.get("repeated", 0) for a in alerts)
		alerts = [a for a in alerts if "count" not in a]
		sys.argv[0:2] = []
		exec(open(sys.argv.pop(), encoding="utf-8").read())
	END
}

@test "ancestors renamed, exchanged and mounted elsewhere during the walk: never the canary, always the rest" {
	local rounds=200 a b
	read -r a b < <(race-walk plant $D)
	write_rules "$policy" <<-END
		{path: $D/**/secret/**, deny: all}
		{path: [$D/torn/$a/cccccccc/**, $D/torn/$b/cccccccc/**, $D/torn/$b/dddddddd/**], deny: all}
	END
	outside race-walk move $D
	confined race-walk open $D $rounds
	await_last
	# Under any name that never was, the torn tree would be allowed.
	all canary refused $((2 * 5 * rounds))
	[[ $(number named passed) == 0 && $(number named other) == 0 ]]
	# Three who move things from outside and one inside do not make a single open fail.
	all public passed $((2 * 4 * rounds))
	[[ $(number moves) -gt 0 && $(number renames) -gt 0 ]]
	alerts_hold "$D" "$a" "$b" $(($(number canary refused) + $(number named refused))) <<-'END'
		top, a, b, refused = sys.argv
		names = {f"{top}/{name}/secret/f" for name in ("x", "y", "w", "z", "m1", "m2")}
		names |= {f"{top}/torn/{name}/f" for name in (a + "/cccccccc", b + "/cccccccc", b + "/dddddddd")}
		wrong = [a for a in alerts if a.get("path") not in names or a["path_state"] != "attached"]
		print(len(alerts), "alerts", lost, "lost", wrong[:5])
		assert alerts and not wrong and len(alerts) + lost == int(refused)
	END
}

@test "children of every kind, born while their siblings execute: all confined" {
	local rounds=24
	write_rules "$policy" <<<"{path: $D/canary, deny: all}"
	confined "$(command -v race-spawn)" storm $rounds $D/canary $D/content
	[[ $(number made) == $((6 * rounds)) ]]
	[[ $(grep -cx ok "$out") == $((6 * rounds)) && $(grep -cE 'LEAK|broken' "$out") == 0 ]]
	alerts_hold "$D" $((6 * rounds)) <<-'END'
		wrong = [a for a in alerts if a["path"] != sys.argv[0] + "/canary" or a["errno"] != "EACCES"]
		print(len(alerts), "alerts", lost, "lost", wrong[:5])
		assert alerts and not wrong and len(alerts) + lost >= int(sys.argv[1])
	END
}

@test "processes of many threads that enter the cgroup and execute there: all confined from then on" {
	local rounds=20 cgroup
	write_rules "$policy" <<<"{path: $D/canary, deny: all}"
	outside ringfence run -p "$policy" -l "$log" -- sh -c "echo > $D/go; until [ -e $D/stop ]; do sleep 0.1; done"
	for _ in $(seq 1200); do
		[[ ! -e $D/go ]] || break
		sleep 0.1
	done
	cgroup=$(echo /sys/fs/cgroup/ringfence/run-*)
	timeout -k 20 400 "$(command -v race-spawn)" enter "$cgroup/cgroup.procs" $rounds $D/canary $D/content >"$out" 2>&1
	: >$D/stop
	await_last
	[[ $(number made) == "$rounds" ]]
	[[ $(grep -cx ok "$out") -ge $rounds && $(grep -cE 'LEAK|broken' "$out") == 0 ]]
	alerts_hold "$(grep -cx ok "$out")" <<-'END'
		print(len(alerts), "alerts", lost, "lost")
		assert len(alerts) + lost >= int(sys.argv[0])
	END
}

@test "the policy replaced again and again during opens: each verdict is one of the two, and says which" {
	local threads=6 rounds=1500 all=9000 other=$BATS_TEST_TMPDIR/other
	# The first one makes the slot; it has to be the larger.
	write_rules "$policy" <<-END
		{path: $D/canary, deny: all}
		{path: [/nowhere/at/all, /nor/there], deny: all}
	END
	write_rules "$other.yaml" <<<"{path: $D/second, deny: all}"
	echo second >$D/second
	ringfence compile "$policy" -o "$out.first"
	ringfence compile "$other.yaml" -o "$out.second"
	outside race-swap $D 1 "$out.first" "$out.second"
	confined race-open $D $threads $rounds open:$D/canary open:$D/second open:$D/content
	await_last
	all open:$D/content passed $all
	local file
	for file in canary second; do
		[[ $(number open:$D/$file passed) -gt 0 && $(number open:$D/$file refused) -gt 0 ]]
		[[ $(($(number open:$D/$file passed) + $(number open:$D/$file refused))) == "$all" ]]
	done
	[[ $(number swaps) -gt 2 ]]
	alerts_hold "$D" "$out.first" "$out.second" $(($(number open:$D/canary refused) + $(number open:$D/second refused))) <<-'END'
		def image_hash(path):
		    with open(path, "rb") as image:
		        return image.read()[40:72].hex()
		top, first, second, refused = sys.argv
		# Of a policy it has not got itself, ringfence knows the beginning of the hash.
		hashes = {top + "/canary": (image_hash(first), ), top + "/second": (image_hash(second)[:16], "unknown")}
		wrong = [a for a in alerts if a["hash"] != hashes[a["path"]][0] or a["rule"] not in (hashes[a["path"]][1:] or a["rule"])]
		print(len(alerts), "alerts", lost, "lost", {a["path"] for a in alerts}, wrong[:3])
		assert not wrong and len({a["path"] for a in alerts}) == 2 and len(alerts) + lost == int(refused)
	END
}

# Directories of lengths from 100 to 3700 bytes, one for each thread, with a short name each.
plant_long() { # threads
	local n t path
	for n in $(seq 0 $(($1 - 1))); do
		t=$(printf %02d "$n")
		path=$D/deep/t$t
		while [[ ${#path} -lt $((100 + 300 * n)) ]]; do
			path+=/$(printf "$t%.0s" $(seq 40))
		done
		mkdir -p "$path"
		echo content >"$path/yes"
		echo canary >"$path/no"
		ln -s "$path" "$D/link-$t"
	done
}

@test "many threads at once, each with paths and sockets of its own: no verdict and no event is another's" {
	local threads=12 rounds=100 all=1200 t
	plant_long $threads
	write_rules "$policy" <<-END
		{path: $D/deep/**/no, deny: all}
		{path: $D/shut, deny: [connect]}
	END
	confined race-open $D $threads $rounds "open:$D/link-%/no" "open:$D/link-%/yes" connect:$D/shut connect:$D/open \
		look:maps
	all "open:$D/link-%/no" refused $all
	all "open:$D/link-%/yes" passed $all
	all connect:$D/shut refused $all
	all connect:$D/open passed $all
	all look:maps passed $all
	alerts_hold "$D" $((2 * all)) <<-'END'
		import os
		top, refused = sys.argv
		def is_own(a):
		    if a["operation"] == "file.connect":
		        return a["path"] == top + "/shut"
		    return a["path"] == os.path.realpath(f"{top}/link-{a['comm'][1:]}") + "/no"
		wrong = [a for a in alerts if not is_own(a) or a["path_state"] != "attached"]
		seqs = [a["seq"] for a in alerts]
		print(len(alerts), "alerts", lost, "lost", wrong[:3])
		assert alerts and not wrong and len(alerts) + lost == int(refused)
		assert len(set(seqs)) == len(seqs) and max(seqs) <= int(refused)
	END
}

@test "many threads at once: every system call refused is told, no times are refused for want of a mount" {
	local threads=12 rounds=400 all=4800
	{
		printf '%s\n' 'version: 1' 'name: races' 'mode: enforce' 'syscalls: {otherwise: allow, deny: [getpriority]}'
		printf '%s\n' 'files: {otherwise: allow, rules: [{path: /srv/races/canary, deny: all}]}'
	} >"$policy"
	confined race-open $D $threads $rounds touch:$D/touched-% system:getpriority
	all touch:$D/touched-% passed $all
	all system:getpriority refused $all
	alerts_hold $all <<-'END'
		calls = [a for a in alerts if a.get("syscall") == "getpriority"]
		print(len(calls), "alerts", lost, "lost", [a for a in alerts if a not in calls][:3])
		assert len(calls) == len(alerts) and len(calls) + lost == int(sys.argv[0])
	END
}
