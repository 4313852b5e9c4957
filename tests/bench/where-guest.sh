#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Inside the machine, for where.py:
#
#   where-guest.sh hot|cold|renamed
#
# Starts what opens files, confined; prints the kernel's functions, "ADDRESS NAME" a line, and "go"; and opens without end.

set -euo pipefail

work=/usr/share/bench
doc=/usr/share/doc

# One processor: who waits for a file gives it away, and who opens must not have begun.
start() { # COMMAND...
	printf 'until [ -e %s/go ]; do /usr/bin/sleep 1; done\nexec %s\n' "$work" "$*" >/usr/lib/bench/opens.sh
	./ringfence run -p 10.yaml --log /tmp/alerts -- /usr/bin/sh /usr/lib/bench/opens.sh &
	until pgrep -f '^/usr/bin/sleep 1' >/dev/null; do
		sleep 1
	done
}

mkdir -p /usr/lib/bench $work $doc/pkg
cp bin/* /usr/lib/bench/
mount -t tmpfs tmpfs $work
echo >$doc/pkg/file
case $1 in
hot) start /usr/lib/bench/open-hot hot $doc/pkg/file ;;
cold)
	mkdir $doc/cold{0..199}
	for dir in "$doc"/cold*; do echo >"$dir/file"; done
	start /usr/lib/bench/open-cold cold $doc/cold 200
	;;
renamed) start /usr/lib/bench/open-renamed renamed $doc/pkg/file $work ;;
esac
sed -n 's/^\([0-9a-f]*\) [tT] \([^\t]*\).*/\1 \2/p' /proc/kallsyms
echo go
sleep 5
echo >$work/go
wait
