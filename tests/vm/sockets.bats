#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# UNIX sockets by path: streams and datagrams, allowed and refused; names that are no paths are not governed.

load lib

setup_file() {
	mkdir -p /tmp/sockets/open /tmp/sockets/shut
	cat >/tmp/sockets/policy.yaml <<-'END'
		version: 1
		name: sockets
		mode: enforce
		files:
		  otherwise: deny
		  rules:
		    - {path: [/usr/**, /lib/**, /lib64/**, /job/**, /tmp/sockets/*.py], allow: [read, exec]}
		    - {path: [/etc/**, "/proc/**", /dev/**], allow: [read]}
		    - {path: /tmp/sockets/open/*, allow: [connect]}
		    - {path: /tmp/sockets/shut/*, deny: [connect]}
	END
	cat >/tmp/sockets/server.py <<-'END'
		import os, socket
		held = []
		for kind, name in ((socket.SOCK_STREAM, "stream"), (socket.SOCK_DGRAM, "dgram")):
		    for where in ("/tmp/sockets/open/", "/tmp/sockets/shut/", "\0"):
		        s = socket.socket(socket.AF_UNIX, kind)
		        s.bind(where + name)
		        if kind == socket.SOCK_STREAM:
		            s.listen()
		        held.append(s)
		open("/tmp/sockets/ready", "w").close()
		import time
		for _ in range(6000):
		    if os.path.exists("/tmp/sockets/over"):
		        break
		    time.sleep(0.1)
	END
	cat >/tmp/sockets/client.py <<-'END'
		import errno, socket
		def attempt(what, call):
		    try:
		        call()
		        print(what, "ok")
		    except OSError as e:
		        print(what, errno.errorcode[e.errno])
		def stream(path):
		    socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).connect(path)
		def sent(path):
		    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", path)
		def connected(path):
		    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).connect(path)
		for where, name in (("open", "/tmp/sockets/open/"), ("shut", "/tmp/sockets/shut/"), ("abstract", "\0")):
		    attempt("stream " + where, lambda: stream(name + "stream"))
		    attempt("sent " + where, lambda: sent(name + "dgram"))
		    attempt("connected " + where, lambda: connected(name + "dgram"))
		a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
		attempt("pair", lambda: a.send(b"x"))
	END
	python3 /tmp/sockets/server.py 3>&- &
	echo $! >/tmp/sockets/server
	for _ in $(seq 600); do [[ -e /tmp/sockets/ready ]] && break; sleep 0.1; done
	timeout -k 20 200 ringfence run -p /tmp/sockets/policy.yaml -l /tmp/sockets/log -- python3 /tmp/sockets/client.py >/tmp/sockets/out 3>&-
}

teardown_file() {
	: >/tmp/sockets/over
	await_process "$(</tmp/sockets/server)" 20 || :
	rm -rf /tmp/sockets
}

got() {
	grep -qx "$1" /tmp/sockets/out || {
		cat /tmp/sockets/out
		return 1
	}
}

refused() { # path times
	[[ $(tests/vm/alerts /tmp/sockets/log count operation=file.connect action=deny errno=EACCES path="$1" path_state=attached \
		rule="/tmp/sockets/policy.yaml:$(grep -n shut /tmp/sockets/policy.yaml | cut -d: -f1)") == "$2" ]] || {
		cat /tmp/sockets/log
		return 1
	}
}

@test "a stream socket by path: allowed, and refused" {
	got 'stream open ok'
	got 'stream shut EACCES'
	refused /tmp/sockets/shut/stream 1
}

@test "a datagram socket by path, connected or not: allowed, and refused" {
	got 'sent open ok'
	got 'connected open ok'
	got 'sent shut EACCES'
	got 'connected shut EACCES'
	refused /tmp/sockets/shut/dgram 2
}

@test "abstract names and socket pairs are no files" {
	got 'stream abstract ok'
	got 'sent abstract ok'
	got 'pair ok'
	[[ $(tests/vm/alerts /tmp/sockets/log count operation=file.connect) == 3 ]]
}
