#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `ringfence daemon` where it cannot be, and `run` with one that is none. What it does is in tests/vm/daemon.bats.

bats_require_minimum_version 1.5.0
load helpers

SOCKET=/run/ringfence/ringfence.sock

setup() {
	[[ ! -S $SOCKET ]] || skip "this machine has a daemon"
	printf '%s\n' 'version: 1' 'name: p' 'mode: enforce' 'privileges: {allow: []}' >"$BATS_TEST_TMPDIR/p.yaml"
	ran=$BATS_TEST_TMPDIR/ran
}

teardown() {
	[[ -z ${fake:-} ]] || kill "$fake" 2>/dev/null || :
	[[ -z ${fake:-} ]] || rm -f $SOCKET
}

# Answers a connection with what Python makes of the argument.
pretend() { # BYTES
	cat >"$BATS_TEST_TMPDIR/fake.py" <<-END
		import os, socket, struct
		os.makedirs("/run/ringfence", 0o700, exist_ok=True)
		s = socket.socket(socket.AF_UNIX)
		s.bind("$SOCKET")
		s.listen()
		def frame(text):
		    return struct.pack("<I", len(text)) + text
		while True:
		    c, _ = s.accept()
		    c.recv(100)
		    c.sendall($1)
		    c.close()
	END
	python3 "$BATS_TEST_TMPDIR/fake.py" 3>&- &
	fake=$!
	until [[ -S $SOCKET ]]; do sleep 0.1; done
}

@test "daemon: usage errors, and help on standard output" {
	run -2 "$RINGFENCE" daemon now
	run -2 "$RINGFENCE" daemon --frobnicate
	run -0 "$RINGFENCE" daemon --help
	[[ $output == *"usage: ringfence daemon"*"--metrics A:PORT"* ]]
}

@test "daemon: sizes that no ring can have" {
	for size in '' 0 2K 5K 4097 128M 1k many; do
		run -2 "$RINGFENCE" daemon --ring-size "$size"
		[[ $output == *"'$size' is no size of a ring: a power of two from 4K to 64M"* ]]
	done
	run -0 "$RINGFENCE" daemon --ring-size 64K --help
}

@test "daemon: where metrics cannot be served" {
	for address in '' 9100 localhost:9100 127.0.0.1:0 ::1:9100 127.0.0.1:http unix: unix:relative unix:/run/; do
		run -2 "$RINGFENCE" daemon --metrics "$address"
		[[ $output == *"--metrics wants ADDRESS:PORT, as 127.0.0.1:9100, [::1]:9100 or :9100, or unix:PATH"*"not '$address'"* ]]
	done
	run -2 "$RINGFENCE" daemon --metrics
}

@test "daemon: a kernel that does not take the programs: 125 with a hint, nothing listens, nothing is left" {
	if "$RINGFENCE" doctor >/dev/null; then
		skip "this machine can enforce; tests/vm boots one that cannot"
	fi
	run -125 "$RINGFENCE" daemon
	[[ $output == *"hint: "* || $output == *"Permission denied"* ]]
	[[ ! -e $SOCKET && -z $(find /run/ringfence/run -name 'daemon-*' 2>/dev/null) ]]
}

@test "daemon: a SIGHUP that comes while it starts does not end it" {
	[[ $(id -u) -eq 0 ]] || skip "only root gets so far"
	if "$RINGFENCE" doctor >/dev/null; then
		skip "on this machine it would go on running"
	fi
	run -0 python3 - "$RINGFENCE" <<-'END'
		import os, signal, subprocess, sys
		def has_lock(pid):
		    try:
		        fds = f"/proc/{pid}/fd"
		        return any(os.readlink(f"{fds}/{fd}").endswith("/daemon.lock") for fd in os.listdir(fds))
		    except OSError: # closed, or ended, in between
		        return False
		for i in range(50):
		    p = subprocess.Popen([sys.argv[1], "daemon"], stderr=subprocess.DEVNULL)
		    while p.poll() is None and not has_lock(p.pid):
		        pass
		    p.send_signal(signal.SIGHUP)
		    assert p.wait() == 125, p.returncode
	END
	echo "$output"
}

@test "run: who listens there and is no daemon is no reason to run" {
	[[ $(id -u) -eq 0 ]] || skip "only root can listen there"
	for answer in 'b""' 'b"\xff\xff\xff\xff"' 'frame(b"{}")' 'frame(b"[]")' 'frame(b"{\"version\": 2, \"ok\": true}")'; do
		pretend "$answer"
		run -125 "$RINGFENCE" run -p "$BATS_TEST_TMPDIR/p.yaml" -- touch "$ran"
		echo "$answer: $output"
		[[ $output == *"The daemon did not answer"*"hint: "* && ! -e $ran ]]
		kill "$fake"
		rm $SOCKET
	done
}
