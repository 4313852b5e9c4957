#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a path is: where a file is in the mount tree, however it was spelled, reached or inherited.

load lib

T=/srv/paths
DEEP=300
LONG=$(printf 'x%.0s' {1..250})

setup_file() {
	policy | write_policy paths
	plant
	table | write_table paths
	# shellcheck disable=SC2034 # attempt puts it in front
	wrap=(with-strange-fds "$T/open")
	attempt paths enforce attempt-paths --preserve-fds 3
}

teardown_file() {
	umount $T/{open,shut}/replaced.mnt $T/open/shut $T/shut/open $T/open/f.mnt $T/open/tmpfs
	rm -rf $T
}

plant() {
	local dir
	mkdir -p $T/{open,shut}/{d,bind}
	for dir in open shut; do
		echo content >$T/$dir/f
		echo content >$T/$dir/d/f
		deep_tree $T/$dir d $DEEP
		deep_tree $T/$dir "$LONG" 18
	done
	ln -s ../shut/f $T/open/to-shut
	ln -s ../open/f $T/shut/to-open
	ln -s ../shut $T/open/to-shut.d
	echo content >$T/open/linked
	ln $T/open/linked $T/shut/linked
	touch $T/open/f.mnt $T/open/{gone,gone2}
	mkdir $T/open/{shut,tmpfs} $T/shut/open
	mount --bind $T/shut $T/open/shut
	mount --bind $T/open $T/shut/open
	mount --bind $T/shut/f $T/open/f.mnt
	for dir in open shut; do # what is bound there loses its name to another
		touch $T/$dir/replaced.mnt
		echo old >$T/replaced
		echo new >$T/replacement
		mount --bind $T/replaced $T/$dir/replaced.mnt
		mv $T/replacement $T/replaced
	done
	mount -t tmpfs none $T/open/tmpfs
	echo content >$T/open/tmpfs/f
}

# COUNT directories below one another, each called NAME, with a file at the bottom. Too deep for a shell to stand in.
deep_tree() { # WHERE NAME COUNT
	python3 - "$@" <<-'END'
		import os, sys
		where, name, count = sys.argv[1:]
		os.chdir(where)
		for _ in range(int(count)):
		    if not os.path.isdir(name):
		        os.mkdir(name)
		    os.chdir(name)
		open("f", "w").close()
	END
}

policy() {
	cat <<-END
		version: 1
		name: paths
		mode: enforce
		files:
		  otherwise: deny
		  rules:
		    - {path: /job/build/tests/vm/bin/*, allow: exec}
		    - {path: $T/open/**, allow: [read, delete]}
		    - {path: $T/shut/**, deny: all} # shut
		    - {path: $T/open/shut/**, allow: write}
		    - {path: /proc/self/status, allow: read}
		    - {path: /proc/thread-self/comm, allow: read}
		privileges: {allow: []} # privileges
	END
}

table() {
	local d x
	d=$(printf '/d%.0s' $(seq $DEEP))
	x=$(printf "/$LONG%.0s" {1..15})
	cat <<-END
		spell.plain     open rdonly $T/open/f                 => ok
		spell.plain-no  open rdonly $T/shut/f                 => EACCES file.read @shut $T/shut/f
		spell.up        open rdonly $T/shut/../open/f         => ok
		spell.up-no     open rdonly $T/open/../shut/f         => EACCES file.read @shut $T/shut/f
		spell.dots      open rdonly $T/./open/./f             => ok
		spell.dots-no   open rdonly $T/./shut/.//f            => EACCES file.read @shut $T/shut/f
		spell.slash     list $T/open/d/                       => ok
		spell.slash-no  list $T//shut/d//                     => EACCES file.read @shut $T/shut/d
		spell.dir-no    list $T/open/d/../../shut/d/.         => EACCES file.read @shut $T/shut/d

		link.target     open rdonly $T/shut/to-open           => ok
		link.target-no  open rdonly $T/open/to-shut           => EACCES file.read @shut $T/shut/f
		link.dir-no     open rdonly $T/open/to-shut.d/d/f     => EACCES file.read @shut $T/shut/d/f
		link.itself-no  unlink $T/shut/to-open                => EACCES file.delete @shut $T/shut/to-open
		link.hard       open rdonly $T/open/linked            => ok
		link.hard-no    open rdonly $T/shut/linked            => EACCES file.read @shut $T/shut/linked

		from.chdir      chdir $T/open/d ../f                  => ok
		from.chdir-no   chdir $T/open/d ../../shut/f          => EACCES file.read @shut $T/shut/f
		from.fchdir     fchdir $T/shut/d ../../open/f         => ok
		from.fchdir-no  fchdir $T/shut/d f                    => EACCES file.read @shut $T/shut/d/f
		from.openat     openat $T/open d/f                    => ok
		from.openat-no  openat $T/shut d/f                    => EACCES file.read @shut $T/shut/d/f
		from.openat2    openat2 $T/open d/f                   => ok
		from.openat2-no openat2 $T/shut d/f                   => EACCES file.read @shut $T/shut/d/f

		proc.fd         reopen path $T/open/f rdonly          => ok
		proc.fd-no      reopen path $T/shut/f rdonly          => EACCES file.read @shut $T/shut/f
		proc.fd-more    reopen rdonly $T/open/f wronly        => EACCES file.write otherwise $T/open/f
		proc.root       open rdonly /proc/self/root$T/open/f  => ok
		proc.root-no    open rdonly /proc/self/root$T/shut/f  => EACCES file.read @shut $T/shut/f
		proc.cwd        chdir $T/open /proc/self/cwd/f        => ok
		proc.cwd-no     chdir $T/open /proc/self/cwd/../shut/f => EACCES file.read @shut $T/shut/f

		self.word       open rdonly /proc/self/status         => ok
		self.number     own-number status                     => ok
		self.child      own-number-child status               => ok
		self.thread     open rdonly /proc/thread-self/comm    => ok
		self.maps-no    open rdonly /proc/self/maps           => EACCES file.read otherwise /proc/self/maps
		self.number-no  own-number maps                       => EACCES file.read otherwise /proc/self/maps
		self.thread-no  open rdonly /proc/thread-self/maps    => EACCES file.read otherwise /proc/thread-self/maps
		self.other-no   open rdonly /proc/1/status            => EACCES file.read otherwise /proc/1/status
		self.parent-no  parent-number status                  => EACCES file.read otherwise /proc/[0-9]*/status

		mount.point     open rdonly $T/open/shut/f            => ok
		mount.below     open wronly $T/open/shut/d/f          => ok
		mount.point-no  open rdonly $T/shut/open/f            => EACCES file.read @shut $T/shut/open/f
		mount.root      list $T/open/shut                     => ok
		mount.root-no   list $T/shut/open                     => EACCES file.read @shut $T/shut/open
		mount.file      open rdonly $T/open/f.mnt             => ok
		mount.lost      open rdonly $T/open/replaced.mnt      => ok
		mount.lost-no   open rdonly $T/shut/replaced.mnt    => EACCES file.read @shut $T/shut/replaced.mnt
		mount.tmpfs     open rdonly $T/open/tmpfs/f           => ok
		mount.tmpfs-no  open wronly $T/open/tmpfs/f           => EACCES file.write otherwise $T/open/tmpfs/f

		chroot.no       chroot $T/open                        => EPERM privilege.chroot @privileges $T/open

		deep.many       deep $T/open d $DEEP f                => ok
		deep.many-no    deep $T/shut d $DEEP f                => EACCES file.read @shut $T/shut$d/f
		deep.long       deep $T/open $LONG 15 f               => ENOENT
		deep.long-dir   deep $T/open $LONG 15 .               => ok
		deep.long-no    deep $T/shut $LONG 15 .               => EACCES file.read @shut $T/shut$x
		deep.too-long   deep $T/open $LONG 18 f               => EACCES file.read otherwise *$LONG/f path_state=too_long reason=path

		strange.tree    open-fd 3 f                           => EACCES file.read otherwise *f path_state=detached reason=path
		strange.ns      open-fd 4 f                           => EACCES file.read otherwise *$T/open/f path_state=other_ns reason=path
		strange.gone    reopen path $T/open/gone rdonly       => ok
		strange.gone-no reopen-unlinked path $T/open/gone2 rdonly => EACCES file.read otherwise $T/open/gone2 path_state=unlinked reason=path
	END
}

@test "the spelling of a path does not count" {
	went_well paths.enforce
	as_expected paths.enforce spell.
}

@test "a symbolic link counts as its target, a hard link as its name" {
	as_expected paths.enforce link.
}

@test "it does not count where a path begins" {
	as_expected paths.enforce from.
}

@test "links in /proc lead to the path of what they name" {
	as_expected paths.enforce proc.
}

@test "a task's own directory in /proc is self, others keep their numbers" {
	as_expected paths.enforce self.
}

@test "a mount is where it is mounted" {
	as_expected paths.enforce mount.
}

@test "the root directory cannot be moved" {
	as_expected paths.enforce chroot.
}

@test "deep and long paths are matched to their end, too long ones denied" {
	as_expected paths.enforce deep.
}

@test "what is outside the mount tree, or has lost its name, is denied" {
	as_expected paths.enforce strange.
}
