#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Debian's docker before ringfence-runtime. Its version, 20.10, knows no annotations: there is a runtime for each policy,
# as `ringfence doctor --snippets` has it. One container, "one", serves most of the tests.

# shellcheck disable=SC2030,SC2031 # status and output are each test's own

load lib
load engines

CONF=/etc/docker/daemon.json
CGROUPS='/sys/fs/cgroup/docker/*'

# The snippet for each policy. The network is out of it: bridges and their rules are not what this is about.
configure() { # POLICY...
	mkdir -p /etc/docker
	snippet docker | python3 -c '
import json, sys
text = sys.stdin.read()
text = text[text.index("{"):]
conf = {"bridge": "none", "iptables": False, "ip6tables": False, "ip-forward": False, "runtimes": {}}
for policy in sys.argv[1:]:
    conf["runtimes"].update(json.loads(text.replace("NAME", policy))["runtimes"])
json.dump(conf, sys.stdout)' "$@" >$CONF
}

# It gives up when its containerd does not answer within 15 seconds, which happens on a busy host.
start_dockerd() {
	for _ in {1..600}; do
		! docker version >/dev/null 2>&1 || return 0
		is_alive "$(cat "$BATS_FILE_TMPDIR/dockerd.pid" 2>/dev/null)" || {
			setsid dockerd >>/out/dockerd.log 2>&1 3>&- &
			echo $! >"$BATS_FILE_TMPDIR/dockerd.pid"
			disown
		}
		sleep 0.2
	done
	return 1
}

setup_file() {
	set_up_engines
	configure box wide bad
	start_dockerd
	docker import "$BATS_FILE_TMPDIR/root.tar" box >/dev/null
	echo 'cat /srv/public' >/srv/volume/check
	runs box --detach --name one --init --read-only --tmpfs /tmp --user 1000:1000 --cap-add SYS_ADMIN \
		--health-cmd 'sh /data/check' --health-interval 5s --health-retries 1 -v /srv/volume:/data \
		-v /srv/host:/srv/in:ro -v /srv/host/secret:/srv/secret box sleep 1000 >"$BATS_FILE_TMPDIR/one.id"
}

# containerd and its shims are of dockerd's session, but not all its children.
teardown_file() {
	local all
	mapfile -t all < <(docker ps -aq)
	[[ ${#all[@]} == 0 ]] || docker rm --force "${all[@]}"
	kill "$(<"$BATS_FILE_TMPDIR/dockerd.pid")" || :
	for _ in {1..100}; do
		pgrep -x 'dockerd|containerd' >/dev/null || break
		sleep 0.1
	done
	rm -f $CONF
	clean_up_engines
}

runs() { # POLICY ARG...
	docker run --runtime "ringfence-$1" --network none "${@:2}"
}

one() {
	cat "$BATS_FILE_TMPDIR/one.id"
}

inside() { # COMMAND
	run docker exec one sh -c "exec 2>&1; $1"
	echo "status $status: $output"
}

@test "docker: exec is confined, below the container's own init; the alert names container and rule" {
	is_listed "$(one)" box
	inside 'id -u; cat /proc/1/comm; cat /srv/public; cat /srv/secret'
	[[ $status != 0 && $output == 1000*docker-init*"this is public"*"/srv/secret'"*"Permission denied"* ]]
	[[ $output != *"of the host"* ]]
	told "deny file.read /srv/secret by $(place_of SECRET) (EACCES) .*container=$(one) .*uid=1000"
}

@test "docker: volumes, bind mounts, a root that is read-only: rules are about the container's view" {
	inside 'echo x >/data/new && cat /data/new; cat /srv/in/secret; echo x >/srv/free/new'
	[[ $output == x*"/srv/in/secret'"*"Permission denied"*"Read-only file system"* && -e /srv/volume/new ]]
	told "deny file.read /srv/in/secret by otherwise (EACCES) .*container=$(one) "
	cp /srv/host/secret /srv/volume/allowed
	inside 'cat /data/allowed'
	[[ $status == 0 && $output == "of the host" ]]
}

@test "docker: the filter holds who has the capability, in exec as well" {
	inside 'grep -E "^(CapBnd|Seccomp):" /proc/self/status; mount -t tmpfs t /tmp || echo refused'
	[[ $output == *"CapBnd:	00000000a82425fb"*"Seccomp:	2"*refused* ]]
	told "deny syscall mount(.* by otherwise (EPERM) .*container=$(one) "
}

health_becomes() { # STATE
	for _ in {1..300}; do
		[[ $(docker inspect -f '{{.State.Health.Status}}' one) != "$1" ]] || return 0
		sleep 0.2
	done
	docker inspect -f '{{json .State.Health}}' one
	return 1
}

@test "docker: the health check is inside, and judged" {
	health_becomes healthy
	echo 'cat /srv/secret' >/srv/volume/check
	log_begins
	health_becomes unhealthy
	told "deny file.read /srv/secret by $(place_of SECRET) (EACCES) .*container=$(one) "
}

@test "docker: pause and unpause, restart: confined anew" {
	docker pause one
	[[ $(docker inspect -f '{{.State.Status}}' one) == paused ]]
	docker unpause one
	inside 'cat /srv/public; cat /srv/secret'
	[[ $output == *"this is public"*"Permission denied"* ]]
	docker restart --time 1 one
	is_listed "$(one)" box
	inside 'cat /srv/public; cat /srv/secret'
	[[ $output == *"this is public"*"Permission denied"* ]]
}

@test "docker: its own profiles stay in force beside ours, and without them only ours does; one image, another policy" {
	local job='exec 2>&1; cat /proc/self/attr/current; swapoff /srv/public; mount -t tmpfs t /tmp && echo mounted
		cat /srv/public /srv/secret'
	run runs wide --rm --cap-add SYS_ADMIN box sh -c "$job"
	echo "$output"
	[[ $output == *"docker-default (enforce)"* && $output != *mounted* ]]
	[[ $output == *"swapoff: /srv/public: Operation not permitted"* ]]
	[[ $output == *"this is public"* && $output == *"/srv/secret': Permission denied"* ]]
	run runs wide --rm --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
		--pid=host box sh -c "$job"
	echo "$output"
	[[ $output == *"swapoff: /srv/public: Invalid argument"* && $output == *mounted* ]]
	[[ $output == *"this is public"* && $output == *"/srv/secret': Permission denied"* ]]
}

refused() { # WORDS
	echo "status $status: $output"
	[[ $status == 125 && $output == *"$1"* && $output != *started* ]]
}

@test "docker: no daemon, or no usable policy: the container does not start, and its user is told why" {
	without_daemon runs box --rm box echo started
	refused "No daemon answers"
	run ! runs bad --rm box echo started
	refused "bad.yaml:4:"
	run ! docker run --runtime ringfence --network none --rm box echo started
	refused "has no policy"
}

@test "docker: what is removed leaves nothing" {
	docker rm --force one
	[[ -z $(docker ps -aq) ]]
	nothing_confined "$CGROUPS"
}
