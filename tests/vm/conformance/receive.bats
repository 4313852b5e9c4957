#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Cases F19 and F20: descriptors that arrive. What may not be opened may not be received; the message comes, the
# descriptor does not.

load lib

T=/srv/receive
PEOPLE='root local'

setup_file() {
	mkdir -p $T/{secret,pub,run,log}
	echo canary >$T/secret/f
	echo content >$T/pub/f
	chmod -R a+rwX $T
	giver $T/run/socket >/dev/null 2>&1 3>&- &
	giver=$!
	# Holds the secret open as descriptor 5, with no more capabilities than the container.
	become root /bin/sh -c "exec 5<$T/secret/f; echo \$\$ >$T/run/root; exec sleep 1000" >/dev/null 2>&1 3>&- &
	holder=$!
	export giver holder
	for _ in $(seq 600); do [[ -S $T/run/socket && -s $T/run/root ]] && break; sleep 0.1; done
	chmod -R a+rwX $T
	policy | write_policies receive ptrace
	table | write_tables receive
	# shellcheck disable=SC2034 # attempt puts it in front; what the program is born with: 3 the secret, 4 what it may have.
	wrap=(sh -c "exec 3<$T/secret/f 4<$T/pub/f; exec \"\$@\"" --)
	attempt_as receive "$PEOPLE" attempt-receive --preserve-fds 2
}

teardown_file() {
	kill "$giver" "$holder"
	rm -rf $T
}

policy() {
	cat <<-END
		version: 1
		name: receive
		mode: enforce
		files:
		  otherwise: deny
		  rules:
		    - {path: [/usr/**, /lib/**, /lib64/**, /job/**], allow: [read, exec]}
		    - {path: [/proc/**, $T/run/**], allow: [read, write, connect]}
		    - {path: $T/pub/**, allow: [read, write, create, delete]}
		    - {path: $T/log/**, allow: [create, append]}
		    - {path: $T/secret/**, deny: all} # secret
		privileges: {allow: [@]} # privileges
	END
}

table() {
	local S=$T/run/socket D=file.read
	cat <<-END
		F19.read       receive $S rdonly $T/secret/f  => EACCES $D @secret $T/secret/f
		F19.write      receive $S wronly $T/secret/f  => EACCES file.write @secret $T/secret/f
		F19.rw         receive $S rdwr $T/secret/f    => EACCES $D @secret $T/secret/f
		F19.append     receive $S append,wronly $T/secret/f => EACCES file.append @secret $T/secret/f
		F19.mode3      receive $S mode3 $T/secret/f   => EACCES $D @secret $T/secret/f
		F19.dir        receive $S dir $T/secret       => EACCES $D @secret $T/secret
		F19.peek       peek $S rdonly $T/secret/f     => EACCES $D @secret $T/secret/f
		F19.gone       receive $S gone $T/secret/new  => EACCES $D @secret $T/secret/new
		F19.tmpfile    receive $S tmpfile,rdwr $T/secret => EACCES $D @secret $T/secret/#*
		F19.otherwise  receive $S rdonly /etc/shadow  => EACCES $D otherwise /etc/shadow
		F19.device     receive $S rdonly,nonblock /dev/nvme0n1 => EACCES $D otherwise /dev/nvme0n1
		F19.log        receive $S rdwr,creat $T/log/f => EACCES $D otherwise $T/log/f
		F19.path       receive $S path $T/secret/f    => ok
		F19.path.use   use $S path $T/secret/f        => EACCES $D @secret $T/secret/f
		F19.born       pass-on 3                      => EACCES $D @secret $T/secret/f
		F19.setting    receive $S wronly /proc/sys/kernel/domainname => EACCES privilege.sysctl @privileges /proc/sys/kernel/domainname errno=EPERM
		F19.memory     receive $S wronly /proc/1/mem => EACCES privilege.ptrace @privileges /proc/1/mem reason=outside errno=EPERM
		F19.setting+   receive $S rdonly /proc/sys/kernel/domainname => ok
		F19.read+      receive $S rdonly $T/pub/f     => ok
		F19.rw+        receive $S rdwr $T/pub/f       => ok
		F19.dir+       receive $S dir $T/pub          => ok
		F19.peek+      peek $S rdonly $T/pub/f        => ok
		F19.gone+      receive $S gone $T/pub/new     => ok
		F19.tmpfile+   receive $S tmpfile,rdwr $T/pub => ok
		F19.log+       receive $S append,wronly,creat $T/log/f => ok
		F19.memfd+     receive $S memfd -             => ok
		F19.pipe+      receive $S pipe -              => ok
		F19.use+       use $S path $T/pub/f           => ok
		F19.pass+      pass rdonly $T/pub/f           => ok
		F19.born+      pass-on 4                      => ok
		F20.outside    getfd $T/run/root 5            => EPERM privilege.ptrace * - reason=outside local=EPERM!
		F20.child+     getfd-child rdonly $T/pub/f    => ok
		F20.addfd      addfd 3                        => EACCES $D @secret $T/secret/f
		F20.addfd+     addfd 4                        => ok
	END
}

@test "the runs as such" {
	runs_went_well receive "$PEOPLE"
}

@test "F19 descriptors through UNIX sockets" {
	case_holds F19 receive "$PEOPLE"
}

@test "F20 descriptors by pidfd_getfd and seccomp ADDFD" {
	case_holds F20 receive "$PEOPLE"
}
