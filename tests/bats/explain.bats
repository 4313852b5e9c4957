#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# ringfence explain: every operation, each allowed and each denied, and the line that decides.

load helpers

# p.yaml allows, or denies, what is asked.
allowed() {
	answer 0 explain p.yaml "$@"
	content
	says "allowed: "
}

denied() {
	answer 1 explain p.yaml "$@"
	content
	says "denied: "
}

@test "each file operation, allowed and denied" {
	good_policy >p.yaml
	allowed read /usr/lib/x
	denied read /etc/passwd
	allowed write /data/f
	denied write /usr/lib/x
	allowed append /data/f
	denied append /drop/f
	allowed create /drop/f
	denied create /usr/f
	allowed delete /data/f
	denied delete /drop/f
	allowed rename /data/f
	denied rename /drop/f
	allowed link /data/f
	denied link /usr/f
	allowed setattr /data/f
	denied setattr /usr/f
	allowed exec /usr/bin/true
	denied exec /data/f
	allowed device /dev/fuse
	denied device /dev/sda
	allowed connect /run/app.sock
	denied connect /run/other.sock
}

@test "file.OP and OP are the same question" {
	good_policy >p.yaml
	allowed file.read /usr/x
	says "file.read /usr/x"
	denied file.read /etc/x
	says "file.read /etc/x"
}

@test "the rule is named by file, line and pattern" {
	good_policy >p.yaml
	denied read /data/secret
	says "rule: p.yaml:22: /data/secret"
	says "error: EACCES"
	allowed read /data/public
	says "rule: p.yaml:19: /data/**"
	denied read /nowhere
	says "rule: otherwise"
}

@test "deny wins wherever it stands; no rule reaches a longer name" {
	good_policy >p.yaml
	denied write /data/secret
	allowed write /data/secret2
	denied read /database
	allowed read /data
}

@test "what is recorded is said" {
	good_policy >p.yaml
	allowed write /data/f
	says "recorded by: p.yaml:20"
	allowed read /data/f
	[[ $output != *recorded* ]]
}

@test "rename and link ask about both names" {
	good_policy >p.yaml
	allowed rename /data/a /data/b
	says "/data/a -> /data/b"
	denied rename /data/a /usr/b
	says "refused: file.create /usr/b"
	allowed link /data/a /data/b
	denied link /usr/a /data/b
	denied rename /data/secret /data/b
	says "rule: p.yaml:22"
}

@test "no gain by aliasing: a new name that is allowed more is refused" {
	cat >p.yaml <<-'POLICY'
		version: 1
		name: alias
		mode: enforce
		files:
		  otherwise: deny
		  rules:
		    - {path: /in/**, allow: [read, create, rename, link]}
		    - {path: /bin/**, allow: [read, create, rename, link, exec]}
	POLICY
	answer 1 explain p.yaml rename /in/a /bin/a
	says "the new name would be allowed more"
	answer 1 explain p.yaml link /in/a /bin/a
	answer 0 explain p.yaml rename /bin/a /in/a
	answer 0 explain p.yaml rename /in/a /in/b
}

@test "paths are asked as the kernel spells them" {
	good_policy >p.yaml
	answer 2 explain p.yaml read relative
	complains "not an absolute path"
	for path in /usr/ //usr /usr//lib /usr/./lib /usr/../usr/lib /..; do
		answer 2 explain p.yaml read "$path"
		silent
		complains "hint: write '/"
	done
	answer 2 explain p.yaml read /usr/../etc//x
	complains "write '/etc/x'"
	answer 1 explain p.yaml read /
}

@test "a path too long to be resolved is denied, and why" {
	good_policy >p.yaml
	denied read "/usr/$(printf 'a%.0s' {1..4100})"
	says "always denied"
}

@test "strange bytes in paths are matched, and shown safely" {
	good_policy >p.yaml
	allowed read $'/usr/a\nb\e[2J\xff'
	says '/usr/a\x0ab\x1b[2J\xff'
	[[ $output != *$'\e'* ]]
}

@test "system calls: the filter is run, the entry named" {
	good_policy >p.yaml
	allowed syscall read
	says "rule: p.yaml:7"
	says "filter: allow"
	denied syscall getppid
	says "rule: p.yaml:12"
	denied syscall listen
	says "rule: otherwise"
	says "error: ENOSYS"
}

@test "system calls: arguments count" {
	good_policy >p.yaml
	allowed syscall socket AF_UNIX SOCK_STREAM 0
	says "rule: p.yaml:10"
	denied syscall socket AF_INET SOCK_STREAM 0
	denied syscall socket 2
	allowed syscall socket 1
	answer 2 explain p.yaml syscall socket AF_NOWHERE
	answer 2 explain p.yaml syscall socket 1 2 3 4 5 6 7
}

@test "system calls by number, and unknown ones" {
	good_policy >p.yaml
	allowed syscall 0
	says "syscall read("
	denied syscall 99999
	says "ENOSYS"
	answer 2 explain p.yaml syscall raed
	complains "no system call 'raed'"
}

@test "privileges, granted and not" {
	good_policy >p.yaml
	allowed privilege.mount
	says "rule: p.yaml:30"
	denied privilege.ptrace
	says "error: EPERM"
	answer 2 explain p.yaml privilege.mont
	complains "did you mean 'mount'?"
	answer 2 explain p.yaml privilege.mount /mnt
}

@test "a system call that a privilege decides" {
	printf 'version: 1\nname: p\nmode: enforce\nsyscalls: {otherwise: allow}\n' >p.yaml
	answer 1 explain p.yaml syscall swapon
	says "denied: privilege.swap"
	answer 0 explain p.yaml syscall getpid
}

@test "sections that are absent allow, and it is said" {
	printf 'version: 1\nname: p\nmode: enforce\nprivileges: {allow: []}\n' >p.yaml
	answer 0 explain p.yaml read /etc/shadow
	says "does not govern files"
	answer 0 explain p.yaml syscall listen
}

@test "audit mode: the policy's word, and that it is not enforced" {
	good_policy | sed 's/^mode: enforce/mode: audit/' >p.yaml
	denied read /etc/passwd
	says "audit: reported, not denied"
	denied syscall listen
	says "audit: reported, not denied"
	says "filter: log"
	allowed read /usr/x
	[[ $output != *"reported, not denied"* ]]
}

@test "an unknown operation is refused with the nearest" {
	good_policy >p.yaml
	answer 2 explain p.yaml raed /etc
	complains "did you mean 'read'?"
	answer 2 explain p.yaml file.raed /etc
	complains "did you mean 'read'?"
	answer 2 explain p.yaml read
	answer 2 explain p.yaml read /a /b
	answer 2 explain p.yaml rename /a /b /c
}

@test "a bad or missing policy is no answer" {
	echo 'version: 1' >bad.yaml
	answer 1 explain bad.yaml read /etc
	silent
	complains "bad.yaml:1:1: error:"
	answer 125 explain ./missing.yaml read /etc
	silent
}

@test "--json" {
	good_policy >p.yaml
	answer 1 explain --json p.yaml read /data/secret
	member .verdict denied
	member .operation file.read
	member .path /data/secret
	member .rule p.yaml:22
	member .pattern /data/secret
	member .errno EACCES
	answer 1 explain --json p.yaml syscall getppid 7
	member .operation syscall
	member .syscall getppid
	member '.args[0]' 0x7
	member .rule p.yaml:12
	answer 0 explain --json p.yaml privilege.mount
	member .verdict allowed
	answer 1 explain --json p.yaml rename /data/a /usr/b
	member .refused.operation file.create
	member .refused.path /usr/b
}

@test "audit mode: clone3 is allowed and not reported, what is refused is reported" {
	good_policy | sed 's/^mode: enforce/mode: audit/' >p.yaml
	answer 1 explain p.yaml syscall clone3
	says "filter: allow"
	says "audit: allowed, not reported"
	answer 1 explain p.yaml syscall getppid
	says "filter: log"
	says "audit: reported, not denied"
	for call in read 999 0x40000000 mount openat; do
		run -0 bash -c "'$RINGFENCE' explain p.yaml syscall $call || [ \$? = 1 ]"
		[[ $output != *DEFECT* ]]
	done
}

@test "the rule is named whose pattern grows in its canonical form" {
	{
		printf 'version: 1\nname: p\nmode: enforce\nfiles:\n  otherwise: deny\n  rules:\n'
		printf '    - path: "/%s"\n      allow: [read]\n' "$(printf '[*-9]%.0s' {1..800})"
	} >p.yaml
	answer 0 explain p.yaml read "/$(printf '7%.0s' {1..800})"
	says "rule: p.yaml:8:"
	answer 1 explain p.yaml read "/$(printf 'a%.0s' {1..800})"
	says "rule: otherwise"
}
