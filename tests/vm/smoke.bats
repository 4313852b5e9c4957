#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the other tests take for granted about the machine. When one of these fails, look at the machine (image.sh,
# vm-init, the kernel arguments) before looking at the enforcer.
#
# Without the daemon: it is about the machine, and what one run alone does.

bats_require_minimum_version 1.5.0

setup() {
	cgroup=/sys/fs/cgroup/smoke-$BATS_TEST_NUMBER
}

teardown() {
	! pidof nginx >/dev/null || nginx -s stop || :
	if [ -d "$cgroup" ]; then
		echo 1 >"$cgroup/cgroup.kill"
		until_empty
		rmdir "$cgroup"
	fi
	rm -rf /tmp/smoke
}

until_empty() {
	for _ in $(seq 600); do
		! grep -q 'populated 0' "$cgroup/cgroup.events" || return 0
		sleep 0.1
	done
	return 1
}

fs_type() {
	stat -f -c %T "$1"
}

@test "the kernel is the one asked for" {
	[ -n "$VM_KERNEL" ]
	[[ $(uname -r) == "$VM_KERNEL".* ]]
}

@test "bpf is an active LSM" {
	[[ ,$(</sys/kernel/security/lsm), == *,bpf,* ]]
}

@test "lockdown leaves BPF alone" {
	[[ $(</sys/kernel/security/lockdown) == *"[none]"* ]]
}

@test "the kernel carries BTF" {
	[ "$(od -An -tx2 -N2 /sys/kernel/btf/vmlinux)" = " eb9f" ]
	grep -qa task_struct /sys/kernel/btf/vmlinux
}

@test "root may create BPF maps, and pin them on bpffs" {
	[ "$(fs_type /sys/fs/bpf)" = bpf_fs ]
	bpftool map create /sys/fs/bpf/smoke type hash key 4 value 4 entries 1 name smoke
	[ -e /sys/fs/bpf/smoke ]
	rm /sys/fs/bpf/smoke
}

@test "cgroup v2 is mounted alone, with nsdelegate" {
	[ "$(fs_type /sys/fs/cgroup)" = cgroup2fs ]
	grep -q '^cgroup2 /sys/fs/cgroup cgroup2 .*nsdelegate' /proc/mounts
	run -1 grep -E ' cgroup ' /proc/mounts
}

@test "a new cgroup has all controllers, and cgroup.kill kills" {
	mkdir "$cgroup"
	[ "$(<"$cgroup/cgroup.controllers")" = "$(</sys/fs/cgroup/cgroup.controllers)" ]
	[[ $(<"$cgroup/cgroup.controllers") == *memory*pids* ]]
	sleep 1000 3>&- &
	echo $! >"$cgroup/cgroup.procs"
	echo 1 >"$cgroup/cgroup.kill"
	run -137 wait $!
	until_empty
}

@test "procfs, securityfs, tracefs, devpts, shm, mqueue and tmpfs are mounted" {
	[ "$(fs_type /proc)" = proc ]
	[ "$(fs_type /sys/kernel/security)" = securityfs ]
	[ "$(fs_type /sys/kernel/tracing)" = tracefs ]
	[ "$(fs_type /dev/pts)" = devpts ]
	[ "$(fs_type /dev/mqueue)" = mqueue ]
	for directory in /dev/shm /run /tmp; do
		[ "$(fs_type $directory)" = tmpfs ]
	done
}

@test "kernel modules load on demand: overlay and fuse" {
	mkdir -p /tmp/smoke/{lower,upper,work,merged}
	echo below >/tmp/smoke/lower/file
	mount -t overlay -o lowerdir=/tmp/smoke/lower,upperdir=/tmp/smoke/upper,workdir=/tmp/smoke/work \
		overlay /tmp/smoke/merged
	[ "$(</tmp/smoke/merged/file)" = below ]
	umount /tmp/smoke/merged
	modprobe fuse
	[ -c /dev/fuse ]
}

@test "seccomp filters can be installed" {
	[[ $(</proc/sys/kernel/seccomp/actions_avail) == *kill_process*errno*log* ]]
	grep -q '^Seccomp:' /proc/self/status
}

@test "users root, tester, www-data and nobody exist" {
	[ "$(id -u)" = 0 ]
	[ "$(id -u tester)" = 1000 ]
	[ -d ~tester ]
	id www-data
	id nobody
	[ "$(setpriv --reuid tester --regid tester --init-groups whoami)" = tester ]
}

@test "an unprivileged user may read the job, and may create a user namespace" {
	setpriv --reuid tester --regid tester --init-groups cat /job/tests/vm/smoke.bats >/dev/null
	[ "$(setpriv --reuid tester --regid tester --init-groups unshare --user --map-root-user id -u)" = 0 ]
}

@test "gcc builds a program that runs" {
	mkdir /tmp/smoke
	echo 'int main(void) { return 42; }' >/tmp/smoke/main.c
	gcc -o /tmp/smoke/main /tmp/smoke/main.c
	run -42 /tmp/smoke/main
}

@test "python3 and busybox run" {
	[ "$(python3 -c 'import ctypes, json, socket; print(6 * 7)')" = 42 ]
	busybox true
}

@test "nginx serves a page over the loopback" {
	# As a daemon it would keep the descriptor that bats waits for.
	nginx 3>&-
	run -0 curl --silent --fail --max-time 60 --retry 20 --retry-connrefused http://127.0.0.1/
	nginx -s quit
	[[ $output == *nginx* ]]
}
