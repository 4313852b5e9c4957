#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Case F26, in one of its disguises: overlayfs changes its layers under credentials that it puts on, which is nothing to
# refuse; but io_uring puts on others because its caller says so, and that must not pass for the same.

load lib

T=/srv/cc
PEOPLE='root user'

setup_file() {
	plant
	policy | write_policies creds io_uring
	table | write_tables creds
	attempt_as creds "$PEOPLE" attempt-credentials
}

teardown_file() {
	umount $T/merged
	rm -rf $T
}

plant() {
	mkdir -p $T/{lower/{rw,ro},upper,work,merged,rw,ro}
	echo content | tee $T/{lower/,}{rw,ro}/{f,g} >/dev/null
	chown -R 1000:1000 $T
	mount -t overlay -o lowerdir=$T/lower,upperdir=$T/upper,workdir=$T/work none $T/merged
}

policy() {
	cat <<-END
		version: 1
		name: creds
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: ["$T/ro/**", "$T/merged/ro/**"], deny: setattr} # ro
		privileges: {allow: [@]}
	END
}

table() {
	local dir
	for dir in '' merged/; do
		cat <<-END
			F26.${dir:0:1}own       setxattr ${T}/${dir}rw/f    => ok
			F26.${dir:0:1}own-no    setxattr ${T}/${dir}ro/f    => EACCES file.setattr @ro $T/${dir}ro/f comm=*
			F26.${dir:0:1}other     setxattr-as ${T}/${dir}rw/g => ok
			F26.${dir:0:1}other-no  setxattr-as ${T}/${dir}ro/g => EACCES file.setattr @ro $T/${dir}ro/g comm=*
		END
	done
}

@test "the runs as such" {
	runs_went_well creds "$PEOPLE"
}

@test "F26 attributes changed with borrowed credentials" {
	case_holds F26 creds "$PEOPLE"
}
