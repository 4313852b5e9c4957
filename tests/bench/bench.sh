#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What ringfence costs, in instructions, beside AppArmor and Landlock:
#
#   tests/bench/bench.sh [--json] [--kernels '6.1 6.12'] [--serial]
#
#   --quick     opens under a policy of ten rules alone; kernel 6.12 if none is named
#   --json      figures with their bases, for tests/bench/gate.py
#   --serial    one machine at a time
#
# Boots each kernel in the exact mode (see tests/vm/vm.sh): one instruction is one nanosecond of its clock, so that no
# figure depends on what the host is doing. LSMs that are not measured are left out of the kernel's list; AppArmor wants a
# boot of its own. The first column is what a call costs without any of them, the others are what each adds to that.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

FIGURE='^[^ ]+ [^ ]+ [^ ]+ [^ ]+ ([0-9]+|n/a)$'

format=text kernels='' quick='' serial=''

usage() {
	echo "usage: tests/bench/bench.sh [--quick] [--json] [--kernels '6.1 6.12'] [--serial]" >&2
	exit 2
}

parse_options() {
	while [[ $# -gt 0 ]]; do
		case $1 in
		--json) format=json ;;
		--quick) quick=1 ;;
		--serial) serial=1 ;;
		--kernels)
			[[ $# -gt 1 ]] || usage
			kernels=$2
			shift
			;;
		*) usage ;;
		esac
		shift
	done
	[[ -n $kernels ]] || kernels=${quick:+6.12}
	[[ -n $kernels ]] || kernels='6.1 6.12'
}

assemble_job() {
	local n
	mkdir -p "$job/files/bin"
	cp build/tests/bench/bin/* "$job/files/bin/"
	cp build/ringfence tests/bench/{guest,rows}.sh tests/bench/memory.py "$job/files/"
	cp -r policy lsm "$job/files/" # what is compiled
	for n in 10 1000 10000; do
		tests/bench/rules.py ringfence $n >"$job/files/$n.yaml"
		echo 'syscalls: {otherwise: {errno: EPERM}, allow: ["@container"]}' >>"$job/files/$n.yaml"
		tests/bench/rules.py apparmor $n >"$job/files/$n.apparmor"
	done
	tests/bench/rules.py calls 0 >"$job/files/container.yaml"
	build/ringfence groups --json | tests/bench/rules.py calls 300 >"$job/files/300.yaml"
	for n in container 300; do
		build/ringfence compile -o "$job/files/$n.image" "$job/files/$n.yaml" 2>/dev/null
	done
}

# "rep stosb" and its like count one a byte, and 6.1 has to be told to do without. What is no figure is for
# people.
boot() { # KERNEL BOOT LSMS
	local more=
	[[ $1 != 6.1 ]] || more=clearcpuid=rep_good,erms,fsrm
	tests/vm/vm.sh --kernel "$1" --exact --mem 1024 --timeout 1800 --append "lsm=$3 $more" --job "$job/files" \
		-- bash guest.sh "$2" | sed -u "s/^/$1 $2 /" | tee /dev/stderr | grep -E "$FIGURE" >>"$job/figures-$1"
}

# A machine has one processor: two kernels can be measured side by side, and no figure is another for it.
measure_kernel() { # KERNEL
	if [[ -n $quick ]]; then
		boot "$1" quick landlock,bpf
	else
		boot "$1" ringfence landlock,bpf
		boot "$1" apparmor apparmor
	fi
}

measure_user_space() {
	tests/bench/host.sh | sed -u 's/^/user-space - ringfence /' | tee /dev/stderr >"$job/figures-user-space"
}

# shellcheck disable=SC2317 # called by the trap
clean_up() {
	local pid
	for pid in "${pids[@]}"; do
		kill -- "-$pid" 2>/dev/null || true
	done
	rm -rf "$job"
}

main() {
	local kernel pid
	parse_options "$@"
	make -s bench-programs >&2
	tests/vm/image.sh build/vm
	job=$(mktemp -d)
	pids=()
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	assemble_job
	set -m # each kernel a process group, to be stopped as one
	for kernel in $kernels; do
		: >"$job/figures-$kernel"
		measure_kernel "$kernel" </dev/null &
		pids+=($!)
		[[ -z $serial ]] || wait $!
	done
	[[ -n $quick ]] || measure_user_space
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	cat "$job"/figures-* | tests/bench/table.py "$format"
}

main "$@"
