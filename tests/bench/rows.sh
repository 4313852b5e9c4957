#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Inside the machine, as the one that is measured, confined or not:
#
#   rows.sh GROUP...       prints lines of "ROW FIGURE"
#
# What it needs is beneath /usr, where every policy that is measured lets it, because Landlock is measured with a rule for
# /usr alone. One start serves many rows: loading ringfence's programs takes longer than measuring.

set -eu
PATH=/usr/lib/bench:/usr/bin

doc=/usr/share/doc
deep=$doc/pkg/one/two/three
deeper=$deep/four/five/six/seven
work=/usr/share/bench

group_open() {
	open-hot open.hot.5 $doc/pkg/file
	open-hot open.hot.8 $deep/file
	open-hot open.hot.12 $deeper/file
}

# Twenty batches of fifty directories.
group_cold() {
	open-cold open.cold.5 $doc/cold 1000
	open-cold open.cold.8 ${deep%/*}/cold 1000
	open-cold open.cold.12 ${deeper%/*}/cold 1000
	open-renamed open.renamed.5 $doc/pkg/file $work
	open-renamed open.renamed.8 $deep/file $work
	open-renamed open.renamed.12 $deeper/file $work
}

group_denied() {
	open-denied open.denied $work/secret/file 1000
}

# Into a file: whether anything was throttled is for others to see.
group_throttled() {
	open-denied open.throttled $work/secret/file 0 >$work/throttled
}

group_call() {
	call cached
}

group_checked_call() {
	call checked
}

group_names() {
	names $work
}

group_processes() {
	process /usr/lib/bench/nothing
	map /usr/lib/x86_64-linux-gnu/libc.so.6
}

# Whole programs.
group_programs() {
	cd $work/policy
	export TMPDIR=$work/tmp
	total compile 4 /usr/bin/gcc -O2 -c -I. dfa.c minimise.c uniform.c
	total tar 2 /usr/bin/tar -cf $work/tar -C /usr/include .
	rm $work/tar
}

# Stays until it is told to go, so that tasks beside it can be measured.
group_stay() {
	mkdir $work/stays
	until [ -e $work/over ]; do sleep 1; done
	rm -r $work/stays $work/over
}

sleep 2
for group; do
	"group_$group"
done
