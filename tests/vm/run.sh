#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the bats tests of this directory on real kernels, one virtual machine for each, side by side:
#
#   tests/vm/run.sh [--kernels '6.1 6.12'] [--append KERNEL-ARGS] [--filter REGEX] [--parallel] [--results DIR]
#       [FILE.bats...]
#
# A machine gets a small copy of the source tree as /job: build/ringfence, the helper programs in build/tests/vm/bin
# (both directories are in PATH), examples/ and tests/vm/. VM_KERNEL tells a test which kernel was asked for.
#
# Results, in build/vm or DIR: log-KERNEL.tap, console-KERNEL.log, what tests left in /out as out-KERNEL/, and summary with
# "KERNEL passed failed skipped" a line. It fails when a test failed, when a machine broke, and when there are fewer
# results than the TAP plan announced, so that a run cut short is never taken for a good one.
# Emulation is slow and hosts are shared: VM_TIMEOUT (seconds, 3900 by default) ends what hangs, FILE_LIMIT (1800) ends a
# test file, and no test may assert how long anything takes. VM_MEM: of a machine, in MiB, 2048 by default.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd)
build=$root/build
results=$build/vm label=''

kernels='6.1 6.12' append='' filter='' parallel='' files=()

die() {
	echo "run.sh: $*" >&2
	exit 1
}

parse_options() {
	while [[ $# -gt 0 ]]; do
		case $1 in
		--kernels | --append | --filter | --results)
			[[ $# -gt 1 ]] || die "$1 needs a value"
			printf -v "${1#--}" %s "$2"
			shift
			;;
		--parallel) parallel=--parallel ;;
		-*) die "unknown option '$1'" ;;
		*) files+=("$1") ;;
		esac
		shift
	done
}

# Test files by the name they have in the guest, whatever directory they were named from.
choose_files() {
	local file path
	[[ ${#files[@]} -gt 0 ]] || files=("$here"/*.bats)
	tests=()
	for file in "${files[@]}"; do
		path=$(realpath -- "$file")
		[[ -f $path && $path == "$here"/* ]] || die "'$file' is no test of tests/vm"
		tests+=("tests/vm/${path#"$here"/}")
	done
}

# The same paths as in the source tree, so that a test can name them from its own directory.
assemble_job() {
	mkdir -p "$job/build/tests/vm" "$job/tests"
	cp -a "$here" "$job/tests/"
	[[ ! -d $root/examples ]] || cp -a "$root/examples" "$job/"
	cp "$root/enforcer/ringfence-control.7" "$job/tests/vm/"
	cp "$root/enforcer/ringfence.service" "$job/tests/vm/boot/"
	[[ ! -d $build/tests/vm/bin ]] || cp -a "$build/tests/vm/bin" "$job/build/tests/vm/"
	if [[ -x $build/ringfence ]]; then
		cp -a "$build/ringfence" "$job/build/"
	elif [[ -z ${VM_NO_BINARY:-} ]]; then
		die "build/ringfence does not exist, build it first (VM_NO_BINARY=1 tests the machine alone)"
	fi
}

prefix() {
	sed -u "s/^/[$1${label:+ $label}] /"
}

# Standard error is the runner's own; what the tests say comes through standard output.
run_machine() {
	local kernel=$1 command
	command=(env "PATH=/job/build:/job/build/tests/vm/bin:/usr/sbin:/usr/bin:/sbin:/bin" "VM_KERNEL=$kernel"
		"VM_LESS=${VM_LESS:-}" "VM_PARALLEL=$parallel"
		"FILE_LIMIT=${FILE_LIMIT:-1800}" tests/vm/guest.sh ${filter:+--filter "$filter"} "${tests[@]}")
	"$here/vm.sh" --kernel "$kernel" --append "$append" ${parallel:+"$parallel"} --mem "${VM_MEM:-2048}" --smp 2 --timeout "${VM_TIMEOUT:-3900}" \
		--job "$job" --out "$results/out-$kernel" --console "$results/console-$kernel.log" \
		-- "${command[@]}" 2> >(prefix "$kernel" >&2) | tee "$results/log-$kernel.tap" | prefix "$kernel"
}

# The emulator can lock up a machine whose CPUs run side by side (vm.sh, choose_machine). That says nothing of what is
# tested: the machine is started once more, and what is left of the first one is kept as *.broken. A failed test is none
# of this; and whoever breaks the kernel breaks the machines whose CPUs take turns as well.
run_kernel() {
	local kernel=$1 status=0 file
	run_machine "$kernel" || status=$?
	if [[ -n $parallel && ($status -eq 124 || $status -eq 125) ]]; then
		echo "vm $kernel: the machine broke (status $status), it is started once more"
		for file in log-$kernel.tap console-$kernel.log; do
			[[ ! -e $results/$file ]] || mv "$results/$file" "$results/$file.broken"
		done
		rm -rf "$results/out-$kernel"
		status=0
		run_machine "$kernel" || status=$?
	fi
	return "$status"
}

count() {
	grep -c "$1" "$2" || true
}

# Prints "passed failed skipped" and says whether the log is that of a complete, good run.
judge() {
	local kernel=$1 status=$2 log=$results/log-$1.tap all failed skipped plan
	all=$(count '^\(not \)\?ok [0-9]' "$log")
	failed=$(count '^not ok [0-9]' "$log")
	skipped=$(count '^ok [0-9].* # skip' "$log")
	plan=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$log")
	echo "$kernel $((all - failed - skipped)) $failed $skipped" >>"$results/summary"
	echo "vm $kernel: $((all - failed - skipped)) passed, $failed failed, $skipped skipped"

	case $status in
	0 | 1) ;;
	124) echo "vm $kernel: ran out of time" ;;
	125) echo "vm $kernel: the machine broke, see $results/console-$kernel.log" ;;
	*) echo "vm $kernel: bats ended with status $status" ;;
	esac
	if [[ $plan != "$all" ]]; then
		echo "vm $kernel: $all results, ${plan:-no number} planned"
		return 1
	fi
	[[ $all -gt 0 ]] || echo "vm $kernel: no test was run"
	[[ $status -eq 0 && $failed -eq 0 && $all -gt 0 ]]
}

# shellcheck disable=SC2317 # called by the trap
stop_machines() {
	local pid
	for pid in "${pids[@]}"; do
		kill -- "-$pid" 2>/dev/null || true
	done
	rm -rf "$job"
}

main() {
	local kernel status failed=0
	parse_options "$@"
	choose_files
	mkdir -p "$results"
	results=$(cd "$results" && pwd)
	[[ $results == "$build/vm" ]] || label=${results##*/}
	job=$(mktemp -d "$results/job.XXXXXX")
	declare -gA pids=()
	trap stop_machines EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	assemble_job
	"$here/image.sh" "$build/vm"

	: >"$results/summary"
	set -m # each pipeline a process group, to be stopped as one
	for kernel in $kernels; do
		rm -rf "$results/log-$kernel.tap" "$results/out-$kernel"
		run_kernel "$kernel" </dev/null &
		pids[$kernel]=$!
	done
	declare -A statuses=()
	for kernel in $kernels; do
		status=0
		wait "${pids[$kernel]}" || status=$?
		unset "pids[$kernel]"
		statuses[$kernel]=$status
	done
	for kernel in $kernels; do
		judge "$kernel" "${statuses[$kernel]}" || failed=1
	done
	exit "$failed"
}

main "$@"
