# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The daemon of a file of tests that starts its own. It outlives the test that started it, for loading it is what costs.
# Its messages are in $BATS_FILE_TMPDIR/daemon.log, those of the one before it too.

SOCKET=/run/ringfence/ringfence.sock

# Fails where there is none.
pidof_daemon() {
	local pid
	pid=$(cat "$BATS_FILE_TMPDIR/daemon.pid" 2>/dev/null) && is_alive "$pid" && echo "$pid"
}

# Not with the ends of the pipes that tests have open: who reads from them waits for their end.
launch_daemon() { # OPTION...
	setsid ringfence daemon "$@" >>"$BATS_FILE_TMPDIR/daemon.log" 2>&1 3>&- 5>&- 6<&- 7>&- 8<&- &
	echo $! >"$BATS_FILE_TMPDIR/daemon.pid"
	disown
}

# Returns when it listens, on a socket that was not there before.
start_daemon() { # OPTION...
	local before
	before=$(stat -c %i $SOCKET 2>/dev/null || :)
	launch_daemon "$@"
	until [[ -S $SOCKET && $(stat -c %i $SOCKET 2>/dev/null) != "$before" ]]; do
		pidof_daemon >/dev/null || return 1
		sleep 0.1
	done
}

# Returns when it is gone.
kill_daemon() { # SIGNAL
	local pid
	pid=$(pidof_daemon) || return 0
	kill "-$1" "$pid"
	while is_alive "$pid"; do sleep 0.1; done
}

stop_daemon() {
	kill_daemon TERM
	sed 's/^/# daemon: /' "$BATS_FILE_TMPDIR/daemon.log" | tail -n 40
}

# Waits until all domains have ended. The daemon goes on answering.
no_domains() {
	local left
	for _ in {1..1200}; do
		ringfence list --json >"$BATS_TEST_TMPDIR/list" || return 1
		left=$(python3 -c 'import json, sys; print(len(json.load(sys.stdin)["domains"]))' <"$BATS_TEST_TMPDIR/list")
		[[ $left != 0 ]] || return 0
		sleep 0.1
	done
	return 1
}
