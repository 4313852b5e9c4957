#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The unit, under the systemd it is for, and containers in cgroups that systemd makes: booted with it as PID 1 by
# tests/test.sh.
#
# Without the daemon: the service is.

load ../lib

POLICIES=/etc/ringfence/policies
CONF=/etc/containers/containers.conf
S=/srv/systemd

setup_file() {
	mkdir -p $S /srv/bundles $POLICIES /usr/local/sbin
	echo canary >$S/secret
	echo content >$S/public
	cp "$(command -v ringfence)" /usr/local/sbin/ringfence
	ln -s ringfence /usr/local/sbin/ringfence-runtime
	cp "$BATS_TEST_DIRNAME/ringfence.service" /etc/systemd/system/
	# Loading takes half a minute under emulation, and more on a busy host.
	mkdir -p /etc/systemd/system/ringfence.service.d
	printf '[Service]\nTimeoutStartSec=600\n' >/etc/systemd/system/ringfence.service.d/slow.conf
	systemctl daemon-reload
	write_web secret
	write_box '{path: /srv/public, allow: [read]}' '{path: /tmp/**, allow: [read, modify]}' \
		'{path: [/proc/**, /dev/**], allow: [read, write]}' >$POLICIES/box.yaml
}

teardown_file() {
	journalctl -u ringfence --no-pager -o cat | tail -n 60 | sed 's/^/# journal: /'
	ringfence uninstall --yes
}

setup() {
	PATH=/usr/local/sbin:$PATH
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	touch go
	end_started
}

write_web() { # DENIED
	printf '%s\n' 'version: 1' 'name: web' 'mode: enforce' 'files:' '  otherwise: allow' '  rules:' \
		"    - {path: $S/$1, deny: all}" >$POLICIES/web.yaml
}

# In the log that the unit names and `ringfence log` looks for.
in_log() { # REGEX
	for _ in {1..100}; do
		! ringfence log | grep -q -- "$1" || return 0
		sleep 0.1
	done
	return 1
}

@test "the machine is the one this test is about" {
	[[ $(</proc/1/comm) == systemd ]]
}

@test "the unit starts, with all its restrictions, and is ready when it says so" {
	systemctl start ringfence
	[[ $(systemctl show -P ActiveState ringfence) == active && $(systemctl show -P NRestarts ringfence) == 0 ]]
	run ringfence run -p web -- cat $S/secret
	echo "$output"
	[[ $status == 1 && $output == *"Permission denied"* ]]
	# What the unit gives it is all it has.
	run grep -E '^(CapEff|CapBnd|NoNewPrivs):' "/proc/$(systemctl show -P MainPID ringfence)/status"
	echo "$output"
	[[ $output == *"CapEff:	000000c401280026"*"CapBnd:	000000c401280026"*"NoNewPrivs:	1" ]]
	run ringfence status
	echo "$output"
	[[ $status == 0 ]]
	[[ $(stat -c '%a %U' /var/log/ringfence) == "700 root" && $(stat -c '%a %U' /var/log/ringfence/alerts.json) == "600 root" ]]
}

@test "systemctl reload is a reload" {
	mkfifo in out
	background web.err sh -c "exec ringfence run -p web -l /dev/null -- opens-asked <in >out"
	exec 7>in 8<out
	echo "r $S/secret" >&7
	read -r answer <&8
	[[ $answer == 13 ]]
	write_web public
	systemctl reload ringfence
	echo "r $S/secret" >&7
	read -r answer <&8
	[[ $answer == ok ]]
	exec 7>&- 8<&-
	await_last
	write_web secret
}

bundle() { # NAME
	"$BATS_TEST_DIRNAME/../oci-bundle.py" "/srv/bundles/$1" box sh -c \
		'cat /srv/public; cat /srv/secret; cat /proc/self/cgroup; echo >/tmp/ready; sleep 1000'
	python3 - "/srv/bundles/$1/config.json" "$1" <<-'END'
		import json, sys
		path, name = sys.argv[1:]
		c = json.load(open(path))
		c["linux"]["cgroupsPath"] = "system.slice:rf:" + name
		c["linux"]["namespaces"] = [n for n in c["linux"]["namespaces"] if n["type"] != "cgroup"]
		json.dump(c, open(path, "w"))
	END
}

@test "crun and runc with --systemd-cgroup: confined in a scope; exec too; its end is the domain's" {
	for runtime in crun runc; do
		bundle $runtime
		ringfence-runtime --runtime $runtime --systemd-cgroup create -b /srv/bundles/$runtime s$runtime </dev/null >$runtime.out 2>&1
		ringfence-runtime --runtime $runtime --systemd-cgroup start s$runtime
		wait_for /srv/bundles/$runtime/shared/ready
		cat $runtime.out
		[[ $(<$runtime.out) == *"this is public"*"/srv/secret"*"Permission denied"*"/system.slice/rf-$runtime.scope"* ]]
		in_log "deny file.read /srv/secret by $POLICIES/box.yaml:[0-9]* (EACCES) .*container=s$runtime "
		run ringfence-runtime --runtime $runtime --systemd-cgroup exec s$runtime cat /srv/secret
		[[ $status != 0 && $output == *"Permission denied"* ]]
		ringfence list | grep "^s$runtime  *box "
	done
	for runtime in crun runc; do
		ringfence-runtime --runtime $runtime --systemd-cgroup delete --force s$runtime
	done
	for _ in {1..50}; do
		[[ $(ringfence list | wc -l) != 1 ]] || break
		sleep 0.1
	done
	[[ $(ringfence list | wc -l) == 1 && -z $(compgen -G '/run/ringfence/runtime/*') ]]
}

@test "podman with systemd's cgroups" {
	tar -C /srv/bundles/crun/rootfs -cf root.tar .
	ringfence doctor --snippets | sed -n '/^# podman/,/^$/p' >$CONF
	podman import root.tar box >/dev/null 2>&1
	run podman --cgroup-manager systemd run --rm --runtime ringfence --network none \
		--annotation io.ringfence.policy=box box sh -c 'exec 2>&1; cat /srv/public /srv/secret'
	rm $CONF
	echo "$output"
	[[ $output == *"this is public"*"/srv/secret"*"Permission denied"* ]]
}

@test "killed, it is started again and takes over; stopped, it disarms nothing; who is confined stays so" {
	local pid
	background c.out ringfence run -p web -n c -l c.json -- \
		sh -c "echo ready >c.ready; until [ -e go ]; do sleep 0.1; done; cat $S/secret"
	wait_for c.ready
	pid=$(systemctl show -P MainPID ringfence)
	systemctl kill -s KILL ringfence
	for _ in {1..1200}; do
		[[ $(systemctl show -P ActiveState ringfence) != active || $(systemctl show -P MainPID ringfence) == "$pid" ]] || break
		sleep 0.1
	done
	[[ $(systemctl show -P ActiveState ringfence) == active && $(systemctl show -P MainPID ringfence) != "$pid" ]]
	[[ $(systemctl show -P NRestarts ringfence) == 1 ]]
	ringfence list | grep '^c  *web '
	systemctl stop ringfence
	touch go
	status=0
	await_last || status=$?
	[[ $status == 1 && $(<c.out) == *"Permission denied"* && $(wc -l <c.json) == 1 ]]
}
