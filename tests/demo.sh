#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `make demo`: installs what is missing, builds, and shows nginx under its policy: here, where this kernel lets BPF LSM
# programs load, for root, with nginx installed and not running, and curl; else in a virtual machine, as with
# RINGFENCE_DEMO=vm. RINGFENCE_DEMO_KERNEL chooses its kernel, 6.1 or 6.12.

set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tests/deps.sh build
make -s build/ringfence

here_is_fit() {
	[[ $(id -u) -eq 0 && -x /usr/sbin/nginx && ! -e /run/nginx.pid ]] &&
		command -v curl >/dev/null && build/ringfence doctor >/dev/null 2>&1
}

if [[ ${RINGFENCE_DEMO:-} != vm ]] && here_is_fit; then
	exec tests/demo-inside.sh
fi

if [[ ${RINGFENCE_DEMO:-} != vm ]]; then
	echo 'This machine cannot show it itself, which takes root, BPF LSM (see "ringfence doctor"), curl, and nginx that is'
	echo 'installed and not running. A virtual machine will; its image takes a minute the first time.'
fi
tests/deps.sh vm
tests/vm/image.sh build/vm
job=$(mktemp -d)
trap 'rm -rf "$job"' EXIT
mkdir -p "$job/build" "$job/tests/vm"
cp build/ringfence "$job/build/"
cp -r examples "$job/"
cp tests/demo-inside.sh "$job/tests/"
cp -r tests/vm/preload "$job/tests/vm/"
tests/vm/vm.sh --kernel "${RINGFENCE_DEMO_KERNEL:-6.12}" --mem 1024 --job "$job" -- tests/demo-inside.sh
