#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The operations on files. For each operation OP there is a directory only-OP, where it is all that is allowed, and a
# directory no-OP, where it alone is denied.

load lib

T=/srv/files
OPS=(read write append create delete rename link setattr exec device connect)

setup_file() {
	policy | write_policy files
	table | write_table files
	plant
	attempt files enforce attempt-files
	find $T | sort >"$BATS_FILE_TMPDIR/left"
	clear_away
	plant
	attempt files audit attempt-files --audit
}

teardown_file() {
	clear_away
}

clear_away() {
	[ ! -s "$BATS_FILE_TMPDIR/listener" ] || kill "$(<"$BATS_FILE_TMPDIR/listener")" || true
	rm -rf $T
}

# Leaves a process that listens on the sockets.
listen() {
	python3 - "$@" >/dev/null 2>&1 3>&- <<-'END' &
		import signal, socket, sys
		sockets = [socket.socket(socket.AF_UNIX) for path in sys.argv[1:]]
		for s, path in zip(sockets, sys.argv[1:]):
		    s.bind(path)
		    s.listen(8)
		signal.pause()
	END
	echo $! >"$BATS_FILE_TMPDIR/listener"
	until [ -S "${!#}" ]; do sleep 0.1; done
}

plant() {
	local dir
	mkdir -p $T/{none,log,rename,replace,relink,audited,recorded,glob/deep/x/y,glob/m/a/b,glob/sub,glob/both/no,deny/secret.d}
	mkdir -p $T/{low,lower,high,mixed,tree/sub,tree/other,low/dir,low/dir2,low/dir3}
	for dir in only no; do
		for op in "${OPS[@]}"; do
			mkdir -p "$T/$dir-$op"/{d,e}
		done
	done
	for dir in "$T"/*/; do
		for file in a b c d.old e.old f g h i j k l; do
			echo content >"$dir$file"
		done
		setfattr -n user.old -v 1 "${dir}a"
	done
	mknod $T/no-device/kmsg c 1 11
	mknod $T/no-exec/kmsg c 1 11
	mknod $T/no-device/disk b "$(mountpoint -x /dev/nvme0n1 | tr : ' ' | cut -d ' ' -f 1)" 0
	mknod $T/no-exec/disk b "$(mountpoint -x /dev/nvme0n1 | tr : ' ' | cut -d ' ' -f 1)" 0
	mknod $T/no-device/null c 1 3
	mknod $T/no-device/zero c 1 5
	mknod $T/no-device/full c 1 7
	mknod $T/no-device/random c 1 8
	mknod $T/no-device/urandom c 1 9
	mknod $T/no-device/ptmx c 5 2
	mkfifo $T/no-device/fifo
	listen $T/no-connect/s $T/only-connect/s
	(cd $T/glob && echo content | tee a.log sub/a.log deep/x/y/z a.txt ab.txt b1 d1 a2 x2 red blue m/a/end m/a/b/end \
		m/a/b/other 'lit*' litx both/yes both/no/f) >/dev/null
	(cd $T/deny && echo content | tee secret secret2 secret.d/f) >/dev/null
	(cd $T/tree && echo content | tee sub/secret sub/open) >/dev/null
	# Of a name that is not cached the kernel asks whether it may be created, and forgets the answer when it finds it.
	echo content >$T/no-create/cold
	sync
	echo 3 >/proc/sys/vm/drop_caches
	stat $T/no-create/a >/dev/null
}

# All operations but one; write brings append with it.
others() {
	local op list=''
	for op in "${OPS[@]}"; do
		[[ $op == "$1" || ($1 == append && $op == write) || ($1 == write && $op == append) ]] || list+="${list:+, }$op"
	done
	echo "$list"
}

policy() {
	local op
	echo 'version: 1'
	echo 'name: files'
	echo 'mode: enforce'
	echo 'privileges: {allow: [syslog]}' # /dev/kmsg is one of the devices
	echo 'files:'
	echo '  otherwise: deny'
	echo '  rules:'
	echo '    - {path: /job/build/tests/vm/bin/*, allow: exec}'
	for op in "${OPS[@]}"; do
		echo "    - {path: $T/only-$op/**, allow: $op} # only-$op"
		echo "    - {path: $T/no-$op/**, allow: [$(others "$op")], deny: $op} # no-$op"
	done
	cat <<-END
		    - {path: $T/rename/**, allow: [rename, create]}
		    - {path: $T/replace/**, allow: [rename, create, delete]}
		    - {path: $T/relink/**, allow: [link, create]}
		    - {path: $T/log/**, allow: [read, append]}
		    - {path: $T/audited/**, allow: [read, write, rename, create], audit: [write, rename]} # audited
		    - {path: $T/recorded/**, allow: [rename, link, create, delete], audit: create} # recorded

		    - {path: $T/glob/*.log, allow: read}
		    - {path: $T/glob/deep/**, allow: read}
		    - {path: $T/glob/?.txt, allow: read}
		    - {path: "$T/glob/[a-c]1", allow: read}
		    - {path: "$T/glob/[^x-z]2", allow: read}
		    - {path: "$T/glob/{red,green}", allow: read}
		    - {path: $T/glob/m/**/end, allow: read}
		    - {path: '$T/glob/lit\*', allow: read}
		    - {path: $T/glob/both/no/**, deny: read} # both
		    - {path: $T/glob/both/**, allow: read}
		    - {path: $T/deny/**, allow: read}
		    - {path: $T/deny/secret, deny: all} # secret
		    - {path: $T/deny/secret.d/**, deny: read} # secret.d

		    - {path: [$T/low/**, $T/lower/**, $T/mixed/**], allow: [read, rename, link, create, delete]}
		    - {path: $T/mixed/*/secret, deny: read}
		    - {path: $T/high/**, allow: [read, rename, link, create, delete, write]}
		    - {path: $T/tree/**, allow: [read, rename, link, create, delete]}
		    - {path: $T/tree/sub/secret, deny: all}
	END
}

# truncate() of what has lost its name: on 6.1 ftruncate() cannot be told from it, and the last name counts.
gone() { # RESULT [ALERT...]
	if [[ $(uname -r) == 6.1.* ]]; then
		echo "$@"
	else
		echo 'EACCES file.write otherwise * path_state=unlinked reason=path'
	fi
}

table() {
	cat <<-END
		read.file       open rdonly $T/only-read/a            => ok
		read.no         open rdonly $T/no-read/a              => EACCES file.read @no-read $T/no-read/a
		read.otherwise  open rdonly $T/none/a                 => EACCES file.read otherwise $T/none/a
		read.only       open rdonly $T/only-write/a           => EACCES file.read otherwise $T/only-write/a
		read.list       list $T/only-read/d                   => ok
		read.list-no    list $T/no-read/d                     => EACCES file.read @no-read $T/no-read/d
		read.missing    open rdonly $T/none/missing           => ENOENT audit=ENOENT
		read.by-path    open path $T/no-read/a                => ok

		write.wronly    open wronly $T/only-write/a           => ok
		write.no        open wronly $T/no-write/a             => EACCES file.write @no-write $T/no-write/a
		write.only      open wronly $T/only-read/a            => EACCES file.write otherwise $T/only-read/a
		write.rdwr      open rdwr $T/no-exec/a                => ok
		write.rdwr-no   open rdwr $T/no-write/a               => EACCES file.write @no-write $T/no-write/a
		write.rdwr-read open rdwr $T/only-write/a             => EACCES file.read otherwise $T/only-write/a
		write.otrunc    open rdonly,trunc $T/no-exec/b        => ok
		write.otrunc-no open rdonly,trunc $T/no-write/b       => EACCES file.write @no-write $T/no-write/b
		write.wtrunc    open wronly,trunc $T/only-write/b     => ok
		write.wtrunc-no open wronly,trunc $T/only-read/b      => EACCES file.write otherwise $T/only-read/b
		write.trunc     truncate $T/only-write/c              => ok
		write.trunc-no  truncate $T/no-write/c                => EACCES file.write @no-write $T/no-write/c
		write.ftrunc    ftruncate wronly $T/only-write/f      => ok
		write.ftrunc-no ftruncate wronly,append $T/only-append/f => EACCES file.write otherwise $T/only-append/f
		write.ftr-gone  ftruncate-gone $T/no-exec/gone1       => ok
		write.gone      truncate-gone $T/no-exec/gone2        => $(gone ok)
		write.gone-no   truncate-gone $T/no-write/gone        => $(gone EACCES file.write @no-write $T/no-write/gone)
		write.mode3     open mode3 $T/no-exec/c               => ok
		write.mode3-no  open mode3 $T/no-write/c              => EACCES file.write @no-write $T/no-write/c
		write.mode3-rd  open mode3 $T/only-write/c            => EACCES file.read otherwise $T/only-write/c

		append.open     open wronly,append $T/only-append/a   => ok
		append.no       open wronly,append $T/no-append/a     => EACCES file.append @no-append $T/no-append/a
		append.only     open wronly,append $T/only-read/a     => EACCES file.append otherwise $T/only-read/a
		append.write    open wronly $T/only-append/a          => EACCES file.write otherwise $T/only-append/a
		append.trunc    open wronly,append,trunc $T/only-append/b => EACCES file.write otherwise $T/only-append/b
		append.implied  open wronly,append $T/only-write/a    => ok

		keep.setfl      setfl wronly,append $T/only-write/a   => ok
		keep.setfl-no   setfl wronly,append $T/only-append/c  => EACCES file.write otherwise $T/only-append/c
		keep.map        map-shared rdwr,append $T/no-exec/g   => ok
		keep.map-no     map-shared rdwr,append $T/log/a       => EACCES file.write otherwise $T/log/a

		create.file     open wronly,creat,excl $T/no-exec/new => ok
		create.file-no  open wronly,creat,excl $T/no-create/new1 => EACCES file.create @no-create $T/no-create/new1
		create.old      open wronly,creat $T/no-create/a      => ok
		create.cold     open wronly,creat $T/no-create/cold   => ok file.create @no-create $T/no-create/cold errno=EACCES
		create.dir      mkdir $T/only-create/new1             => ok
		create.dir-no   mkdir $T/no-create/new2               => EACCES file.create @no-create $T/no-create/new2
		create.sym      symlink target $T/only-create/new2    => ok
		create.sym-no   symlink target $T/no-create/new3      => EACCES file.create @no-create $T/no-create/new3
		create.fifo     mkfifo $T/only-create/new3            => ok
		create.fifo-no  mkfifo $T/no-create/new4              => EACCES file.create @no-create $T/no-create/new4
		create.mknod    mknod $T/only-create/new4 f 0 0       => ok
		create.mknod-no mknod $T/no-create/new5 f 0 0         => EACCES file.create @no-create $T/no-create/new5
		create.bind     bind $T/only-create/new5              => ok
		create.bind-no  bind $T/no-create/new6                => EACCES file.create @no-create $T/no-create/new6
		create.tmp      open wronly,tmpfile $T/no-exec/d      => ok
		create.tmp-no   open wronly,tmpfile $T/no-create/d    => EACCES file.create @no-create $T/no-create/d/#*
		create.tmp-wr   open wronly,tmpfile $T/no-write/d     => EACCES file.write @no-write $T/no-write/d/#*
		create.only     mkdir $T/only-read/new                => EACCES file.create otherwise $T/only-read/new

		delete.file     unlink $T/only-delete/a               => ok
		delete.file-no  unlink $T/no-delete/a                 => EACCES file.delete @no-delete $T/no-delete/a
		delete.dir      rmdir $T/only-delete/d                => ok
		delete.dir-no   rmdir $T/no-delete/d                  => EACCES file.delete @no-delete $T/no-delete/d
		delete.only     unlink $T/only-write/a                => EACCES file.delete otherwise $T/only-write/a

		rename.file     rename $T/rename/a $T/rename/new      => ok
		rename.file-no  rename $T/no-rename/a $T/no-rename/new => EACCES file.rename @no-rename $T/no-rename/a new_path=$T/no-rename/new
		rename.only     rename $T/only-create/a $T/only-create/new => EACCES file.rename otherwise $T/only-create/a new_path=$T/only-create/new
		rename.new-no   rename $T/no-create/a $T/no-create/new7 => EACCES file.create @no-create $T/no-create/new7 new_path=-
		rename.over     rename $T/replace/a $T/replace/b      => ok
		rename.over-no  rename $T/no-delete/b $T/no-delete/c  => EACCES file.delete @no-delete $T/no-delete/c new_path=-
		rename.dir      rename $T/no-exec/e $T/no-exec/e2     => ok
		rename.dir-no   rename $T/no-rename/e $T/no-rename/e2 => EACCES file.rename @no-rename $T/no-rename/e new_path=$T/no-rename/e2
		rename.xchg     exchange $T/replace/c $T/replace/f    => ok
		rename.xchg-no  exchange $T/no-rename/c $T/no-rename/f => EACCES file.rename @no-rename $T/no-rename/* new_path=$T/no-rename/* alerts=2
		rename.xchg-del exchange $T/no-delete/f $T/no-delete/g => EACCES file.delete @no-delete $T/no-delete/* new_path=- alerts=2

		link.file       link $T/relink/a $T/relink/new        => ok
		link.no         link $T/no-link/a $T/no-link/new      => EACCES file.link @no-link $T/no-link/a new_path=$T/no-link/new
		link.only       link $T/only-create/b $T/only-create/new6 => EACCES file.link otherwise $T/only-create/b new_path=$T/only-create/new6
		link.new-no     link $T/no-create/b $T/no-create/new8 => EACCES file.create @no-create $T/no-create/new8 new_path=-

		setattr.chmod   chmod $T/only-setattr/a               => ok
		setattr.mod-no  chmod $T/no-setattr/a                 => EACCES file.setattr @no-setattr $T/no-setattr/a
		setattr.fchmod  fchmod rdonly $T/no-exec/a            => ok
		setattr.fmod-no fchmod rdonly $T/no-setattr/a         => EACCES file.setattr @no-setattr $T/no-setattr/a
		setattr.chown   chown $T/only-setattr/b               => ok
		setattr.own-no  chown $T/no-setattr/b                 => EACCES file.setattr @no-setattr $T/no-setattr/b
		setattr.only    chmod $T/only-write/h                 => EACCES file.setattr otherwise $T/only-write/h

		times.path      utimes $T/only-setattr/c              => ok
		times.path-no   utimes $T/no-setattr/c                => EACCES file.setattr @no-setattr $T/no-setattr/c
		times.fd        futimens rdonly $T/no-exec/f          => ok
		times.fd-no     futimens rdonly $T/no-setattr/f       => EACCES file.setattr @no-setattr $T/no-setattr/f

		xattr.set       setxattr $T/only-setattr/f            => ok
		xattr.set-no    setxattr $T/no-setattr/g              => EACCES file.setattr @no-setattr $T/no-setattr/g
		xattr.fset      fsetxattr rdonly $T/no-exec/f         => ok
		xattr.fset-no   fsetxattr rdonly $T/no-setattr/h      => EACCES file.setattr @no-setattr $T/no-setattr/h
		xattr.remove    removexattr $T/only-setattr/a         => ok
		xattr.remove-no removexattr $T/no-setattr/a           => EACCES file.setattr @no-setattr $T/no-setattr/a

		flags.set       fsetflags rdonly $T/no-exec/h         => ok
		flags.set-no    fsetflags rdonly $T/no-setattr/i      => EACCES file.setattr @no-setattr $T/no-setattr/i

		device.mknod    mknod $T/no-exec/new2 c 1 3           => ok
		device.mknod-no mknod $T/no-device/new c 1 3          => EACCES file.device @no-device $T/no-device/new
		device.block-no mknod $T/no-device/new2 b 7 0         => EACCES file.device @no-device $T/no-device/new2
		device.open     open rdonly,nonblock $T/no-exec/kmsg  => ok
		device.open-no  open rdonly,nonblock $T/no-device/kmsg => EACCES file.device @no-device $T/no-device/kmsg
		device.disk     open rdonly $T/no-exec/disk           => ok
		device.disk-no  open rdonly $T/no-device/disk         => EACCES file.device @no-device $T/no-device/disk
		device.null     open rdwr $T/no-device/null           => ok
		device.zero     open rdwr $T/no-device/zero           => ok
		device.full     open rdwr $T/no-device/full           => ok
		device.random   open rdonly,nonblock $T/no-device/random => ok
		device.urandom  open rdonly $T/no-device/urandom      => ok
		device.fifo     open rdonly,nonblock $T/no-device/fifo => ok

		connect.socket  connect $T/only-connect/s             => ok
		connect.no      connect $T/no-connect/s               => EACCES file.connect @no-connect $T/no-connect/s

		audit.write     open wronly $T/audited/a              => ok file.write @audited $T/audited/a action=audit
		audit.read      open rdonly $T/audited/a              => ok
		audit.rename    rename $T/audited/b $T/audited/new    => ok file.rename @audited $T/audited/b new_path=$T/audited/new action=audit

		audit.new       rename $T/recorded/a $T/recorded/new  => ok file.create @recorded $T/recorded/new new_path=- action=audit
		audit.over      rename $T/recorded/b $T/recorded/c    => ok file.create @recorded $T/recorded/c new_path=- action=audit
		audit.link      link $T/recorded/f $T/recorded/new2   => ok file.create @recorded $T/recorded/new2 new_path=- action=audit
		audit.refused   rename $T/no-rename/b $T/recorded/new3 => EACCES file.rename @no-rename $T/no-rename/b new_path=$T/recorded/new3 audit=skip

		glob.star       open rdonly $T/glob/a.log             => ok
		glob.star-no    open rdonly $T/glob/sub/a.log         => EACCES file.read otherwise $T/glob/sub/a.log
		glob.deep       open rdonly $T/glob/deep/x/y/z        => ok
		glob.deep-self  list $T/glob/deep                     => ok
		glob.deep-no    list $T/glob                          => EACCES file.read otherwise $T/glob
		glob.one        open rdonly $T/glob/a.txt             => ok
		glob.one-no     open rdonly $T/glob/ab.txt            => EACCES file.read otherwise $T/glob/ab.txt
		glob.class      open rdonly $T/glob/b1                => ok
		glob.class-no   open rdonly $T/glob/d1                => EACCES file.read otherwise $T/glob/d1
		glob.not        open rdonly $T/glob/a2                => ok
		glob.not-no     open rdonly $T/glob/x2                => EACCES file.read otherwise $T/glob/x2
		glob.either     open rdonly $T/glob/red               => ok
		glob.either-no  open rdonly $T/glob/blue              => EACCES file.read otherwise $T/glob/blue
		glob.middle     open rdonly $T/glob/m/a/end           => ok
		glob.middle2    open rdonly $T/glob/m/a/b/end         => ok
		glob.middle-no  open rdonly $T/glob/m/a/b/other       => EACCES file.read otherwise $T/glob/m/a/b/other
		glob.quoted     open rdonly $T/glob/lit*              => ok
		glob.quoted-no  open rdonly $T/glob/litx              => EACCES file.read otherwise $T/glob/litx

		deny.sibling    open rdonly $T/glob/both/yes          => ok
		deny.beats      open rdonly $T/glob/both/no/f         => EACCES file.read @both $T/glob/both/no/f
		deny.dir        list $T/glob/both/no                  => EACCES file.read @both $T/glob/both/no
		deny.secret     open rdonly $T/deny/secret            => EACCES file.read @secret $T/deny/secret
		deny.secret2    open rdonly $T/deny/secret2           => ok
		deny.below      open rdonly $T/deny/secret.d/f        => EACCES file.read @secret.d $T/deny/secret.d/f

		alias.same      rename $T/low/a $T/low/a2             => ok
		alias.down      rename $T/high/a $T/low/a3            => ok
		alias.up        rename $T/low/b $T/high/b2            => EACCES file.rename otherwise $T/low/b new_path=$T/high/b2 reason=alias
		alias.link      link $T/high/c $T/low/c2              => ok
		alias.link-up   link $T/low/c $T/high/c2              => EACCES file.link otherwise $T/low/c new_path=$T/high/c2 reason=alias
		alias.dir       rename $T/low/dir $T/lower/dir        => ok
		alias.dir-mixed rename $T/low/dir2 $T/mixed/dir2      => EACCES file.rename otherwise $T/low/dir2 new_path=$T/mixed/dir2 reason=alias
		alias.dir-up    rename $T/low/dir3 $T/high/dir3       => EACCES file.rename otherwise $T/low/dir3 new_path=$T/high/dir3 reason=alias
		alias.ancestor  rename $T/tree/sub $T/tree/new           => EACCES file.rename otherwise $T/tree/sub new_path=$T/tree/new reason=alias
		alias.sibling   rename $T/tree/other $T/tree/other2   => ok

		swap.same       exchange $T/low/f $T/low/g            => ok
		swap.up         exchange $T/low/h $T/high/h           => EACCES file.rename otherwise $T/low/h new_path=$T/high/h reason=alias
		swap.down       exchange $T/high/i $T/low/i           => EACCES file.rename otherwise $T/low/i new_path=$T/high/i reason=alias
	END
}

@test "reading a file and listing a directory need read" {
	went_well files.enforce
	as_expected files.enforce read.
}

@test "writing, in every access mode, and truncating need write" {
	as_expected files.enforce write.
}

@test "append allows O_APPEND and nothing that overwrites; write implies it" {
	as_expected files.enforce append.
}

@test "what was opened to append cannot be made to overwrite" {
	as_expected files.enforce keep.
}

@test "every kind of new name needs create" {
	as_expected files.enforce create.
}

@test "a refused creation leaves no name behind" {
	run -1 grep "^$T/no-create/new" "$BATS_FILE_TMPDIR/left"
	run -1 grep "^$T/only-read/new" "$BATS_FILE_TMPDIR/left"
	run -1 grep "^$T/no-device/new" "$BATS_FILE_TMPDIR/left"
	grep -qx "$T/only-create/new5" "$BATS_FILE_TMPDIR/left"
}

@test "unlink and rmdir need delete" {
	as_expected files.enforce delete.
	grep -qx "$T/no-delete/a" "$BATS_FILE_TMPDIR/left"
	grep -qx "$T/no-delete/d" "$BATS_FILE_TMPDIR/left"
	run -1 grep -x "$T/only-delete/[ad]" "$BATS_FILE_TMPDIR/left"
}

@test "rename needs rename, create for the new name, delete for what it replaces" {
	as_expected files.enforce rename.
}

@test "link needs link, and create for the new name" {
	as_expected files.enforce link.
}

@test "chmod, fchmod and chown need setattr" {
	as_expected files.enforce setattr.
}

@test "changing times needs setattr" {
	as_expected files.enforce times.
}

@test "changing extended attributes needs setattr" {
	as_expected files.enforce xattr.
}

@test "changing inode flags needs setattr" {
	as_expected files.enforce flags.
}

@test "device nodes, made or opened, need device, the harmless ones do not to be opened" {
	as_expected files.enforce device.
}

@test "connecting to a UNIX socket needs connect" {
	as_expected files.enforce connect.
}

@test "audit rules report and change nothing" {
	as_expected files.enforce audit.
}

@test "globs mean in the kernel what they mean on paper" {
	as_expected files.enforce glob.
}

@test "deny beats allow, whatever the order, and means no more than its pattern" {
	as_expected files.enforce deny.
}

@test "no rename or link gains rights, for a directory about all beneath it" {
	as_expected files.enforce alias.
}

@test "exchanging two files is two renames" {
	as_expected files.enforce swap.
}

@test "audit mode denies nothing and reports the same" {
	went_well files.audit
	as_expected files.audit ''
}
