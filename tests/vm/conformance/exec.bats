#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Cases X..: machine code. Whatever has a file's contents executed, or mapped so that they could be, is judged for every
# file it takes: the program, each interpreter of a chain, the ELF interpreter, what that maps.

load lib

T=/srv/cx
PEOPLE='root user'
LOADER=/lib64/ld-linux-x86-64.so.2
MISC=/proc/sys/fs/binfmt_misc

setup_file() {
	local who
	echo 8 >/proc/sys/vm/nr_hugepages
	plant
	policy_pa | write_policies pa personality
	policy_pd | write_policies pd
	table_exec | write_tables pa
	cp "$BATS_FILE_TMPDIR/pa.yaml" "$BATS_FILE_TMPDIR/maps.yaml"
	cp "$BATS_FILE_TMPDIR/pa-user.yaml" "$BATS_FILE_TMPDIR/maps-user.yaml"
	table_maps | write_tables maps
	table_pd | write_tables pd
	for who in $PEOPLE; do
		plant
		attempt_as pa "$who" attempt-exec
		attempt_as maps "$who" attempt-maps
		rm $T/data/*
		attempt_as pd "$who" attempt-exec
	done
}

teardown_file() {
	local handler
	for handler in "$MISC"/rf-*; do
		[[ ! -e $handler ]] || echo -1 >"$handler"
	done
	echo 0 >/proc/sys/vm/nr_hugepages
	rm -rf $T
}

# A program with another ELF interpreter is the same program with another text of the same length in it.
plant() {
	local dir nothing i
	nothing=$(command -v nothing)
	rm -rf $T
	for dir in yes no noexec data; do
		mkdir -p $T/$dir
		cp "$nothing" $T/$dir/nothing
		cp /usr/bin/true $T/$dir/true
		cp "$(realpath $LOADER)" $T/$dir/loader-64.so.2
		cp "$(realpath /lib/x86_64-linux-gnu/libm.so.6)" $T/$dir/lib.so
		printf '#!%s/yes/nothing\n' $T >$T/$dir/script
		# A chain of six scripts; the last one's interpreter is a program.
		ln -s ../yes/nothing $T/$dir/link
		for i in 1 2 3 4 5; do
			printf '#!%s/yes/chain%d\n' $T $((i - 1)) >$T/$dir/chain$i
		done
		printf '#!%s/yes/nothing\n' $T >$T/$dir/chain0
	done
	printf '#!%s/no/chain0\n' $T >$T/yes/bad1
	for i in 2 3 4; do
		printf '#!%s/yes/bad%d\n' $T $((i - 1)) >$T/yes/bad$i
	done
	printf '#!%s/no/nothing\n' $T >$T/yes/script-no
	printf '#!%s%s/no/nothing\n' "$(printf '/%.0s' {1..260})" $T >$T/yes/script-long
	sed "s,$LOADER,$T/no/loader-64.so.2," /usr/bin/true >$T/yes/true-no
	echo 'exit 0' >$T/noexec/plain.sh
	cp "$nothing" $T/yes/gone
	chmod -R a+rwX $T
	chmod 777 $T/*/*
	plant_handlers
}

# Formats that the host has given handlers; "F" opens the handler now, and clones that file for whoever needs it.
plant_handlers() {
	local name dir flags
	modprobe binfmt_misc
	mountpoint -q $MISC || mount -t binfmt_misc none $MISC
	while read -r name dir flags; do
		printf 'RF-%s-' "$name" >$T/yes/misc-"$name"
		chmod 777 $T/yes/misc-"$name"
		[[ ! -e $MISC/rf-$name ]] || echo -1 >$MISC/rf-"$name"
		echo ":rf-$name:M::RF-$name-::$T/$dir/nothing:$flags" >$MISC/register
	done <<-END
		plain yes
		plain-no no
		fixed yes F
		fixed-no no F
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
		    - {path: ["/job/build/tests/vm/bin/*", "/usr/bin/dash"], allow: [read, exec]}
		    - {path: "/usr/lib/**", allow: [read, exec]}
		    - {path: ["/etc/ld.so.*", "/proc/self/**"], allow: [read, write]}
		    - {path: ["/memfd:*", "/* (deleted)", "/copy", "/huge"], allow: all}
		    - {path: "$T/yes/**", allow: [read, write, create, delete, exec]}
		    - {path: "$T/no/**", allow: [read, write], deny: exec} # no
		    - {path: "$T/noexec/**", allow: read}
		    - {path: "$T/data/**", allow: [read, write, create, delete, setattr]}
		privileges: {allow: [@]}
	END
}

# By names alone: who may write anywhere may copy a program to where no rule names it.
policy_pd() {
	cat <<-END
		version: 1
		name: pd
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: "$T/no/**", deny: exec} # no
		privileges: {allow: [@]}
	END
}

table_pd() {
	cat <<-END
		X13.name-no     exec $T/no/nothing                    => EACCES file.exec @no $T/no/nothing
		X13.copied      exec-copy $T/no/nothing $T/data/copy2 => ok
	END
}

table_exec() {
	local no="EACCES file.exec @no" other="EACCES file.exec otherwise" nameless='path_state=unlinked reason=path'
	cat <<-END
		X01.exec        exec $T/yes/nothing                   => ok
		X01.exec-no     exec $T/no/nothing                    => $no $T/no/nothing
		X01.exec-other  exec $T/noexec/nothing                => $other $T/noexec/nothing
		X01.at          execveat $T/yes nothing               => ok
		X01.at-no       execveat $T/no nothing                => $no $T/no/nothing
		X01.spawn       spawn $T/yes/nothing                  => ok
		X01.spawn-no    spawn $T/no/nothing                   => $no $T/no/nothing
		X01.vfork       vfork $T/yes/nothing                  => ok
		X01.vfork-no    vfork $T/no/nothing                   => $no $T/no/nothing
		X01.thread      thread $T/yes/nothing                 => ok
		X01.thread-no   thread $T/no/nothing                  => $no $T/no/nothing
		X01.link        exec $T/no/link                       => ok
		X01.link-no     exec $T/yes/../no/nothing             => $no $T/no/nothing

		X02.empty       fexecve $T/yes/nothing                => ok
		X02.empty-no    fexecve $T/no/nothing                 => $no $T/no/nothing
		X02.proc        exec-proc $T/yes/nothing              => ok
		X02.proc-no     exec-proc $T/no/nothing               => $no $T/no/nothing

		X03.memfd       exec-memfd $T/yes/nothing             => $other - $nameless
		X03.sealed      exec-memfd-sealed $T/yes/nothing x    => $other - $nameless
		X03.forged      exec-memfd-sealed $T/yes/nothing usr/lib/x => $other - $nameless
		X03.huge        exec-memfd-huge $T/yes/nothing        => $other - $nameless
		X03.script      exec-memfd-script $T/yes/nothing      => $other - $nameless
		X03.map         map-memfd $T/yes/nothing              => $other - $nameless

		X04.tmpfile     exec-tmpfile $T/yes/nothing $T/yes    => $other $T/yes/#* $nameless
		X04.unlinked    exec-unlinked $T/yes/gone             => $other $T/yes/gone $nameless

		X05.script      exec $T/yes/script                    => ok
		X05.script-no   exec $T/no/script                     => $no $T/no/script
		X05.interp-no   exec $T/yes/script-no                 => $no $T/no/nothing
		X05.interp-long exec $T/yes/script-long               => ENOEXEC
		X05.chain       exec $T/yes/chain4                    => ok
		X05.chain-no    exec $T/yes/bad4                      => $no $T/no/chain0
		X05.chain-loop  exec $T/yes/chain5                    => ELOOP
		X05.misc        exec $T/yes/misc-plain                => ok
		X05.misc-no     exec $T/yes/misc-plain-no             => $no $T/no/nothing
		X05.fixed       exec $T/yes/misc-fixed                => ok user=skip
		X05.fixed-no    exec $T/yes/misc-fixed-no             => $no $T/no/nothing user=skip
		X05.fixed-ns    exec $T/yes/misc-fixed                => $other * path_state=other_ns reason=path root=skip

		X06.sh          exec-with2 /usr/bin/dash $T/noexec/plain.sh x => ok
		X06.sh-no       exec $T/noexec/plain.sh               => $other $T/noexec/plain.sh

		X07.launch      exec-with $LOADER $T/yes/true         => ok
		X07.launch-no   exec-with $LOADER $T/no/true          => exit-127 file.exec @no $T/no/true errno=EACCES
		X07.preload     exec-with3 $LOADER --preload $T/yes/lib.so $T/yes/true => ok
		X07.preload-no  exec-with3 $LOADER --preload $T/no/lib.so $T/yes/true => ok file.exec @no $T/no/lib.so errno=EACCES
		X07.copy        exec-with $T/yes/loader-64.so.2 $T/yes/true => ok
		X07.copy-no     exec-with $T/yes/loader-64.so.2 $T/no/true => exit-127 file.exec @no $T/no/true errno=EACCES
		X07.copied-no   exec-with $T/data/loader-64.so.2 $T/no/true => $other $T/data/loader-64.so.2
		X07.interp-no   exec $T/yes/true-no                   => $no $T/no/loader-64.so.2

		X08.map         map $T/yes/nothing                    => ok
		X08.map-no      map $T/no/nothing                     => $no $T/no/nothing
		X08.shared      map-shared $T/yes/nothing             => ok
		X08.shared-no   map-shared $T/no/nothing              => $no $T/no/nothing
		X08.protect     protect $T/yes/nothing                => ok
		X08.protect-no  protect $T/no/nothing                 => $no $T/no/nothing
		X09.implied     map-implied $T/yes/nothing            => ok
		X09.implied-no  map-implied $T/no/nothing             => $no $T/no/nothing

		X13.copy        exec-copy $T/yes/nothing $T/yes/copy  => ok
		X13.copy-no     exec-copy $T/yes/nothing $T/data/copy => $other $T/data/copy
	END
}

# System V's huge pages are for CAP_IPC_LOCK and for the group vm.hugetlb_shm_group, 0 by default.
table_maps() {
	local no="EACCES file.exec @no"
	cat <<-END
		X08.written     map-written $T/yes/nothing            => ok
		X08.written-no  map-written $T/no/nothing             => $no $T/no/nothing
		X08.moved       map-moved $T/yes/nothing              => ok
		X08.moved-no    map-moved $T/no/nothing               => $no $T/no/nothing
		X08.remap       remap-implied $T/yes/true             => ok
		X08.remap-no    remap-implied $T/no/true              => $no $T/no/true
		X08.uselib      uselib $T/no/nothing                  => ENOSYS
		X09.implied     protect-implied $T/yes/nothing        => ok
		X09.implied-no  protect-implied $T/no/nothing         => $no $T/no/nothing
		X09.anonymous   map-anonymous                         => ok
		X09.heap        protect-heap                          => ok
		X09.shared      protect-shared                        => ok
		X09.sysv        shmat                                 => ok
		X09.huge        map-huge                              => ok
		X09.huge-shared map-huge-shared                       => ok
		X09.huge-sysv   shmat-huge                            => ok user=EPERM
		X09.huge-memfd  map-memfd-huge anon_hugepage          => EACCES file.exec otherwise * path_state=unlinked reason=path
	END
}

@test "the runs as such" {
	runs_went_well pa "$PEOPLE"
	runs_went_well maps "$PEOPLE"
	runs_went_well pd "$PEOPLE"
}

@test "X01 baseline" {
	case_holds X01 pa "$PEOPLE"
}

@test "X02 AT_EMPTY_PATH / fd exec" {
	case_holds X02 pa "$PEOPLE"
}

@test "X03 memfd exec" {
	case_holds X03 pa "$PEOPLE"
}

@test "X04 never-linked file exec" {
	case_holds X04 pa "$PEOPLE"
}

@test "X05 shebang chain" {
	case_holds X05 pa "$PEOPLE"
}

@test "X06 interpreter reads script" {
	case_holds X06 pa "$PEOPLE"
}

@test "X07 ld.so as launcher" {
	case_holds X07 pa "$PEOPLE"
}

@test "X08 map denied code" {
	case_holds X08 pa "$PEOPLE"
	case_holds X08 maps "$PEOPLE"
}

@test "X09 anonymous executable memory" {
	case_holds X09 pa "$PEOPLE"
	case_holds X09 maps "$PEOPLE"
}

@test "X13 copy/rename binary" {
	case_holds X13 pa "$PEOPLE"
	case_holds X13 pd "$PEOPLE"
}

# A path that is both writable and executable undoes what exec rules are for: the compiler says so.
@test "X13 what may be written and executed is warned of" {
	run ringfence check "$BATS_FILE_TMPDIR/pa.yaml"
	[ "$status" -eq 0 ]
	[[ $output == *"$T/yes"* ]]
}
