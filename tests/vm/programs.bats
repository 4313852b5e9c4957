#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real programs under the policies of examples/: each does its work without an alert, is refused what its policy does
# not allow, and in audit mode does everything while the same alerts appear.

load lib

work=/tmp/programs

setup_file() {
	mkdir -p $work /srv/build /srv/app
	gcc -shared -fPIC -o /usr/lib/rf-worker.so tests/vm/preload/worker.c -ldl
	# Only ringfence is to stand in the way of an unprivileged worker.
	chmod o+r /etc/shadow
	chmod o+w /etc
	# One worker makes one set of attempts.
	sed 's/^worker_processes.*/worker_processes 1;/' /etc/nginx/nginx.conf >/etc/nginx/one.conf
	prepare_sources
	web enforce
	web audit --audit
	build enforce
	build audit --audit
	script enforce
	script audit --audit
}

teardown_file() {
	end_started
	chmod o-r /etc/shadow
	chmod o-w /etc
	rm -f /usr/lib/rf-worker.so /etc/planted
	rm -rf $work /srv/build /srv/app
}

prepare_sources() {
	cat >/srv/build/hello.c <<-'END'
		#include <stdio.h>
		int main(void) { return puts("hello") < 0; }
	END
	echo '#include "/etc/shadow"' >/srv/build/steal.c
	cat >/srv/app/app.py <<-'END'
		import json, os, socket, subprocess, tempfile, threading

		def attempt(name, call):
		    try:
		        call()
		        print(name, "ok", flush=True)
		    except OSError as e:
		        print(name, type(e).__name__, e.errno, flush=True)

		with tempfile.TemporaryFile() as f:
		    f.write(b"x")
		t = threading.Thread(target=lambda: print("thread", flush=True))
		t.start()
		t.join()
		socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
		print(json.dumps({"uid": os.getuid()}), flush=True)
		attempt("shadow", lambda: open("/etc/shadow").read())
		attempt("plant", lambda: open("/etc/planted", "w").close())
		attempt("packet", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close())
	END
}

# nginx with an attacker in its worker. LOG.json: alerts; LOG.page: what it served; LOG.error: what was tried.
web() { # name options...
	local log=$work/web-$1
	shift
	rm -f /var/log/nginx/*.log /etc/planted
	LD_PRELOAD=/usr/lib/rf-worker.so ringfence run --policy examples/nginx.yaml --log "$log.json" "$@" -- \
		/usr/sbin/nginx -c /etc/nginx/one.conf -g 'daemon off;' 3>&- &
	local ringfence=$!
	ends_with_test "$ringfence"
	for _ in $(seq 240); do
		grep -q attempts-over /var/log/nginx/error.log 2>/dev/null && break
		kill -0 $ringfence || break
		sleep 0.5
	done
	curl -s --max-time 60 http://127.0.0.1/ >"$log.page"
	kill -TERM $ringfence
	await_process $ringfence && echo 0 >"$log.status" || echo $? >"$log.status"
	cp /var/log/nginx/error.log "$log.error"
	cp /var/log/nginx/access.log "$log.access"
}

build() { # name options...
	local log=$work/build-$1
	shift
	rm -f /srv/build/hello
	(cd /srv/build && timeout -k 20 200 ringfence run -p "$OLDPWD/examples/build.yaml" -l "$log.json" "$@" -- \
		sh -c 'gcc -o hello hello.c && ./hello; gcc -c steal.c') >"$log.out" 2>"$log.err" 3>&- || :
	/srv/build/hello >"$log.hello" || :
}

script() { # name options...
	local log=$work/script-$1
	shift
	rm -f /etc/planted
	timeout -k 20 200 ringfence run -p examples/python.yaml -l "$log.json" "$@" -- python3 /srv/app/app.py >"$log.out" 2>"$log.err" 3>&-
}

tried() { # name attempt result
	grep -qx "$2 $3" "$work/web-$1.error" || {
		cat "$work/web-$1.error"
		return 1
	}
}

count() { # log FIELD=VALUE...
	local log=$1
	shift
	tests/vm/alerts "$work/$log.json" count "$@"
}

one() { # log FIELD=VALUE...
	[[ $(count "$@") == 1 ]] || {
		tests/vm/alerts "$work/$1.json" show
		return 1
	}
}

rule() { # file pattern: "file:line" of the first line that matches
	echo "$1:$(grep -n -m1 -e "$2" "$1" | cut -d: -f1)"
}

@test "nginx serves a page and leaves when told" {
	grep -q 'Welcome to nginx' $work/web-enforce.page
	[[ $(<$work/web-enforce.status) == 0 ]]
}

@test "nginx writes its access log" {
	grep -q '"GET / HTTP/1.1" 200' $work/web-enforce.access
}

@test "nginx: the worker still reads what it may" {
	tried enforce read-own ok
	[[ $(count web-enforce path=/etc/nginx/nginx.conf) == 0 ]]
}

@test "nginx: the worker is refused /etc/shadow" {
	tried enforce read-shadow EACCES
	one web-enforce action=deny operation=file.read path=/etc/shadow path_state=attached errno=EACCES uid=33 comm=nginx \
		exe=/usr/sbin/nginx container=nginx rule="$(awk '/shadow/ {f = 1} f && /deny/ {print FILENAME ":" FNR; exit}' examples/nginx.yaml)"
}

@test "nginx: the worker is refused a new file under /etc" {
	tried enforce create-etc EACCES
	[[ ! -e /etc/planted || -s $work/web-audit.json ]]
	one web-enforce action=deny operation=file.create path=/etc/planted rule=otherwise errno=EACCES
}

@test "nginx: the worker is refused a shell" {
	tried enforce exec-shell EACCES
	one web-enforce action=deny operation=file.exec path=/usr/bin/dash rule=otherwise errno=EACCES
}

@test "nginx: the worker is refused a mount" {
	tried enforce mount EPERM
	one web-enforce action=deny operation=syscall syscall=mount rule=otherwise errno=EPERM
}

@test "nginx: the worker is refused ptrace, by the rule that says so" {
	tried enforce ptrace EPERM
	one web-enforce action=deny operation=syscall syscall=ptrace errno=EPERM rule="$(rule examples/nginx.yaml '^ *- ptrace')"
}

@test "nginx: the worker is refused a system call nobody listed" {
	tried enforce syscall EPERM
	one web-enforce action=deny operation=syscall syscall=vhangup rule=otherwise
}

@test "nginx: six attempts, six alerts, no other" {
	[[ $(count web-enforce) == 6 ]] || {
		cat $work/web-enforce.json
		false
	}
}

@test "nginx in audit mode serves, and nothing is denied by ringfence" {
	grep -q 'Welcome to nginx' $work/web-audit.page
	tried audit read-shadow ok
	tried audit create-etc ok
	[[ $(count web-audit action=deny) == 0 ]]
}

@test "nginx in audit mode: the same alerts, as audit" {
	tests/vm/alerts $work/web-enforce.json set >$work/a
	tests/vm/alerts $work/web-audit.json set action=audit >$work/b
	# The shell, which now runs, has done things of its own; what enforcing refused is all there.
	[[ -z $(comm -23 $work/a $work/b) ]] || {
		diff $work/a $work/b
		false
	}
}

@test "gcc builds a program that runs" {
	[[ $(<$work/build-enforce.hello) == hello ]]
}

@test "gcc is refused what the policy keeps from it" {
	grep -q 'shadow: Permission denied' $work/build-enforce.err
	[[ $(count build-enforce action=deny path=/etc/shadow operation=file.read) -ge 1 ]]
}

@test "gcc: the program it has built may not be executed there" {
	grep -q 'hello: Permission denied' $work/build-enforce.err
	one build-enforce action=deny operation=file.exec path=/srv/build/hello rule=otherwise
}

@test "gcc: its work raises no alert" {
	[[ $(tests/vm/alerts $work/build-enforce.json set) == "file.exec /srv/build/hello
file.read /etc/shadow" ]] || {
		tests/vm/alerts $work/build-enforce.json set
		false
	}
}

@test "gcc in audit mode: everything runs, the same alerts as audit" {
	[[ $(<$work/build-audit.out) == hello ]]
	[[ $(count build-audit action=deny) == 0 ]]
	diff <(tests/vm/alerts $work/build-enforce.json set) <(tests/vm/alerts $work/build-audit.json set action=audit)
}

@test "python3 runs a script: files, threads, sockets" {
	grep -qx thread $work/script-enforce.out
	grep -qx '{"uid": 0}' $work/script-enforce.out
}

@test "python3 is refused what the policy keeps from it" {
	grep -qx 'shadow PermissionError 13' $work/script-enforce.out
	grep -qx 'plant PermissionError 13' $work/script-enforce.out
	grep -qx 'packet PermissionError 1' $work/script-enforce.out
	one script-enforce operation=file.read path=/etc/shadow action=deny
	one script-enforce operation=file.create path=/etc/planted rule=otherwise action=deny
	one script-enforce operation=syscall syscall=socket action=deny rule="$(rule examples/python.yaml '- name: socket')"
}

@test "python3: its work raises no alert" {
	[[ $(count script-enforce) == 3 ]] || {
		cat $work/script-enforce.json
		false
	}
}

@test "python3 in audit mode: everything works, the same alerts as audit" {
	grep -qx 'shadow ok' $work/script-audit.out
	grep -qx 'plant ok' $work/script-audit.out
	[[ $(count script-audit action=deny) == 0 ]]
	diff <(tests/vm/alerts $work/script-enforce.json set) \
		<(tests/vm/alerts $work/script-audit.json set action=audit | grep -v 'file.write /etc/planted')
}
