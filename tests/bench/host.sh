#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is counted without a machine, in instructions of user space (valgrind counts them) and bytes:
#
#   host.sh       prints lines of "ROW FIGURE"

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bin=build/tests/bench/host

# What it takes to execute the command; its output goes to $work/out.
instructions() { # COMMAND...
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" >"$work/out" 2>"$work/err" ||
		{ cat "$work/err" >&2 && return 1; }
	sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$work/err"
}

# What one more of something takes.
one_more() { # MANY COMMAND...: the command takes their number as its last argument
	local many=$1 first
	shift
	first=$(instructions "$@" 1)
	echo $((($(instructions "$@" $((many + 1))) - first) / many))
}

policies() {
	local n
	for n in 1000 10000; do
		tests/bench/rules.py ringfence $n >"$work/$n.yaml"
		echo "compile.$n $(instructions build/ringfence compile -o "$work/$n.image" "$work/$n.yaml")"
		echo "verify.$n $(one_more 1 "$bin/verify-image" "$work/$n.image")"
		echo "image.bytes.$n $(<"$work/out")"
	done
}

alerts() {
	echo "alert $(one_more 100 "$bin/write-alerts")"
	echo "alert.bytes $("$bin/write-alerts" 0 2>&1)"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
policies
alerts
