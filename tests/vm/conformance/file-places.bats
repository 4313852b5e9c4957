#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Case F32, and places where a file is not a file on a disk: FUSE, file systems that the kernel has mounted for itself
# too, terminals.

load lib

T=/srv/cfx
DEBUG=/sys/kernel/debug

setup_file() {
	modprobe -q fuse || true
	chmod 666 /dev/fuse
	plant
	policy_fuse | write_policies fuse mount
	table_fuse | write_tables fuse
	attempt_as fuse 'full user' attempt-fuse
	policy_places | write_policies places
	table_places | write_tables places
	attempt_as places full attempt-files
}

teardown_file() {
	rm -f /dev/mqueue/{shut,open}
	! mountpoint -q $DEBUG || umount $DEBUG
	rm -rf $T
}

plant() {
	mkdir -p $T/{secret,pub,fuse}
	echo content >$T/secret/f
	echo content >$T/pub/f
	chown -R 1000:1000 $T
	touch /dev/mqueue/{shut,open}
	mountpoint -q $DEBUG || mount -t debugfs none $DEBUG
}

policy_fuse() {
	cat <<-END
		version: 1
		name: fuse
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: $T/secret/**, deny: all} # secret
		    - {path: $T/fuse/shut, deny: read} # served
		privileges: {allow: [@]} # privileges
	END
}

# Whoever may mount FUSE serves no more than may be opened, and a rule is about the name that is served.
table_fuse() {
	cat <<-END
		F32.secret   served $T/fuse $T/secret/f f     => EACCES file.read @secret $T/secret/f
		F32.shut     served $T/fuse $T/pub/f shut     => EACCES file.read @served $T/fuse/shut
		F32.served+  served $T/fuse $T/pub/f f        => ok
	END
}

# What is in debugfs differs; these two are always there.
policy_places() {
	cat <<-END
		version: 1
		name: places
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: /dev/mqueue/shut, deny: all} # mqueue
		    - {path: /sys/kernel/tracing/trace, deny: all} # tracefs
		    - {path: $DEBUG/x86/**, deny: all} # debugfs.d
		privileges: {allow: [@]} # privileges
	END
}

# 0x5412 is TIOCSTI, 0x541c TIOCLINUX, 0x5413 TIOCGWINSZ.
table_places() {
	cat <<-END
		mqueue       open rdonly /dev/mqueue/shut          => EACCES file.read @mqueue /dev/mqueue/shut
		mqueue.rm    unlink /dev/mqueue/shut               => EACCES file.delete @mqueue /dev/mqueue/shut
		mqueue+      open rdonly /dev/mqueue/open          => ok
		tracefs      open rdonly /sys/kernel/tracing/trace => EACCES file.read @tracefs /sys/kernel/tracing/trace
		tracefs+     open rdonly /sys/kernel/tracing/README => ok
		debugfs      list $DEBUG/x86                       => EACCES file.read @debugfs.d $DEBUG/x86
		debugfs+     list $DEBUG/bdi                       => ok
		tty.sti      ioctl rdwr /dev/ptmx 0x5412           => EPERM privilege.ptrace @privileges * reason=outside
		tty.linux    ioctl rdwr /dev/ptmx 0x541c           => EPERM privilege.ptrace @privileges * reason=outside
		tty.size+    ioctl rdwr /dev/ptmx 0x5413           => ok
	END
}

@test "the runs as such" {
	runs_went_well fuse 'full user'
	runs_went_well places full
}

@test "F32 FUSE object" {
	case_holds F32 fuse 'full user'
}

@test "what the kernel mounts for itself too has a path where it is mounted" {
	as_expected places.full mqueue
	as_expected places.full tracefs
	as_expected places.full debugfs
}

@test "nobody types into a terminal that others read" {
	as_expected places.full tty.
}
