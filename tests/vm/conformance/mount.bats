#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Cases M..: mounts and namespaces. Without the privilege nothing is mounted, moved, unmounted or joined, by whatever
# system call; namespaces that anybody may make change nothing about who one is. With it, in "granted", the same calls
# succeed, and one is still who one was. (Files on mounts that are in no tree, or in another one: places.bats.)

load lib

T=/srv/cm
PEOPLE='full root user'

setup_file() {
	sleep 1000 3>&- >/dev/null 2>&1 &
	outside=$!
	export outside
	plant
	policy_none | write_policies none
	policy_none | write_policies spaces
	table_none | write_tables none
	table_spaces | write_tables spaces
	attempt_as none "$PEOPLE" attempt-privileges
	attempt_as spaces "$PEOPLE" attempt-namespaces
	policy_granted | write_policies granted mount
	table_granted | write_tables granted
	attempt_as granted 'full user' attempt-namespaces
	masks
}

teardown_file() {
	kill "$outside"
	umount $T/{mounted,masked,namespace} || true
	rm -rf $T
}

plant() {
	local dir
	mkdir -p $T/{secret,pub/{m,r,d},mounted,masked,moved,pivot/old}
	echo canary >$T/secret/f
	for dir in pub mounted masked; do
		echo content >$T/$dir/f
	done
	mount -t tmpfs none $T/mounted
	mount -t tmpfs none $T/masked
	chmod -R a+rwX $T
	touch $T/namespace
	unshare --uts=$T/namespace true
}

policy_none() {
	cat <<-END
		version: 1
		name: none
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: $T/secret/**, deny: all} # secret
		privileges: {allow: [@]} # privileges
	END
}

# Who may mount can give a file a name that is allowed; but not one that no rule knows, and not to be somebody else.
policy_granted() {
	cat <<-END
		version: 1
		name: granted
		mode: enforce
		files:
		  otherwise: deny
		  rules:
		    - {path: ["/job/build/tests/vm/bin/*", "/usr/lib/**"], allow: [read, exec]}
		    - {path: ["/etc/ld.so.*", "/proc/**"], allow: [read, write]}
		    - {path: ["$T/pub/**", "$T/masked/**"], allow: read}
		    - {path: $T/secret/**, deny: all} # secret
		privileges: {allow: [@]} # privileges
	END
}

# Where the kernel asks for CAP_SYS_ADMIN first, root is refused without our help; user has its mounts locked to the tree.
table_none() {
	local no='EPERM privilege.mount @privileges'
	cat <<-END
		M01.bind        bind $T/secret $T/pub/m               => $no $T/pub/m
		M01.bind-file   bind $T/secret/f $T/pub/f             => $no $T/pub/f
		M02.tmpfs       mount $T/secret                       => $no $T/secret
		M02.usr-bin     bind $T/pub /usr/bin                  => $no /usr/bin
		M02.proc        mount /proc                           => $no /proc
		M03.move        move $T/mounted $T/moved              => $no $T/moved
		M03.move-mount  move-mount $T/mounted $T/moved        => $no $T/moved root=EPERM!
		M03.open-tree   open-tree $T/secret                   => $no - syscall=open_tree
		M05.fsopen      fsopen tmpfs                          => $no - syscall=fsopen
		M05.fsconfig    syscall 431 -1 0 0 0 0                => $no - syscall=fsconfig
		M05.fsmount     fsmount                               => $no - syscall=fsmount
		M05.fspick      fspick $T/mounted                     => $no - syscall=fspick
		M06.setattr     mount-setattr $T/mounted              => $no - syscall=mount_setattr
		M06.remount     remount $T/mounted                    => $no $T/mounted
		M07.pivot       pivot-root $T/mounted $T/mounted      => $no $T/mounted root=EPERM!
		M07.bind        bind / $T/pub/r                       => $no $T/pub/r
		M12.umount      umount $T/masked                      => $no $T/masked root=EPERM! user=EINVAL!
	END
}

table_spaces() {
	local kind no='EPERM privilege.mount @privileges' secret="EACCES file.read @secret $T/secret/f"
	cat <<-END
		M06.rebind      remount-bind $T/mounted               => $no $T/mounted
		M06.private     make-private $T/mounted               => $no $T/mounted
		M08.user-no     unshare user $T/pub/f                 => EPERM privilege.userns @privileges - user=skip
		M08.cuser-no    clone user,mnt $T/pub/f               => EPERM privilege.userns @privileges - user=skip
		M08.user        unshare user,mnt,pid $T/pub/f         => ok full=skip root=skip
		M08.user-s      unshare user,mnt,pid $T/secret/f      => $secret full=skip root=skip
		M08.cuser-s     clone user,mnt $T/secret/f            => $secret full=skip root=skip
		M08.join        join mnt $T/pub/f                     => $no - syscall=setns root=EPERM!
		M08.join-user   join user $T/pub/f                    => $no - syscall=setns full=skip root=skip
		M08.join-pidfd  join-pidfd mnt,net $T/pub/f           => $no - syscall=setns root=EPERM!
		M08.join-file   join-file $T/namespace $T/pub/f       => $no - syscall=setns
		M08.outside     join-other $outside $T/pub/f          => EACCES privilege.ptrace @privileges - reason=outside errno=EPERM root=EACCES! user=EACCES!
		M08.outside-fd  join-other-pidfd $outside $T/pub/f    => $no - syscall=setns
		M15.device      mount /dev/nvme0n1p1 $T/pub/d ext4 -  => $no $T/pub/d
		M15.loop        mount /dev/loop0 $T/pub/d ext4 -      => $no $T/pub/d
	END
	for kind in mnt pid cgroup time uts ipc net; do
		echo "M08.$kind unshare $kind $T/pub/f => ok root=EPERM"
		echo "M08.$kind-s unshare $kind $T/secret/f => $secret root=EPERM!"
		echo "M08.$kind-f unshare-fork $kind $T/secret/f => $secret root=EPERM!"
	done
	for kind in tmpfs proc sysfs devpts ramfs overlay fuse binfmt_misc mqueue cgroup2 bpf; do
		echo "M09.$kind mount none $T/pub/d $kind - => $no $T/pub/d"
	done
}

# What a user namespace may not mount is the kernel's to say.
table_granted() {
	local kind secret="EACCES file.read @secret $T/secret/f" both='full=ok user=ok|EPERM'
	cat <<-END
		M01.alias       bind-open $T/pub $T/pub/m $T/pub/m/f  => ok
		M01.same        bind-open $T/secret $T/secret $T/secret/f => $secret
		M01.elsewhere   bind-open $T/secret $T/moved $T/moved/f => EACCES file.read otherwise $T/moved/f
		M02.cover       mount-apart none $T/pub/m tmpfs -     => ok
		M03.attach      attach-tree $T/pub $T/moved           => ok
		M07.pivot       pivot $T/pub/r $T/pub/r $T/pub/f      => ok
		M07.pivot-s     pivot $T/pub/r $T/pivot $T/secret/f   => $secret
		M07.pivot-old   pivot $T/pub/r $T/pivot $T/pivot$T/secret/f => EACCES file.read otherwise $T/pivot$T/secret/f
		M08.join        join mnt $T/pub/f                     => ok
		M08.join-s      join mnt $T/secret/f                  => $secret
		M08.join-fd     join-pidfd mnt,net $T/pub/f           => ok
		M08.join-fd-s   join-pidfd mnt,net $T/secret/f        => $secret
		M08.user-s      join user $T/secret/f                 => $secret full=skip
		M08.outside-fd  join-other-pidfd $outside $T/pub/f    => EPERM privilege.ptrace @privileges - reason=outside user=EPERM!
		M09.overlay     mount-apart none $T/pub/d overlay lowerdir=$T/pub:$T/masked => ok
	END
	for kind in tmpfs ramfs proc sysfs devpts binfmt_misc; do
		echo "M09.$kind mount-apart none $T/pub/d $kind - => ok $both"
	done
}

# A container whose image, or whose own mounts, put something else in the place of /dev and /proc.
masks() {
	local inside
	mkdir -p $T/image/{dev,proc/self}
	ln -s $T/secret/f $T/image/dev/null
	ln -s $T/secret $T/image/proc/sys
	ln -s $T/secret/f $T/image/proc/self/status
	ln -s $T/image/proc $T/image/link
	sed 's/otherwise: deny/otherwise: allow/' "$BATS_FILE_TMPDIR/granted.yaml" | write_policy masks
	write_table masks <<-END
		M14.null        open rdonly /dev/null                 => EACCES file.read @secret $T/secret/f
		M14.status      open rdonly /proc/self/status         => EACCES file.read @secret $T/secret/f
		M14.sys         open wronly /proc/sys/f               => EACCES file.write @secret $T/secret/f
		M14.link        open rdonly $T/image/link/sys/f       => EACCES file.read @secret $T/secret/f
		M14.plain       open rdonly $T/pub/f                  => ok
	END
	# shellcheck disable=SC2034 # attempt puts it in front
	inside=(unshare -m sh -c "mount --bind $T/image/dev /dev && mount --bind $T/image/proc /proc && exec \"\$@\"" sh)
	attempt masks full attempt-files
}

@test "the runs as such" {
	runs_went_well none "$PEOPLE"
	runs_went_well spaces "$PEOPLE"
	runs_went_well granted 'full user'
}

@test "M01 bind alias" {
	case_holds M01 none "$PEOPLE"
	case_holds M01 granted 'full user'
}

@test "M02 cover a rule" {
	case_holds M02 none "$PEOPLE"
	case_holds M02 granted 'full user'
}

@test "M03 move_mount" {
	case_holds M03 none "$PEOPLE"
	case_holds M03 granted 'full user'
}

@test "M05 fsopen/fsmount staging" {
	case_holds M05 none "$PEOPLE"
}

@test "M06 mount_setattr / remount" {
	case_holds M06 none "$PEOPLE"
	case_holds M06 spaces "$PEOPLE"
}

@test "M07 pivot_root / nested mount ns" {
	case_holds M07 none "$PEOPLE"
	case_holds M07 granted 'full user'
}

@test "M08 identity survives unshare/setns" {
	case_holds M08 spaces "$PEOPLE"
	case_holds M08 granted 'full user'
}

@test "M09 userns-created filesystems" {
	case_holds M09 spaces "$PEOPLE"
	case_holds M09 granted 'full user'
}

@test "M12 lazy umount" {
	case_holds M12 none "$PEOPLE"
}

@test "M14 runtime-assembled masks" {
	went_well masks.full
	as_expected masks.full M14.
}

@test "M15 same superblock, other mount" {
	case_holds M15 spaces "$PEOPLE"
}
