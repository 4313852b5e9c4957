#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What ringfence costs, in instructions, beside AppArmor and Landlock:
#
#   tests/bench/bench.sh [--json] [--kernels '6.1 6.12']
#   tests/bench/bench.sh --quick [--json] [--kernels 6.12]      opens under a policy of ten rules alone
#
# Boots each kernel in the exact mode (see tests/vm/vm.sh): one instruction is one nanosecond of its clock, so that no
# figure depends on what the host is doing. LSMs that are not measured are left out of the kernel's list; AppArmor wants a
# boot of its own. The first column is what a call costs without any of them, the others are what each adds to that.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

format=text kernels='' quick=''

usage() {
	echo "usage: tests/bench/bench.sh [--quick] [--json] [--kernels '6.1 6.12']" >&2
	exit 2
}

parse_options() {
	while [[ $# -gt 0 ]]; do
		case $1 in
		--json) format=json ;;
		--quick) quick=1 ;;
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
	mkdir "$job/bin"
	cp build/tests/bench/bin/* "$job/bin/"
	cp build/ringfence tests/bench/{guest,rows}.sh tests/bench/memory.py "$job/"
	cp -r policy lsm "$job/" # what is compiled
	for n in 10 1000 10000; do
		tests/bench/rules.py ringfence $n >"$job/$n.yaml"
		tests/bench/rules.py apparmor $n >"$job/$n.apparmor"
	done
	tests/bench/rules.py calls 0 >"$job/container.yaml"
	build/ringfence groups --json | tests/bench/rules.py calls 300 >"$job/300.yaml"
	for n in container 300; do
		build/ringfence compile -o "$job/$n.image" "$job/$n.yaml" 2>/dev/null
	done
}

# "rep movsb" and its like count one a byte; 6.1 is told not to use them, 6.12 is not by default.
boot() { # KERNEL BOOT LSMS
	local more=
	[[ $1 != 6.1 ]] || more=clearcpuid=rep_good,erms,fsrm
	tests/vm/vm.sh --kernel "$1" --exact --mem 1024 --timeout 1800 --append "lsm=$3 $more" --job "$job" \
		-- bash guest.sh "$2" | tee /dev/stderr | sed "s/^/$1 $2 /" >>"$job.figures"
}

main() {
	local kernel
	parse_options "$@"
	make -s bench-programs
	tests/vm/image.sh build/vm
	job=$(mktemp -d)
	trap 'rm -rf "$job" "$job.figures"' EXIT
	assemble_job
	[[ -n $quick ]] || tests/bench/host.sh | tee /dev/stderr | sed 's/^/user-space - ringfence /' >>"$job.figures"
	for kernel in $kernels; do
		if [[ -n $quick ]]; then
			boot "$kernel" quick landlock,bpf
		else
			boot "$kernel" ringfence landlock,bpf
			boot "$kernel" apparmor apparmor
		fi
	done
	tests/bench/table.py "$format" <"$job.figures"
}

main "$@"
