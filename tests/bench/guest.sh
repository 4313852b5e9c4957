#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Inside the machine:
#
#   guest.sh BOOT       prints lines of "SUBJECT ROW FIGURE"

set -euo pipefail

work=/usr/share/bench
alerts=/tmp/alerts
rows=/usr/lib/bench/rows.sh

make_directories() { # PREFIX: PREFIX0/file to PREFIX999/file
	local dirs=("$1"{0..999}) dir
	mkdir "${dirs[@]}"
	for dir in "${dirs[@]}"; do
		echo >"$dir/file"
	done
}

make_tree() {
	local doc=/usr/share/doc
	local deep=$doc/pkg/one/two/three
	local deeper=$deep/four/five/six/seven
	mkdir -p /usr/lib/bench $work $deeper
	cp bin/* rows.sh container.image 300.image /usr/lib/bench/
	mount -t tmpfs tmpfs $work
	mkdir $work/secret $work/tmp
	echo >$work/secret/file
	cp -r policy lsm $work/
	for dir in $doc/pkg $deep $deeper; do
		echo >"$dir/file"
	done
	make_directories $doc/cold
	make_directories ${deep%/*}/cold
	make_directories ${deeper%/*}/cold
}

as() { # SUBJECT COMMAND...
	local subject=$1
	shift
	"$@" | sed -u "s/^/$subject /"
}

# All that asks for one subject; the groups of rows.sh.
rows() { # SUBJECT GROUP...
	as "$1" sh $rows "${@:2}"
}

confined() { # RULES GROUP...
	as "ringfence-$1" ./ringfence run -p "$1.yaml" --log "$alerts-$1" -- \
		/usr/bin/sh $rows "${@:2}"
}

landlock() { # RULES GROUP...
	as "landlock-$1" under-landlock "$1" /usr/bin/sh $rows "${@:2}"
}

apparmor() { # RULES GROUP...
	apparmor_parser --replace --skip-cache "$1.apparmor"
	as "apparmor-$1" aa-exec -p "bench-$1" -- /usr/bin/sh $rows "${@:2}"
}

filtered() { # IMAGE GROUP...
	as "filter-$1" under-filter "$2" /usr/bin/sh $rows "${@:3}"
}

# Runs COMMAND while rows of ringfence-10 wait to be told to go.
beside() { # "GROUP..." COMMAND...
	local pid groups
	read -ra groups <<<"$1"
	shift
	confined 10 "${groups[@]}" stay &
	pid=$!
	until [[ -e $work/stays ]]; do
		kill -0 $pid
		sleep 1
	done
	"$@"
	echo >$work/over
	wait $pid
}

counts() {
	./ringfence status --json | python3 -c 'import json, sys
for run in json.load(sys.stdin)["runs"]:
    print(run["delivered"], run["repeated"], run["lost"])'
}

# Rows that somebody must look after who is not confined: the figures of denials hold if their alerts were delivered.
look_after() {
	local delivered repeated lost
	read -r delivered repeated lost <<<"$(counts)"
	if [[ $delivered -lt 30 || $lost -ne 0 ]]; then
		echo "guest.sh: of the denials' alerts $delivered were delivered and $lost were lost" >&2
		return 1
	fi
	if [[ $repeated -gt 0 ]]; then
		sed 's/^/ringfence-10 /' $work/throttled
	else
		echo 'ringfence-10 open.throttled n/a'
	fi
	python3 memory.py | sed 's/^/ringfence-10 /'
	rows beside open cold call names processes
}

boot_quick() {
	rows base open cold call
	beside 'open cold call' rows beside open cold call
}

boot_ringfence() {
	rows base open cold call checked_call names processes programs
	landlock 1 open cold names processes
	landlock 10 open cold names processes
	filtered allow allow call checked_call
	filtered container /usr/lib/bench/container.image call checked_call
	filtered 300 /usr/lib/bench/300.image call checked_call
	beside 'open cold call names processes denied throttled' look_after
	confined 1000 open cold call programs
	confined 10000 open cold call
}

boot_apparmor() {
	rows base open cold call names processes programs
	apparmor 10 open cold call names processes
	apparmor 1000 open cold call programs
}

PATH=/usr/lib/bench:$PATH
make_tree
"boot_$1"
