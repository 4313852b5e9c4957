#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Case M11: overlayfs, the file system that containers live on. It opens, copies and changes files of its layers on behalf
# of the caller: of that nothing may be refused or reported, and none of it may be a way round. What the caller does is
# reported once. The layers are as a runtime makes them; "on" and "off" say whether overlayfs may redirect directories
# and copy metadata alone.

load lib

T=/srv/cov
PEOPLE='root user'

setup_file() {
	local who how
	for how in on off; do
		policy_overlay $how | write_policies overlay-$how
		table_overlay $how | write_tables overlay-$how
		for who in $PEOPLE; do
			plant $how
			attempt_as overlay-$how "$who" attempt-files
			clear_away
		done
	done
	policy_overlay on | write_policies overlay-exec
	table_exec | write_tables overlay-exec
	plant on
	attempt_as overlay-exec "$PEOPLE" attempt-exec
	clear_away
	policy_overlay on | write_policies overlay-fan handles
	table_fan | write_tables overlay-fan
	plant on
	attempt_as overlay-fan full attempt-fanotify
	clear_away
	plant on
	attempt overlay-on audit attempt-files --audit
	clear_away
	rooted
}

teardown_file() {
	clear_away || true
}

options() { # HOW
	local more=redirect_dir=on,metacopy=on,index=on
	[[ $1 == on ]] || more=redirect_dir=off,metacopy=off,index=off
	echo lowerdir=$T/lower2:$T/lower,upperdir=$T/upper,workdir=$T/work,$more
}

# Every attempt that copies a file up has one of its own.
plant() { # HOW
	local dir
	mkdir -p $T/{lower,lower2,upper,work,merged} $T/lower2/{rw,ro,no,audit}/below
	for dir in rw ro no audit; do
		mkdir -p $T/lower/$dir/{d,empty,below}
		for file in read write append trunc truncate chmod fchmod chown utimes futimens setxattr removexattr \
			flags map rename link unlink exchange exchange2 rdwr d/f below/f; do
			echo content >$T/lower/$dir/$file
		done
		setfattr -n user.old -v 1 $T/lower/$dir/removexattr
		cp "$(command -v nothing)" $T/lower/$dir/nothing
		cp /usr/bin/true $T/lower/$dir/true
		printf '#!%s/merged/rw/nothing\n' $T >$T/lower/$dir/script
		echo content >$T/lower2/$dir/below/upper
	done
	chown -R 1000:1000 $T/lower $T/lower2 $T/upper
	chmod -R a+rwX $T/lower $T/lower2 $T/upper
	chmod 755 $T $T/lower/*/{nothing,true,script}
	mount -t overlay -o "$(options "$1")" none $T/merged
}

clear_away() {
	umount $T/merged
	rm -rf $T
}

policy_overlay() { # HOW
	cat <<-END
		version: 1
		name: overlay-$1
		mode: enforce
		files:
		  otherwise: deny
		  rules:
		    - {path: ["/job/build/tests/vm/bin/*", "/usr/lib/**"], allow: [read, exec]}
		    - {path: ["/etc/ld.so.*", "/proc/self/**"], allow: [read, write]}
		    - {path: $T/merged/rw/**, allow: all} # rw
		    - {path: $T/merged/ro/**, allow: read} # ro
		    - {path: $T/merged/no/**, deny: all} # no
		    - {path: $T/merged/audit/**, allow: all, audit: all} # audit
		privileges: {allow: [@]}
	END
}

# WHO may do it: "+" in rw, "-" not in ro, "=" in audit with one record.
tried() { # ID OPERATION PATH WORD... (with % for the directory)
	local id=$1 op=$2 path=$3 words m=$T/merged
	shift 3
	words=$*
	echo "M11.$id  ${words//%/$m/rw} => ok $GOOD"
	echo "M11.$id-no ${words//%/$m/no} => EACCES file.$op @no $m/no/$path $DENIED"
	[[ $op == read ]] || echo "M11.$id-ro ${words//%/$m/ro} => EACCES file.$op otherwise $m/ro/$path $DENIED"
	echo "M11.$id-a ${words//%/$m/audit} => ok file.$op @audit $m/audit/$path action=audit $GOOD"
}

table_overlay() { # HOW
	local GOOD='' DENIED='' m=$T/merged
	tried read read read open rdonly %/read
	tried list read d list %/d
	tried merge read below list %/below
	tried write write write open wronly %/write
	tried append append append open wronly,append %/append
	tried trunc write trunc open wronly,trunc %/trunc
	tried truncate write truncate truncate %/truncate
	tried mknod create new mknod %/new r 0 0
	tried mkdir create new.d mkdir %/new.d
	tried mkfifo create new.fifo mkfifo %/new.fifo
	tried symlink create new.s symlink read %/new.s
	tried unlink delete unlink unlink %/unlink
	tried rmdir delete empty rmdir %/empty
	tried chmod setattr chmod chmod %/chmod
	tried utimes setattr utimes utimes %/utimes
	tried setxattr setattr setxattr setxattr %/setxattr
	tried rmxattr setattr removexattr removexattr %/removexattr
	GOOD=user=EINVAL! DENIED=user=EINVAL! tried chown setattr chown chown %/chown
	cat <<-END
		M11.creat         open wronly,creat,excl $m/rw/creat      => ok
		M11.creat-ro      open wronly,creat,excl $m/ro/creat      => EACCES file.create otherwise $m/ro/creat audit=skip
		M11.rdwr          open rdwr $m/rw/rdwr                    => ok
		M11.rdwr-ro       open rdwr $m/ro/rdwr                    => EACCES file.write otherwise $m/ro/rdwr
		M11.futimens      futimens rdonly $m/rw/futimens          => ok
		M11.futimens-ro   futimens rdonly $m/ro/futimens          => EACCES file.setattr otherwise $m/ro/futimens
		M11.fchmod        fchmod rdonly $m/rw/fchmod              => ok
		M11.fchmod-ro     fchmod rdonly $m/ro/fchmod              => EACCES file.setattr otherwise $m/ro/fchmod
		M11.flags         fsetflags rdonly $m/rw/flags            => ok
		M11.flags-ro      fsetflags rdonly $m/ro/flags            => EACCES file.setattr otherwise $m/ro/flags
		M11.map           map-shared rdwr $m/rw/map               => ok
		M11.ftruncate     ftruncate rdwr $m/rw/map                => ok
		M11.rename        rename $m/rw/rename $m/rw/renamed       => ok
		M11.rename-ro     rename $m/ro/rename $m/rw/renamed2      => EACCES file.rename otherwise $m/ro/rename new_path=$m/rw/renamed2
		M11.mv-into   rename $m/rw/renamed $m/ro/renamed      => EACCES file.create otherwise $m/ro/renamed
		M11.exchange      exchange $m/rw/exchange $m/rw/exchange2 => ok
		M11.exchange-ro   exchange $m/rw/exchange $m/ro/exchange  => EACCES file.create otherwise $m/ro/exchange audit=skip
		M11.link          link $m/rw/link $m/rw/linked            => ok
		M11.link-ro       link $m/ro/link $m/rw/linked2           => EACCES file.link otherwise $m/ro/link new_path=$m/rw/linked2
		M11.linked        open wronly $m/rw/linked                => ok
		M11.mv-upper  rename $m/rw/new.d $m/rw/new2.d         => ok
		M11.mvdir-no rename $m/no/d $m/rw/d2                 => EACCES file.rename @no $m/no/d new_path=$m/rw/d2
		M11.layer         open rdonly $T/lower/rw/read            => EACCES file.read otherwise $T/lower/rw/read
		M11.layer-upper   open rdonly $T/upper/rw/write           => EACCES file.read otherwise $T/upper/rw/write
	END
	# 6.1's overlayfs has no O_TMPFILE.
	if [[ $VM_KERNEL == 6.1 ]]; then
		echo "M11.tmpfile open rdwr,tmpfile $m/rw/d => EOPNOTSUPP audit=EOPNOTSUPP"
	else
		echo "M11.tmpfile open rdwr,tmpfile $m/rw/d => ok"
		echo "M11.tmpfile-ro open rdwr,tmpfile $m/ro/d => EACCES file.write otherwise $m/ro/d/#*"
	fi
	# Without redirects a directory of a lower layer cannot be renamed: that is overlayfs's own refusal.
	if [[ $1 == on ]]; then
		echo "M11.mvdir  rename $m/rw/d $m/rw/d3 => ok"
		echo "M11.in-renamed  open wronly $m/rw/d3/f => ok"
	else
		echo "M11.mvdir  rename $m/rw/d $m/rw/d3 => EXDEV audit=EXDEV"
	fi
}

table_exec() {
	local m=$T/merged
	cat <<-END
		M11.exec          exec $m/rw/nothing      => ok
		M11.exec-ro       exec $m/ro/nothing      => EACCES file.exec otherwise $m/ro/nothing
		M11.exec-no       exec $m/no/nothing      => EACCES file.exec @no $m/no/nothing
		M11.exec-audit    exec $m/audit/nothing   => ok file.exec @audit $m/audit/nothing action=audit
		M11.dynamic       exec $m/rw/true         => ok
		M11.script        exec $m/rw/script       => ok
		M11.script-ro     exec $m/ro/script       => EACCES file.exec otherwise $m/ro/script
		M11.map           map $m/rw/nothing       => ok
		M11.map-ro        map $m/ro/nothing       => EACCES file.exec otherwise $m/ro/nothing
		M11.map-shared    map-shared $m/rw/nothing => ok
		M11.protect       protect $m/rw/nothing   => ok
		M11.protect-ro    protect $m/ro/nothing   => EACCES file.exec otherwise $m/ro/nothing
	END
}

# What fanotify sees of overlayfs's own doings must not come to the caller as a descriptor of the layer's file.
table_fan() {
	local fan="fanotify $T/lower/rw $T/merged/rw/write copy-up"
	echo "M11.fan fanotify $T/merged/rw $T/merged/rw/read open => ok"
	# 6.1 tells nobody.
	if [[ $VM_KERNEL == 6.1 ]]; then
		echo "M11.fan-lower $fan => EAGAIN"
	else
		echo "M11.fan-lower $fan => EACCES file.read otherwise * path_state=detached reason=path"
	fi
}

# A container whose root directory is an overlay of the machine's.
rooted() {
	local wrap tree=$T/tree
	policy_rooted | write_policy rooted
	write_table rooted <<-END
		M11.r-exec        exec /usr/bin/true      => ok
		M11.r-exec-no     exec /usr/bin/false     => EACCES file.exec otherwise /usr/bin/false
		M11.r-at          execveat /usr/bin true  => ok
		M11.r-map         map /usr/bin/true       => ok
		M11.r-map-no      map /usr/bin/false      => EACCES file.exec otherwise /usr/bin/false
		M11.r-protect     protect /usr/bin/true   => ok
		M11.r-copied      exec-copy /usr/bin/true /srv/true2 => ok
		M11.r-copied-no   exec-copy /usr/bin/true /usr/bin/true2 => EACCES file.create otherwise /usr/bin/true2
	END
	mkdir -p $tree
	mount -t tmpfs none $tree
	mkdir $tree/{upper,work,root}
	# shellcheck disable=SC2034,SC2016 # attempt puts it in front; the shell in it expands
	wrap=(unshare -m sh -ec '
		cd "$0"
		mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work none root
		for dir in proc sys dev job tmp run; do
			mount --rbind /$dir root/$dir
		done
		cd root
		pivot_root . mnt
		umount -l mnt
		exec "$@"' "$tree")
	attempt rooted root attempt-exec
	umount $tree
	rm -rf $T
}

policy_rooted() {
	cat <<-END
		version: 1
		name: rooted
		mode: enforce
		files:
		  otherwise: deny
		  rules:
		    - {path: ["/job/build/tests/vm/bin/*", "/usr/lib/**", "/usr/bin/true"], allow: [read, exec]}
		    - {path: ["/etc/ld.so.*", "/usr/bin/false"], allow: read}
		    - {path: /srv/**, allow: all}
	END
}

@test "the runs as such" {
	runs_went_well overlay-on "$PEOPLE"
	runs_went_well overlay-off "$PEOPLE"
	runs_went_well overlay-exec "$PEOPLE"
}

@test "M11 overlayfs double-open & copy-up (false-positive test)" {
	case_holds M11 overlay-on "$PEOPLE"
	case_holds M11 overlay-exec "$PEOPLE"
}

@test "M11 overlayfs without redirects" {
	case_holds M11 overlay-off "$PEOPLE"
}

@test "M11 the root directory on overlayfs" {
	went_well rooted.root
	as_expected rooted.root M11.
}

@test "M11 what overlayfs does to its layers, seen by fanotify" {
	case_holds M11 overlay-fan full
}

@test "M11 overlayfs in audit mode" {
	as_expected overlay-on.audit M11.
}
