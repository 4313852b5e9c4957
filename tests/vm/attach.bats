#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Who runs already is confined, all of it, and set free again.

load lib

A=/srv/attach
BOX=/sys/fs/cgroup/box

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	rm -rf $A
	mkdir -p $A $BOX/inner
	echo content | tee $A/secret >$A/public
	write_policy a <<-'END'
		version: 1
		name: a
		mode: enforce
		syscalls: {otherwise: allow, deny: [vhangup]}
		files: {otherwise: allow, rules: [{path: /srv/attach/secret, deny: all}]}
	END
	policy=$BATS_FILE_TMPDIR/a.yaml
}

teardown() {
	echo 1 >$BOX/cgroup.kill
	end_started
	while ! rmdir $BOX/inner $BOX; do sleep 0.1; done
	rm -rf $A
}

# Somebody unconfined in a cgroup, who opens what they are asked to.
begin() { # NAME CGROUP
	mkfifo "in-$1" "out-$1"
	background "$1.err" sh -c "echo \$\$ >$2/cgroup.procs; exec opens-asked <in-$1 >out-$1"
}

opens() { # PATH [FDS]
	local answer to=${2:-78}
	echo "r $1" >&"${to:0:1}"
	read -r answer <&"${to:1:1}"
	echo "$answer"
}

domains() {
	ringfence list --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["domains"]))'
}

@test "I07 already running: those in the cgroup and below are confined, those beside it and the descriptors they have are not" {
	begin in $BOX
	exec 7>in-in 8<out-in
	begin below $BOX/inner
	exec 5>in-below 6<out-below
	[[ $(opens $A/secret) == ok ]]
	run --separate-stderr ringfence attach -p "$policy" -n box $BOX
	# shellcheck disable=SC2154 # of bats
	echo "$output" "$stderr"
	[[ $status == 0 && $output == "2 tasks confined" && $stderr == *"system calls are not enforced"*"hint: "* ]]
	[[ $(opens $A/secret) == 13 && $(opens $A/public) == ok ]]
	[[ $(opens $A/secret 56) == 13 && $(opens $A/public 56) == ok ]]
	cat $A/secret
	# The daemon reads the alerts (guest.sh has started it).
	for _ in {1..100}; do
		! grep "deny file.read $A/secret .* container=box" /out/daemon.log || break
		sleep 0.1
	done
	grep -q "deny file.read $A/secret .* container=box" /out/daemon.log
	# Who comes later is confined from their first program on.
	run sh -c "echo \$\$ >$BOX/cgroup.procs; exec cat $A/public $A/secret"
	[[ $status != 0 && $output == "content"*"Permission denied"* ]]
	run ringfence status
	echo "$output"
	[[ $output == *"cgroup-"*"running"*"enforce, container box, 2 tasks"*"not enforced: syscalls: no filter can be installed from outside"* ]]
	run -125 ringfence attach -p "$policy" $BOX
	[[ $output == *"confined already"*"hint: "* ]]
	run -2 ringfence detach $BOX
	[[ $(opens $A/secret) == 13 ]]
	run --separate-stderr ringfence detach --yes $BOX
	echo "$output" "$stderr"
	[[ $status == 0 && $output == "2 tasks set free" && $stderr == *"'box' is not confined any more"* ]]
	[[ $(opens $A/secret) == ok && $(opens $A/secret 56) == ok ]]
	grep "Attach: container 'box', policy 'a' ([0-9a-f]*), enforce mode, 2 tasks; process [0-9]* has asked" /out/daemon.log
	grep "Detach: container 'box', policy 'a', 2 tasks set free; process [0-9]* has asked" /out/daemon.log
	for _ in {1..100}; do
		[[ $(domains) != 0 ]] || break
		sleep 0.1
	done
	[[ $(domains) == 0 ]]
	run -125 ringfence detach --yes $BOX
	[[ $output == *"does not confine that cgroup"* ]]
	exec 5>&- 6<&- 7>&- 8<&-
}

@test "a run that is detached: status says so, and that nothing but system calls is enforced" {
	mkfifo in-run out-run
	background run.err sh -c "exec ringfence run -p '$policy' -n one -l one.log -- opens-asked <in-run >out-run"
	exec 7>in-run 8<out-run
	[[ $(opens $A/secret) == 13 ]]
	run ringfence status
	[[ $output == *"running, policy a "*"container one"* ]]
	ringfence detach --yes /sys/fs/cgroup/ringfence/run-*
	[[ $(opens $A/secret) == ok ]]
	run ringfence status
	echo "$output"
	[[ $output == *": detached, policy a "*"container one"*"not enforced: everything but system calls: it is detached"* ]]
	exec 7>&- 8<&-
	await_last
}

@test "set free, and confined anew at once, which lasts" {
	begin in $BOX
	exec 7>in-in 8<out-in
	ringfence attach -p "$policy" -n first $BOX
	for _ in {1..5}; do
		ringfence detach --yes $BOX
		ringfence attach -p "$policy" -n next $BOX
		[[ $(opens $A/secret) == 13 ]]
	done
	for _ in {1..100}; do
		[[ $(domains) != 1 ]] || break
		sleep 0.1
	done
	[[ $(domains) == 1 ]]
	# The domains that have ended took nothing with them: who enters is confined.
	run sh -c "echo \$\$ >$BOX/cgroup.procs; exec cat $A/public $A/secret"
	[[ $status != 0 && $output == "content"*"Permission denied"* ]]
	exec 7>&- 8<&-
}

@test "a connection to the daemon from before is of no use any more" {
	cat >ask.py <<-'END'
		import json, os, socket, struct, sys, time
		s = socket.socket(socket.AF_UNIX)
		s.connect("/run/ringfence/ringfence.sock")
		def ask(**request):
		    text = json.dumps({"version": 1, **request}).encode()
		    s.sendall(struct.pack("<I", len(text)) + text)
		    head = s.recv(4)
		    return json.loads(s.recv(struct.unpack("<I", head)[0])) if len(head) == 4 else "closed"
		assert ask(request="hello")["ok"]
		print("connected", flush=True)
		while not os.path.exists("go"):
		    time.sleep(0.1)
		try:
		    print(ask(request="detach", cgroup_id=int(sys.argv[1])), flush=True)
		except (BrokenPipeError, ConnectionResetError):
		    print("closed", flush=True)
	END
	background ask.out sh -c "echo \$\$ >$BOX/cgroup.procs; exec python3 ask.py $(stat -c %i $BOX)"
	wait_for ask.out
	ringfence attach -p "$policy" $BOX
	touch go
	await_last
	cat ask.out
	[[ $(<ask.out) == connected*closed ]]
}

@test "who forks all the time does not get away" {
	local i
	for i in {1..4}; do
		background "forks$i.out" bash -c "echo \$\$ >$BOX/cgroup.procs
			while :; do (echo >>tries-$i; read -r x <$A/secret && echo leaked >>leaks); done 2>/dev/null"
		wait_for "tries-$i"
	done
	wait_for leaks
	ringfence attach -p "$policy" $BOX
	sleep 1 # what was open is read
	: >leaks
	for i in {1..4}; do
		: >"tries-$i"
		wait_for "tries-$i"
	done
	sleep 2
	[[ ! -s leaks ]]
	ringfence attach -p "$policy" $BOX 2>&1 | grep "confined already"
	echo 1 >$BOX/cgroup.kill
	for _ in {1..100}; do
		[[ $(domains) != 0 ]] || break
		sleep 0.1
	done
	[[ $(domains) == 0 ]]
}

@test "nobody there, no cgroup, and the cgroup of who asks are refused" {
	run -125 ringfence attach -p "$policy" $BOX
	[[ $output == *"Nobody is in the cgroup"*"hint: "* ]]
	run -125 ringfence attach -p "$policy" $A
	[[ $output == *"'$A' is no cgroup of the unified hierarchy"*"hint: "* ]]
	run -125 ringfence detach --yes $A
	[[ $output == *"'$A' is no cgroup of the unified hierarchy"*"hint: "* ]]
	run -125 ringfence attach -p "$policy" /sys/fs/cgroup
	[[ $output == *"The daemon, or who asks it, is in that cgroup"* ]]
	[[ $(domains) == 0 ]]
	cat $A/secret
}
