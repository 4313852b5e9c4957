#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The bounds of tests/bench: figures within them pass, and each that is beyond is named with its bound.

load helpers

bench=$BATS_TEST_DIRNAME/../bench

# gate FIGURES: holds them against the bounds; $output is what it said.
gate() {
	"$bench/table.py" json <"$1" >figures.json
	run "$bench/gate.py" "$bench/bounds.json" figures.json 6.12
	echo "$output"
}

@test "figures within the bounds pass" {
	gate "$bench/fixtures/within.figures"
	[ "$status" -eq 0 ]
	[ "$(grep -c '^not ok' <<<"$output")" -eq 0 ]
	[ "$(grep -c '^ok' <<<"$output")" -eq "$(sed -n 's/^1\.\.//p' <<<"$output")" ]
}

@test "figures beyond the bounds fail, each named with its bound" {
	gate "$bench/fixtures/beyond.figures"
	[ "$status" -eq 1 ]
	says "# 6.12 ringfence-1000 open.hot.8: +850, bound +650"
	says "# ringfence-1000 open.hot.8: +1000, ringfence-10 open.hot.5: +780, 220 apart, bound 40"
	says "# 6.12 ringfence-10000 open.cold.12: +4001, bound +3900 (apparmor-1000 open.cold.12 is +3000)"
	says "# 6.12 beside open.hot.5: +231, bound +230"
	says "# 6.12 filter-300 call.cached: +158, bound +157 (filter-allow call.cached is +152)"
	says "# 6.12 filter-300 call.checked: +301, bound +300"
	says "# 6.12 ringfence-1000 compile: 2.05%, bound 2.00%"
	says "# 6.12 ringfence-1000 compile: 2.05%, bound 0.27% (apparmor-1000 compile is 0.22%)"
	says "# 6.12 ringfence-10 domain.bytes: 16385, bound 16384"
	says "# user-space ringfence compile.10000: 1728000001, bound 1728000000"
	says "# user-space ringfence image.bytes.10000: 4194305, bound 4194304"
	says "# user-space ringfence alert.bytes: 513, bound 512"
	says "# user-space ringfence alert: 120001, bound 120000"
	# What was not made worse is still well.
	[ "$(grep -c '^not ok' <<<"$output")" -eq 13 ]
}

@test "a figure that is missing, or that there is no base for, is not within its bound" {
	grep -v 'filter-300 call.checked' "$bench/fixtures/within.figures" >figures
	gate figures
	[ "$status" -eq 1 ]
	says "# there is no such figure"
	grep -v ' base compile ' "$bench/fixtures/within.figures" >figures
	gate figures
	[ "$status" -eq 1 ]
	says "# 6.12 ringfence-1000 compile: not measured"
	grep -v 'apparmor-1000 open.cold.5' "$bench/fixtures/within.figures" >figures
	gate figures
	[ "$status" -eq 1 ]
	says "# 6.12 ringfence-1000 open.cold.5: +1850, bound not measured"
}

@test "a kernel that was not measured is not within its bounds" {
	"$bench/table.py" json <"$bench/fixtures/within.figures" >figures.json
	run "$bench/gate.py" "$bench/bounds.json" figures.json 6.1 6.12
	[ "$status" -eq 1 ]
	grep '^not ok .* 6.1:' <<<"$output"
	[ "$(grep -c '^not ok .* 6.12:' <<<"$output")" -eq 0 ]
}
