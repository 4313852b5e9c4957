#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Metrics: who gets them, that the figures are those of `status`, that none shrinks, and what peers cost who are slow.
#
# Without the daemon: it is started with --metrics.
# On 6.1 alone in make test: what is measured is what `status` says, which other files look at on both.

load lib
load daemon

METRICS=/run/ringfence/metrics.sock
NAMED=/etc/ringfence/policies/metered.yaml
S=/srv/metrics

setup_file() {
	mkdir -p $S "${NAMED%/*}"
	echo canary | tee $S/noisy $S/rare $S/watched >/dev/null
	write_policy metered <<-END
		version: 1
		name: metered
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: $S/noisy, deny: all}
		    - {path: $S/rare, deny: all}
		    - {path: $S/watched, allow: [read], audit: [read]}
	END
	ringfence compile -o "$BATS_FILE_TMPDIR/metered.image" "$BATS_FILE_TMPDIR/metered.yaml"
	start_daemon --metrics unix:$METRICS --log "$BATS_FILE_TMPDIR/alerts"
}

setup() {
	image=$BATS_FILE_TMPDIR/metered.image
	policy=$BATS_FILE_TMPDIR/metered.yaml
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	touch "$BATS_TEST_TMPDIR/go"
	end_started
}

teardown_file() {
	stop_daemon
	rm -rf $S $NAMED
	rmdir /sys/fs/cgroup/registered
	nothing_left
}

ask() { # CURL-ARGUMENT...
	curl --silent --show-error --max-time 60 --unix-socket $METRICS "$@"
}

# The page as it is now: the daemon makes one a second.
scrape() {
	sleep 1.1
	ask --fail http://x/metrics
}

# The number of a series, which is there once.
metric() { # FILE SERIES
	local line
	line=$(grep -v '^#' "$1" | grep -F "$2 ")
	echo "${line#"$2 "}" | grep -E '^[0-9.]+$'
}

verdicts() { # FILE POLICY ACTION
	metric "$1" "ringfence_verdicts_total{policy=\"$2\",action=\"$3\"}"
}

alerts() { # FILE POLICY ACTION OUTCOME
	metric "$1" "ringfence_alerts_total{policy=\"$2\",action=\"$3\",outcome=\"$4\"}"
}

collected() { # FILE POLICY OPERATION ACTION
	metric "$1" "ringfence_collected_verdicts_total{policy=\"$2\",operation=\"$3\",action=\"$4\"}"
}

# A container whose alerts the daemon reads; it stays until it is told to go.
begin_registered() { # NAME COMMAND
	background "$1.out" "$BATS_TEST_DIRNAME/registered.py" "$image" "\"$1\"" \
		sh -c "$2; echo done >$1.done; until [ -e go ]; do sleep 0.1; done"
	wait_for "$1.done"
}

# "denied audited delivered repeated lost" of a container, as `status` tells.
counters() { # NAME
	ringfence status --json | python3 -c 'import json, sys
for run in json.load(sys.stdin)["runs"]:
    if run.get("container") == sys.argv[1]:
        print(*(run[word] for word in ("denied", "audited", "delivered", "repeated", "lost")))' "$1"
}

@test "one page, for root alone, by GET and HEAD" {
	[[ $(stat -c '%a %u %F' $METRICS) == "600 0 socket" ]]
	ask --fail -D head http://x/metrics >page
	grep -qx $'Content-Type: text/plain; version=0.0.4; charset=utf-8\r' head
	grep -q '^ringfence_build_info{version="[0-9.]*"} 1$' page
	[[ $(metric page ringfence_domains_limit) == 4096 && $(metric page ringfence_pins_missing) == 0 ]]
	[[ $(metric page ringfence_programs) -gt 40 ]]
	[[ $(ask --head -w '%{http_code}' -o /dev/null http://x/metrics) == 200 ]]
	[[ $(ask -w '%{http_code}' -o /dev/null http://x/) == 404 ]]
	[[ $(ask -w '%{http_code}' -o /dev/null http://x/metrics/x) == 404 ]]
	[[ $(ask -w '%{http_code}' -o /dev/null -d x http://x/metrics) == 405 ]]
	[[ $(ask -w '%{http_code}' -o /dev/null -X DELETE http://x/metrics) == 405 ]]
	run setpriv --reuid 1000 --clear-groups curl --silent --show-error --unix-socket $METRICS http://x/metrics
	[[ $status != 0 && $output != *ringfence_build_info* ]]
}

@test "the figures are those of status, and stay when the container is gone" {
	local denied audited delivered repeated lost
	begin_registered box "flood 3000 $S/noisy; cat $S/rare; cat $S/watched $S/watched"
	scrape >page
	read -r denied audited delivered repeated lost <<<"$(counters box)"
	echo "denied $denied, audited $audited, delivered $delivered, repeated $repeated, lost $lost"
	[[ $denied == 3001 && $audited == 2 && $repeated -gt 0 ]]
	[[ $(verdicts page metered deny) == "$denied" && $(verdicts page metered audit) == "$audited" ]]
	[[ $(($(alerts page metered deny delivered) + $(alerts page metered audit delivered))) == "$delivered" ]]
	[[ $(($(alerts page metered deny repeated) + $(alerts page metered audit repeated))) == "$repeated" ]]
	[[ $(($(alerts page metered deny lost) + $(alerts page metered audit lost))) == "$lost" ]]
	[[ $(metric page 'ringfence_domains{policy="metered",mode="enforce"}') == 1 ]]
	[[ $(metric page ringfence_policies_loaded) == 1 ]]
	[[ $(metric page 'ringfence_policy_image_bytes{policy="metered"}') -gt 1000 ]]
	[[ $(collected page metered file.read audit) == 2 ]]
	cp page /out/metrics.prom

	touch go
	await_last || :
	for _ in {1..600}; do
		scrape >page
		[[ $(metric page 'ringfence_domains{policy="metered",mode="enforce"}') != 0 ]] || break
	done
	[[ $(metric page 'ringfence_domains{policy="metered",mode="enforce"}') == 0 ]]
	[[ $(metric page 'ringfence_policy_image_bytes{policy="metered"}') == 0 ]]
	[[ $(verdicts page metered deny) == 3001 && $(verdicts page metered audit) == 2 ]]
	[[ $(($(alerts page metered deny delivered) + $(alerts page metered deny repeated))) == $((3001 - lost)) ]]
	# All has been told by now, one by one or held back.
	[[ $(collected page metered file.read deny) == $((3001 - lost)) ]]

	# Another one goes on from there.
	begin_registered second "cat $S/rare"
	scrape >page
	[[ $(verdicts page metered deny) == 3002 ]]
}

@test "a run is counted by the kernel, and what it reads by itself is not the daemon's to tell" {
	scrape >before
	run ringfence run -p "$policy" -n own -l own.json -- cat $S/rare $S/noisy
	[[ $status == 1 && $("$BATS_TEST_DIRNAME/alerts" own.json count action=deny) == 2 ]]
	scrape >after
	[[ $(verdicts after metered deny) == $(($(verdicts before metered deny) + 2)) ]]
	[[ $(collected after metered file.read deny) == "$(collected before metered file.read deny)" ]]
}

@test "reloads are counted, and those that fail" {
	sed 's/^name: .*/name: calls-itself-so/' "$policy" >$NAMED
	background named.out ringfence run -p metered -l named.json -- \
		sh -c "cat $S/rare; echo >named.ready; until [ -e go ]; do sleep 0.1; done"
	wait_for named.ready
	scrape >before
	ringfence reload
	echo nonsense >$NAMED
	run -1 ringfence reload
	kill -HUP "$(pidof_daemon)"
	for _ in {1..100}; do
		[[ $(<"$BATS_FILE_TMPDIR/daemon.log") != *"Reloaded no policy"* ]] || break
		sleep 0.1
	done
	scrape >after
	[[ $(metric after ringfence_reloads_total) == $(($(metric before ringfence_reloads_total) + 3)) ]]
	[[ $(metric after ringfence_reload_failures_total) == $(($(metric before ringfence_reload_failures_total) + 2)) ]]
	# By the name it was asked for by.
	[[ $(metric after 'ringfence_domains{policy="metered",mode="enforce"}') == 1 ]]
	run ! grep calls-itself-so after
	ringfence mode audit -p metered
	scrape >after
	[[ $(metric after 'ringfence_domains{policy="metered",mode="audit"}') == 1 ]]
}

@test "runs of programs and their time, from when the kernel counts them" {
	scrape >page
	[[ $(metric page ringfence_bpf_stats_enabled) == 0 ]]
	run ! grep ringfence_program_run page
	[[ $(metric page 'ringfence_program_missed_runs_total{program="rf_file_open"}') == 0 ]]
	echo 1 >/proc/sys/kernel/bpf_stats_enabled
	ringfence run -p "$policy" -- cat /etc/passwd >/dev/null
	echo 0 >/proc/sys/kernel/bpf_stats_enabled
	scrape >page
	[[ $(metric page 'ringfence_program_runs_total{program="rf_file_open"}') -gt 0 ]]
	[[ $(metric page 'ringfence_program_run_seconds_total{program="rf_file_open"}') =~ ^[0-9]+\.0*[1-9] ]]
}

@test "half a request, silence, and crowds hold up nobody's registration" {
	cat >slow.py <<-END
		import os, socket, time
		def connect():
		    s = socket.socket(socket.AF_UNIX)
		    s.connect("$METRICS") # waits for its turn
		    return s
		for _ in range(300):
		    s = connect()
		    s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
		    s.close()
		held = [connect() for _ in range(8)]
		for i, s in enumerate(held):
		    s.sendall(b"GET /metrics HTTP/1.1\r\nHo"[: 4 * i])
		print("held", flush=True)
		while not os.path.exists("go"):
		    for s in held:
		        try:
		            s.send(b"x")
		        except OSError:
		            pass
		    time.sleep(0.2)
	END
	background slow.out python3 slow.py
	wait_for slow.out
	cat slow.out
	[[ $(<slow.out) == held ]]
	run ringfence run -p "$policy" -l held.json -- cat $S/watched $S/rare
	[[ $status == 1 && $output == *canary*"Permission denied"* ]]
	# They are ended, however busy they keep.
	scrape >page
	[[ $(metric page ringfence_pins_missing) == 0 ]]
}

@test "who is confined cannot reach it, root or not, nor put something in its place" {
	[[ $(ask http://x/metrics) == *ringfence_build_info* ]]
	run ringfence run -p "$policy" -l reach.json -- sh -c \
		"curl --silent --show-error --unix-socket $METRICS http://x/metrics; rm -f $METRICS; mv $METRICS /run/other"
	echo "$output"
	[[ $status != 0 && $output != *ringfence_build_info* && -S $METRICS ]]
	[[ $("$BATS_TEST_DIRNAME/alerts" reach.json count operation=privilege.bpf reason=self path=$METRICS errno=EPERM) == 3 ]]
	[[ $(ask http://x/metrics) == *ringfence_build_info* ]]
}

@test "a new daemon counts anew, of whom it has taken over too" {
	background taken.out "$BATS_TEST_DIRNAME/registered.py" "$image" '"taken"' \
		sh -c "cat $S/rare; echo 1 >begun; until [ -e again ]; do sleep 0.1; done
			cat $S/rare $S/noisy; echo 1 >taken.done; until [ -e go ]; do sleep 0.1; done"
	wait_for begun
	stop_daemon
	start_daemon --metrics unix:$METRICS --log "$BATS_FILE_TMPDIR/alerts"
	touch again
	wait_for taken.done
	scrape >page
	[[ $(collected page metered file.read deny) == 2 ]]
	touch go
	await_last || :
}

@test "pins that are gone; the end removes the socket; addresses that cannot be; by TCP, where afar is told" {
	rm /sys/fs/bpf/ringfence/run/daemon-*/rf_file_open
	sleep 1
	scrape >page
	[[ $(metric page ringfence_pins_missing) == 1 ]]
	stop_daemon
	[[ ! -e $METRICS && $(<"$BATS_FILE_TMPDIR/daemon.log") != *"Whoever can connect"* ]]

	run ringfence daemon --metrics unix:/etc/passwd
	[[ $status == 125 && $output == *"Failed to listen on 'unix:/etc/passwd' for metrics: File exists"* && -s /etc/passwd ]]
	run ringfence daemon --metrics 192.0.2.1:9100
	[[ $status == 125 && $output == *"Failed to listen on '192.0.2.1:9100' for metrics: Cannot assign"* ]]
	run ringfence daemon --metrics 9100
	[[ $status == 2 && $output == *"--metrics wants ADDRESS:PORT"* ]]
	[[ ! -e $SOCKET ]]

	start_daemon --metrics 0.0.0.0:9100 --log "$BATS_FILE_TMPDIR/alerts"
	[[ $(<"$BATS_FILE_TMPDIR/daemon.log") == *"warning: Whoever can connect to '0.0.0.0:9100' can read the metrics"* ]]
	curl --silent --fail http://127.0.0.1:9100/metrics | grep -q '^ringfence_build_info{'
	[[ ! -e $METRICS ]]
}
