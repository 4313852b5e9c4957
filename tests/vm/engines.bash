# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the tests of container engines share: an image, two policies, and the daemon's log. There is no registry and no
# network in the machine: the image is a tar of busybox. Each engine is told of ringfence-runtime by what
# `ringfence doctor --snippets` prints, and by nothing else.
#
# An engine takes seconds for a container under emulation, a command in one half a second. So there are few containers,
# and much is asked of each.

POLICIES=/etc/ringfence/policies
SOCKET=/run/ringfence/ringfence.sock
LOG=/out/daemon.log
RUNTIME_DIRS=/run/ringfence/runtime

# The policies: "box" is an allow-list; under "wide" what an engine's own profiles refuse is not refused by us.
write_policies() {
	mkdir -p $POLICIES
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
		    - {path: [/bin/**, /run/podman-init, /sbin/docker-init], allow: [read, exec]}
		    - {path: [/srv/public, /etc/**], allow: [read]} # PUBLIC
		    - {path: /srv/secret, deny: all} # SECRET
		    - {path: /srv/log, allow: [read, append]}
		    - {path: [/tmp/**, /data/**, /srv/free/**], allow: [read, modify, append]}
		    - {path: [/proc/self/**, /proc/1/comm, /dev/**], allow: [read, write]}
	END
	cat >$POLICIES/wide.yaml <<-'END'
		version: 1
		name: wide
		mode: enforce
		syscalls: {otherwise: allow}
		files:
		  otherwise: allow
		  rules:
		    - {path: /srv/secret, deny: all}
		privileges: {allow: [mount, swap, signal]}
	END
	printf 'version: 1\nname: bad\nmode: enforce\nsyscalls: {otherwise: kill, allow: [opennat]}\n' >$POLICIES/bad.yaml
}

# A root of busybox, as a tar.
make_root() { # TAR
	local root=$BATS_FILE_TMPDIR/root applet
	mkdir -p "$root"/{bin,sbin,data,dev,etc,proc,run,srv/free,srv/in,sys,tmp}
	chmod 777 "$root"/{tmp,srv/free}
	cp /bin/busybox "$root/bin/"
	for applet in cat echo grep id kill ln mkdir mount mv sh sleep swapoff true; do
		ln -s busybox "$root/bin/$applet"
	done
	for file in public secret log; do
		echo "this is $file" >"$root/srv/$file"
	done
	chmod 666 "$root"/srv/{public,secret,log}
	echo root:x:0:0::/:/bin/sh >"$root/etc/passwd"
	tar -C "$root" -cf "$1" .
}

# The snippets name the runtime beside the program, and say how to put it there.
set_up_engines() {
	local hint
	write_policies
	hint=$(ringfence doctor --snippets 2>&1 >"$BATS_FILE_TMPDIR/snippets" | sed -n 's/^  hint: //p')
	[[ -z $hint ]] || eval "$hint"
	ringfence doctor --snippets >"$BATS_FILE_TMPDIR/snippets"
	make_root "$BATS_FILE_TMPDIR/root.tar"
	mkdir -p /srv/host /srv/volume
	echo 'of the host' >/srv/host/secret
	chmod 777 /srv/volume
	log_begins
}

clean_up_engines() {
	rm -rf $POLICIES/{box,wide,bad}.yaml /srv/host /srv/volume "$(dirname "$(command -v ringfence)")/ringfence-runtime"
}

# snippet ENGINE: its lines, as they are printed.
snippet() {
	sed -n "/^# $1/,/^\$/p" "$BATS_FILE_TMPDIR/snippets"
}

place_of() { # MARK: of a rule, as alerts name it
	echo "$POLICIES/box.yaml:$(grep -n "# $1" $POLICIES/box.yaml | cut -d : -f 1)"
}

log_begins() {
	wc -l <$LOG >"$BATS_FILE_TMPDIR/log-began"
}

# The daemon has told of it since log_begins; alerts come a little later than refusals.
told() { # REGEX
	for _ in {1..100}; do
		! tail -n "+$(($(<"$BATS_FILE_TMPDIR/log-began") + 1))" $LOG | grep -q -- "$1" || return 0
		sleep 0.1
	done
	tail -n 20 $LOG
	echo "not told: $1"
	return 1
}

# In ringfence's list, with this policy.
is_listed() { # CONTAINER POLICY
	ringfence list | grep "^$1 *$2 .* enforce .* running"
}

# What a start without a daemon comes to, the daemon being there: its socket is put away for the while.
# shellcheck disable=SC2154 # run sets them
without_daemon() { # COMMAND...
	mv $SOCKET $SOCKET.away
	run ! "$@"
	mv $SOCKET.away $SOCKET
	echo "status $status: $output"
}

# No container is confined, and there is no directory and no cgroup of one. Domains end a moment after their last task.
nothing_confined() { # CGROUP-PATTERN
	for _ in {1..50}; do
		[[ $(ringfence list | wc -l) -gt 1 ]] || break
		sleep 0.1
	done
	[[ $(ringfence list | wc -l) == 1 ]] || {
		ringfence list
		return 1
	}
	! compgen -G "$RUNTIME_DIRS/*" || return 1
	! find /sys/fs/cgroup -mindepth 1 -type d -path "$1" | grep .
}
