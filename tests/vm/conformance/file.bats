#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Cases F..: what can be done to a file by its name. The other files file-*.bats have the rest of the family.

load lib

T=/srv/cf
PEOPLE='root user'

setup_file() {
	local who name
	policy_pd | write_policies pd
	table_pd | write_tables pd
	policy_pa | write_policies pa
	table_pa | write_tables pa
	# Each finds the same files.
	for who in $PEOPLE; do
		for name in pd pa; do
			plant
			attempt_as $name "$who" attempt-files
			find_kept | diff "$BATS_FILE_TMPDIR/planted" - >>"$BATS_FILE_TMPDIR/changed" || true
		done
	done
}

teardown_file() {
	rm -rf $T
}

plant() {
	local dir
	rm -rf $T
	mkdir -p $T/{secret,pub,etc,data,usr,log}/{d,e,empty}
	for dir in secret pub etc data usr log; do
		for file in f g h i j k l m n o p q x.new; do
			echo content >$T/$dir/$file
		done
		setfattr -n user.old -v 1 $T/$dir/f
		mknod $T/$dir/disk b 259 0
		mknod $T/$dir/mem c 1 1
		mknod $T/$dir/kmsg c 1 11
		mknod $T/$dir/innocent c 1 3
	done
	echo canary >$T/secret/f
	chown -R 1000:1000 $T
	chmod -R a+rwX $T
	find_kept >"$BATS_FILE_TMPDIR/planted"
}

# Names, modes and sizes of what is to stay as it is.
find_kept() {
	find $T/secret $T/etc $T/usr -printf '%p %y %m %s\n' | sort
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
		    - {path: /**, deny: device} # device
		privileges: {allow: [@]} # privileges
	END
}

# What is refused by PD for being named is refused by PA for not being.
table_pd() {
	cat <<-END
		F01.read       open rdonly $T/secret/f          => EACCES file.read @secret $T/secret/f
		F01.read+      open rdonly $T/pub/f             => ok
		F01.ro-read+   open rdonly $T/etc/f             => ok
		F01.ro-write   open wronly $T/etc/f             => EACCES file.write @etc $T/etc/f
		F01.write      open wronly $T/secret/f          => EACCES file.write @secret $T/secret/f
		F01.write+     open wronly $T/pub/f             => ok
		F01.rdwr       open rdwr $T/etc/f               => EACCES file.write @etc $T/etc/f
		F01.rdwr+      open rdwr $T/pub/f               => ok
		F01.append     open wronly,append $T/etc/f      => EACCES file.append @etc $T/etc/f
		F01.append+    open wronly,append $T/pub/f      => ok
		F01.trunc      open rdonly,trunc $T/etc/f       => EACCES file.write @etc $T/etc/f
		F01.trunc+     open rdonly,trunc $T/pub/g       => ok
		F01.mode3      open mode3 $T/etc/f              => EACCES file.write @etc $T/etc/f
		F01.mode3+     open mode3 $T/pub/f              => ok
		F01.creat      creat $T/etc/f                   => EACCES file.write @etc $T/etc/f
		F01.creat+     creat $T/pub/h                   => ok
		F01.ocreat     open rdonly,creat $T/secret/f    => EACCES file.read @secret $T/secret/f
		F01.ocreat+    open rdonly,creat $T/pub/f       => ok
		F01.dir        open rdonly,dir $T/secret        => EACCES file.read @secret $T/secret
		F01.dir+       open rdonly,dir $T/pub           => ok
		F01.list       list $T/secret/d                 => EACCES file.read @secret $T/secret/d
		F01.list+      list $T/pub/d                    => ok
		F01.openat     openat rdonly $T/secret f        => EACCES file.read @secret $T/secret/f
		F01.openat+    openat rdonly $T/pub f           => ok
		F01.at-write   openat rdwr,append $T/etc f      => EACCES file.append @etc $T/etc/f
		F01.at-write+  openat rdwr,append $T/pub f      => ok
		F01.openat2    openat2 rdonly $T/secret d/../f  => EACCES file.read @secret $T/secret/f
		F01.openat2+   openat2 rdonly $T/pub d/../f     => ok
		F01.at2-write  openat2 wronly,creat $T/etc new  => EACCES file.create @etc $T/etc/new
		F01.at2-write+ openat2 wronly,creat $T/pub new  => ok

		F06.file       rename $T/secret/f $T/pub/out    => EACCES file.rename @secret $T/secret/f new_path=$T/pub/out
		F06.file+      rename $T/pub/i $T/pub/i2        => ok
		F06.from-ro    rename $T/etc/f $T/pub/out       => EACCES file.rename @etc $T/etc/f new_path=$T/pub/out
		F06.dir        rename $T/secret/d $T/pub/out    => EACCES file.rename @secret $T/secret/d new_path=$T/pub/out
		F06.dir+       rename $T/pub/d $T/pub/d2        => ok

		F07.parent     rename $T/secret $T/pub/s2       => EACCES file.rename @secret $T/secret new_path=$T/pub/s2
		F07.above      rename $T $T.moved               => EACCES file.rename otherwise $T reason=alias new_path=$T.moved
		F07.parent+    rename $T/pub/e $T/pub/e2        => ok

		F08.out        exchange $T/pub/f $T/secret/f    => EACCES file.create @secret $T/secret/f new_path=-
		F08.in         exchange $T/secret/f $T/pub/f    => EACCES file.rename @secret $T/secret/f new_path=$T/pub/f
		F08.ro         exchange $T/pub/f $T/etc/f       => EACCES file.create @etc $T/etc/f new_path=-
		F08.both+      exchange $T/pub/j $T/pub/k       => ok
		F08.whiteout   whiteout $T/secret/f $T/pub/out  => EACCES file.create @secret $T/secret/f new_path=$T/pub/out
		F08.white-in   whiteout $T/pub/f $T/etc/f       => EACCES file.create @etc $T/etc/f new_path=-
		F08.white+     whiteout $T/pub/l $T/pub/l2      => ok

		F09.over       rename $T/pub/x.new $T/etc/f     => EACCES file.create @etc $T/etc/f new_path=-
		F09.new        rename $T/pub/x.new $T/etc/new   => EACCES file.create @etc $T/etc/new new_path=-
		F09.dir        rename $T/pub/empty $T/etc/empty => EACCES file.create @etc $T/etc/empty new_path=-
		F09.link       link $T/pub/x.new $T/etc/new     => EACCES file.create @etc $T/etc/new new_path=-
		F09.symlink    symlink $T/pub/x.new $T/etc/new  => EACCES file.create @etc $T/etc/new
		F09.over+      rename $T/pub/x.new $T/pub/m     => ok
		F09.link+      link $T/pub/m $T/pub/m2          => ok

		F10.unlink     unlink $T/etc/f                  => EACCES file.delete @etc $T/etc/f
		F10.rmdir      rmdir $T/etc/empty               => EACCES file.delete @etc $T/etc/empty
		F10.again      open wronly,creat,excl $T/etc/f  => EEXIST
		F10.unlink+    unlink $T/pub/n                  => ok
		F10.rmdir+     rmdir $T/pub/empty               => ok
		F10.again+     open wronly,creat,excl $T/pub/n  => ok

		F11.truncate   truncate $T/etc/f                => EACCES file.write @etc $T/etc/f
		F11.ftruncate  ftruncate wronly $T/etc/f        => EACCES file.write @etc $T/etc/f
		F11.hole       fallocate wronly $T/etc/f 3      => EACCES file.write @etc $T/etc/f
		F11.read-fd    fallocate rdonly $T/etc/f 3      => EBADF
		F11.truncate+  truncate $T/pub/o                => ok
		F11.ftruncate+ ftruncate wronly $T/pub/p        => ok
		F11.hole+      fallocate wronly $T/pub/p 3      => ok

		F12.creat      open wronly,creat $T/etc/new     => EACCES file.create @etc $T/etc/new
		F12.mkdir      mkdir $T/etc/new                 => EACCES file.create @etc $T/etc/new
		F12.mknod      mknod $T/etc/new f 0 0           => EACCES file.create @etc $T/etc/new
		F12.mkfifo     mkfifo $T/etc/new                => EACCES file.create @etc $T/etc/new
		F12.bind       bind $T/etc/new                  => EACCES file.create @etc $T/etc/new
		F12.symlink    symlink f $T/etc/new             => EACCES file.create @etc $T/etc/new
		F12.tmpfile    open rdwr,tmpfile $T/etc         => EACCES file.write @etc $T/etc/#*
		F12.creat+     open wronly,creat $T/pub/new1    => ok
		F12.mkdir+     mkdir $T/pub/new2                => ok
		F12.mknod+     mknod $T/pub/new3 f 0 0          => ok
		F12.mkfifo+    mkfifo $T/pub/new4               => ok
		F12.bind+      bind $T/pub/new5                 => ok
		F12.symlink+   symlink f $T/pub/new6            => ok
		F12.tmpfile+   open rdwr,tmpfile $T/pub         => ok

		F26.chmod      chmod $T/etc/f                   => EACCES file.setattr @etc $T/etc/f
		F26.fchmod     fchmod rdonly $T/etc/f           => EACCES file.setattr @etc $T/etc/f
		F26.fchmodat2  fchmodat2 $T/etc/f               => $(fchmodat2 EACCES) file.setattr @etc $T/etc/f
		F26.chown      chown $T/etc/f                   => EACCES file.setattr @etc $T/etc/f user=EINVAL!
		F26.times      utimes $T/etc/f                  => EACCES file.setattr @etc $T/etc/f
		F26.futimens   futimens rdonly $T/etc/f         => EACCES file.setattr @etc $T/etc/f
		F26.xattr      setxattr $T/etc/f                => EACCES file.setattr @etc $T/etc/f
		F26.fxattr     fsetxattr rdonly $T/etc/f        => EACCES file.setattr @etc $T/etc/f
		F26.rmxattr    removexattr $T/etc/f             => EACCES file.setattr @etc $T/etc/f
		F26.acl        set-acl $T/etc/f                 => EACCES file.setattr @etc $T/etc/f
		F26.flags      fsetflags rdonly $T/etc/f        => EACCES file.setattr @etc $T/etc/f
		F26.chmod+     chmod $T/pub/f                   => ok
		F26.fchmod+    fchmod rdonly $T/pub/f           => ok
		F26.fchmodat2+ fchmodat2 $T/pub/f               => $(fchmodat2 ok)
		F26.chown+     chown $T/pub/q                   => ok user=EINVAL
		F26.times+     utimes $T/pub/f                  => ok
		F26.futimens+  futimens rdonly $T/pub/f         => ok
		F26.xattr+     setxattr $T/pub/f                => ok
		F26.fxattr+    fsetxattr rdonly $T/pub/f        => ok
		F26.rmxattr+   removexattr $T/pub/f             => ok
		F26.acl+       set-acl $T/pub/f                 => ok
		F26.flags+     fsetflags rdonly $T/pub/f        => ok
		$(table_ioctls)

		F34.mknod-c    mknod $T/pub/c c 1 1             => EACCES file.device @device $T/pub/c
		F34.mknod-b    mknod $T/pub/b b 259 0           => EACCES file.device @device $T/pub/b
		F34.harmless   mknod $T/pub/null c 1 3          => EACCES file.device @device $T/pub/null
		F34.disk       open rdonly $T/pub/disk          => EACCES file.device @device $T/pub/disk
		F34.disk-write open rdwr $T/pub/disk            => EACCES file.device @device $T/pub/disk
		F34.mem        open rdonly $T/pub/mem           => EACCES file.device @device $T/pub/mem
		F34.kmsg       open rdonly,nonblock $T/pub/kmsg => EACCES file.device @device $T/pub/kmsg
		F34.by-dev     open rdonly,nonblock /dev/kmsg   => EACCES file.device @device /dev/kmsg
		F34.null+      open rdwr $T/pub/innocent        => ok
		F34.dev+       open rdwr /dev/null              => ok
		F34.fifo+      mkfifo $T/pub/fifo               => ok
	END
}

# fchmodat2() came with Linux 6.6.
fchmodat2() {
	[[ $(uname -r) == 6.1.* ]] && echo ENOSYS! || echo "$1"
}

# Relatives of FS_IOC_SETFLAGS: what the file system itself answers shows that it was asked. 0x40087602 version, 0x40806685
# verity, 0x800c6613 encryption (which calls itself a reading one), 0xc028660f ext4's exchange of extents, 0x40047211 the
# attributes of FAT; 0x4030582b and 0x40305839 are holes, of the time before fallocate(); 0x5000940N are btrfs' snapshots.
# Those of 0x8... call themselves reading ones: 0x8004587d shuts a file system down, 0x8080583a frees what was allocated
# (xfs), 0x8008f512 and 0x8008f513 release and reserve blocks (f2fs), 0x8030942b sets a limit (btrfs), 0x8008bc40 and
# 0x80087e7e are nobody's here. 0x40086610 and 0x6611 resize a file system and swap its boot loader (ext4), and have the
# numbers of two of procfs' that only ask.
table_ioctls() {
	cat <<-END
		F26.version    ioctl rdonly $T/etc/g 0x40087602 => EACCES file.setattr @etc $T/etc/g
		F26.version+   ioctl rdonly $T/pub/g 0x40087602 => ENOTTY
		F26.verity     ioctl rdonly $T/etc/g 0x40806685 => EACCES file.setattr @etc $T/etc/g
		F26.verity+    ioctl rdonly $T/pub/g 0x40806685 => EOPNOTSUPP|EINVAL
		F26.crypt      ioctl rdonly $T/etc/d 0x800c6613 => EACCES file.setattr @etc $T/etc/d
		F26.crypt+     ioctl rdonly $T/pub/d2 0x800c6613 => EOPNOTSUPP
		F26.extents    ioctl rdonly $T/etc/g 0xc028660f => EACCES file.setattr @etc $T/etc/g
		F26.extents+   ioctl rdonly $T/pub/g 0xc028660f => EBADF
		F26.fat        ioctl rdonly $T/etc/g 0x40047211 => EACCES file.setattr @etc $T/etc/g
		F26.fat+       ioctl rdonly $T/pub/g 0x40047211 => ENOTTY
		F26.shutdown   ioctl rdonly $T/pub/g 0x8004587d => EPERM privilege.mount @privileges $T/pub/g
		F26.eofblocks  ioctl rdonly $T/etc/g 0x8080583a => EACCES file.setattr @etc $T/etc/g
		F26.eofblocks+ ioctl rdonly $T/pub/g 0x8080583a => ENOTTY
		F26.qgroup     ioctl rdonly $T/pub/g 0x8030942b => EPERM privilege.mount @privileges $T/pub/g
		F26.repair     ioctl rdonly $T/etc/g 0x8008bc40 => EACCES file.setattr @etc $T/etc/g
		F26.release    ioctl rdonly $T/etc/g 0x8008f512 => EACCES file.setattr @etc $T/etc/g
		F26.release+   ioctl rdonly $T/pub/g 0x8008f512 => ENOTTY
		F26.reserve    ioctl rdonly $T/etc/g 0x8008f513 => EACCES file.setattr @etc $T/etc/g
		F26.resize     ioctl rdonly $T/etc/g 0x40086610 => EACCES file.setattr @etc $T/etc/g
		F26.boot       ioctl rdonly $T/etc/g 0x6611     => EACCES file.setattr @etc $T/etc/g
		F26.unknown    ioctl rdonly $T/etc/g 0x80087e7e => EACCES file.setattr @etc $T/etc/g
		F26.getxattr+  ioctl rdonly $T/etc/g 0x801c581f => ok
		F26.label+     ioctl rdonly $T/etc/g 0x81009431 => ok
		F26.measure+   ioctl rdonly $T/etc/g 0xc0046686 => ENODATA|EOPNOTSUPP
		F26.getflags+  ioctl rdonly $T/etc/g 0x80086601 => ok
		F26.isatty+    ioctl rdonly $T/etc/g 0x5401     => ENOTTY
		F11.ioc-hole   ioctl rdonly $T/etc/g 0x4030582b => EACCES file.write @etc $T/etc/g
		F11.ioc-zero   ioctl rdonly $T/etc/g 0x40305839 => EACCES file.write @etc $T/etc/g
		F11.ioc-hole+  ioctl wronly $T/pub/g 0x4030582b => EINVAL
		F04.snapshot   ioctl rdonly,dir $T/pub 0x50009401 => EPERM privilege.mount @privileges $T/pub
		F04.snap-v2    ioctl rdonly,dir $T/pub 0x50009417 => EPERM privilege.mount @privileges $T/pub
		F04.link       link $T/secret/f $T/pub/alias    => EACCES file.link @secret $T/secret/f new_path=$T/pub/alias
		F04.link-ro    link $T/etc/f $T/pub/alias       => EACCES file.link @etc $T/etc/f new_path=$T/pub/alias
		F04.link+      link $T/pub/f $T/pub/alias       => ok
	END
}

policy_pa() {
	cat <<-END
		version: 1
		name: pa
		mode: enforce
		files:
		  otherwise: deny
		  rules:
		    - {path: /job/build/tests/vm/bin/*, allow: exec}
		    - {path: [/proc/self/setgroups, /proc/self/uid_map, /proc/self/gid_map], allow: write}
		    - {path: $T/data/**, allow: [read, write, create, delete, rename, link, setattr]}
		    - {path: $T/usr/**, allow: [read, exec, rename, link]}
		    - {path: $T/log/**, allow: [read, append, create]}
		privileges: {allow: [@]} # privileges
	END
}

table_pa() {
	cat <<-END
		F01.other      open rdonly $T/secret/f          => EACCES file.read otherwise $T/secret/f
		F01.usr+       open rdonly $T/usr/f             => ok
		F01.usr-write  open wronly $T/usr/f             => EACCES file.write otherwise $T/usr/f
		F01.data+      open rdwr $T/data/f              => ok
		F04.unlisted   link $T/secret/f $T/data/alias   => EACCES file.link otherwise $T/secret/f new_path=$T/data/alias
		F04.gains      link $T/usr/f $T/data/alias      => EACCES file.link otherwise $T/usr/f reason=alias new_path=$T/data/alias
		F04.subset+    link $T/data/f $T/data/alias     => ok
		F06.unlisted   rename $T/secret/f $T/data/out   => EACCES file.rename otherwise $T/secret/f new_path=$T/data/out
		F06.gains      rename $T/usr/f $T/data/out      => EACCES file.rename otherwise $T/usr/f reason=alias new_path=$T/data/out
		F07.unlisted   rename $T/secret $T/data/s2      => EACCES file.rename otherwise $T/secret new_path=$T/data/s2
		F07.gains      rename $T/usr/d $T/data/d2       => EACCES file.rename otherwise $T/usr/d reason=alias new_path=$T/data/d2
		F08.unlisted   exchange $T/data/f $T/secret/f   => EACCES file.create otherwise $T/secret/f new_path=-
		F08.gains      exchange $T/usr/f $T/data/f      => EACCES file.rename otherwise $T/usr/f reason=alias new_path=$T/data/f
		F09.into       rename $T/data/x.new $T/usr/f    => EACCES file.create otherwise $T/usr/f new_path=-
		F10.unlisted   unlink $T/usr/f                  => EACCES file.delete otherwise $T/usr/f
		F12.unlisted   mkdir $T/usr/new                 => EACCES file.create otherwise $T/usr/new
		F26.unlisted   chmod $T/usr/f                   => EACCES file.setattr otherwise $T/usr/f

		F11.log-trunc  open wronly,append,trunc $T/log/f => EACCES file.write otherwise $T/log/f
		F11.log-ftrunc ftruncate wronly,append $T/log/f => EACCES file.write otherwise $T/log/f
		F11.log-setfl  setfl wronly,append $T/log/f     => EACCES file.write otherwise $T/log/f
		F11.log-map    map-shared rdwr,append $T/log/f  => EACCES file.write otherwise $T/log/f
		F11.log-hole   ioctl wronly,append $T/log/f 0x4030582b => EACCES file.write otherwise $T/log/f
		F11.log-zero   ioctl wronly,append $T/log/f 0x40305839 => EACCES file.write otherwise $T/log/f
		F11.log-extent ioctl wronly,append $T/log/f 0xc028660f => EACCES file.setattr otherwise $T/log/f
		F11.log+       open wronly,append $T/log/f      => ok

		F34.unlisted   mknod $T/data/c c 1 1            => EACCES file.device otherwise $T/data/c
		F34.block      mknod $T/data/b b 259 0          => EACCES file.device otherwise $T/data/b
		F34.mem        open rdonly $T/data/mem          => EACCES file.device otherwise $T/data/mem
		F34.disk       open rdonly $T/data/disk         => EACCES file.device otherwise $T/data/disk
		F34.innocent+  open rdwr $T/data/innocent       => ok
	END
}

both_hold() { # ID
	case_holds "$1" pd "$PEOPLE"
	case_holds "$1" pa "$PEOPLE"
}

@test "the runs as such" {
	runs_went_well pd "$PEOPLE"
	runs_went_well pa "$PEOPLE"
}

@test "nothing changed that was to stay" {
	cat "$BATS_FILE_TMPDIR/changed"
	[ ! -s "$BATS_FILE_TMPDIR/changed" ]
}

@test "F01 baseline open matrix" {
	both_hold F01
}

@test "F04 create hard link" {
	both_hold F04
}

@test "F06 rename out" {
	both_hold F06
}

@test "F07 rename an ancestor" {
	both_hold F07
}

@test "F08 RENAME_EXCHANGE and whiteout" {
	both_hold F08
}

@test "F09 rename and link into a protected path" {
	both_hold F09
}

@test "F10 remove and recreate" {
	both_hold F10
}

@test "F11 truncation" {
	both_hold F11
}

@test "F12 create in a read-only directory" {
	both_hold F12
}

@test "F26 metadata writes" {
	both_hold F26
}

@test "F34 device nodes count by their number" {
	both_hold F34
}
