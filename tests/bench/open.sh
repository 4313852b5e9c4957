#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Instructions that ringfence adds to one open()+close() of /usr/share/doc/pkg/file: to a confined task, and to one that
# is not confined while ringfence is loaded. Boots each kernel in the exact mode (see tests/vm/vm.sh).
#
#   tests/bench/open.sh [KERNEL...]        prints: kernel base confined unconfined

set -eu

inside() {
	mkdir -p /usr/share/doc/pkg
	echo >/usr/share/doc/pkg/file
	sleep 2
	base=$(./open /usr/share/doc/pkg/file)
	confined=$(./ringfence run -p plain.yaml -- /job/open /usr/share/doc/pkg/file)
	./ringfence run -p plain.yaml -- sh -c 'while [ ! -e /tmp/plain/over ]; do sleep 1; done' &
	until ls /sys/fs/bpf/ringfence/run/*/rf_file_open >/dev/null 2>&1; do sleep 1; done
	sleep 2
	beside=$(./open /usr/share/doc/pkg/file)
	mkdir -p /tmp/plain
	echo >/tmp/plain/over
	wait
	echo "$1 $base +$((confined - base)) +$((beside - base))"
}

if [[ ${1:-} == inside ]]; then
	inside "$2"
	exit
fi

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
make -s build/ringfence
tests/vm/image.sh build/vm
job=$(mktemp -d)
trap 'rm -rf "$job"' EXIT
gcc -O2 -static -o "$job/open" tests/bench/open.c
cp build/ringfence tests/vm/policies/plain.yaml tests/bench/open.sh "$job/"
[[ $# -gt 0 ]] || set -- 6.1 6.12
for kernel; do
	tests/vm/vm.sh --kernel "$kernel" --exact --mem 1024 --job "$job" -- bash open.sh inside "$kernel"
done
