#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Debian's containerd before ringfence-runtime, by `ctr`. What Kubernetes would be told is only read by containerd here,
# for there is no kubelet.

# shellcheck disable=SC2030,SC2031 # status and output are each test's own

load lib
load engines

CGROUPS='/sys/fs/cgroup/default/*'
IMAGE=docker.io/library/box:latest

# An image as "docker save" writes it: a manifest, a configuration, one layer.
make_image() { # ROOT.tar IMAGE.tar
	python3 - "$@" <<-'END'
		import hashlib, io, json, sys, tarfile
		layer = open(sys.argv[1], "rb").read()
		config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/bin"]}, "rootfs": {
		    "type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}}).encode()
		manifest = json.dumps([{"Config": "config.json", "RepoTags": ["box:latest"], "Layers": ["layer.tar"]}]).encode()
		with tarfile.open(sys.argv[2], "w") as image:
		    for name, data in ("layer.tar", layer), ("config.json", config), ("manifest.json", manifest):
		        member = tarfile.TarInfo(name)
		        member.size = len(data)
		        image.addfile(member, io.BytesIO(data))
	END
}

setup_file() {
	set_up_engines
	setsid containerd >/out/containerd.log 2>&1 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/containerd.pid"
	disown
	for _ in {1..600}; do
		! ctr version >/dev/null 2>&1 || break
		sleep 0.2
	done
	make_image "$BATS_FILE_TMPDIR/root.tar" "$BATS_FILE_TMPDIR/image.tar"
	ctr images import "$BATS_FILE_TMPDIR/image.tar"
	runs box --detach --seccomp --apparmor-default-profile ctr-default --read-only --cap-add CAP_SYS_ADMIN \
		--mount type=bind,src=/srv/volume,dst=/data,options=rbind:rw \
		--mount type=bind,src=/srv/host/secret,dst=/srv/secret,options=rbind:ro $IMAGE one /bin/sleep 1000
}

teardown_file() {
	ctr task kill --signal KILL one 2>/dev/null && ctr task delete --force one 2>/dev/null
	ctr container delete one 2>/dev/null
	kill "$(<"$BATS_FILE_TMPDIR/containerd.pid")"
	clean_up_engines
}

runs() { # POLICY ARG...
	ctr run --runc-binary "$(runtime_path)" --annotation "io.ringfence.policy=$1" "${@:2}"
}

# As the snippet has it for `ctr`.
runtime_path() {
	snippet containerd | sed -n 's/.*ctr run --runc-binary \([^ ]*\) --annotation io.ringfence.policy=NAME .*/\1/p'
}

inside() { # COMMAND [OPTION...]
	run ctr task exec --exec-id "x$RANDOM" "${@:2}" one /bin/sh -c "exec 2>&1; $1"
	echo "status $status: $output"
}

@test "containerd: what is for its config.toml is understood, annotations and all" {
	{ echo 'version = 2' && snippet containerd; } >"$BATS_TEST_TMPDIR/config.toml"
	run containerd --config "$BATS_TEST_TMPDIR/config.toml" config dump
	[[ $output == *"containerd.runtimes.ringfence.options]"*"BinaryName = \"$(runtime_path)\""* ]]
	[[ $output == *'pod_annotations = ["io.ringfence.policy"]'* && -x $(runtime_path) ]]
}

@test "containerd: exec is confined and filtered; the alert names container and rule" {
	is_listed one box
	inside 'id -u; cat /srv/public; cat /srv/secret; mount -t tmpfs t /tmp || echo refused' --user 1000
	[[ $output == 1000*"this is public"*"/srv/secret'"*"Permission denied"*refused* ]]
	told "deny file.read /srv/secret by $(place_of SECRET) (EACCES) .*container=one .*uid=1000"
	told "deny syscall mount(.* by otherwise (EPERM) .*container=one "
}

@test "containerd: mounts by the container's view, a root that is read-only, its own profiles" {
	cp /srv/host/secret /srv/volume/allowed
	inside 'cat /data/allowed; echo x >/srv/free/new; cat /proc/self/attr/current; grep ^Seccomp: /proc/self/status'
	[[ $output == "of the host"*"Read-only file system"*"ctr-default (enforce)"*"Seccomp:	2"* ]]
}

@test "containerd: pause and resume; a second task of the container is confined anew" {
	ctr task pause one
	[[ $(ctr task list) == *one*PAUSED* ]]
	ctr task resume one
	inside 'cat /srv/public; cat /srv/secret'
	[[ $output == *"this is public"*"Permission denied"* ]]
	ctr task kill --signal KILL one
	ctr task delete one || :
	nothing_confined "$CGROUPS"
	ctr task start --detach one
	is_listed one box
	inside 'cat /srv/public; cat /srv/secret'
	[[ $output == *"this is public"*"Permission denied"* ]]
}

@test "containerd: one image, another policy, and no profiles" {
	run runs wide --rm --cap-add CAP_SYS_ADMIN $IMAGE two /bin/sh -c \
		'exec 2>&1; swapoff /srv/public; mount -t tmpfs t /tmp && echo mounted; cat /srv/public /srv/secret'
	echo "$output"
	[[ $output == *"Invalid argument"*mounted*"this is public"*"/srv/secret'"*"Permission denied"* ]]
	told "deny file.read /srv/secret by $POLICIES/wide.yaml:.*container=two "
}

refused() { # WORDS
	echo "status $status: $output"
	[[ $status == 1 && $output == *"$1"* && $output != *started* ]]
}

@test "containerd: no daemon, or no usable policy: the container does not start, and its user is told why" {
	without_daemon runs box --rm $IMAGE gone /bin/echo started
	refused "No daemon answers"
	run ! runs nosuch --rm $IMAGE gone /bin/echo started
	refused "nosuch.yaml"
}

@test "containerd: what is removed leaves nothing" {
	ctr task kill --signal KILL one
	ctr task delete one || :
	ctr container delete one
	[[ $(ctr container list -q) == "" ]]
	nothing_confined "$CGROUPS"
}
