#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A kernel that takes the programs and never asks them, because `bpf` is not among its active LSMs: booted with
# lsm=landlock,yama by tests/test.sh. Nothing may run here, least of all unconfined.
#
# Without the daemon: none can be started.

bats_require_minimum_version 1.5.0

@test "the machine is the one this test is about" {
	[[ $(</sys/kernel/security/lsm) != *bpf* ]]
}

@test "D08 bpf not an active LSM: run refuses: 125, the hint names lsm=, nothing has run, nothing is left" {
	run ringfence run -p tests/vm/policies/plain.yaml -- touch /tmp/ran
	echo "$output"
	[[ $status == 125 && ! -e /tmp/ran ]]
	[[ $output == *"lsm="* ]]
	[[ -z $(find /run/ringfence/run /sys/fs/bpf/ringfence /sys/fs/cgroup/ringfence -mindepth 1 -maxdepth 1 -name 'run-*' 2>/dev/null) ]]
	[[ $(bpftool prog show) != *' name rf_'* ]]
}

@test "D08 bpf not an active LSM: the daemon refuses in the same way, and never says that it is ready" {
	run timeout 300 ringfence daemon -v
	echo "$output"
	[[ $status == 125 && $output == *"lsm="* && $output != *Ready* && ! -S /run/ringfence/ringfence.sock ]]
	[[ $(bpftool prog show) != *' name rf_'* && -z $(find /sys/fs/bpf/ringfence -mindepth 2 2>/dev/null) ]]
}

@test "D08 bpf not an active LSM: doctor says so, and exits 1" {
	run ringfence doctor
	echo "$output"
	[[ $status == 1 && $output == *"no   lsm-active"* && $output == *"lsm="* ]]
}
