#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A new daemon takes up where one left that was killed, or told to end. Somebody floods a denied file all the while: not
# one open may succeed, with the old programs alone, with both sets, or with the new ones.
#
# Without the daemon: each test kills one of its own.
# By name alone: it loads the programs a dozen times, a quarter of an hour under emulation; conformance case D02 is
# always tested.

load lib
load daemon

STATE=/run/ringfence/state
PINS=/sys/fs/bpf/ringfence/run
POLICIES=/etc/ringfence/policies
D=/srv/takeover

setup_file() {
	mkdir -p $D $POLICIES
	for file in one other secret rare; do echo content >$D/$file; done
	write_own | write_policy own
	ringfence compile -o "$BATS_FILE_TMPDIR/own.image" "$BATS_FILE_TMPDIR/own.yaml"
	start_daemon --log "$BATS_FILE_TMPDIR/alerts"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	log=$BATS_FILE_TMPDIR/alerts
	write_web one >$POLICIES/web.yaml
	[[ -S $SOCKET ]] || start_daemon --log "$BATS_FILE_TMPDIR/alerts"
}

teardown() {
	touch stop
	end_started
	for kill in /sys/fs/cgroup/registered/*/cgroup.kill; do
		[[ ! -e $kill ]] || echo 1 >"$kill" || :
	done
}

teardown_file() {
	stop_daemon
	rm -rf $D $POLICIES
	rmdir /sys/fs/cgroup/registered/* /sys/fs/cgroup/registered || :
	ringfence uninstall --yes
}

write_own() {
	printf '%s\n' 'version: 1' 'name: own' 'mode: enforce' 'files:' '  otherwise: allow' '  rules:' \
		"    - {path: $D/secret, deny: all} # SECRET" "    - {path: $D/rare, deny: all} # RARE"
}

write_web() { # DENIED
	printf '%s\n' 'version: 1' 'name: web' 'mode: enforce' 'files:' '  otherwise: allow' '  rules:' \
		"    - {path: $D/$1, deny: all}" "    - {path: $D/secret, deny: all}"
}

# Kills and starts; the flood goes on.
replace() { # SIGNAL
	kill_daemon "$1"
	start_daemon --log "$BATS_FILE_TMPDIR/alerts"
}

# A container whose alerts the daemon reads, which floods, or opens what is rare when it is asked to. It is a slow flood: what
# comes in the minutes without a reader is to fit into the ring.
begin_collected() { # NAME
	background "$1.out" "$BATS_TEST_DIRNAME/registered.py" "$BATS_FILE_TMPDIR/own.image" "\"$1\"" \
		sh -c "until [ -e stop ]; do flood 20 $D/secret >>$1.flood; sleep 0.5
			if [ -e $1.rare ]; then rm $1.rare; flood 5 $D/rare >>$1.rared; fi; done"
	wait_for "$1.flood"
}

# Somebody confined by a run, which reads the alerts itself, who opens what they are asked to.
begin_run() { # NAME POLICY
	mkfifo "in-$1" "out-$1"
	background "$1.err" sh -c "exec ringfence run -p '$2' -n $1 -l $1.log -- opens-asked <in-$1 >out-$1"
}

opens() { # PATH
	local answer
	echo "r $1" >&7
	read -r answer <&8
	echo "$answer"
}

sees() {
	echo "$(opens $D/one) $(opens $D/other) $(opens $D/secret)"
}

# Asks for what is rare, and waits until it was tried.
try_rare() { # NAME
	rm -f "$1.rared"
	touch "$1.rare"
	wait_for "$1.rared"
	[[ $(<"$1.rared") == 5 ]]
}

all_refused() { # NAME
	[[ -s $1.flood && $(sort -u "$1.flood") == 20 ]]
}

of_json() { # EXPRESSION
	python3 -c 'import json, sys; o = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"
}

# A value of one domain of `ringfence list`.
listed() { # NAME KEY
	ringfence list --json | of_json "[d['$2'] for d in o['domains'] if d['container'] == '$1'][0]"
}

domains() {
	ringfence list --json | of_json 'len(o["domains"])'
}

domains_become() { # N
	for _ in {1..600}; do
		[[ $(domains) != "$1" ]] || return 0
		sleep 0.1
	done
	ringfence list
	return 1
}

sets_become() { # N
	for _ in {1..1200}; do
		[[ $(bpftool prog show | grep -c ' name rf_file_open') != "$1" ]] || return 0
		sleep 0.1
	done
	return 1
}

@test "SIGKILL: enforced, counted, listed, reloaded, switched, and reaped as before; the alerts arrive" {
	local pins hash tried
	begin_collected k
	begin_run web web
	exec 7>in-web 8<out-web
	[[ $(sees) == "13 ok 13" ]]
	begin_run own "$BATS_FILE_TMPDIR/own.yaml"
	exec 5>in-own 6<out-own
	domains_become 3
	pins=$(ringfence list --json | of_json 'o["daemon"]["pins"]')
	hash=$(listed k hash)
	# Denials that nobody reads any more.
	kill -STOP "$(pidof_daemon)"
	try_rare k
	kill_daemon KILL
	[[ $(of count container=k path=$D/rare) == 0 ]]
	[[ $(sees) == "13 ok 13" ]]
	run ringfence list
	[[ $status == 125 && $output == *"No daemon listens"* ]]
	run ringfence status
	echo "$output"
	[[ $status == 0 && $output == *"daemon: none"*"cgroup-"*": abandoned, container k, "*" task"*"denied "* && $output == *"running, policy web "* ]]
	start_daemon --log "$BATS_FILE_TMPDIR/alerts"
	[[ $(domains) == 3 && $(listed k by_name) == None && $(listed web by_name) == web ]]
	[[ $(ringfence list --json | of_json 'o["daemon"]["pins"]') == "$pins" && $(echo $PINS/*daemon*) == "$pins" ]]
	[[ $(listed k hash) == "$hash" && $(listed k policy) == own && $(listed k state) == running && $(listed k tasks) -gt 0 ]]
	[[ $(listed k forgotten) == False && $(listed web forgotten) == False && $(listed own forgotten) == False ]]
	[[ $(listed web denied) == 4 && $(listed web objects) == *"$D/secret"* && $(listed web not_enforced) == "[{"*"no section"*"}]" && $(listed web not_enforced) != *"}, {"* ]]
	sets_become 1
	run ringfence status
	echo "$output"
	[[ $output == *"container web"*"by object: $D/secret"* ]]
	# Those of before the kill, with the places of rules.
	for _ in {1..100}; do
		[[ $(of count container=k path=$D/rare) != 5 ]] || break
		sleep 0.1
	done
	[[ $(of count container=k path=$D/rare "rule=$BATS_FILE_TMPDIR/own.yaml:$(sed -n '/RARE/=' "$BATS_FILE_TMPDIR/own.yaml")") == 5 ]]
	[[ $(sees) == "13 ok 13" && $(listed web denied) == 6 ]]
	# Under the same name as before.
	run ringfence run -p web -- cat $D/one
	[[ $status == 1 ]]
	domains_become 3
	write_web other >$POLICIES/web.yaml
	run --separate-stderr ringfence reload
	echo "$output"
	[[ $status == 0 && $output == "web: "*"1 container"* && $(sees) == "ok 13 13" ]]
	ringfence mode -c own audit
	exec 7>&5 8<&6
	[[ $(opens $D/secret) == ok ]]
	ringfence mode -c own enforce
	[[ $(opens $D/secret) == 13 ]]
	exec 7>&- 8<&- 5>&- 6<&-
	touch stop
	# shellcheck disable=SC2154 # of lib.bash
	await_process "${started[0]}" || :
	await_process "${started[1]}"
	await_process "${started[2]}"
	await_end k
	all_refused k
	tried=$((20 * $(wc -l <k.flood) + 5))
	adds_up k "$tried"
	domains_become 0
	# What the run read by itself is whole.
	[[ $("$BATS_TEST_DIRNAME/alerts" web.log count action=deny) == 8 ]]
	run ringfence run -p "$BATS_FILE_TMPDIR/own.yaml" -- cat $D/secret
	[[ $status == 1 && $output == *"Permission denied"* ]]
	domains_become 0
	# Of web, as it was and as it is: it may be asked for again.
	[[ $(compgen -G '/run/ringfence/image-*' | wc -l) == 2 ]]
}

@test "SIGTERM, and SIGKILL three times in a row, once in the midst of taking over: the same domain, and its counts" {
	local tried
	begin_collected t
	begin_run web web
	exec 7>in-web 8<out-web
	[[ $(sees) == "13 ok 13" ]]
	domains_become 2
	kill_daemon TERM
	[[ ! -e $SOCKET && -e $STATE && $(sees) == "13 ok 13" ]]
	try_rare t
	start_daemon --log "$BATS_FILE_TMPDIR/alerts"
	[[ $(listed t tasks) -gt 0 && $(sees) == "13 ok 13" ]]
	kill_daemon KILL
	try_rare t
	start_daemon --log "$BATS_FILE_TMPDIR/alerts"
	kill_daemon KILL
	# Loading is what takes its time: this one is killed with both sets attached, or before, or after.
	launch_daemon --log "$BATS_FILE_TMPDIR/alerts"
	run ringfence daemon
	[[ $status == 125 && $output == *"Another daemon is running"* ]]
	for _ in {1..1200}; do
		[[ $(bpftool prog show | grep -c ' name rf_file_open') != 2 ]] || break
		sleep 0.1
	done
	kill_daemon KILL
	try_rare t
	[[ $(sees) == "13 ok 13" ]]
	start_daemon --log "$BATS_FILE_TMPDIR/alerts"
	sets_become 1
	[[ $(echo $PINS/*daemon*) == "$(ringfence list --json | of_json 'o["daemon"]["pins"]')" ]]
	[[ $(listed t forgotten) == False && $(listed web denied) == 8 && $(sees) == "13 ok 13" ]]
	exec 7>&- 8<&-
	touch stop
	await_process "${started[0]}" || :
	await_process "${started[1]}"
	await_end t
	all_refused t
	tried=$((20 * $(wc -l <t.flood) + 15))
	adds_up t "$tried"
	[[ $(of count container=t path=$D/rare) == 15 ]]
	domains_become 0
}

@test "two policies with the same rules, on other lines: each is taken over as what it was" {
	{ echo '# another line'; write_web one; } >$POLICIES/same.yaml
	begin_run web web
	exec 7>in-web 8<out-web
	begin_run same same
	exec 5>in-same 6<out-same
	[[ $(sees) == "13 ok 13" ]]
	domains_become 2
	[[ $(listed web hash) == "$(listed same hash)" ]]
	replace KILL
	[[ $(listed web file) == $POLICIES/web.yaml && $(listed same file) == $POLICIES/same.yaml ]]
	[[ $(listed web forgotten) == False && $(listed same forgotten) == False && $(sees) == "13 ok 13" ]]
	exec 7>&- 8<&- 5>&- 6<&-
	# shellcheck disable=SC2154 # of lib.bash
	await_process "${started[0]}"
	await_last
	domains_become 0
	rm $POLICIES/same.yaml
}

@test "a layout that is another: refused, with the way out, and all stays as it was" {
	local pins
	begin_run own "$BATS_FILE_TMPDIR/own.yaml"
	exec 7>in-own 8<out-own
	[[ $(sees) == "ok ok 13" ]]
	pins=$(echo $PINS/daemon-*)
	kill_daemon KILL
	set_layout "$pins" 63
	run timeout 300 ringfence daemon --log "$log"
	echo "$output"
	[[ $status == 125 && $output == *"their layout is 99, not 1"*"hint: "*"end the containers first"*"ringfence uninstall --yes"* ]]
	# A map that is not what it was.
	set_layout "$pins" 01
	mv "$pins/rf_rings" "$pins/aside"
	run timeout 300 ringfence daemon --log "$log"
	echo "$output"
	[[ $status == 125 && $output == *"Failed to take over the map '$pins/rf_rings'"* ]]
	bpftool map create "$pins/rf_rings" type array key 4 value 4 entries 4 name rf_rings
	run timeout 300 ringfence daemon --log "$log"
	echo "$output"
	[[ $status == 125 && $output == *"Failed to take over the map '$pins/rf_rings'"* ]]
	[[ $(echo $PINS/*daemon*) == "$pins" && $(sees) == "ok ok 13" ]]
	sets_become 1
	rm "$pins/rf_rings"
	mv "$pins/aside" "$pins/rf_rings"
	start_daemon --log "$BATS_FILE_TMPDIR/alerts"
	[[ $(listed own tasks) == 1 && $(sees) == "ok ok 13" ]]
	exec 7>&- 8<&-
	await_last
	domains_become 0
}

@test "starts that are under way when it dies: confined when they go on, reaped when they do not" {
	HOLD=go background goes.out "$BATS_TEST_DIRNAME/registered.py" "$BATS_FILE_TMPDIR/own.image" '"goes"' \
		sh -c "flood 7 $D/rare; until [ -e stop ]; do sleep 0.1; done"
	HOLD=never background stays.out "$BATS_TEST_DIRNAME/registered.py" "$BATS_FILE_TMPDIR/own.image" '"stays"' touch ran
	wait_for goes.out
	wait_for stays.out
	replace KILL
	[[ $(listed goes state) == starting && $(listed stays state) == starting && $(listed stays forgotten) == False ]]
	kill -KILL "${started[1]}" # its command waits for a word from it, and has none
	await_process "${started[1]}" || :
	touch go
	for _ in {1..600}; do
		[[ $(listed goes state) != running ]] || break
		sleep 0.1
	done
	domains_become 1
	rmdir "/sys/fs/cgroup/registered/${started[1]}"
	[[ $(listed goes state) == running && $(listed goes tasks) -gt 0 && ! -e ran ]]
	touch stop
	await_process "${started[0]}" || :
	await_end goes
	[[ $(<goes.out) == $'registered\n7' ]]
	adds_up goes 7
	domains_become 0
}

# What is said of the domain that has no name.
forgotten() { # KEY
	ringfence list --json | of_json "[d['$1'] for d in o['domains'] if d['forgotten']]"
}

@test "a state file that does not agree, is others' to write, or damaged: enforced, and shown as forgotten" {
	local hash
	begin_collected f
	begin_run web web
	exec 7>in-web 8<out-web
	[[ $(sees) == "13 ok 13" ]]
	domains_become 2
	hash=$(listed web hash)
	kill_daemon KILL
	# In the first line or in one of its own; and behind them what nobody was told of.
	python3 -c "import json
lines = [json.loads(line) for line in open('$STATE')]
for domain in [*lines[0]['domains'], *lines[1:]]:
    domain['generation'] += domain['name'] == 'web'
with open('$STATE', 'w') as out:
    out.writelines(json.dumps(line) + '\n' for line in lines)
    out.write('{\"slot\":')"
	start_daemon --log "$BATS_FILE_TMPDIR/alerts"
	[[ $(forgotten container) == "[None]" && $(forgotten hash) == "['$hash']" && $(forgotten denied) == "[2]" && $(forgotten tasks) == "[1]" ]]
	[[ $(forgotten by_name) == "[None]" && $(listed f forgotten) == False && $(sees) == "13 ok 13" && $(forgotten denied) == "[4]" ]]
	run ringfence list
	echo "$output"
	[[ $status == 0 && $output == *$'\n- '*"enforce"* ]]
	grep -q 'Not all is known of the domain in slot' "$BATS_FILE_TMPDIR/daemon.log"
	kill_daemon KILL
	chmod o+w $STATE
	start_daemon --log "$BATS_FILE_TMPDIR/alerts"
	grep -q "Failed to read '$STATE'" "$BATS_FILE_TMPDIR/daemon.log"
	[[ $(forgotten container) == "[None, None]" && $(sees) == "13 ok 13" ]]
	[[ $(stat -c %a $STATE) == 600 ]]
	kill_daemon TERM
	echo '{"version": 1' >$STATE
	start_daemon --log "$BATS_FILE_TMPDIR/alerts"
	grep -q "'$STATE' is damaged" "$BATS_FILE_TMPDIR/daemon.log"
	[[ $(forgotten container) == "[None, None]" && $(sees) == "13 ok 13" ]]
	# Nobody goes by a name, but there are cgroups.
	run ringfence detach --yes "/sys/fs/cgroup/registered/${started[0]}"
	echo "$output"
	[[ $status == 0 && $output == *"set free"* ]]
	domains_become 1
	exec 7>&- 8<&-
	await_process "${started[1]}"
	touch stop
	await_process "${started[0]}" || :
	domains_become 0
	[[ $("$BATS_TEST_DIRNAME/alerts" web.log count action=deny) == 8 ]]
}

@test "who is confined writes nothing of it" {
	run ringfence run -p "$BATS_FILE_TMPDIR/own.yaml" -l forge.log -- sh -c \
		"echo x >$STATE; echo x >$STATE.new; rm -f $STATE /run/ringfence/image-*; mv $STATE /run/ringfence/image-0000000000000000"
	echo "$output"
	[[ $status != 0 && ! -e $STATE.new && ! -e /run/ringfence/image-0000000000000000 ]]
	[[ $(python3 -c "import json; print(json.loads(open('$STATE').readline())['version'])") == 1 ]]
	[[ $("$BATS_TEST_DIRNAME/alerts" forge.log count operation=privilege.bpf reason=self errno=EPERM) -ge 4 ]]
}
