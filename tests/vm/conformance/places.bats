#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Files on mounts that are in no tree or in another one, and files that no way leads down to: cases M05, M12, X04 and
# their relatives. Their names are whatever whoever made them wished, so that no rule can be about them: everything is
# refused, under a policy that allows everything, with the state of the path in the alert. "plain" is the twin.

load lib

T=/srv/cp
PEOPLE='full user'
ACTIONS=(read write create list exec mkdir mknod symlink link rename unlink rmdir chmod chown utimes truncate)
OPEN=(exec-file reopen map protect setxattr) # of a file that was opened before

setup_file() {
	local who
	policy | write_policies places mount chroot handles sysctl
	table | write_tables places
	for who in $PEOPLE; do
		plant
		attempt_as places "$who" attempt-places
		clear_away
	done
}

teardown_file() {
	clear_away || true
}

policy() {
	cat <<-END
		version: 1
		name: places
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: "$T/denied/{f,new}", deny: all} # denied
		    - {path: $T/denied/nothing, deny: exec} # noexec
		privileges: {allow: [@]}
	END
}

furnish() { # DIR
	mkdir -p "$1/gone.d"
	echo content >"$1/f"
	touch "$1"/{old,gone}
	cp "$(command -v nothing)" "$1/nothing"
	cp "$1/nothing" "$1/handled"
}

plant() {
	local how action
	for how in plain outside-root; do
		for action in "${ACTIONS[@]}" "${OPEN[@]}"; do
			furnish $T/$how/"$action"
		done
	done
	furnish $T/dir
	furnish $T/denied
	mkdir -p $T/moved{,.bound,.away}
	for action in "${ACTIONS[@]}" "${OPEN[@]}"; do
		furnish $T/moved/"$action"
	done
	chown -R 1000:1000 $T
	chmod -R a+rwX $T
	mount --bind $T/moved $T/moved.bound
}

clear_away() {
	umount $T/moved.bound
	rm -rf $T
}

operation() { # ACTION
	case $1 in
	list | reopen) echo read ;;
	exec | exec-file | map | protect) echo exec ;;
	mkdir | mknod | symlink) echo create ;;
	unlink | rmdir) echo delete ;;
	chmod | chown | utimes | setxattr) echo setattr ;;
	truncate) echo write ;;
	*) echo "$1" ;;
	esac
}

# What is refused below a directory that was come by in a certain way.
refused() { # CASE.PREFIX HOW DIR STATE ACTION... [-- OPTION...]
	local prefix=$1 how=$2 dir=$3 state=$4 action more
	shift 4
	for action; do
		more=''
		[[ $action == rename || $action == link ]] && more="new_path_state=$state"
		echo "$prefix$action at $how ${dir//%/$action} $action => EACCES file.$(operation "$action") otherwise *" \
			"path_state=$state reason=path $more $WHO"
	done
}

table() {
	local action WHO=''
	for action in "${ACTIONS[@]}" "${OPEN[@]}"; do
		for how in plain outside-root; do
			# There is no /proc to go by, and no descriptor, below another root.
			[[ $how$action != outside-root@(truncate|reopen) ]] || continue
			echo "M12.${how:0:1}$action at $how $T/$how/$action $action => ok"
		done
	done
	echo "M07.chroot at chroot $T/denied read => EACCES file.read @denied $T/denied/f"
	echo "M07.chroot-exec at chroot $T/denied exec => EACCES file.exec @noexec $T/denied/nothing"
	echo "M07.chroot-ok at chroot $T/dir read => ok"
	echo "M07.outside at outside-root $T/denied read => EACCES file.read @denied $T/denied/f"
	echo "M07.outside-up at outside-root $T/denied create => EACCES file.create @denied $T/denied/new"
	refused M03.t open-tree $T/dir detached "${ACTIONS[@]}"
	refused M08.n other-ns $T/dir other_ns "${ACTIONS[@]}" "${OPEN[@]}"
	refused M12.u umount $T/dir detached "${ACTIONS[@]}" "${OPEN[@]}"
	refused M12.d disconnect $T/moved/% disconnected "${ACTIONS[@]}" "${OPEN[@]}"
	WHO=user=skip refused X04.h handle $T/dir disconnected exec-file reopen
	WHO=user=skip refused M05.f fsmount tmpfs detached create list mkdir symlink
}

@test "the runs as such" {
	runs_went_well places "$PEOPLE"
}

@test "M03 a cloned tree that is attached nowhere" {
	case_holds M03 places "$PEOPLE"
}

@test "M05 a file system that is mounted nowhere" {
	case_holds M05 places full
}

@test "M07 another root directory, and a working directory outside of it" {
	case_holds M07 places "$PEOPLE"
}

@test "M08 a mount of a namespace that was left" {
	case_holds M08 places "$PEOPLE"
}

@test "M12 lazy umount, and a directory moved out of its mount" {
	case_holds M12 places "$PEOPLE"
}

@test "X04 a file opened by its handle" {
	case_holds X04 places full
}
