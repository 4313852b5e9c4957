#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# ringfence-runtime: its command line, before a runtime that only says what it was given.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	[[ ! -e /etc/ringfence/runtime.yaml ]] || skip "/etc/ringfence/runtime.yaml is there"
	ln -s "$RINGFENCE" ringfence-runtime
	cat >fake <<-'SH'
		#!/bin/sh
		for word; do printf '[%s]' "$word"; done
		echo
		exit "${FAKE_STATUS:-0}"
	SH
	chmod +x fake
	within=() named=(--runtime "$PWD/fake")
	mkdir bundle
	echo '{"annotations": {}}' >bundle/config.json
}

teardown() {
	[[ ! -e made ]] || rm -rf /run/ringfence/runtime
}

# settings TEXT: the administrator's, for what is run hereafter, and for nothing else on this machine.
settings() {
	unshare -m mount -t tmpfs none /etc || skip "no mount namespace may be made"
	printf '%s\n' "$1" >runtime.yaml
	within+=(unshare -m -- sh -c 'mount -t tmpfs none /etc && mkdir /etc/ringfence && cp runtime.yaml /etc/ringfence/ &&
		exec "$@"' sh)
}

# No --runtime hereafter; this directory comes first in PATH.
nothing_named() {
	within+=(env PATH="$PWD:$PATH") named=()
}

# runtime STATUS ARG...
# shellcheck disable=SC2154 # run sets $stderr
runtime() {
	local want=$1

	shift
	run --separate-stderr -- "${within[@]}" ./ringfence-runtime "${named[@]}" "$@"
	echo "ringfence-runtime $* (status=$status, expected $want)"
	echo "$output"
	echo "$stderr"
	[ "$status" -eq "$want" ]
}

# in_run COMMAND: in a /run of its own, where there is the directory of a container c1.
# shellcheck disable=SC2016,SC2154 # for the shell in there
in_run() {
	unshare -m true || skip "not root"
	run --separate-stderr -- unshare -m bash -ec '
		mount -t tmpfs run /run
		dir=/run/ringfence/runtime/cbf29ce484222325-c1
		mkdir -p $dir
		command=(./ringfence-runtime --runtime "$PWD/fake")
		'"$1"
	echo "$output $stderr (status=$status)"
}

@test "what makes no container is passed on as it is, and so is the status" {
	runtime 0 --root /r --log=/tmp/l --debug kill --all c1 9
	[ "$output" = "[--root][/r][--log=/tmp/l][--debug][kill][--all][c1][9]" ]
	runtime 0 exec --process p.json c1
	[ "$output" = "[exec][--process][p.json][c1]" ]
	runtime 0 --version
	[ "$output" = "[--version]" ]
	FAKE_STATUS=7 runtime 7 state c1
	FAKE_STATUS=3 runtime 3 delete --force c1
	[ "$output" = "[delete][--force][c1]" ]
	runtime 0 create --help
	[ "$output" = "[create][--help]" ]
}

@test "who asks for help makes and deletes no container" {
	runtime 0 create --bundle bundle --help c1
	[ "$output" = "[create][--help]" ]
	runtime 0 --root /r delete --force --help c1
	[ "$output" = "[--root][/r][delete][--help]" ]
	runtime 0 --version create --bundle bundle c1
	[ "$output" = "[--version]" ]
	runtime 0 --help
	[[ $output == *"--policy POLICY"*"--runtime PATH"*$'\n'"[--help]" ]]
	runtime 1 create --bundle bundle -- --help
	silent
	complains "has no policy"
}

# A container of that id, as create leaves it until the hook has run.
made_before() { # ID
	touch made
	mkdir -p "/run/ringfence/runtime/cbf29ce484222325-$1"
}

@test "exec is refused for a container that is not registered yet, whatever the options before it" {
	[[ $(id -u) == 0 && ! -e /run/ringfence/runtime ]] || skip "not root, or containers are there"
	made_before c2
	runtime 0 exec --user c2 c1 sh
	[ "$output" = "[exec][--user][c2][c1][sh]" ]
	runtime 0 exec --tty c1 c2
	made_before web
	echo "nowhere 0 0" >/run/ringfence/runtime/cbf29ce484222325-web/registered
	for options in "--user web" "-u web" "--user=web" "-t -e A=b --cwd web"; do
		# shellcheck disable=SC2086 # options are words
		runtime 1 exec $options c2 sh
		silent
		complains "is not registered yet"
	done
	for options in "-user web" "-tu web" "--us web" "--new web" "--new other" "-tu other"; do
		# shellcheck disable=SC2086
		runtime 1 exec $options c2 sh
		silent
	done
}

@test "wrong settings start nothing, but what is there can be ended" {
	settings 'unconfined: perhaps'
	for command in "kill c1 9" "delete --force c1" "state c1" "exec c1 sh" "create --help"; do
		# shellcheck disable=SC2086 # words
		runtime 0 $command
		[ "$output" = "[${command// /][}]" ]
		complains "runtime.yaml:1:"
		complains "The settings are not used"
	done
	for command in "create --bundle bundle c1" "run --bundle bundle c1" "restore c1"; do
		# shellcheck disable=SC2086
		runtime 1 $command
		silent
		complains "runtime.yaml:1:"
	done
	# Without them it is not known where a container is to be entered.
	ln -s fake crun
	nothing_named
	runtime 0 kill c1 9
	[ "$output" = "[kill][c1][9]" ]
	runtime 1 exec c1 sh
	silent
	settings "runtime: $PWD/crun"
	runtime 0 exec c1 sh
}

@test "a container's runtime is the one that made it, whatever is the default by now" {
	[[ $(id -u) == 0 && ! -e /run/ringfence/runtime ]] || skip "not root, or containers are there"
	for name in crun runc other; do
		# shellcheck disable=SC2016 # for that shell
		printf '#!/bin/sh\necho "$0: $*"\n' >$name && chmod +x $name
	done
	nothing_named
	made_before r1
	printf %s "$PWD/runc" >/run/ringfence/runtime/cbf29ce484222325-r1/runtime
	for command in "kill r1 9" "kill --all r1 9" "state r1" "pause r1" "ps r1 -ef" "update --resources - r1"; do
		# shellcheck disable=SC2086 # words
		runtime 0 $command
		[ "$output" = "$PWD/runc: $command" ]
	done
	for command in "kill c1 9" "state c1" "list" "--root /r kill r1" "features"; do
		# shellcheck disable=SC2086
		runtime 0 $command
		[ "$output" = "$PWD/crun: $command" ]
	done
	runtime 0 --runtime "$PWD/other" kill r1 9
	[ "$output" = "$PWD/other: kill r1 9" ]
	settings "runtime: $PWD/other"
	runtime 0 kill r1 9
	[ "$output" = "$PWD/runc: kill r1 9" ]
	rm runc
	runtime 0 kill r1 9
	[ "$output" = "$PWD/other: kill r1 9" ]
	runtime 0 delete r1
	[[ ! -e /run/ringfence/runtime/cbf29ce484222325-r1 ]]
}

@test "a container without a policy does not start; the engine's log says why" {
	runtime 1 --log "$PWD/log" --log-format json create --bundle bundle c1
	silent
	complains "The container has no policy"
	complains "io.ringfence.policy=NAME"
	[ "$(jq -r .level log)" = error ]
	[[ $(jq -r .msg log) == *"has no policy"* ]]
	runtime 1 --log "$PWD/text" run -b bundle c1
	[[ $(<text) == *"has no policy"* ]]
	[[ ! -e /run/ringfence/runtime ]]
}

@test "a policy's name that is none, of the annotation and of the option" {
	echo '{"annotations": {"io.ringfence.policy": "../../x"}}' >bundle/config.json
	runtime 1 create --bundle bundle c1
	complains "'../../x' cannot be the name of a policy"
	echo '{}' >bundle/config.json
	runtime 1 --policy ../x create --bundle bundle c1
	complains "No policy can be called '../x'"
}

@test "a configuration that cannot be read: the place" {
	printf '{\n "a": 1,\n "a": 2}\n' >bundle/config.json
	runtime 1 create --bundle bundle c1
	complains "bundle/config.json:3:"
	runtime 1 create --bundle nowhere c1
	complains "nowhere"
	rm bundle/config.json
	mkfifo bundle/config.json
	runtime 1 create --bundle bundle c1
	complains "not a regular file"
}

@test "an annotation by which a runtime would leave the policy aside: refused, and named" {
	local name
	for name in run.oci.seccomp_bpf_data run.oci.handler module.wasm.image/variant run.oci.delegate-cgroup; do
		echo "{\"annotations\": {\"$name\": \"\"}}" >bundle/config.json
		runtime 1 --policy "$EXAMPLES/nginx.yaml" --log "$PWD/log" create --bundle bundle c1
		silent
		complains "Annotation $name: "
		[[ $(<log) == *"Annotation $name: "* ]]
		rm log
	done
}

@test "a runtime whose containers this kernel does not execute: refused under a policy alone" {
	local name
	for name in krun crun-wasm runsc kata-runtime; do
		cp fake $name
		runtime 1 --runtime "$PWD/$name" --policy "$EXAMPLES/nginx.yaml" create --bundle bundle c1
		silent
		complains "cannot be confined"
		runtime 0 --runtime "$PWD/$name" state c1
		[ "$output" = "[state][c1]" ]
	done
}

@test "a container that nobody has registered is neither started nor entered" {
	# shellcheck disable=SC2016
	in_run '"${command[@]}" start c1'
	[ "$status" -eq 1 ]
	silent
	complains "not registered"
	# shellcheck disable=SC2016
	in_run '"${command[@]}" exec c1 sh'
	[ "$status" -eq 1 ]
	silent
	# shellcheck disable=SC2016
	in_run 'echo /sys/fs/bpf/none 1 1 >$dir/registered; "${command[@]}" start c1; "${command[@]}" start c2'
	[[ $status == 0 && $output == "[start][c1]"$'\n'"[start][c2]" ]]
}

@test "a directory goes with its container, even if the runtime cannot delete what it does not know" {
	# shellcheck disable=SC2016
	in_run 'FAKE_STATUS=3 "${command[@]}" delete c1 || echo $?; ls /run/ringfence/runtime'
	[[ $output == "[delete][c1]"$'\n'3 ]]
	# shellcheck disable=SC2016
	in_run 'sed -i "s/^exit.*/[ \$1 = state ]/" fake; "${command[@]}" delete c1 || echo $?; ls /run/ringfence/runtime'
	[[ $output == "[delete][c1]"$'\n'1$'\n'cbf29ce484222325-c1 ]]
}

@test "a machine without cgroup v2 is told so" {
	[[ $(stat -f -c %T /sys/fs/cgroup) != cgroup2fs && $(id -u) == 0 ]] || skip "it has cgroup v2"
	runtime 1 --policy "$EXAMPLES/nginx.yaml" create --bundle bundle c1
	complains "cgroup v2 only"
	silent
}

@test "a command line that leaves it open which container is meant" {
	runtime 1 create --bundle bundle c1 c2
	complains "one container is wanted"
	runtime 1 create --bund bundle c1
	complains "'--bund' is not understood"
	runtime 1 create --bundle bundle
	complains "'create' wants the id of a container"
	runtime 1 restore c1
	complains "cannot be confined"
	runtime 1 --policy=nginx --new-option debug create --bundle bundle c1
	silent
	complains "'--new-option' is not known"
}

@test "what is restored cannot be confined: it is handed over if it may go without a policy, and has none" {
	runtime 1 --log "$PWD/log" restore --bundle bundle c1
	silent
	[[ $(<log) == *"cannot be confined"* ]]
	settings 'unconfined: allow'
	runtime 0 restore --image-path i --bundle bundle -d c1
	[ "$output" = "[restore][--image-path][i][--bundle][bundle][-d][c1]" ]
	runtime 1 --policy nginx restore --bundle bundle c1
	complains "cannot be confined"
	runtime 1 restore c1
	complains "config.json"
	echo '{"annotations": {"io.ringfence.policy": "nginx"}}' >bundle/config.json
	for options in "--bundle bundle" "--bundle=bundle" "-b bundle"; do
		# shellcheck disable=SC2086 # words
		runtime 1 restore $options c1
		silent
		complains "cannot be confined"
	done
	runtime 1 restore --bund bundle c1
	complains "not understood"
}

@test "what is wrong with a command line is in the engine's log, and text of others is escaped there" {
	runtime 1 --log "$PWD/log" --log-format json create --bundle bundle c1 c2
	complains "one container is wanted"
	[[ $(jq -r .msg log) == *"one container is wanted"* ]]
	runtime 1 --new-option x --log "$PWD/text" create c1
	[[ $(<text) == *"'--new-option' is not known"* ]]
	runtime 1 --runtime=
	complains "'--runtime' needs a value"
	rm log
	runtime 1 --log "$PWD/log" --log-format json --policy $'a\xff\e[2J' create --bundle bundle c1
	complains "No policy can be called 'a\\xff\\x1b[2J'"
	[[ $(jq -r .msg log) == *"'a\\xff\\x1b[2J'"* ]]
	rm log
	runtime 1 --log "$PWD/log" --log-format json --runtime $'/no\xff' state c1
	[[ $(jq -r .level log) == error ]]
}

# This machine's crun and runc cannot be executed hereafter, and PATH is DIR.
only_in() { # DIR
	unshare -m mount -t tmpfs none /etc || skip "no mount namespace may be made"
	# shellcheck disable=SC2016 # for that shell
	within=(unshare -m -- sh -c 'for f in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
			[ ! -e $f/crun ] || mount --bind /dev/null $f/crun
			[ ! -e $f/runc ] || mount --bind /dev/null $f/runc
		done
		PATH=$1 && shift && exec "$@"' sh "$1")
	named=()
}

@test "the default runtime is crun, and without it runc" {
	mkdir both one none
	ln -s ../fake both/crun
	ln -s "$RINGFENCE" both/runc # which would be refused
	ln -s ../fake one/runc
	for dir in both one; do
		only_in "$PWD/$dir"
		runtime 0 state c1
		[ "$output" = "[state][c1]" ]
	done
	only_in "$PWD/none"
	runtime 1 state c1
	complains "No runtime 'crun' or 'runc'"
}

@test "without root, or root of a user namespace only, no container can be confined: it is said" {
	within=(unshare -Ur --)
	"${within[@]}" true || skip "no user namespace may be made"
	for command in create run; do
		runtime 1 --log "$PWD/log" --policy "$EXAMPLES/nginx.yaml" "$command" --bundle bundle c1
		silent
		complains "Only containers of root can be confined"
		complains "as root, not rootless"
		[[ $(<log) == *"Only containers of root"* ]]
	done
	runtime 0 state c1
}

@test "no runtime, or one that is ringfence itself" {
	run --separate-stderr ./ringfence-runtime --runtime /none state c1
	[ "$status" -eq 1 ]
	complains "No runtime '/none'"
	ln -s "$RINGFENCE" runc
	run --separate-stderr ./ringfence-runtime --runtime "$PWD/runc" state c1
	[ "$status" -eq 1 ]
	complains "is ringfence itself"
}

@test "the hook is for the runtime to call" {
	run --separate-stderr ./ringfence-runtime hook
	[ "$status" -eq 2 ]
	run --separate-stderr ./ringfence-runtime hook /etc </dev/null
	[ "$status" -eq 125 ]
	complains "no directory of ringfence-runtime"
	run --separate-stderr ./ringfence-runtime hook /run/ringfence/runtime/../x </dev/null
	[ "$status" -eq 125 ]
}

@test "the policy of the example for Kubernetes is one" {
	sed -n '/^  shell.yaml: |$/,$s/^    //p' "$EXAMPLES/kubernetes/policies.yaml" >shell.yaml
	run "$RINGFENCE" check -q shell.yaml
	[ "$status" -eq 0 ]
	run "$RINGFENCE" explain shell.yaml read /run/secrets/kubernetes.io/token
	[ "$status" -eq 1 ]
	run "$RINGFENCE" explain shell.yaml exec /bin/sleep
	[ "$status" -eq 0 ]
}

@test "the examples for Kubernetes are objects of its API; what is none is named" {
	local change
	/usr/bin/python3 -c 'import kubernetes.client, yaml' || skip "no python3-kubernetes"
	run "$BATS_TEST_DIRNAME/kubernetes-check.py" "$EXAMPLES"/kubernetes/*.yaml
	echo "$output"
	[[ $status == 0 && ! $output ]]
	for change in s/runtimeClassName/runtimeClass/ 's/^apiVersion: .*/apiVersion: v2/' s/containers:/container:/ \
		's/command: .*/command: 7/'; do
		sed "$change" "$EXAMPLES/kubernetes/pod.yaml" >pod.yaml
		run "$BATS_TEST_DIRNAME/kubernetes-check.py" pod.yaml
		echo "$output"
		[[ $status == 1 && $output == "pod.yaml: Pod"* ]]
	done
}
