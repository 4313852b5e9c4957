#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The daemon: runs that go through it, and what becomes of them when one of the two is killed.
#
# Without the daemon: each test ends or kills one of its own.

load lib
load daemon

PINS=/sys/fs/bpf/ringfence/run

setup_file() {
	mkdir -p /srv/d
	echo canary >/srv/d/secret
	echo content >/srv/d/public
	write_policy d <<-'END'
		version: 1
		name: d
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: /srv/d/secret, deny: all} # SECRET
	END
}

setup() {
	policy=$BATS_FILE_TMPDIR/d.yaml
	cd "$BATS_TEST_TMPDIR" || return
	[[ -S $SOCKET ]] || start_daemon
}

teardown() {
	touch "$BATS_TEST_TMPDIR/go"
	end_started
}

teardown_file() {
	stop_daemon
	rm -rf /srv/d
	nothing_left
}

# A confined command that tells when it runs, waits for `go`, and then tries the secret.
begin() { # NAME
	background "$1.out" ringfence run -p "$policy" -n "$1" -l "$1.json" -- \
		sh -c "echo >$1.ready; until [ -e go ]; do sleep 0.1; done; cat /srv/d/public /srv/d/secret"
	wait_for "$1.ready"
}

# What was begun last comes to its end, refused.
was_refused() { # NAME
	status=0
	await_last || status=$?
	[[ $status == 1 ]]
	had_one_alert "$1"
}

had_one_alert() { # NAME
	[[ $(<"$1.out") == "content"*"Permission denied"* ]]
	[[ $(wc -l <"$1.json") == 1 && $(<"$1.json") == *'"path":"/srv/d/secret"'*"\"container\":\"$1\""* ||
		$(<"$1.json") == *"\"container\":\"$1\""*'"path":"/srv/d/secret"'* ]]
}

programs() {
	bpftool prog show | grep -c ' name rf_file_open'
}

# The kernel takes its time with a set of programs whose pins are gone.
programs_become() { # SETS
	for _ in {1..1200}; do
		[[ $(programs) != "$1" ]] || return 0
		sleep 0.1
	done
	return 1
}

@test "the socket is root's alone, and there is no other; and there is one daemon at a time" {
	[[ $(stat -c '%a %u %F' "$SOCKET") == "600 0 socket" ]]
	[[ $(ss --no-header --listening --tcp --udp --unix --processes | grep -c '"ringfence"') == 1 ]]
	run ringfence daemon
	echo "$output"
	[[ $status == 125 && $output == *"Another daemon is running"*"hint: "* ]]
	ringfence run -p "$policy" -- true
}

@test "a run through it loads nothing, is confined, and gives its domain back" {
	local i
	[[ $(programs) == 1 ]]
	begin one
	[[ $(programs) == 1 ]]
	run ringfence status
	echo "$output"
	[[ $output == *"policy d "*"enforce, container one"*"by object: /srv/d/secret"* ]]
	touch go
	was_refused one
	for i in {1..30}; do
		run ringfence run -p "$policy" -l many.json -- cat /srv/d/secret
		[[ $status == 1 ]]
	done
	[[ $(grep -c '"path":"/srv/d/secret"' many.json) == 30 ]]
	run ringfence run -p "$policy" -- cat /srv/d/public
	[[ $status == 0 && $output == content ]]
	! compgen -G '/sys/fs/cgroup/ringfence/run-*' || false
}

@test "eight at once: each has its own alerts, and its own exit status" {
	local i
	for i in {1..8}; do
		background "p$i.out" ringfence run -p "$policy" -n "p$i" -l "p$i.json" -- \
			sh -c "cat /srv/d/public /srv/d/secret; exit $i"
	done
	for i in {1..8}; do
		status=0
		# shellcheck disable=SC2154 # of lib.bash
		await_process "${started[$((i - 1))]}" || status=$?
		[[ $status == "$i" ]]
		had_one_alert "p$i"
	done
}

@test "a flood of one costs another no alert" {
	background flood.out ringfence run -p "$policy" -n noisy -l noisy.json -- sh -c 'until [ -e go ]; do flood 2000 /srv/d/secret; done'
	wait_for noisy.json
	for _ in {1..20}; do
		run ringfence run -p "$policy" -n quiet -l quiet.json -- cat /srv/d/secret
	done
	touch go
	await_last || :
	[[ $(grep -c '"container":"quiet"' quiet.json) == 20 && $(grep -c . quiet.json) == 20 ]]
	# It had a burst, and what was held back of the rest is told.
	[[ $("$BATS_TEST_DIRNAME/alerts" noisy.json count action=deny) -ge 1000 ]]
	[[ $("$BATS_TEST_DIRNAME/alerts" noisy.json sum repeated) -gt 0 || $("$BATS_TEST_DIRNAME/alerts" noisy.json sum count) -gt 0 ]]
}

@test "the daemon is killed: who was confined stays so and is heard, and there is another daemon, which takes over" {
	local old
	old=$(pidof_daemon)
	begin one
	# Nobody can be asked any more who is confined: nothing is taken away then.
	rm "$PINS/daemon-$old"-*/rf_confined_tasks
	kill_daemon KILL
	[[ -S $SOCKET ]] # with nobody behind it
	run ringfence status
	echo "$output"
	[[ $status == 0 && $output == *"daemon: none; what one has confined stays so"* && $output == *"running"*"enforce"* ]]
	start_daemon
	[[ -e $(echo "$PINS/daemon-$old"-*/rf_confined_tasks) ]]
	run ringfence run -p "$policy" -- cat /srv/d/secret
	[[ $status == 1 ]]
	programs_become 1
	[[ $(echo $PINS/*daemon*) == $PINS/daemon-"$old"-* ]]
	touch go
	was_refused one
}

@test "the run is killed: its command stays confined, and its domain ends with it" {
	local run cgroup
	begin one
	run=${started[-1]} cgroup=$(echo /sys/fs/cgroup/ringfence/run-"$run"-*)
	kill -KILL "$run"
	while is_alive "$run"; do sleep 0.1; done
	sleep 3 # the daemon looks once a second
	[[ $(<"$cgroup/cgroup.events") == *"populated 1"* ]]
	touch go
	while [[ $(<"$cgroup/cgroup.events") == *"populated 1"* ]]; do sleep 0.1; done
	[[ $(<one.out) == "content"*"Permission denied"* ]]
	sleep 3
	# Its slot is free again: what is in use is read from the map of domains.
	[[ $(bpftool -j map dump name rf_domains | python3 -c 'import json, sys
print(sum(any(int(b, 16) for b in e["value"][12:16]) for e in json.load(sys.stdin)))') == 0 ]]
	ringfence run -p "$policy" -- true
	[[ ! -e $cgroup ]]
}

@test "its cgroup has a limit: who finds no room is not started, who is there stays confined, and there is room again" {
	local i limited=/sys/fs/cgroup/limited ready=0
	mkdir $limited
	echo 2500K >$limited/memory.max
	pidof_daemon >$limited/cgroup.procs
	for i in 1 2 3 4; do
		background l$i.out ringfence run -p "$policy" -n "l$i" -l "l$i.json" -- \
			sh -c "echo >l$i.ready; until [ -e go ]; do sleep 0.1; done; cat /srv/d/public /srv/d/secret"
		# shellcheck disable=SC2154 # of lib.bash
		until [[ -e l$i.ready ]] || ! is_alive "${started[-1]}"; do sleep 0.1; done
		[[ ! -e l$i.ready ]] || ready=$((ready + 1))
	done
	echo "$ready of 4"
	cat ./*.out
	[[ $ready -ge 1 && $ready -lt 4 ]]
	pidof_daemon >/sys/fs/cgroup/cgroup.procs
	run ringfence run -p "$policy" -l after.json -- cat /srv/d/secret
	[[ $status == 1 && $(wc -l <after.json) == 1 ]]
	touch go
	for i in 1 2 3 4; do
		status=0
		await_process "${started[i - 1]}" || status=$?
		if [[ -e l$i.ready ]]; then
			[[ $status == 1 ]]
			had_one_alert "l$i"
		else
			[[ $status == 125 && $(<l$i.out) == *"Cannot allocate memory"* ]]
		fi
	done
	rmdir $limited
}

@test "nonsense on the socket is refused, and costs nobody else anything" {
	cat >bad.py <<-'END'
		import json, os, socket, struct, time
		def connect():
		    s = socket.socket(socket.AF_UNIX)
		    s.settimeout(20)
		    s.connect("/run/ringfence/ringfence.sock")
		    return s
		def frame(o):
		    b = json.dumps(o).encode()
		    return struct.pack("<I", len(b)) + b
		def answer(data, fds=()):
		    s = connect()
		    socket.send_fds(s, [data], list(fds)) if fds else s.sendall(data)
		    head = s.recv(4)
		    if len(head) < 4:
		        return "closed"
		    return json.loads(s.recv(struct.unpack("<I", head)[0]))
		null = os.open("/dev/null", os.O_RDONLY)
		assert answer(b"\xff\xff\xff\xff") == "closed"
		assert answer(frame([1])) == "closed"
		assert answer(struct.pack("<I", 3) + b"{x}") == "closed"
		assert answer(frame({"version": 2, "request": "hello"})) == "closed"
		assert answer(frame({"version": 1, "request": "hello"}))["ok"] is True
		for request in ({"version": 1}, {"version": 1, "request": "sing"}, {"version": 1, "request": "register"}):
		    got = answer(frame(request))
		    assert got["ok"] is False and got["errno"] > 0 and got["messages"], got
		got = answer(frame({"version": 1, "request": "register"}), [null, null, null])
		assert got["ok"] is False and "cgroup" in got["messages"], got
		r, w = os.pipe()  # an image that would never end
		cgroup = os.open("/sys/fs/cgroup", os.O_RDONLY)
		me = os.pidfd_open(os.getpid())
		got = answer(frame({"version": 1, "request": "register"}), [r, me, cgroup])
		assert got["ok"] is False and "image" in got["messages"], got
		damaged = os.memfd_create("x")
		os.write(damaged, b"RGFIMAGE" + bytes(100))
		os.lseek(damaged, 0, 0)
		got = answer(frame({"version": 1, "request": "register"}), [damaged, me, cgroup])
		assert got["ok"] is False and "damaged" in got["messages"], got
		idle = [connect() for _ in range(8)]  # say nothing
		half = connect()
		half.sendall(frame({"version": 1, "request": "hello"})[:7])
		print("tried", flush=True)
		while not os.path.exists("end"):
		    time.sleep(0.1)
	END
	background bad.out python3 bad.py
	wait_for bad.out
	cat bad.out
	[[ $(<bad.out) == tried ]]
	run ringfence run -p "$policy" -- cat /srv/d/public
	[[ $status == 0 && $output == content ]]
	touch end
	await_last
}

@test "connections that ask for nothing, or on and on, keep nobody out and nothing for ever" {
	cat >idle.py <<-'END'
		import json, os, socket, struct, time
		def connect():
		    s = socket.socket(socket.AF_UNIX)
		    s.connect("/run/ringfence/ringfence.sock")
		    return s
		text = json.dumps({"version": 1, "request": "hello"}).encode()
		hello = struct.pack("<I", len(text)) + text
		idle = [connect() for _ in range(100)]
		for s in idle:
		    try:
		        s.sendall(hello[:7])
		    except BrokenPipeError: # it had its time, others want its place
		        pass
		print("connected", flush=True)
		while not os.path.exists("go"):
		    time.sleep(0.1)
		for s in idle:
		    s.close()
		renews, began, answers = connect(), time.monotonic(), 0
		try:
		    while time.monotonic() < began + 600:
		        renews.sendall(hello)
		        head = renews.recv(4)
		        if len(head) < 4:
		            break
		        renews.recv(struct.unpack("<I", head)[0])
		        answers += 1
		        time.sleep(1)
		    else:
		        raise SystemExit("for ever")
		except (BrokenPipeError, ConnectionResetError):
		    pass
		assert answers > 1, answers
		print("ended", flush=True)
	END
	background idle.out python3 idle.py
	wait_for idle.out
	[[ $(<idle.out) == connected ]]
	[[ $(find "/proc/$(pidof_daemon)/fd" -lname 'socket:*' | wc -l) -le 80 ]]
	run ringfence run -p "$policy" -- cat /srv/d/public
	echo "$output"
	[[ $status == 0 && $output == content ]]
	ringfence list
	touch go
	await_last 600
	[[ $(<idle.out) == *ended ]]
}

@test "the example of ringfence-control(7): what it prints is what list says" {
	begin other
	sed -n '/^import json/,/^\.Ed/p' "$BATS_TEST_DIRNAME/ringfence-control.7" | sed '/^\.Ed/d' >example.py
	run python3 example.py
	echo "$output"
	[[ $status == 0 && $output == "other 0" ]]
	touch go
	was_refused other
}

@test "who is confined cannot talk to it, root or not" {
	cat >ask.py <<-'END'
		import json, socket, struct
		s = socket.socket(socket.AF_UNIX)
		s.connect("/run/ringfence/ringfence.sock")
		b = json.dumps({"version": 1, "request": "hello"}).encode()
		try:
		    s.sendall(struct.pack("<I", len(b)) + b)
		    print("answered" if s.recv(4) else "closed")
		except (BrokenPipeError, ConnectionResetError):
		    print("closed")
	END
	run python3 ask.py
	[[ $output == answered ]]
	run ringfence run -p "$policy" -l ask.json -- python3 ask.py
	[[ $output == *PermissionError* ]]
	[[ $("$BATS_TEST_DIRNAME/alerts" ask.json count operation=privilege.bpf reason=self path="$SOCKET" errno=EPERM) == 1 ]]
	run setpriv --reuid 1000 --clear-groups python3 - <ask.py
	[[ $output == *PermissionError* ]]
}

@test "who is confined puts nothing in its place" {
	run ringfence run -p "$policy" -l own.json -- sh -c "rm -f $SOCKET; mv $SOCKET /run/ringfence/x
		touch /run/ringfence/y; touch /run/ringfence/run/z; mv /run/ringfence /run/elsewhere; touch /run/free"
	echo "$output"
	[[ -S $SOCKET && ! -e /run/ringfence/x && ! -e /run/ringfence/y && ! -e /run/ringfence/run/z && -e /run/free ]]
	rm /run/free
	[[ $("$BATS_TEST_DIRNAME/alerts" own.json count operation=privilege.bpf reason=self errno=EPERM) == 5 ]]
	[[ $("$BATS_TEST_DIRNAME/alerts" own.json count) == 5 ]]
	touch /run/ringfence/y && rm /run/ringfence/y
}

@test "a policy too large for it gets programs of its own" {
	{
		cat "$policy"
		for i in {1..3000}; do echo "    - {path: '/srv/d/$i-*-x?y/**', deny: write}"; done
	} >large.yaml
	run ringfence -v run -p large.yaml -l large.json -- cat /srv/d/public /srv/d/secret
	echo "$output"
	[[ $status == 1 && $output == *"has no room for a policy of"*"content"* ]]
	[[ $(grep -c '"path":"/srv/d/secret"' large.json) == 1 ]]
}

@test "the daemon is told to end: the same" {
	begin one
	kill_daemon TERM
	[[ ! -e $SOCKET && $(<"$BATS_FILE_TMPDIR/daemon.log") == *"Confined tasks remain"* ]]
	touch go
	was_refused one
	# Whoever comes next takes away what is of no use any more; a socket with nobody behind it is no daemon.
	python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('$SOCKET')"
	run ringfence run -p "$policy" -l own.json -- cat /srv/d/secret
	[[ $status == 1 && $(grep -c '"path":"/srv/d/secret"' own.json) == 1 ]]
	programs_become 0
	rm "$SOCKET"
}
