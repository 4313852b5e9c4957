#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Debian's podman before ringfence-runtime. Two containers of one policy serve most of the tests: "one" has another user,
# volumes, an init of its own and a root that is read-only; "two" is in the host's PID namespace.

# shellcheck disable=SC2030,SC2031 # status and output are each test's own

load lib
load engines

CONF=/etc/containers/containers.conf
CGROUPS='*/libpod-*'

setup_file() {
	set_up_engines
	snippet podman >$CONF
	podman import "$BATS_FILE_TMPDIR/root.tar" box >/dev/null 2>&1
	sleep 1000 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/host-process"
	disown
	start one box --init --read-only --tmpfs /tmp --user 1000:1000 --cap-add SYS_ADMIN \
		--health-cmd 'cat /srv/public' --health-interval disable \
		-v /srv/volume:/data -v /srv/host:/srv/in:ro -v /srv/host/secret:/srv/secret box sleep 1000
	start two box --pid=host --security-opt apparmor=unconfined \
		--health-cmd 'cat /srv/secret' --health-interval disable box sleep 1000
}

teardown_file() {
	kill "$(<"$BATS_FILE_TMPDIR/host-process")" || :
	podman rm --all --force --time 0
	rm -f $CONF
	clean_up_engines
}

# runs POLICY ARG...
runs() {
	local policy=$1
	shift
	podman run --runtime ringfence --network none --annotation "io.ringfence.policy=$policy" "$@"
}

# Its id, which alerts and lists call it by, is in NAME.id.
start() { # NAME POLICY ARG...
	local name=$1
	runs "$2" --detach --name "$name" "${@:3}" >"$BATS_FILE_TMPDIR/$name.id"
}

id_of() {
	cat "$BATS_FILE_TMPDIR/$1.id"
}

# In "one" or "two"; $status, $output.
inside() { # NAME COMMAND
	run podman exec "$1" sh -c "exec 2>&1; $2"
	echo "$1: status $status: $output"
}

@test "podman: two containers of one policy are two domains" {
	is_listed "$(id_of one)" box
	is_listed "$(id_of two)" box
	[[ $(ringfence list | wc -l) == 3 ]]
}

@test "podman: exec is confined, with the user's uid, below the container's own init; the alert names container and rule" {
	inside one 'id -u; cat /proc/1/comm; cat /srv/public; cat /srv/secret'
	[[ $status != 0 && $output == 1000*"this is public"*"/srv/secret'"*"Permission denied"* ]]
	[[ $output != *"of the host"* ]]
	told "deny file.read /srv/secret by $(place_of SECRET) (EACCES) .*container=$(id_of one) .*uid=1000"
}

@test "podman: rules are about the container's view: volumes and bind mounts" {
	inside one 'echo x >/data/new && cat /data/new; cat /srv/in/secret'
	[[ $output == x*"/srv/in/secret'"*"Permission denied"* && -e /srv/volume/new ]]
	told "deny file.read /srv/in/secret by otherwise (EACCES) .*container=$(id_of one) "
	cp /srv/host/secret /srv/volume/allowed
	inside one 'cat /data/allowed'
	[[ $status == 0 && $output == *"of the host"* ]]
}

@test "podman: the filter holds who has the capability, in exec as well" {
	inside one 'grep -E "^(CapEff|Seccomp):" /proc/self/status; mount -t tmpfs t /tmp || echo refused'
	[[ $output == *"CapEff:	0000000000200000"*"Seccomp:	2"*refused* ]]
	told "deny syscall mount(.* by otherwise (EPERM) .*container=$(id_of one) "
}

@test "podman: a root that is read-only is so where the policy would allow writing, and others are not" {
	inside one 'echo x >/srv/free/new'
	[[ $status != 0 && $output == *"Read-only file system"* ]]
	inside two 'echo x >/srv/free/new && echo written; echo x >/srv/new'
	[[ $output == *written*"/srv/new: Permission denied"* ]]
}

@test "podman: a file of a lower layer is judged alike before and after it is copied up" {
	inside two 'echo more >>/srv/log; cat /srv/log; true >/srv/log; echo more >>/srv/public; ln /srv/secret /tmp/s; mv /srv/log /srv/public'
	[[ $output == *"this is log"*more* ]]
	[[ $output == *"/srv/log: Permission denied"*"/srv/public: Permission denied"*"ln: "*"mv: "* ]]
	inside two 'echo third >>/srv/log; cat /srv/log /srv/public'
	[[ $status == 0 && $output == *"this is log"*more*third*"this is public"* ]]
	run podman diff two
	[[ $output == *"C /srv/log"* && $output != *secret* && $output != *public* ]]
}

@test "podman: in the host's PID namespace a container's signals stay its own, and /proc/self is itself" {
	local host
	host=$(<"$BATS_FILE_TMPDIR/host-process")
	inside two "kill -9 $host; cat /proc/$host/environ; cat /proc/1/comm; sleep 100 & kill -9 \$!; wait \$!; grep ^Name /proc/self/status; echo \$?"
	[[ $output == *"Operation not permitted"*"Permission denied"*vm-init*grep*0* ]]
	kill -0 "$host"
	told "deny .*signal.*container=$(id_of two) "
	told "deny file.read /proc/$host/environ by otherwise .*container=$(id_of two) "
}

@test "podman: a health check is inside, and judged" {
	run podman healthcheck run one
	[[ $status == 0 ]]
	run podman healthcheck run two
	[[ $status != 0 ]]
	told "deny file.read /srv/secret by $(place_of SECRET) (EACCES) .*container=$(id_of two) "
}

@test "podman: pause and unpause; stop and start: confined anew" {
	podman pause one
	[[ $(podman inspect -f '{{.State.Status}}' one) == paused ]]
	podman unpause one
	inside one 'cat /srv/public; cat /srv/secret'
	[[ $output == *"this is public"*"Permission denied"* ]]
	podman stop --time 1 one
	run ! is_listed "$(id_of one)" box
	podman start one
	is_listed "$(id_of one)" box
	inside one 'cat /srv/public; cat /srv/secret'
	[[ $output == *"this is public"*"Permission denied"* ]]
}

@test "podman: a policy is reloaded under a container that runs" {
	sed -i '/# PUBLIC/d' "$POLICIES/box.yaml"
	ringfence reload box
	inside two 'cat /srv/public || echo gone; cat /srv/log'
	[[ $output == *"Permission denied"*gone*"this is log"* ]]
	write_policies
	ringfence reload box
	inside two 'cat /srv/public'
	[[ $status == 0 && $output == *"this is public"* ]]
}

@test "podman: its own profiles stay in force beside ours, and without them only ours does; one image, another policy" {
	local job='exec 2>&1; cat /proc/self/attr/current; swapoff /srv/public; mount -t tmpfs t /tmp && echo mounted; cat /srv/public /srv/secret'
	run runs wide --rm --cap-add SYS_ADMIN box sh -c "$job"
	echo "$output"
	[[ $output == *"swapoff: /srv/public: Operation not permitted"* && $output != *mounted* ]]
	[[ $output == *"containers-default"*"(enforce)"* ]]
	[[ $output == *"this is public"*"/srv/secret'"*"Permission denied"* ]]
	run runs wide --rm --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
		--pid=host box sh -c "$job; kill -9 $(<"$BATS_FILE_TMPDIR/host-process") && echo killed"
	echo "$output"
	[[ $output == *"swapoff: /srv/public: Invalid argument"*mounted*"this is public"*"/srv/secret'"*"Permission denied"*killed* ]]
}

@test "podman: runc behind it, by the administrator's settings" {
	printf '#!/bin/sh\necho "$@" >>%q\nexec runc "$@"\n' "$BATS_TEST_TMPDIR/asked" >/srv/volume/runc
	chmod 755 /srv/volume/runc
	echo 'runtime: /srv/volume/runc' >/etc/ringfence/runtime.yaml
	run runs box --rm box sh -c 'exec 2>&1; cat /srv/public /srv/secret'
	rm /etc/ringfence/runtime.yaml
	echo "$output"
	[[ $output == *"this is public"*"/srv/secret'"*"Permission denied"* && $(<"$BATS_TEST_TMPDIR/asked") == *create*delete* ]]
}

# With these words to the user; nothing has run, and nothing is left.
refused() { # WORDS
	echo "status $status: $output"
	[[ $status -ge 125 && $output == *"$1"* && $output != *started* ]]
	run ! podman container exists gone
}

@test "podman: no daemon, or no usable policy: the container does not start, and its user is told why" {
	without_daemon runs box --rm --name gone box echo started
	refused "No daemon answers"
	run ! runs nosuch --rm --name gone box echo started
	refused "nosuch.yaml"
	run ! runs bad --rm --name gone box echo started
	refused "bad.yaml:4:"
	run ! podman run --runtime ringfence --network none --rm --name gone box echo started
	refused "has no policy"
}

@test "podman: what is removed leaves nothing" {
	podman rm --all --force --time 0
	nothing_confined "$CGROUPS"
}
