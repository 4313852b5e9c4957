#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# States that cannot be: the host's root takes entries out of ringfence's maps, or puts rubbish in, while a confined
# program goes on. Whatever is missing is a refusal with a reason, for the program and for the children it then makes;
# who is not confined notices nothing; and what is put back is in force again. (A domain that is gone has no counters and
# no name: what it refuses is reported to nobody.)
#
# helpers/poke.c tells what each step is: open, mkdir, a user namespace, and the open of a new child.
#
# And memory that is not to be had. Debian's kernels are built without CONFIG_FAULT_INJECTION (no failslab), but what BPF
# programs allocate is charged to the cgroup of whoever loaded them. On 6.12 a limit there makes it fail; on 6.1 it is
# asked for with GFP_ATOMIC, which no cgroup's limit refuses, and so it cannot be made to fail.
#
# Without the daemon: it breaks the maps of a run, which has them for itself.

load lib

T=/srv/bad
SMALL=/sys/fs/cgroup/rf-small

setup_file() {
	rm -rf $T
	mkdir -p $T
	echo canary >$T/secret
	cat >"$BATS_FILE_TMPDIR/p.yaml" <<-END
		version: 1
		name: p
		mode: enforce
		files:
		  otherwise: deny
		  rules:
		    - {path: /job/**, allow: [read, exec]}
		    - {path: [/etc/hostname, "$T/**"], allow: [read, create]}
		privileges: {allow: [userns]}
	END
	cd "$BATS_FILE_TMPDIR" || return
	ringfence run -p p.yaml -l log -- poke $T /etc/hostname >steps 2>errors 3>&- &
	ringfence=$!
	all_steps >outside 2>&1 || echo "the steps broke off" >>outside
	touch $T/end
	wait $ringfence || echo "ringfence: $?" >>outside
}

teardown() {
	end_started
	[[ ! -d $SMALL ]] || rmdir $SMALL || :
}

teardown_file() {
	touch $T/end
	sleep 1
	rm -rf $T
}

# Makes step N, and tries outside, unconfined, what the program tries.
step() { # N
	local tries
	touch "$T/$1"
	for ((tries = 0; tries < 600; tries++)); do
		! grep -q "^$1 " steps || break
		sleep 0.1
	done
	head -c 1 /etc/hostname >/dev/null && mkdir "$T/outside-$1" && echo "outside $1 ok"
}

map_id() { # NAME
	bpftool -j map show | python3 -c 'import json, sys
print(max(m["id"] for m in json.load(sys.stdin) if m.get("name") == sys.argv[1]))' "$1"
}

# The value at KEY (a number) as bytes for bpftool.
value_of() { # MAP-ID KEY-BYTES...
	bpftool -j map lookup id "$1" key "${@:2}" | python3 -c 'import json, sys; print(" ".join(json.load(sys.stdin)["value"]))'
}

# An image map like the one in use, with VALUE, put into slot 1.
put_image() { # NAME VALUE...
	local size name=$1
	shift
	size=$#
	bpftool map create "/sys/fs/bpf/$name" type array key 4 value "$size" entries 1 name "$name" flags 0x80
	# shellcheck disable=SC2086 # bytes
	bpftool map update pinned "/sys/fs/bpf/$name" key 0 0 0 0 value "$@"
	bpftool map update id "$images" key 1 0 0 0 value pinned "/sys/fs/bpf/$name"
	rm "/sys/fs/bpf/$name"
}

all_steps() {
	local images domains cgroups image domain cgroup key i
	step 1
	images=$(map_id rf_images) domains=$(map_id rf_domains) cgroups=$(map_id rf_cgroups)
	image=$(value_of "$(map_id rf_image)" 0 0 0 0)
	domain=$(value_of "$domains" 1 0 0 0)
	# No image.
	bpftool map delete id "$images" key 1 0 0 0
	step 2
	# An image of nothing but zeros.
	# shellcheck disable=SC2086 # bytes
	put_image zeros ${image//0x??/0x00}
	step 3
	# The head as it was (512 bytes), the automaton zeros: no path leads to any verdict but none.
	read -ra i <<<"$image"
	# shellcheck disable=SC2206 # bytes
	i=("${i[@]:0:512}" ${image//0x??/0x00})
	put_image nothing "${i[@]:0:$(wc -w <<<"$image")}"
	step 4
	# The automaton ones: each step leads out of all bounds.
	# shellcheck disable=SC2206 # bytes
	i=("${i[@]:0:512}" ${image//0x??/0xff})
	put_image ones "${i[@]:0:$(wc -w <<<"$image")}"
	step 5
	# As it was.
	# shellcheck disable=SC2086 # bytes
	put_image good $image
	step 6
	# No domain.
	# shellcheck disable=SC2086 # bytes
	bpftool map update id "$domains" key 1 0 0 0 value ${domain//0x??/0x00}
	step 7
	# Another tenant in its place: the generation begins at byte 8.
	read -ra i <<<"$domain"
	i[8]=0x07
	bpftool map update id "$domains" key 1 0 0 0 value "${i[@]}"
	step 8
	# shellcheck disable=SC2086 # bytes
	bpftool map update id "$domains" key 1 0 0 0 value $domain
	# Nobody knows the cgroup any more; who is confined is so by his own record.
	key=$(bpftool -j map dump id "$cgroups" | python3 -c 'import json, sys; print(" ".join(json.load(sys.stdin)[0]["key"]))')
	# shellcheck disable=SC2086 # bytes
	cgroup=$(value_of "$cgroups" $key)
	# shellcheck disable=SC2086 # bytes
	bpftool map delete id "$cgroups" key $key
	step 9
	# shellcheck disable=SC2086 # bytes
	bpftool map update id "$cgroups" key $key value $cgroup
	step 10
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

went() { # STEP OUTCOMES
	cat outside errors
	grep "^$1 " steps
	[[ $(grep "^$1 " steps) == "$1 $2" && $(grep -c "^outside $1 ok" outside) == 1 ]]
}

# How many alerts tell of the reason.
alerts() { # FIELD=VALUE...
	"$BATS_TEST_DIRNAME/../alerts" log count "$@"
}

@test "all steps were made" {
	cat outside
	[[ $(<outside) != *"broke off"* && $(<outside) != *"ringfence:"* && $(wc -l <steps) == 10 ]]
	went 1 "ok ok ok ok"
}

@test "no image, or one of zeros: everything is refused, for want of an image" {
	went 2 "EACCES EACCES EPERM EACCES"
	went 3 "EACCES EACCES EPERM EACCES"
	"$BATS_TEST_DIRNAME/../alerts" log show
	[[ $(alerts reason=no_image operation=file.read errno=EACCES) == 4 ]]
	[[ $(alerts reason=no_image operation=file.create errno=EACCES) == 2 ]]
	[[ $(alerts reason=no_image operation=privilege.userns errno=EPERM) == 2 ]]
}

@test "an automaton of rubbish: no path has a verdict, and without one all is refused" {
	went 4 "EACCES EACCES ok EACCES"
	went 5 "EACCES EACCES ok EACCES"
}

@test "the image is back: it is in force again" {
	went 6 "ok ok ok ok"
}

@test "no domain, or another one in its place: everything is refused" {
	went 7 "EACCES EACCES EPERM EACCES"
	went 8 "EACCES EACCES EPERM EACCES"
}

@test "no entry for the cgroup: who is confined stays it" {
	went 9 "ok ok ok ok"
	went 10 "ok ok ok ok"
}

# A hundred children, each of whom needs working memory for its first decision. They open something when `squeeze` is
# there, and again when `again` is; the sums of what they came to are printed.
crowd='import os, sys, time
def attempt(sign):
    while not os.path.exists(sign):
        time.sleep(0.1)
    try:
        os.close(os.open("/proc/version", os.O_RDONLY)) # nothing is remembered of a directory there
        return 0
    except PermissionError:
        return 1
pipes = []
for i in range(100):
    ours, theirs = os.pipe()
    if not os.fork():
        os.write(theirs, b"%d" % attempt("squeeze"))
        os.write(theirs, b"%d" % attempt("again"))
        os._exit(0)
    os.close(theirs)
    pipes.append(ours)
os.mkdir("born")
for sign in ("squeezed", "over"):
    print(sign, sum(int(os.read(p, 1)) for p in pipes), flush=True)'

@test "no memory for a decision: it is refused, the reason told, and with memory again it is allowed" {
	local pid squeezed
	[[ $VM_KERNEL != 6.1 ]] || skip "no limit can make it fail on 6.1"
	cd "$BATS_TEST_TMPDIR"
	mkdir $SMALL
	printf '%s\n' 'version: 1' 'name: small' 'mode: enforce' 'files: {otherwise: allow, rules: [{path: /nowhere, deny: all}]}' >p.yaml
	background out sh -c "echo \$\$ >$SMALL/cgroup.procs && exec ringfence run -p p.yaml -l small.log -- python3 -c '$crowd'"
	pid=$!
	for ((i = 0; i < 3000; i++)); do
		[[ ! -d born ]] || break
		sleep 0.1
	done
	# Who reads the alerts is charged to that cgroup too, and would be ended for want of memory.
	kill -STOP "$pid"
	cat $SMALL/memory.current >$SMALL/memory.max
	touch squeeze
	for ((i = 0; i < 3000; i++)); do
		! grep -q squeezed out || break
		sleep 0.1
	done
	echo max >$SMALL/memory.max
	kill -CONT "$pid"
	touch again
	await_last
	cat out
	squeezed=$(sed -n 's/^squeezed //p' out)
	[[ $squeezed -gt 0 && $(<out) == "squeezed $squeezed"$'\n'"over 0" ]]
	"$BATS_TEST_DIRNAME/../alerts" small.log show | tail -n 3
	[[ $("$BATS_TEST_DIRNAME/../alerts" small.log count) == "$squeezed" ]]
	[[ $("$BATS_TEST_DIRNAME/../alerts" small.log count operation=file.read path_state=no_memory reason=path errno=EACCES) == "$squeezed" ]]
}
