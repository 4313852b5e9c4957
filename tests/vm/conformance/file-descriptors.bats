#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Cases F..: descriptors, files without a name, and what opens files for the caller. 3 is a file and 4 a directory that
# the policy refuses, 5 a file that it allows: all open before anything is confined.

load lib

T=/srv/cfd
PEOPLE='root user'

setup_file() {
	local who
	cp /proc/sys/kernel/core_pattern "$BATS_FILE_TMPDIR/core_pattern"
	echo core >/proc/sys/kernel/core_pattern
	modprobe -q fuse || true
	chmod 666 /dev/fuse
	policy_pd | write_policies pd
	table_pd | write_tables pd
	policy_pd | write_policies granted acct swap io_uring handles
	table_granted | write_tables granted
	# shellcheck disable=SC2034,SC2016 # attempt puts it in front
	wrap=(bash -c 'exec 3<>"$0/secret/f" 4<"$0/secret" 5<>"$0/pub/f"; exec "$@"' "$T")
	for who in $PEOPLE; do
		plant
		attempt_as pd "$who" attempt-descriptors --preserve-fds 3
		(cd $T && tail -n +1 secret/f etc/f) >"$BATS_FILE_TMPDIR/left.$who"
		find $T/secret $T/etc | sort >"$BATS_FILE_TMPDIR/names.$who"
		cp $T/pub/core "$BATS_FILE_TMPDIR/core.$who"
	done
	plant
	attempt_as granted full attempt-descriptors --preserve-fds 3
}

teardown_file() {
	cat "$BATS_FILE_TMPDIR/core_pattern" >/proc/sys/kernel/core_pattern
	rm -rf $T
}

plant() {
	local dir
	rm -rf $T
	mkdir -p $T/{secret,pub,etc,ro,bin,fuse}
	for dir in secret pub etc ro; do
		for file in f g h i; do
			echo content >$T/$dir/$file
		done
	done
	echo canary >$T/secret/f
	cp /bin/true $T/bin/yes
	cp /bin/true $T/bin/no
	ln -s ../secret/f $T/pub/to-secret
	ln -s f $T/pub/to-f
	chown -R 1000:1000 $T
	chmod -R a+rwX $T
	find $T/secret $T/etc | sort >"$BATS_FILE_TMPDIR/names"
}

policy_pd() {
	cat <<-END
		version: 1
		name: pd
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: $T/secret/**, deny: all} # secret
		    - {path: $T/etc/**, deny: [modify, append, link]} # etc
		    - {path: $T/ro/**, deny: write} # ro
		    - {path: $T/bin/no, deny: exec} # bin
		privileges: {allow: [@]} # privileges
	END
}

# What was open before has no path for who has another mount namespace since, as `user` has: nothing is opened through it.
table_pd() {
	local ns='path_state=other_ns reason=path root=skip'
	cat <<-END
		F04.fd          link-fd $T/secret/f $T/pub/l1      => EACCES file.link @secret $T/secret/f new_path=$T/pub/l1
		F04.fd-ro       link-fd $T/etc/f $T/pub/l1         => EACCES file.link @etc $T/etc/f new_path=$T/pub/l1
		F04.empty       link-empty $T/secret/f $T/pub/l1   => $(by_opener ENOENT! EACCES) file.link @secret $T/secret/f new_path=$T/pub/l1
		F04.empty+      link-empty $T/pub/f $T/pub/l4      => $(by_opener ENOENT ok)
		F04.follow      link-follow $T/pub/to-secret $T/pub/l1 => EACCES file.link @secret $T/secret/f new_path=$T/pub/l1
		F04.fd+         link-fd $T/pub/f $T/pub/l2         => ok
		F04.follow+     link-follow $T/pub/to-f $T/pub/l3  => ok

		F13.publish     publish $T/pub $T/etc/evil         => EACCES file.create @etc $T/etc/evil
		F13.secret      publish $T/pub $T/secret/evil      => EACCES file.create @secret $T/secret/evil
		F13.make        publish $T/etc $T/pub/evil         => EACCES file.write @etc $T/etc/#*
		F13.gains       publish $T/ro $T/pub/evil          => EACCES file.write @ro $T/ro/#*
		F13.publish+    publish $T/pub $T/pub/good         => ok

		F14.reopen      fd-reopen 3 rdonly                 => EACCES file.read @secret $T/secret/f user=skip
		F14.reopen-ns   fd-reopen 3 rdonly                 => EACCES file.read otherwise $T/secret/f $ns
		F14.openat      fd-openat 4 f                      => EACCES file.read @secret $T/secret/f user=skip
		F14.openat-ns   fd-openat 4 f                      => EACCES file.read otherwise $T/secret/f $ns
		F14.allowed-ns  fd-reopen 5 rdonly                 => EACCES file.read otherwise $T/pub/f $ns
		F14.execveat    exec-fd $T/bin/no                  => EACCES file.exec @bin $T/bin/no
		F14.execveat+   exec-fd $T/bin/yes                 => ok
		F14.reopen+     fd-reopen 5 rdonly                 => ok user=skip

		F15.sibling     sibling $T/secret/f                => EACCES file.read @secret $T/secret/f
		F15.sibling+    sibling $T/pub/f                   => ok
		F15.dev-fd      fd-reopen 3 rdwr                   => EACCES file.read @secret $T/secret/f user=skip
		F15.dev-fd-ns   fd-reopen 3 rdwr                   => EACCES file.read otherwise $T/secret/f $ns

		F18.read        fd-read 3                          => ok
		F18.write       fd-write 3                         => ok
		F18.map         fd-map 3                           => ok
		F18.sendfile    fd-sendfile 3 $T/pub/out1          => ok
		F18.copy        fd-copy 3 $T/pub/out2              => ok
		F18.splice      fd-splice 3 $T/pub/out3            => ok
		F18.uring       fd-uring 3                         => EPERM privilege.io_uring @privileges - syscall=io_uring_setup
		F18.open        fd-openat 4 g                      => EACCES file.read @secret $T/secret/g user=skip
		F18.open-ns     fd-openat 4 g                      => EACCES file.read otherwise $T/secret/g $ns
		F18.copy-to     fd-copy 3 $T/etc/f                 => EACCES file.write @etc $T/etc/f
		F18.sendfile-to fd-sendfile 3 $T/etc/f             => EACCES file.write @etc $T/etc/f
		F18.splice-to   fd-splice 3 $T/etc/f               => EACCES file.write @etc $T/etc/f

		F32.mount       fuse-mount $T/fuse                 => EPERM privilege.mount @privileges $T/fuse

		F35.acct        acct $T/pub/f                      => EPERM privilege.acct @privileges - syscall=acct
		F35.swapon      swapon $T/pub/f                    => EPERM privilege.swap @privileges - syscall=swapon
		F35.quota       quota-on /dev/null $T/pub/f        => EPERM privilege.quota @privileges - syscall=quotactl
		F35.fanotify    fanotify                           => EPERM privilege.handles @privileges - syscall=fanotify_init
		F35.uring       uring-open rdonly $T/pub/f         => EPERM privilege.io_uring @privileges - syscall=io_uring_setup
		F35.handle      by-handle $T/pub $T/pub/f          => EPERM privilege.handles @privileges - syscall=open_by_handle_at
		F35.core        dump-core $T/secret                => SIGSEGV file.create @secret $T/secret/core errno=EACCES
		F35.core-ro     dump-core $T/etc                   => SIGSEGV file.create @etc $T/etc/core errno=EACCES
		F35.core+       dump-core $T/pub                   => SIGSEGV
	END
}

# Linux 6.10 and later let who opened a descriptor link it without a capability (42bd2af5950456).
by_opener() { # BEFORE SINCE
	[[ $(uname -r) == 6.1.* ]] && echo "$1" || echo "$2"
}

# With the privileges that the calls need, the path rules are still there.
table_granted() {
	cat <<-END
		F13.by-cap      publish-empty $T/pub $T/etc/evil   => EACCES file.create @etc $T/etc/evil
		F13.by-cap+     publish-empty $T/pub $T/pub/good   => ok
		F04.by-cap      link-empty $T/secret/f $T/pub/l1   => EACCES file.link @secret $T/secret/f new_path=$T/pub/l1
		F04.by-cap+     link-empty $T/pub/f $T/pub/l1      => ok
		F15.map-files   fd-map-files 3                     => EACCES file.read @secret $T/secret/f
		F15.map-files+  fd-map-files 5                     => ok
		F18.uring-full  fd-uring 3                         => ok
		F35.acct        acct $T/secret/f                   => EACCES file.append @secret $T/secret/f
		F35.acct-ro     acct $T/etc/f                      => EACCES file.append @etc $T/etc/f
		F35.acct+       acct $T/pub/f                      => ok
		F35.acct-off+   acct -                             => ok
		F35.swapon      swapon $T/secret/f                 => EACCES file.read @secret $T/secret/f
		F35.swapon-ro   swapon $T/etc/f                    => EACCES file.write @etc $T/etc/f
		F35.swapon+     swapon $T/pub/f                    => EINVAL
		F35.uring       uring-open rdonly $T/secret/f      => EACCES file.read @secret $T/secret/f
		F35.uring-new   uring-open rdwr,creat $T/secret/n  => EACCES file.create @secret $T/secret/n
		F35.uring-tmp   uring-open rdwr,tmpfile $T/etc     => EACCES file.write @etc $T/etc/#*
		F35.uring+      uring-open rdonly $T/pub/f         => ok
		F35.uring-new+  uring-open rdwr,creat $T/pub/n     => ok
		F35.fanotify+   fanotify                           => ok
		F35.handle      by-handle $T/pub $T/secret/f       => EACCES file.read @secret $T/secret/f
		F35.handle+     by-handle $T/pub $T/pub/f          => ok
	END
}

both_hold() { # ID
	case_holds "$1" pd "$PEOPLE"
	case_holds "$1" granted full
}

@test "the runs as such" {
	runs_went_well pd "$PEOPLE"
	runs_went_well granted full
}

@test "F04 create hard link, to what a descriptor has" {
	both_hold F04
}

@test "F13 O_TMPFILE publish" {
	both_hold F13
	no_new_names
}

@test "F14 O_PATH reopen, of what was open before" {
	case_holds F14 pd "$PEOPLE"
}

@test "F15 procfs magic links" {
	both_hold F15
}

# The README says: a descriptor is a capability already given. It reads and writes; it opens nothing.
@test "F18 descriptors opened before confinement" {
	local who
	both_hold F18
	for who in $PEOPLE; do
		printf '==> secret/f <==\nCanary\n\n==> etc/f <==\ncontent\n' | diff - "$BATS_FILE_TMPDIR/left.$who"
	done
}

@test "F32 no FUSE without the privilege to mount" {
	case_holds F32 pd "$PEOPLE"
}

@test "F35 kernel-side opens" {
	both_hold F35
	no_new_names
	for who in $PEOPLE; do
		[ -s "$BATS_FILE_TMPDIR/core.$who" ]
	done
}

no_new_names() {
	local who
	for who in $PEOPLE; do
		diff "$BATS_FILE_TMPDIR/names" "$BATS_FILE_TMPDIR/names.$who"
	done
}
