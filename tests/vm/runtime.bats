#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ringfence-runtime before Debian's crun and runc: what it lets start is confined, and what it cannot confine does not
# start and leaves nothing behind.
#
# Without the daemon: tests stop and kill one of their own.

load lib
load daemon

POLICIES=/etc/ringfence/policies
DIRS=/run/ringfence/runtime

setup_file() {
	mkdir -p $POLICIES /srv/bundles
	ln -sf "$(command -v ringfence)" "$BATS_FILE_TMPDIR/ringfence-runtime"
	cat >$POLICIES/box.yaml <<-'END'
		version: 1
		name: box
		mode: enforce
		syscalls:
		  otherwise: {errno: EPERM}
		  allow: ["@container"]
		files:
		  otherwise: deny
		  rules:
		    - {path: /bin/**, allow: [read, exec]}
		    - {path: /srv/public, allow: [read]}
		    - {path: /srv/secret, deny: all} # SECRET
		    - {path: /tmp/**, allow: [read, modify, append]}
		    - {path: [/proc/**, /dev/**], allow: [read, write]}
	END
	sed 's/^name: box/name: manager/; s/^files:/privileges: {allow: [cgroup]}\n&/' $POLICIES/box.yaml >$POLICIES/manager.yaml
	echo '    - {path: /sys/fs/cgroup/**, allow: [read, modify]}' >>$POLICIES/manager.yaml
	printf 'version: 1\nname: bad\nmode: enforce\nsyscalls: {otherwise: kill, allow: [opennat]}\n' >$POLICIES/bad.yaml
	start_daemon --log "$BATS_FILE_TMPDIR/alerts"
}

teardown_file() {
	stop_daemon
	rm -rf $POLICIES /srv/bundles /etc/ringfence/runtime.yaml
	nothing_left
}

setup() {
	PATH=$BATS_FILE_TMPDIR:$PATH
	cd "$BATS_TEST_TMPDIR" || return
	[[ -S $SOCKET ]] || start_daemon --log "$BATS_FILE_TMPDIR/alerts"
}

teardown() {
	local id
	rm -f /etc/ringfence/runtime.yaml
	end_started
	for id in $(crun list -q) $(runc list -q); do
		crun delete -f "$id" 2>/dev/null || runc delete -f "$id" || :
	done
	rm -rf /srv/bundles/* "${DIRS:?}"/*
}

bundle() { # NAME POLICY ARG...
	local name=$1
	shift
	"$BATS_TEST_DIRNAME/oci-bundle.py" "/srv/bundles/$name" "$@"
}

# change NAME EXPRESSION: of the bundle's configuration, in Python.
change() {
	python3 - "/srv/bundles/$1/config.json" "$2" <<-'END'
		import json, sys
		path, expression = sys.argv[1:]
		c = json.load(open(path))
		exec(expression)
		json.dump(c, open(path, "w"))
	END
}

# runs RUNTIME NAME: to its end, in the foreground; $status, $output.
runs() {
	local runtime=$1 name=$2
	shift 2
	run timeout -k 5 120 ringfence-runtime --runtime "$runtime" "$@" run --bundle "/srv/bundles/$name" "$name"
	echo "$runtime $name: status $status"
	echo "$output"
}

# Neither ours nor the runtimes'.
nothing_of_it() {
	! compgen -G "$DIRS/*" || return 1
	[[ -z $(crun list -q)$(runc list -q) ]] || return 1
	! compgen -G '/sys/fs/cgroup/containers/*/'
}

@test "an allowed job runs, a forbidden one is refused: crun and runc" {
	for runtime in crun runc; do
		bundle "$runtime" box sh -c 'cat /srv/public; cat /srv/secret; echo x >/tmp/new && echo written; echo y >/srv/new'
		before=$(sha256sum "/srv/bundles/$runtime/config.json")
		runs $runtime $runtime
		[[ $output == *"this is public"* && $output == *"/srv/secret"*"Permission denied"* ]]
		[[ $output != *"this is secret"* && $output == *written* && $output == *"/srv/new: Permission denied"* ]]
		[[ $(<"/srv/bundles/$runtime/shared/new") == x && ! -e /srv/bundles/$runtime/rootfs/srv/new ]]
		[[ $(sha256sum "/srv/bundles/$runtime/config.json") == "$before" ]]
		nothing_of_it
	done
}

@test "the filter is the container's: mount is refused though it has the capability" {
	for runtime in crun runc; do
		bundle "$runtime" box sh -c 'mount -t tmpfs t /tmp || echo refused; grep ^Seccomp /proc/self/status'
		runs $runtime $runtime
		[[ $output == *refused* && $output == *"Seccomp:	2"* && $output == *"Seccomp_filters:	1"* ]]
		bundle "$runtime-free" - sh -c 'mount -t tmpfs t /tmp && echo mounted'
		echo 'unconfined: allow' >/etc/ringfence/runtime.yaml
		runs $runtime $runtime-free
		[[ $status == 0 && $output == *mounted* ]]
		rm /etc/ringfence/runtime.yaml
	done
}

@test "a policy that is switched to audit mode: who comes then has a filter that denies nothing" {
	for runtime in crun runc; do
		bundle "$runtime" box sh -c 'mount -t tmpfs t /tmp && echo mounted'
		runs $runtime $runtime
		[[ $status != 0 && $output != *mounted* ]]
		ringfence mode audit -p box
		runs $runtime $runtime
		[[ $status == 0 && $output == *mounted* ]]
		ringfence mode enforce -p box
		runs $runtime $runtime
		[[ $status != 0 && $output != *mounted* ]]
	done
}

@test "a filter that is there already stays in force beside ours" {
	for runtime in crun runc; do
		bundle "$runtime" box sh -c 'echo x >/tmp/new; chmod 600 /tmp/new; mount -t tmpfs t /tmp || echo refused; echo end'
		change "$runtime" 'c["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["chmod", "fchmodat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}]}'
		runs $runtime $runtime
		[[ $output == *"not supported"* && $output == *refused* && $output == *end* ]]
		[[ -e /srv/bundles/$runtime/shared/new ]]
	done
}

@test "create, start, exec, delete: who enters is confined too, and nothing stays" {
	for runtime in crun runc; do
		command=(ringfence-runtime --runtime "$runtime")
		bundle "$runtime" box sleep 1000
		"${command[@]}" create --bundle "/srv/bundles/$runtime" "$runtime" >create.out 2>&1 </dev/null ||
			{ cat create.out; false; }
		[[ $("${command[@]}" state "$runtime") == *created* ]]
		run "${command[@]}" exec "$runtime" cat /srv/public
		[[ $status == 1 && $output == *"has not been started"* ]]
		"${command[@]}" start "$runtime"
		run "${command[@]}" exec "$runtime" cat /srv/public
		[[ $status == 0 && $output == *"this is public"* ]]
		run "${command[@]}" exec "$runtime" cat /srv/secret
		[[ $status != 0 && $output == *"Permission denied"* ]]
		run "${command[@]}" exec "$runtime" sh -c 'grep ^Seccomp: /proc/self/status; mount -t tmpfs t /tmp || echo refused'
		[[ $output == *"Seccomp:	2"* && $output == *refused* ]]
		run "${command[@]}" exec "$runtime" /srv/public
		[[ $status != 0 ]]
		"${command[@]}" kill "$runtime" KILL
		"${command[@]}" delete --force "$runtime"
		nothing_of_it
	done
}

@test "later commands go to the runtime that made the container; exec asks about the one it enters" {
	bundle first box sleep 1000
	ringfence-runtime --runtime runc run --detach=true --bundle /srv/bundles/first first >first.out 2>&1 </dev/null ||
		{ cat first.out; false; }
	[[ $(cat $DIRS/*-first/runtime) == */runc && -z $(crun list -q) ]]
	[[ $(ringfence-runtime state first) == *running* ]]
	run ringfence-runtime exec --cwd / -t=false first cat /srv/secret
	[[ $status != 0 && $output == *"Permission denied"* ]]
	bundle next box sleep 1000
	ringfence-runtime --runtime crun create --bundle /srv/bundles/next next >next.out 2>&1 </dev/null
	for options in "--cwd first" "-u first" "-user first"; do
		# shellcheck disable=SC2086 # words
		run ringfence-runtime exec $options next cat /srv/public
		[[ $status == 1 && $output == *"has not been started"* ]]
	done
	[[ $(ringfence-runtime create --help next) == *[Uu]sage* && $(ringfence-runtime state next) == *created* ]]
	run ringfence-runtime --log-level debug --bogus x create --bundle /srv/bundles/first other
	[[ $status == 1 && $output == *"is not known to ringfence-runtime"* ]]
	echo 'runtime: crun' >/etc/ringfence/runtime.yaml # wrong: no path
	for id in first next; do
		ringfence-runtime kill $id KILL
		ringfence-runtime delete --force $id
	done
	nothing_of_it
}

# Their hook comes before ours, and holds up the runtime. Which ends with us.
@test "of create, start comes nothing when ringfence-runtime is killed in between, and the runtime with it" {
	bundle cut box sh -c 'echo started >/tmp/started'
	change cut 'c["hooks"] = {"createRuntime": [{"path": "/bin/sleep", "args": ["cut-sleep", "60"]}]}'
	background cut.out ringfence-runtime --runtime crun create -b /srv/bundles/cut cut
	until pgrep -f '^cut-sleep 60' >/dev/null; do sleep 0.1; done
	# shellcheck disable=SC2154 # lib.bash has it
	kill -KILL "${started[-1]}"
	status=0
	await_last 30 || status=$?
	[[ $status != 0 ]]
	pkill -KILL -f '^cut-sleep 60' || :
	for _ in {1..100}; do
		[[ -n $(cat /sys/fs/cgroup/containers/cut/cgroup.procs 2>/dev/null) ]] || break
		sleep 0.1
	done
	[[ -z $(cat /sys/fs/cgroup/containers/cut/cgroup.procs 2>/dev/null) && ! -e /srv/bundles/cut/shared/started ]]
	run ringfence-runtime --runtime crun start cut
	[[ $status != 0 ]]
	ringfence-runtime --runtime crun delete --force cut || :
	change cut 'del c["hooks"]'
	runs crun cut
	[[ $status == 0 && -e /srv/bundles/cut/shared/started ]]
	nothing_of_it
}

@test "a container that has cgroups of its own: in them it is confined, and whoever enters it; without the privilege it has none" {
	local job='mkdir /sys/fs/cgroup/sub && echo 0 >/sys/fs/cgroup/sub/cgroup.procs && echo moved
		cat /proc/self/cgroup /srv/public /srv/secret; echo >/tmp/ready; sleep 1000'
	for policy in manager box; do
		bundle $policy $policy sh -c "$job"
		change $policy 'c["mounts"] += [
			{"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]},
			{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["rw"]}]'
		ringfence-runtime --runtime crun create -b /srv/bundles/$policy $policy </dev/null >$policy.out 2>&1
		ringfence-runtime --runtime crun start $policy
		wait_for /srv/bundles/$policy/shared/ready
		cat $policy.out
		[[ $(<$policy.out) == *"this is public"*"/srv/secret"*"Permission denied"* && $(<$policy.out) != *"this is secret"* ]]
	done
	[[ $(<manager.out) == moved*"0::/sub"* && $(<box.out) != *moved* && $(<box.out) == *"Permission denied"*"0::/"* ]]
	run crun exec manager cat /srv/secret
	[[ $status != 0 && $output == *"Permission denied"* ]]
	# Where it has moved to is still this container's, and ends with it.
	[[ $(ringfence list --json | python3 -c 'import json, sys
print([d["tasks"] for d in json.load(sys.stdin)["domains"] if d["container"] == "manager"])') == "[1]" ]]
	for policy in manager box; do ringfence-runtime --runtime crun delete --force $policy; done
	nothing_of_it
}

@test "the alerts name the container, and the rule: of a file, and of a system call where the runtime takes the flag" {
	: >"$BATS_FILE_TMPDIR/alerts"
	for runtime in crun runc; do
		bundle "told-$runtime" box sh -c 'cat /srv/secret; mount -t tmpfs t /tmp; true'
		runs $runtime "told-$runtime"
	done
	for _ in {1..100}; do
		[[ $(grep -c file.read "$BATS_FILE_TMPDIR/alerts") -lt 2 ]] || break
		sleep 0.1
	done
	cat "$BATS_FILE_TMPDIR/alerts"
	for runtime in crun runc; do
		grep '"operation":"file.read"' "$BATS_FILE_TMPDIR/alerts" | grep "\"container\":\"told-$runtime\"" |
			grep "\"rule\":\"$POLICIES/box.yaml:$(grep -n SECRET $POLICIES/box.yaml | cut -d : -f 1)\""
	done
	grep '"syscall":"mount"' "$BATS_FILE_TMPDIR/alerts" | grep '"container":"told-crun"' | grep '"rule":"otherwise"' |
		grep '"errno":"EPERM"'
}

@test "killing the daemon leaves a running container confined, and refuses the next" {
	bundle one box sleep 1000
	ringfence-runtime --runtime crun create -b /srv/bundles/one one </dev/null >one.out 2>&1
	ringfence-runtime --runtime crun start one
	kill -KILL "$(pidof_daemon)"
	run crun exec one cat /srv/secret
	[[ $status != 0 && $output == *"Permission denied"* ]]
	run crun exec one cat /srv/public
	[[ $status == 0 ]]
	bundle two box true
	for runtime in crun runc; do
		runs $runtime two --log "$PWD/$runtime.log" --log-format json
		[[ $status == 1 && $output == *"No daemon answers"*"start it: ringfence daemon"* ]]
		[[ $(<"$runtime.log") == *'"level":"error"'*"No daemon answers"* ]]
	done
	ringfence-runtime --runtime crun delete --force one
	nothing_of_it
	rm -f "$SOCKET"
	start_daemon --log "$BATS_FILE_TMPDIR/alerts"
	runs crun two
	[[ $status == 0 ]]
}

@test "a daemon that is stopped: half a minute later it is said, and nothing has started" {
	local status_of=(0 0)
	bundle one box sh -c 'echo x >/tmp/new'
	kill -STOP "$(pidof_daemon)"
	background run.out ringfence run -p box -- touch ran
	background one.out ringfence-runtime --runtime crun run -b /srv/bundles/one one
	# shellcheck disable=SC2154 # of lib.bash
	await_process "${started[0]}" || status_of[0]=$?
	await_process "${started[1]}" || status_of[1]=$?
	kill -CONT "$(pidof_daemon)"
	cat run.out one.out
	[[ ${status_of[*]} == "125 1" && ! -e ran && ! -e /srv/bundles/one/shared/new ]]
	[[ $(<run.out) == *"did not answer: Connection timed out"* && $(<one.out) == *"did not answer: Connection timed out"* ]]
	nothing_of_it
	# It is well again, and what it finds in its socket is of nobody any more.
	runs crun one
	[[ $status == 0 && -e /srv/bundles/one/shared/new ]]
}

@test "a policy that is wrong, unknown, or missing: the container does not start" {
	bundle bad bad echo started
	bundle none nosuch echo started
	bundle without - echo started
	bundle strange ../box echo started
	runs crun bad
	[[ $status == 1 && $output == *"bad.yaml:4:"*"opennat"* && $output != *started* ]]
	runs crun none
	[[ $status == 1 && $output == *"nosuch.yaml"* && $output != *started* ]]
	runs crun without
	[[ $status == 1 && $output == *"has no policy"* && $output != *started* ]]
	runs crun strange
	[[ $status == 1 && $output == *"cannot be the name of a policy"* && $output != *started* ]]
	nothing_of_it
}

@test "a policy whose file has changed under a container that runs: the next is not started until it is reloaded" {
	sed 's/^name: box/name: changing/' $POLICIES/box.yaml >$POLICIES/changing.yaml
	bundle first changing sleep 1000
	bundle next changing echo started
	ringfence-runtime --runtime crun create --bundle /srv/bundles/first first >create.out 2>&1 </dev/null ||
		{ cat create.out; false; }
	ringfence-runtime --runtime crun start first
	runs crun next
	[[ $status == 0 && $output == started ]]
	echo '    - {path: /srv/other, allow: [read]}' >>$POLICIES/changing.yaml
	for runtime in crun runc; do
		runs $runtime next
		[[ $status != 0 && $output == *"is not what its containers run under"*"ringfence reload changing"* ]]
		[[ $output != *started* ]]
	done
	ringfence reload changing
	runs crun next
	[[ $status == 0 && $output == started ]]
	ringfence-runtime --runtime crun delete --force first
	nothing_of_it
}

@test "the policy of the command line, and of the administrator; the container's own comes first" {
	bundle plain - cat /srv/secret
	for policy in box $POLICIES/box.yaml; do
		runs crun plain --policy "$policy"
		[[ $status != 0 && $output == *"Permission denied"* ]]
	done
	echo 'policy: box' >/etc/ringfence/runtime.yaml
	runs crun plain
	[[ $status != 0 && $output == *"Permission denied"* ]]
	printf 'policy: bad\nunconfined: allow\n' >/etc/ringfence/runtime.yaml
	bundle own box cat /srv/secret
	runs crun own
	[[ $status != 0 && $output == *"Permission denied"* ]]
	runs crun plain
	[[ $status == 1 && $output == *"opennat"* ]]
	echo 'unconfined: perhaps' >/etc/ringfence/runtime.yaml
	runs crun own
	[[ $status == 1 && $output == *"runtime.yaml:1:"* ]]
	nothing_of_it
}

# Beside the runtimes: one whose bundle has lost its hooks on the way.
make_nohooks() {
	cat >nohooks <<-'END'
		#!/bin/bash
		for word; do
			[[ $word != --bundle=* ]] || python3 - "${word#--bundle=}/config.json" <<-'PYTHON'
				import json, sys
				c = json.load(open(sys.argv[1]))
				del c["hooks"]
				json.dump(c, open(sys.argv[1], "w"))
			PYTHON
		done
		exec runc "$@"
	END
	chmod +x nohooks
}

@test "a runtime that calls no hooks makes no container; of one that it has run it is told" {
	make_nohooks
	bundle free box sleep 1000
	for id in free -free; do
		run ringfence-runtime --runtime "$PWD/nohooks" --log "$PWD/log$id" create --bundle /srv/bundles/free -- "$id" </dev/null
		[[ $status == 1 && $output == *"did not call the hook"* && $(<"log$id") == *"did not call the hook"* ]]
		nothing_of_it
	done
	for code in 0 3; do
		bundle $code box sh -c "exit $code"
		runs "$PWD/nohooks" $code
		[[ $status == $((code ? code : 1)) && $output == *"did not call the hook"*"was not confined"* ]]
		nothing_of_it
	done
}

@test "a container that was made without the hook is not started when nobody was left to delete it" {
	make_nohooks
	cat >slow <<-'END'
		#!/bin/bash
		"${0%/*}/nohooks" "$@" || exit
		[[ " $* " != *" create "* ]] || exec sleep 60
	END
	chmod +x slow
	bundle free box sh -c 'echo started >/tmp/started'
	background free.out ringfence-runtime --runtime "$PWD/slow" create --bundle /srv/bundles/free free
	until runc state free 2>/dev/null | grep -q created; do sleep 0.1; done
	# shellcheck disable=SC2154 # lib.bash has it
	kill -KILL "${started[-1]}"
	status=0
	await_last 30 || status=$?
	for runtime in slow nohooks; do
		run ringfence-runtime --runtime "$PWD/$runtime" start free
		[[ $status == 1 && $output == *"not registered"* ]]
		run ringfence-runtime --runtime "$PWD/$runtime" create --bundle /srv/bundles/free free </dev/null
		[[ $status == 1 && $output == *"There is a container 'free' already"* ]]
	done
	[[ ! -e /srv/bundles/free/shared/started ]]
	ringfence-runtime --runtime runc delete --force free
	nothing_of_it
}

@test "an id that is in use, made once more: the container keeps what is its own, and is confined" {
	for runtime in crun runc; do
		bundle "$runtime" box sleep 1000
		create=(create --bundle "/srv/bundles/$runtime" "$runtime")
		ringfence-runtime --runtime $runtime "${create[@]}" </dev/null >create.out 2>&1
		for other in crun runc; do
			run ringfence-runtime --runtime $other "${create[@]}" </dev/null
			[[ $status == 1 && $output == *"There is a container '$runtime' already"* ]]
		done
		run ringfence-runtime --runtime $runtime exec "$runtime" cat /srv/public
		[[ $status == 1 && $output == *"has not been started"* ]]
		ringfence-runtime --runtime $runtime start "$runtime"
		run ringfence-runtime --runtime $runtime "${create[@]}" </dev/null
		[[ $status == 1 && $output == *already* ]]
		run ringfence-runtime --runtime $runtime exec "$runtime" cat /srv/public
		[[ $status == 0 && $output == *"this is public"* ]]
		[[ -e $(echo "$DIRS"/*-"$runtime")/config.json ]]
		ringfence-runtime --runtime $runtime delete --force "$runtime"
		nothing_of_it
	done
}

@test "hooks in the container, and paths that are hidden or read-only, do not hinder a start under a policy" {
	for runtime in crun runc; do
		bundle "$runtime" box sh -c 'cat /proc/keys; echo x >/proc/sys/kernel/domainname; cat /srv/public'
		change "$runtime" 'import os
for kind in ("createContainer", "startContainer"):
	c.setdefault("hooks", {})[kind] = [{"path": "/bin/sh", "args": ["sh", "-c", "echo %s >>%s/hooked" % (
		kind, "/tmp" if kind == "startContainer" else os.path.dirname(path) + "/shared")]}]
c["linux"]["maskedPaths"] = ["/proc/keys", "/proc/acpi", "/srv/secret"]
c["linux"]["readonlyPaths"] = ["/proc/sys", "/proc/bus"]'
		runs $runtime "$runtime"
		[[ $status == 0 && $output == *"domainname: Read-only file system"*"this is public"* ]]
		[[ $(<"/srv/bundles/$runtime/shared/hooked") == createContainer$'\n'startContainer ]]
		nothing_of_it
	done
}

@test "crun's annotation with a filter of its own is refused; names that differ in case alone are too" {
	for runtime in crun runc; do
		bundle "$runtime" box echo started
		change "$runtime" 'c["annotations"]["run.oci.seccomp_bpf_data"] = "BgAAAAAA/38="'
		runs $runtime "$runtime"
		[[ $status == 1 && $output == *"replaces the filter"* && $output != *started* ]]
		bundle "$runtime-case" box echo started
		change "$runtime-case" 'c["Linux"] = {"seccomp": None}'
		runs $runtime "$runtime-case"
		[[ $status == 1 && $output == *"'Linux' would be taken for 'linux'"* && $output != *started* ]]
		nothing_of_it
	done
}

@test "a container in its engine's cgroup is refused" {
	bundle shared box echo started
	change shared 'c["linux"]["cgroupsPath"] = ""'
	run timeout 60 ringfence-runtime --runtime crun --cgroup-manager=disabled run -b /srv/bundles/shared shared
	[[ $status != 0 && $output == *"no cgroup of its own"* && $output != *started* ]]
	nothing_of_it
}

# One start: a container of its own, whose first instruction opens the secret.
# Starts a bundle's share of the containers, one after the other.
start_share() { # NUMBER
	local status
	for _ in {1..25}; do
		status=0
		ringfence-runtime --runtime crun run -b "/srv/bundles/many$1" "many$1" </dev/null >>"$1.out" 2>&1 || status=$?
		echo "$status" >>"$1.statuses"
	done
}

@test "100 starts, 4 at a time, of a program whose first instruction opens the secret: not one succeeds" {
	for i in 1 2 3 4; do bundle many$i box /bin/opens-first /srv/public; done
	runs crun many1
	[[ $status == 0 ]]
	for i in 1 2 3 4; do change many$i 'c["process"]["args"] = ["/bin/opens-first", "/srv/secret"]'; done
	for i in 1 2 3 4; do start_share $i & done
	wait
	cat 1.out
	[[ $(cat ./*.statuses | sort | uniq -c) =~ ^\ *100\ 13$ ]]
	nothing_of_it
}
