#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# ringfence export and import: filters as OCI runtimes write them.

load helpers

@test "every example exports, with its own default and for this architecture alone" {
	for example in "$EXAMPLES"/*.yaml; do
		answer 0 export --oci-seccomp "$example"
		member .defaultAction SCMP_ACT_ERRNO
		member .defaultErrnoRet 1
		member '.architectures | length' 1
		member '[.syscalls[] | select(.action == "SCMP_ACT_ALLOW") | .names[]] | index("openat") != null' true
		member '[.syscalls[].names[]] | index("mount")' null
	done
}

@test "conditions are exported for the bits that the kernel looks at" {
	good_policy >p.yaml
	answer 0 export --oci-seccomp p.yaml
	member '.syscalls[] | select(.names == ["socket"]) | .args[0] | "\(.index) \(.value) \(.valueTwo) \(.op)"' \
		'0 4294967295 1 SCMP_CMP_MASKED_EQ'
	member '[.syscalls[].names[]] | index("getppid")' null
}

@test "an exported filter comes back as a section that a policy takes" {
	"$RINGFENCE" export --oci-seccomp "$EXAMPLES/nginx.yaml" >filter.json
	answer 0 import --oci-seccomp filter.json
	printf 'version: 1\nname: p\nmode: enforce\n' >p.yaml
	echo "$output" >>p.yaml
	answer 0 check -q p.yaml
	answer 0 explain p.yaml syscall openat
	answer 1 explain p.yaml syscall ptrace
	answer 1 explain p.yaml syscall vhangup
}

@test "a whole config.json: its part is taken" {
	echo '{"ociVersion": "1.0.2", "linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW"}}}' >config.json
	answer 0 import --oci-seccomp config.json
	says "otherwise: allow"
	content
}

@test "--cap takes the entries for a capability" {
	cat >p.json <<-'JSON'
		{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
		  {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
		  {"names": ["unshare"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}}]}
	JSON
	answer 0 import --oci-seccomp p.json
	says "- read"
	[[ $output != *unshare* ]]
	complains "--cap CAP_SYS_ADMIN takes it"
	answer 0 import --oci-seccomp --cap CAP_SYS_ADMIN p.json
	says "- unshare"
	content
}

@test "bad JSON: file, line and column" {
	printf '{\n  "defaultAction": oops\n}\n' >p.json
	answer 1 import --oci-seccomp p.json
	silent
	complains "p.json:2:"
	complains "error:"
	printf '{"a": 1,\n "a": 2}\n' >p.json
	answer 1 import --oci-seccomp p.json
	complains "p.json:2:"
	echo '[]' >p.json
	answer 1 import --oci-seccomp p.json
	complains "p.json:1:1: error: not a JSON object"
	echo '{"defaultAction": "SCMP_ACT_MAYBE"}' >p.json
	answer 1 import --oci-seccomp p.json
	complains "p.json: error: defaultAction: 'SCMP_ACT_MAYBE'"
}

@test "a file that is not there, a FIFO, a directory" {
	answer 125 import --oci-seccomp none.json
	complains "none.json"
	mkfifo fifo
	answer 1 import --oci-seccomp fifo
	complains "not a regular file"
	answer 1 import --oci-seccomp .
	complains "not a regular file"
}

@test "a policy that is wrong is not exported" {
	printf 'version: 1\nname: p\nmode: enforce\nsyscalls: {otherwise: kill, allow: [opennat]}\n' >p.yaml
	answer 1 export --oci-seccomp p.yaml
	silent
	complains "p.yaml:4:"
	answer 125 export --oci-seccomp none.yaml
	silent
}

@test "what a runtime or the kernel would not take is not exported: the place, and what to do" {
	calls() {
		printf 'version: 1\nname: p\nmode: enforce\nsyscalls:\n  otherwise: {errno: EPERM}\n'
		printf '  allow:\n    - "@container"\n'
		printf '    - {name: %s}\n' "$@"
	}

	calls 'socket, arg0: {ne: AF_NETLINK}, arg1: {ne: SOCK_RAW}' \
		'ioctl, arg0: {ne: 0}, arg1: {ne: TIOCSTI}' >p.yaml
	answer 0 check -q p.yaml
	answer 1 export --oci-seccomp p.yaml
	silent
	complains "p.yaml:9:14: error: runtimes make "
	complains "the kernel accepts 4096"
	calls 'ioctl, arg0: {ne: 0}, arg1: {ne: TIOCSTI}' >p.yaml
	answer 0 export --oci-seccomp p.yaml
	calls 'mmap, arg1: {lt: 4096}' >p.yaml
	answer 0 export --oci-seccomp p.yaml
	member '.syscalls[] | select(.names == ["mmap"]) | .args[0] | "\(.index) \(.op) \(.value)"' '1 SCMP_CMP_LE 4095'
	echo '  deny: [{name: mmap, arg1: {lt: 16}}]' >>p.yaml
	answer 1 export --oci-seccomp p.yaml
	silent
	complains "p.yaml:8:14: error: the conditions on 'mmap' need numbers from 2^63 on"
	complains "hint:"
}

@test "usage: what, and of which file" {
	answer 2 export
	answer 2 export "$EXAMPLES/nginx.yaml"
	complains "--oci-seccomp"
	answer 2 import --oci-seccomp
	answer 2 import --oci-seccomp a b
}
