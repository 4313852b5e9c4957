#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# More denials than the ring holds, with nobody reading: the verdicts do not depend on the report, and what was lost is
# counted to the last one. Nothing is held back here: tests/vm/throttle.bats is about that.

load lib

teardown() {
	end_started
}

@test "L02 overflow: 100,000 denials with the reader stopped: all denied, delivered + lost = denied" {
	local n=100000 log=/tmp/flood.json out=/tmp/flood.out ready=/tmp/plain/ready go=/tmp/plain/go ringfence
	rm -rf $log /tmp/plain
	mkdir -p /tmp/plain
	ringfence run --throttle off -p tests/vm/policies/plain.yaml -l $log -- sh -c "echo > $ready; while [ ! -e $go ]; do sleep 0.1; done
		flood $n /etc/shadow; echo > /tmp/plain/over; head -c 1 /etc/passwd >/dev/null && echo twin" >$out 3>&- &
	ringfence=$!
	ends_with_test "$ringfence"
	wait_for $ready
	kill -STOP $ringfence
	echo >$go
	wait_for /tmp/plain/over 600
	[[ ! -s $log ]]
	kill -CONT $ringfence
	await_process $ringfence 300
	[[ $(<$out) == $n$'\ntwin' ]]
	local delivered lost
	delivered=$(tests/vm/alerts $log count action=deny path=/etc/shadow)
	lost=$(tests/vm/alerts $log sum count action=lost)
	echo "delivered $delivered, lost $lost"
	[[ $lost -gt 0 && $delivered -gt 0 && $((delivered + lost)) == "$n" ]]
	rm -rf $log $out /tmp/plain
}
