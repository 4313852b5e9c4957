#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Case F30: a path in memory that changes while the kernel is to read it. The kernel reads it once, and what is judged is
# the file it found.

load lib

T=/srv/cfr

setup_file() {
	mkdir -p $T/{pub,sec}
	echo content >$T/pub/f
	echo canary >$T/sec/f
	cp /bin/true $T/pub/p
	cp /bin/false $T/sec/p
	policy | write_policy flip
	timeout 300 ringfence run --policy "$BATS_FILE_TMPDIR/flip.yaml" --log "$BATS_FILE_TMPDIR/log" -- sh -c "
		flip open $T/pub/f $T/sec/f $T/pub/new
		flip exec $T/pub/p $T/sec/p $T/pub/new
		flip link $T/pub/f $T/sec/f $T/pub/new" >"$BATS_FILE_TMPDIR/results"
}

teardown_file() {
	rm -rf $T
}

policy() {
	cat <<-END
		version: 1
		name: flip
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: $T/sec/**, deny: all} # sec
		privileges: {allow: []}
	END
}

# Both paths were met, and what was refused is what was told of: alerts with the refused path, as many as refusals, with
# those that were held back.
met_both() { # CALL OPERATION PATH
	local word went refused leaked
	read -r word went refused leaked <<<"$(grep "^$1 " "$BATS_FILE_TMPDIR/results")"
	echo "$word: $went done, $refused refused, $leaked leaked"
	[ "$went" -gt 0 ]
	[ "$refused" -gt 0 ]
	[ "$leaked" -eq 0 ]
	python3 - "$BATS_FILE_TMPDIR/log" "$2" "$3" "$refused" <<-'END'
		import json, sys
		log, operation, path, refused = sys.argv[1:]
		told = [alert for alert in map(json.loads, open(log)) if alert.get("operation") == operation]
		alerts = [alert for alert in told if alert["action"] == "deny"]
		others = {(alert["path"], alert["path_state"]) for alert in alerts} - {(path, "attached")}
		# A machine that is fast enough is refused often enough for some to be held back, and counted.
		held = sum(alert.get("repeated", 0) for alert in alerts)
		held += sum(alert["count"] for alert in told if alert["action"] == "repeated")
		print(len(alerts), "alerts,", held, "held back,", others)
		sys.exit(bool(others) or len(alerts) + held != int(refused))
	END
}

@test "F30 user-pointer TOCTOU: open" {
	met_both open file.read $T/sec/f
}

@test "F30 user-pointer TOCTOU: execve" {
	met_both exec file.exec $T/sec/p
}

@test "F30 user-pointer TOCTOU: linkat" {
	met_both link file.link $T/sec/f
}
