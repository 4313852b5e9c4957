#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Case F31: directories in which one name has several spellings. In the kernel's memory a name is as somebody spelled it
# first, so no rule that tells names apart there can be held.

load lib

T=/srv/fold
PEOPLE='root user'

setup_file() {
	local who
	modprobe loop
	make_ext4
	make_vfat fat
	make_vfat freefat
	policy | write_policies fold
	table | write_tables fold
	for who in $PEOPLE; do
		plant
		attempt_as fold "$who" attempt-files
	done
}

teardown_file() {
	for mount in cf fat freefat; do
		mountpoint -q $T/$mount && umount $T/$mount
	done
	rm -rf $T
}

make_ext4() {
	mkdir -p $T/cf
	truncate -s 16M $T/cf.img
	mkfs.ext4 -q -O casefold -E encoding=utf8 $T/cf.img
	mount -o loop $T/cf.img $T/cf
	mkdir $T/cf/{mixed,shut,free,plain}
	chattr +F $T/cf/{mixed,shut,free}
	mkdir $T/cf/mixed/sub
}

# A floppy disk, made by hand: nothing in the machine makes FAT file systems.
make_vfat() { # NAME
	mkdir -p "$T/$1"
	python3 - "$T/$1.img" <<-'END'
		import struct, sys
		boot = b"\xeb\x3c\x90" + b"ringfenc" + struct.pack("<HBHBHHBHHHII", 512, 1, 1, 2, 224, 2880, 0xf0, 9, 18, 2, 0, 0)
		boot += struct.pack("<BBBI11s8s", 0, 0, 0x29, 1, b"TEST       ", b"FAT12   ")
		fat = (b"\xf0\xff\xff").ljust(9 * 512, b"\0")
		with open(sys.argv[1], "wb") as disk:
		    disk.write(boot.ljust(510, b"\0") + b"\x55\xaa" + fat + fat)
		    disk.truncate(2880 * 512)
	END
	mount -t vfat -o loop,umask=0 "$T/$1.img" "$T/$1"
}

plant() {
	local dir
	rm -f $T/cf/free/[a-zA-Z] $T/freefat/new
	for dir in cf/mixed cf/shut cf/free cf/plain fat freefat; do
		echo canary >"$T/$dir/Secret"
		echo content >"$T/$dir/open"
		echo content >"$T/$dir/A long name.text"
	done
	echo canary >$T/cf/mixed/sub/f
	chown -R 1000:1000 $T/cf
	chmod -R a+rwX $T/cf
}

policy() {
	cat <<-END
		version: 1
		name: fold
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: $T/cf/mixed/Secret, deny: all} # mixed
		    - {path: $T/cf/plain/Secret, deny: all} # plain
		    - {path: $T/cf/shut/**, deny: all} # shut
		    - {path: $T/fat/Secret, deny: read} # fat
		privileges: {allow: [@]}
	END
}

table() {
	local folded='path_state=folded reason=path'
	cat <<-END
		F31.as-written  open rdonly $T/cf/mixed/Secret  => EACCES file.read otherwise $T/cf/mixed/[sS]* $folded
		F31.otherwise   open rdonly $T/cf/mixed/sEcReT  => EACCES file.read otherwise $T/cf/mixed/[sS]* $folded
		F31.unicode     open rdonly $T/cf/mixed/ſecret  => EACCES file.read otherwise $T/cf/mixed/* $folded
		F31.neighbour   open rdonly $T/cf/mixed/OPEN    => EACCES file.read otherwise $T/cf/mixed/* $folded
		F31.below       open rdonly $T/cf/mixed/SUB/F   => EACCES file.read otherwise $T/cf/mixed/* $folded
		F31.new         open wronly,creat $T/cf/mixed/new => EACCES file.create otherwise $T/cf/mixed/new $folded
		F31.rename      rename $T/cf/mixed/OPEN $T/cf/mixed/SECRET => EACCES file.rename otherwise $T/cf/mixed/* $folded new_path_state=folded new_path=*
		F31.in          rename $T/cf/plain/open $T/cf/mixed/SECRET => EACCES file.rename otherwise $T/cf/plain/open reason=path new_path_state=folded new_path=*
		F31.out         link $T/cf/mixed/SECRET $T/cf/plain/out => EACCES file.link otherwise $T/cf/mixed/* $folded new_path=$T/cf/plain/out
		F31.times       utimes $T/cf/mixed/SECRET       => EACCES file.setattr otherwise $T/cf/mixed/* $folded
		F31.shut        open rdonly $T/cf/shut/SECRET   => EACCES file.read @shut $T/cf/shut/[sS]*
		F31.shut-dir    list $T/cf/shut                 => EACCES file.read @shut $T/cf/shut
		F31.plain       open rdonly $T/cf/plain/Secret  => EACCES file.read @plain $T/cf/plain/Secret
		F31.plain-not   open rdonly $T/cf/plain/SECRET  => ENOENT
		F31.plain+      open rdonly $T/cf/plain/open    => ok
		F31.dir+        list $T/cf/mixed                => ok
		F31.free+       open rdonly $T/cf/free/SECRET   => ok
		F31.free-new+   open wronly,creat $T/cf/free/N  => ok
		F31.free-mod+   fchmod wronly,creat $T/cf/free/O  => ok
		F31.gone        removed $T/cf/free/gone         => EACCES file.write otherwise $T/cf/free/gone path_state=unlinked reason=path
		F31.free-ren+   rename $T/cf/free/n $T/cf/free/M => ok

		F31.fat         open rdonly $T/fat/Secret       => EACCES file.read otherwise $T/fat/[sS]* $folded
		F31.fat-case    open rdonly $T/fat/SECRET       => EACCES file.read otherwise $T/fat/[sS]* $folded
		F31.fat-dots    open rdonly $T/fat/secret..     => EACCES file.read otherwise $T/fat/[sS]* $folded
		F31.fat-short   open rdonly $T/fat/ALONGN~1.TEX => EACCES file.read otherwise $T/fat/* $folded
		F31.fat-dir+    list $T/fat                     => ok
		F31.fat-free+   open rdonly $T/freefat/SECRET   => ok
		F31.fat-frees+  open rdonly $T/freefat/ALONGN~1.TEX => ok
		F31.fat-new+    open rdwr,creat $T/freefat/new  => ok
	END
}

@test "the runs as such" {
	runs_went_well fold "$PEOPLE"
}

@test "F31 case-folding directory" {
	case_holds F31 fold "$PEOPLE"
}
