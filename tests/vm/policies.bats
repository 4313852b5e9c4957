#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Policies by name: the daemon compiles them, replaces them under who runs, and switches their mode.

load lib
load reloads

D=/srv/policies
POLICIES=/etc/ringfence/policies

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	# shellcheck disable=SC2034 # of reloads.bash
	log=$BATS_TEST_TMPDIR/log
	rm -rf $D
	mkdir -p $D $POLICIES
	for file in one other both neither; do echo content >$D/$file; done
	write_one >$POLICIES/web.yaml
}

teardown() {
	: >$D/stop
	touch go
	end_started
	rm -rf $D $POLICIES
}

# A Python expression about the JSON on standard input, "o": printed, or wanted to be true.
of_json() { # EXPRESSION
	python3 -c 'import json, sys; o = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"
}

holds() { # EXPRESSION
	python3 -c 'import json, sys; o = json.load(sys.stdin); sys.exit(0 if eval(sys.argv[1]) else f"not: {o}")' "$1"
}

# Somebody confined under a policy, who opens what they are asked to.
begin() { # NAME POLICY [OPTION]
	mkfifo "in-$1" "out-$1"
	background "$1.err" sh -c "exec ringfence run -p '$2' -n $1 -l $1.log ${3:-} -- opens-asked <in-$1 >out-$1"
}

await_all() {
	local pid
	# shellcheck disable=SC2154 # of lib.bash
	for pid in "${started[@]}"; do await_process "$pid"; done
}

opens() { # PATH
	local answer
	echo "r $1" >&7
	read -r answer <&8
	echo "$answer"
}

# What somebody confined gets, one after the other, of the four files.
sees() {
	echo "$(opens $D/one) $(opens $D/other) $(opens $D/both) $(opens $D/neither)"
}

gaps() { # CONTAINER
	ringfence list --json | of_json "[g for d in o['domains'] if d['container'] == '$1' for g in d['not_enforced']]"
}

reload() { # STATUS ARGUMENT...
	local want=$1
	shift
	run --separate-stderr -- ringfence reload "$@"
	echo "reload $* ($status)"
	echo "$output"
	# shellcheck disable=SC2154 # of bats
	echo "$stderr"
	[[ $status == "$want" ]]
}

@test "by name: found, confined, listed; what is no name, and what is not there, is refused in words" {
	begin c web
	exec 7>in-c 8<out-c
	[[ $(sees) == "ok 13 ok 13" ]]
	run ringfence list
	echo "$output"
	[[ $output == *"c "*"web "*"enforce"*"running"*" 1 "*" 2"* ]]
	ringfence list --json >list.json
	cat list.json
	holds 'len(o["domains"]) == 1' <list.json
	holds '[o["domains"][0][k] for k in ("container", "by_name", "policy", "tasks", "denied")] == ["c", "web", "web", 1, 2]' <list.json
	holds '[o["domains"][0][k] for k in ("mode", "attached")] == ["enforce", False]' <list.json
	holds '["no section" in g["because"] for g in o["domains"][0]["not_enforced"]] == [True]' <list.json
	holds 'len(o["domains"][0]["objects"]) == 2' <list.json
	run -125 ringfence run -p absent -- true
	[[ $output == *"$POLICIES/absent.yaml"*"hint: "* ]]
	run ringfence run -p ..x -- true
	[[ $status != 0 && $output == *"no name of a policy"* ]]
	chmod g+w $POLICIES
	run ringfence run -p web -- touch ran
	[[ $status != 0 && $output == *"its group can write"* && ! -e ran ]]
	chmod g-w $POLICIES
	exec 7>&- 8<&-
	await_last
}

@test "reload: two containers see the new policy at once, a third one with its own file does not" {
	write_one >own.yaml
	begin c web
	exec 7>in-c 8<out-c
	[[ $(sees) == "ok 13 ok 13" ]]
	begin own own.yaml
	exec 5>in-own 6<out-own
	write_other >$POLICIES/web.yaml
	# Not before it is told to; and who is new gets what the others have, or nothing.
	[[ $(sees) == "ok 13 ok 13" ]]
	run ringfence run -p web -- touch ran
	echo "$output"
	[[ $status == 125 && $output == *"is not what its containers run under"*"ringfence reload web"* && ! -e ran ]]
	reload 0
	old=$(ringfence list --json | of_json '[d["hash"] for d in o["domains"] if d["container"] == "own"][0]')
	new=$(hash_of $POLICIES/web.yaml)
	[[ $output == "web: ${old:0:8} -> ${new:0:8}, 1 container" ]]
	[[ $(sees) == "13 ok ok 13" ]]
	ln $D/neither $D/alias
	[[ $(opens $D/alias) == 13 ]]
	exec 7>&5 8<&6
	[[ $(sees) == "ok 13 ok 13" ]]
	reload 0 --json web
	holds '[p[k] for p in o["policies"] for k in ("policy", "valid", "changed", "applied")] == ["web", True, False, False]' \
		<<<"$output"
	exec 7>&- 8<&- 5>&- 6<&-
	await_all
	# Each alert names the hash that decided, and the line of that text.
	[[ $("$BATS_TEST_DIRNAME/alerts" c.log count path=$D/other "hash=$old" rule=$POLICIES/web.yaml:7) == 2 ]]
	[[ $("$BATS_TEST_DIRNAME/alerts" c.log count path=$D/one "hash=$new" rule=$POLICIES/web.yaml:8) == 1 ]]
	[[ $("$BATS_TEST_DIRNAME/alerts" c.log count path=$D/neither "hash=$new" rule=$POLICIES/web.yaml:9) == 1 ]]
	[[ $("$BATS_TEST_DIRNAME/alerts" c.log count "hash=$old" container=c) == 4 ]]
}

@test "D04 bad reload: all stays as it was, it says why, and exits with 1; SIGHUP likewise; a good one comes in by SIGHUP" {
	write_one >$POLICIES/db.yaml
	begin c web
	exec 7>in-c 8<out-c
	begin d db
	exec 5>in-d 6<out-d
	[[ $(sees) == "ok 13 ok 13" ]]
	first=$(hash_of $POLICIES/db.yaml) noted=$(wc -l </out/daemon.log)
	write_other >$POLICIES/web.yaml
	sed 's/deny: all/deni: all/' $POLICIES/web.yaml >$POLICIES/db.yaml
	reload 1
	[[ $stderr == *"$POLICIES/db.yaml:8:"*"error: "* ]]
	[[ $output == *"web: stays "*", not replaced by "*"db: stays "*", its file is not valid"* ||
		$output == *"db: stays "*", its file is not valid"*"web: stays "*", not replaced by "* ]]
	text=$(sha256sum $POLICIES/db.yaml)
	[[ $output == *"db: stays ${first:0:8}, its file is not valid (SHA-256 ${text:0:8})"* ]]
	pkill -HUP -f '^ringfence daemon$'
	sleep 3
	[[ $(sees) == "ok 13 ok 13" ]]
	# The log has both: the one that was asked for, and the one by SIGHUP.
	[[ $(tail -n +"$noted" /out/daemon.log | grep -cF "Reload: db: stays ${first:0:8}, its file is not valid (SHA-256 ${text:0:8})") == 2 ]]
	for names in "web ..x" "..x web"; do
		# shellcheck disable=SC2086 # two words
		reload 125 $names
		[[ -z $output && $stderr == *"'..x' is no name of a policy"*"hint: "* ]]
	done
	rm $POLICIES/db.yaml
	reload 1 db
	[[ $stderr == *"cannot be read"* && $(sees) == "ok 13 ok 13" ]]
	write_other >$POLICIES/db.yaml
	pkill -HUP -f '^ringfence daemon$'
	for _ in {1..100}; do
		[[ $(sees) != "13 ok ok 13" ]] || break
		sleep 0.1
	done
	[[ $(sees) == "13 ok ok 13" ]]
	exec 7>&5 8<&6
	[[ $(sees) == "13 ok ok 13" ]]
	next=$(hash_of $POLICIES/db.yaml)
	tail -n +"$noted" /out/daemon.log | grep -F "Reload: db: ${first:0:8} -> ${next:0:8}, 1 container"
	exec 7>&- 8<&- 5>&- 6<&-
	await_all
}

@test "the mode is switched under who runs, and for who comes" {
	begin c web
	exec 7>in-c 8<out-c
	[[ $(sees) == "ok 13 ok 13" ]]
	run -0 ringfence mode audit --policy web
	[[ $output == "audit: 1 container" && $(sees) == "ok ok ok ok" ]]
	run ringfence status
	echo "$output"
	[[ $output == *"audit, container c"*"1 task"*"not enforced: denials: the mode is audit"* ]]
	ringfence run -p web -l new.log -- cat $D/neither
	[[ $("$BATS_TEST_DIRNAME/alerts" new.log count path=$D/neither action=audit) == 1 ]]
	grep "Mode: audit for policy 'web', 1 container; process [0-9]* has asked" /out/daemon.log
	run -0 ringfence mode enforce -c c
	grep "Mode: enforce for container 'c', policy 'web', 1 container; process [0-9]* has asked" /out/daemon.log
	[[ $(sees) == "ok 13 ok 13" ]]
	run -0 ringfence mode enforce -p web
	! ringfence run -p web -l /dev/null -- cat $D/neither || false
	run -125 ringfence mode audit -c nobody
	[[ $output == *"There is no container 'nobody'"* ]]
	# For whoever will come, under a policy that nobody has had so far.
	cp $POLICIES/web.yaml $POLICIES/fresh.yaml
	run -0 ringfence mode audit -p fresh
	[[ $output == "audit: 0 containers" ]]
	ringfence run -p fresh -l /dev/null -- cat $D/neither
	run -0 ringfence mode enforce -p fresh
	! ringfence run -p fresh -l /dev/null -- cat $D/neither || false
	run -125 ringfence mode audit -p absent
	[[ $output == *"absent.yaml"*"cannot be read"* ]]
	exec 7>&- 8<&-
	await_last
	# Begun in audit mode, under a policy that enforces: the daemon can make it so.
	begin a web --audit
	exec 7>in-a 8<out-a
	[[ $(sees) == "ok ok ok ok" ]]
	ringfence mode enforce -c a
	[[ $(sees) == "ok 13 ok 13" ]]
	exec 7>&- 8<&-
	await_last
}

@test "a policy whose text says audit is not made to enforce, whether somebody runs or not" {
	ringfence run -p web -l /dev/null -- true
	until [[ $(ringfence list --json | of_json 'len(o["domains"])') == 0 ]]; do sleep 0.1; done
	ringfence mode audit -p web
	sed -i 's/^mode: .*/mode: audit/' $POLICIES/web.yaml
	run -125 ringfence mode enforce -p web
	[[ $output == *"Policy 'web' was compiled for audit mode"*"hint: write \`mode: enforce\` into its file"* ]]
	begin c web
	exec 7>in-c 8<out-c
	[[ $(sees) == "ok ok ok ok" ]]
	run -125 ringfence mode enforce -p web
	[[ $output == *"hint: write \`mode: enforce\` into its file, and reload it"* ]]
	exec 7>&- 8<&-
	await_last
	until [[ $(ringfence list --json | of_json 'len(o["domains"])') == 0 ]]; do sleep 0.1; done
	write_one >$POLICIES/web.yaml
	ringfence mode enforce -p web
	run ringfence run -p web -l /dev/null -- cat $D/neither
	[[ $status == 1 ]]
}

@test "the mode is switched, and status tells of the filters of who was there and of who comes later" {
	{
		write_one
		echo 'syscalls: {otherwise: allow, deny: [getpriority]}'
	} >$POLICIES/web.yaml
	# A name that no other test has: a domain may outlive its run by a second.
	begin audits web --audit
	exec 7>in-audits 8<out-audits
	[[ $(sees) == "ok ok ok ok" && $(gaps audits) != *syscalls* ]]
	begin first web
	exec 5>in-first 6<out-first
	echo "r $D/one" >&5
	read -r _ <&6 # it runs
	[[ $(gaps first) == '[]' ]]
	ringfence mode audit -p web
	[[ $(gaps first) == *"'audit of syscalls'"*"the one of the start denies"* && $(gaps audits) != *syscalls* ]]
	# Who comes now has a filter for it.
	background later.out ringfence run -p web -n later -l later.log -- sh -c \
		"printf 'a call 140 0 0 0\n' | attempt-syscalls >later.ready; until [ -e go ]; do sleep 0.1; done"
	wait_for later.ready
	cat later.ready later.log
	[[ $(<later.ready) == *" ok"* && $(gaps later) == *"the mode is audit"* && $(gaps later) != *syscalls* ]]
	[[ $("$BATS_TEST_DIRNAME/alerts" later.log count action=audit syscall=getpriority) == 1 ]]
	ringfence mode enforce -p web
	[[ $(gaps first) == '[]' && $(gaps audits) == *"the one of the start logs"* && $(gaps later) == *"the one of the start logs"* ]]
	touch go
	exec 7>&- 8<&- 5>&- 6<&-
	await_all
}

@test "a filter made for audit mode is not taken once the policy enforces again" {
	local more='{"policy": "web", "filter_audits": true}'
	write_one >$POLICIES/web.yaml
	ringfence mode audit -p web
	MORE=$more "$BATS_TEST_DIRNAME/registered.py" - '"meanwhile"' touch ran
	[[ -e ran ]]
	rm ran
	ringfence mode enforce -p web
	run env MORE="$more" "$BATS_TEST_DIRNAME/registered.py" - '"late"' touch ran
	echo "$output"
	[[ $status == 125 && $output == *"not switched to audit mode any more"*"hint: start the container again"* && ! -e ran ]]
	rmdir /sys/fs/cgroup/registered
}

@test "a hundred reloads under four threads: no wrong verdict, and each alert has the hash that decided" {
	reloads_under_threads 100 4
}
