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
	mkdir bundle
	echo '{"annotations": {}}' >bundle/config.json
}

# runtime STATUS ARG...
# shellcheck disable=SC2154 # run sets $stderr
runtime() {
	local want=$1

	shift
	run --separate-stderr -- ./ringfence-runtime --runtime "$PWD/fake" "$@"
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
