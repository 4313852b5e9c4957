#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Execution: every file whose code comes to run needs exec, whoever loads it.

load lib

T=/srv/exec
LOADER=/lib64/ld-linux-x86-64.so.2

setup_file() {
	policy | write_policy exec
	table | write_table exec
	plant
	attempt exec enforce attempt-exec
}

teardown_file() {
	rm -rf $T
}

# A program with another ELF interpreter is the same program with another text of the same length in it.
plant() {
	local dir nothing
	nothing=$(command -v nothing)
	for dir in yes no noexec; do
		mkdir -p $T/$dir
		cp "$nothing" $T/$dir/nothing
		cp /usr/bin/true $T/$dir/true
		cp "$(realpath $LOADER)" $T/$dir/loader-64.so.2
		printf '#!%s/yes/nothing\n' $T >$T/$dir/script
	done
	printf '#!%s/no/nothing\n' $T >$T/yes/script-no
	printf '#!%s/yes/script\n' $T >$T/yes/script2
	printf '#!%s/no/script\n' $T >$T/yes/script2-no
	sed "s,$LOADER,$T/no/loader-64.so.2," /usr/bin/true >$T/yes/true-no
	cmp -s <(stat -c %s /usr/bin/true) <(stat -c %s $T/yes/true-no)
	chmod 755 $T/*/*
}

policy() {
	cat <<-END
		version: 1
		name: exec
		mode: enforce
		files:
		  otherwise: deny
		  rules:
		    - {path: /job/build/tests/vm/bin/*, allow: exec}
		    - {path: /usr/lib/**, allow: [read, exec]}
		    - {path: /etc/ld.so.*, allow: read}
		    - {path: $T/yes/**, allow: [read, exec]}
		    - {path: $T/no/**, allow: read, deny: exec} # no
		    - {path: $T/noexec/**, allow: read}
		privileges: {allow: [personality]} # READ_IMPLIES_EXEC
	END
}

table() {
	cat <<-END
		exec.static     exec $T/yes/nothing                   => ok
		exec.static-no  exec $T/no/nothing                    => EACCES file.exec @no $T/no/nothing
		exec.otherwise  exec $T/noexec/nothing                => EACCES file.exec otherwise $T/noexec/nothing
		exec.at         execveat $T/yes nothing               => ok
		exec.at-no      execveat $T/no nothing                => EACCES file.exec @no $T/no/nothing
		exec.fd         fexecve $T/yes/nothing                => ok
		exec.fd-no      fexecve $T/no/nothing                 => EACCES file.exec @no $T/no/nothing

		script.both     exec $T/yes/script                    => ok
		script.itself   exec $T/no/script                     => EACCES file.exec @no $T/no/script
		script.program  exec $T/yes/script-no                 => EACCES file.exec @no $T/no/nothing
		script.nested   exec $T/yes/script2                   => ok
		script.nest-no  exec $T/yes/script2-no                => EACCES file.exec @no $T/no/script

		elf.dynamic     exec $T/yes/true                      => ok
		elf.loader-no   exec $T/yes/true-no                   => EACCES file.exec @no $T/no/loader-64.so.2
		elf.launcher    exec-with $LOADER $T/yes/true         => ok
		elf.launch-no   exec-with $LOADER $T/no/true          => exit-127 file.exec @no $T/no/true errno=EACCES

		map.private     map $T/yes/nothing                    => ok
		map.private-no  map $T/no/nothing                     => EACCES file.exec @no $T/no/nothing
		map.shared      map-shared $T/yes/nothing             => ok
		map.shared-no   map-shared $T/noexec/nothing          => EACCES file.exec otherwise $T/noexec/nothing
		map.implied     map-implied $T/yes/nothing            => ok
		map.implied-no  map-implied $T/no/nothing             => EACCES file.exec @no $T/no/nothing
		map.protect     protect $T/yes/nothing                => ok
		map.protect-no  protect $T/no/nothing                 => EACCES file.exec @no $T/no/nothing
		map.anonymous   protect-anonymous                     => ok

		memfd.exec      exec-memfd $T/yes/nothing             => EACCES file.exec otherwise - path_state=unlinked reason=path
		memfd.map       map-memfd $T/yes/nothing              => EACCES file.exec otherwise - path_state=unlinked reason=path
	END
}

@test "execve, execveat and fexecve need exec" {
	went_well exec.enforce
	as_expected exec.enforce exec.
}

@test "so do scripts and their interpreters" {
	as_expected exec.enforce script.
}

@test "so do the ELF interpreter, and what it is told to load" {
	as_expected exec.enforce elf.
}

@test "so do mappings that are, or become, executable" {
	as_expected exec.enforce map.
}

@test "code in a file without a name does not run" {
	as_expected exec.enforce memfd.
}
