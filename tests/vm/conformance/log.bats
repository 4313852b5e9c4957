#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Cases L..: alerts. The verdict never depends on them; what is lost is counted to the last one; no name can forge one.
#
# Each run has a ring buffer, and counters, of its own. Where a case is about what does not fit, nothing is held back.

load lib

T=/srv/cl

setup_file() {
	plant
	policy | write_policy log
	# The same things tried in both modes, and the names. (No file is created: what audit mode lets create it also lets be
	# opened, which makes an alert that enforcing does not come to.)
	run_mix enforce
	run_mix audit --audit
	run_names json --log "$BATS_FILE_TMPDIR/names.json"
	run_names text
}

setup() {
	policy=$BATS_FILE_TMPDIR/log.yaml
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	end_started
	umount -q $T/disk || :
}

teardown_file() {
	rm -rf $T
}

plant() {
	rm -rf $T
	mkdir -p $T/{secret,names,deep,disk}
	cp "$(command -v nothing)" $T/secret/g
	"$BATS_TEST_DIRNAME/alerts.py" plant $T/deep
}

policy() {
	cat <<-END
		version: 1
		name: log
		mode: enforce
		syscalls:
		  otherwise: {errno: EPERM}
		  allow: ["@container"]
		  deny: [getpgrp]
		files:
		  otherwise: allow
		  rules:
		    - {path: $T/secret/f, deny: all}
		    - {path: $T/secret/**, deny: [modify, link, exec]}
		    - {path: ["$T/names/**", "$T/deep/**"], deny: create}
		privileges: {allow: []}
	END
}

mix() {
	cat <<-END
		cat $T/secret/f; echo >$T/secret/f; mkdir $T/secret/new; mkdir $T/secret/d; rm $T/secret/h
		mv $T/secret/m $T/x; ln $T/secret/g $T/y; chmod 700 $T/secret/g; ln -s x $T/secret/s; mkfifo $T/secret/p
		printf 'a call 153 0 0 0\nb call 111 0 0 0\nc call 425 0 0 0\nd call 135 8 0 0\ne clone-flags 0x10000000\n' |
			attempt-syscalls
		exec $T/secret/g
	END
}

run_mix() { # NAME [OPTION...]
	local name=$1
	shift
	rm -rf $T/{x,y} $T/secret/{new,d,s,p}
	echo canary | tee $T/secret/{f,h,m} >/dev/null
	timeout 300 ringfence run -p "$BATS_FILE_TMPDIR/log.yaml" "$@" -l "$BATS_FILE_TMPDIR/$name.json" -- sh -c "$(mix)" \
		>"$BATS_FILE_TMPDIR/$name.out" 2>&1 || :
}

run_names() { # NAME [OPTION...]
	local name=$1
	shift
	timeout 300 ringfence run -p "$BATS_FILE_TMPDIR/log.yaml" "$@" -- sh -c "
		$BATS_TEST_DIRNAME/alerts.py hostile $T/names && $BATS_TEST_DIRNAME/alerts.py deep $T/deep && echo all" \
		>"$BATS_FILE_TMPDIR/$name.out" 2>"$BATS_FILE_TMPDIR/$name.err" || :
}

# Starts a confined shell command that says when it is ready and waits to be told to go on; leaves the pid in "ringfence".
start() { # NAME COMMAND [OPTION...]
	local name=$1 command=$2
	shift 2
	ringfence run -p "$policy" "$@" -- sh -c "echo >$name.ready; while [ ! -e $name.go ]; do sleep 0.1; done; $command" \
		>"$name.out" 2>"$name.err" 3>&- &
	ringfence=$!
	ends_with_test "$ringfence"
	wait_for "$name.ready"
}

count() { # LOG [FIELD=VALUE...]
	"$BATS_TEST_DIRNAME/../alerts" "$1" count "${@:2}"
}

lost() { # LOG
	"$BATS_TEST_DIRNAME/../alerts" "$1" sum count action=lost
}

# What was held back, as alerts that came later tell, and as is told apart.
repeated() { # LOG
	echo $(($("$BATS_TEST_DIRNAME/../alerts" "$1" sum repeated) + $("$BATS_TEST_DIRNAME/../alerts" "$1" sum count action=repeated)))
}

@test "L01 one denial = one event, schema-valid" {
	cat "$BATS_FILE_TMPDIR/enforce.out"
	run "$BATS_TEST_DIRNAME/alerts.py" schema "$BATS_FILE_TMPDIR/enforce.json"
	echo "$output"
	[[ $status == 0 && $output == 16 ]]
	[[ $(count "$BATS_FILE_TMPDIR/enforce.json" action=deny) == 16 ]]
	"$BATS_TEST_DIRNAME/alerts.py" schema "$BATS_FILE_TMPDIR/names.json"
}

@test "L02 overflow: with the reader stopped, attempts = delivered + lost, and the reader goes on" {
	local n=20000 delivered
	start over "flood $n $T/secret/f; echo >over.done; while [ ! -e over.end ]; do sleep 0.1; done; flood 7 $T/secret/f" -l over.json --throttle off
	kill -STOP "$ringfence"
	echo >over.go
	wait_for over.done
	[[ ! -s over.json && $(<over.out) == "$n" ]]
	kill -CONT "$ringfence"
	wait_for over.json
	for ((i = 0; i < 600; i++)); do
		[[ $(grep -c '"lost"' over.json) == 0 ]] || break
		sleep 0.1
	done
	echo >over.end
	await_process "$ringfence" 300
	[[ $(<over.out) == "$n"$'\n7' ]]
	delivered=$(count over.json action=deny path=$T/secret/f)
	echo "delivered $delivered, lost $(lost over.json)"
	[[ $(lost over.json) -gt 0 && $((delivered + $(lost over.json))) == $((n + 7)) ]]
	# The last seven came after the loss, and were not lost; a number that is missing is a loss.
	[[ $(tail -n 1 over.json) == *"\"seq\":$((n + 7)),"* ]]
}

@test "L03 cross-container starvation" {
	local first
	start noisy "flood 20000 $T/secret/f" -l noisy.json --name noisy --throttle off
	first=$ringfence
	kill -STOP "$first"
	start quiet "flood 10 $T/secret/f" -l quiet.json --name quiet
	echo >noisy.go
	echo >quiet.go
	await_process "$ringfence" 300
	[[ $(<quiet.out) == 10 && $(count quiet.json container=quiet) == 10 && $(lost quiet.json) == 0 ]]
	kill -CONT "$first"
	await_process "$first" 300
	[[ $(<noisy.out) == 20000 && $(lost noisy.json) -gt 0 ]]
	[[ $(($(count noisy.json container=noisy action=deny) + $(lost noisy.json))) == 20000 ]]
}

@test "L04 throttle must not hide distinct rules" {
	local told
	start rules "flood 2000 $T/secret/f; echo >$T/secret/g; flood 500 $T/secret/f; echo >rules.done" -l rules.json --throttle 100:1
	kill -STOP "$ringfence"
	echo >rules.go
	wait_for rules.done
	kill -CONT "$ringfence"
	await_process "$ringfence" 300
	told=$(count rules.json action=deny rule="$policy:11")
	echo "told $told, repeated $(repeated rules.json)"
	[[ $told -ge 100 && $told -lt 1000 && $(repeated rules.json) == $((2500 - told)) ]]
	[[ $(count rules.json action=deny rule="$policy:12") == 1 && $(lost rules.json) == 0 ]]
	# Whoever was held back is told of under the rule that did it.
	[[ $(count rules.json action=repeated) == $(count rules.json action=repeated rule="$policy:11" of=deny operation=file.read) ]]
}

@test "L05 injection" {
	cat "$BATS_FILE_TMPDIR/json.err"
	[[ $(<"$BATS_FILE_TMPDIR/json.out") == all && $(<"$BATS_FILE_TMPDIR/text.out") == all ]]
	"$BATS_TEST_DIRNAME/alerts.py" names "$BATS_FILE_TMPDIR/names.json" $T/names
	"$BATS_TEST_DIRNAME/alerts.py" text "$BATS_FILE_TMPDIR/text.err" $T/names
}

@test "L06 truncation is visible" {
	"$BATS_TEST_DIRNAME/alerts.py" longest "$BATS_FILE_TMPDIR/names.json" $T/deep
}

@test "L06 a program with a long path: the end of it, and it is told" {
	local deep
	deep=$T/$(printf 'x%.0s' {1..200})/$(printf 'y%.0s' {1..100})
	mkdir -p "$deep"
	cp "$(command -v flood)" "$deep/flood"
	run ringfence run -p "$policy" -l exe.json -- sh -c "$deep/flood 1 $T/secret/f; flood 1 $T/secret/f"
	[[ $(count exe.json exe_truncated=True exe="${deep: -250}/flood") == 1 ]]
	[[ $(count exe.json exe="$(command -v flood)") == 1 && $(count exe.json exe_truncated=True) == 1 ]]
}

@test "L07 sink failure: a disk that is full, and has room again" {
	local delivered unwritten
	mount -t tmpfs -o size=64k none $T/disk
	dd if=/dev/zero of=$T/disk/fill bs=1k count=50 status=none
	start disk "flood 300 $T/secret/f; echo >disk.done; while [ ! -e disk.end ]; do sleep 0.1; done; flood 5 $T/secret/f" -l $T/disk/log
	echo >disk.go
	wait_for disk.done
	for ((i = 0; i < 600; i++)); do
		! grep -q 'Failed to write an alert' disk.err || break
		sleep 0.1
	done
	[[ $(<disk.out) == 300 ]]
	rm $T/disk/fill
	echo >disk.end
	await_process "$ringfence" 300
	cat disk.err
	[[ $(<disk.out) == $'300\n5' ]]
	# Every line is whole, and each alert was either written or counted.
	delivered=$(count $T/disk/log action=deny)
	unwritten=$(awk '/^ringfence: [0-9]* alerts could not be written/ {n += $2} END {print n + 0}' disk.err)
	echo "delivered $delivered, unwritten $unwritten"
	[[ $unwritten -gt 0 && $((delivered + unwritten)) == 305 ]]
	[[ $(tail -n 1 $T/disk/log) == *'"seq":305,'* ]]
}

@test "L07 sink failure: a FIFO nobody reads, a file that is moved away, a reader that goes" {
	mkfifo fifo
	run ringfence run -p "$policy" -l fifo -- touch ran
	echo "$output"
	[[ $status == 125 && $output == *fifo* && ! -e ran ]]

	start moved "flood 3 $T/secret/f" -l moved.json
	mv moved.json moved.json.1
	ln -s elsewhere moved.json
	echo >moved.go
	await_process "$ringfence" 300
	[[ $(<moved.out) == 3 && $(count moved.json.1) == 3 && ! -e elsewhere ]]

	head -n 1 fifo >first 3>&- &
	start gone "flood 1 $T/secret/f; sleep 2; flood 300 $T/secret/f" -l fifo
	echo >gone.go
	await_process "$ringfence" 300
	cat gone.err
	[[ $(<gone.out) == $'1\n300' && $(count first) == 1 ]]
	[[ $(<gone.err) == *"could not be written"* ]]
}

@test "L08 storm cost" {
	local peak n=4000 names
	start storm "for i in 1 2 3 4; do flood $n $T/secret/f & done; forks 200 /etc/hostname $T/secret/f; for i in 1 2 3 4 5 6 7 8 9; do sh -c 'cat $T/secret/f' 2>/dev/null; done; wait; echo >storm.done; while [ ! -e storm.end ]; do sleep 0.1; done" -l storm.json --throttle off
	echo >storm.go
	wait_for storm.done
	peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' /proc/$ringfence/status)
	echo >storm.end
	await_process "$ringfence" 300
	sort storm.out
	[[ $(sort storm.out | tr '\n' ' ') == "200 200 $n $n $n $n " ]]
	echo "peak $peak kB, delivered $(count storm.json action=deny), lost $(lost storm.json)"
	[[ $(($(count storm.json action=deny) + $(lost storm.json))) == $((4 * n + 200 + 9)) ]]
	[[ $peak -lt 65536 ]]
}

@test "L09 audit (permissive) parity" {
	local names=$BATS_FILE_TMPDIR
	"$BATS_TEST_DIRNAME/alerts.py" pairs "$names/enforce.json" >enforce
	"$BATS_TEST_DIRNAME/alerts.py" pairs "$names/audit.json" >audit
	diff enforce audit
	[[ $(wc -l <enforce) -ge 14 ]]
	[[ $(count "$names/audit.json" action=audit) -ge 14 && $(count "$names/audit.json" action=deny) == 0 ]]
	# And what audit let pass happened.
	[[ $(<"$names/audit.out") == *canary* && -e $T/x && -d $T/secret/d && -p $T/secret/p && -e $T/secret/new ]]
	[[ $(<"$names/audit.out") != *denied* ]]
}
