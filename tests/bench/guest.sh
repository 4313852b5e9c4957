#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Inside the machine:
#
#   guest.sh BOOT       prints lines of "SUBJECT ROW FIGURE"

set -eu

work=/usr/share/bench
alerts=/tmp/alerts

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
	cp bin/* rows.sh /usr/lib/bench/
	mount -t tmpfs tmpfs $work
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

rows() { # SUBJECT GROUP...
	as "$1" sh /usr/lib/bench/rows.sh "${@:2}"
}

confined() { # SUBJECT RULES GROUP...
	as "$1" ./ringfence run -p "$2.yaml" --log "$alerts-$2" -- /usr/bin/sh /usr/lib/bench/rows.sh "${@:3}"
}

beside() { # GROUP...
	until [[ -e $work/stays ]]; do sleep 1; done
	rows beside "$@"
	echo >$work/over
}

boot_quick() {
	rows base open cold
	confined ringfence-10 10 open cold stay &
	beside open cold
	wait $!
}

make_tree
"boot_$1"
