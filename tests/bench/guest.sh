#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Inside the machine:
#
#   guest.sh BOOT       prints lines of "SUBJECT ROW FIGURE"

set -eu

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
		/usr/bin/env FILTER=/usr/lib/bench/container.image /usr/bin/sh $rows "${@:2}"
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

await_stay() {
	until [[ -e $work/stays ]]; do sleep 1; done
}

end_stay() {
	echo >$work/over
	wait "$1"
}

# Rows that somebody must count who is not confined.
throttled() {
	local repeated lost
	read -r repeated lost < <(./ringfence status --json | jq_counts)
	[[ $lost -eq 0 ]] || echo "guest.sh: $lost alerts were lost, which makes denials cheaper" >&2
	if [[ $repeated -gt 0 ]]; then
		sed 's/^/ringfence-10 /' $work/throttled
	else
		echo 'ringfence-10 open.throttled n/a'
	fi
}

jq_counts() {
	python3 -c 'import json, sys
for run in json.load(sys.stdin)["runs"]:
    print(run["repeated"], run["lost"])'
}

boot_quick() {
	rows base open cold
	confined 10 open cold stay &
	await_stay
	rows beside open cold
	end_stay $!
}

boot_ringfence() {
	rows base open cold names processes calls programs
	landlock 1 open cold names processes
	landlock 10 open cold names processes
	filtered allow allow calls
	filtered container /usr/lib/bench/container.image calls
	filtered 300 /usr/lib/bench/300.image calls
	confined 10 open cold names processes denied throttled stay &
	await_stay
	throttled
	python3 memory.py | sed 's/^/ringfence-10 /'
	rows beside open cold names processes
	end_stay $!
	confined 1000 open cold programs
	confined 10000 open cold
}

boot_apparmor() {
	rows base open cold names processes programs
	apparmor 10 open cold names processes
	apparmor 1000 open cold programs
}

PATH=/usr/lib/bench:$PATH
make_tree
"boot_$1"
