#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is remembered of directories changes no verdict (lsm/cache.h): the same random walk with and without, and the
# things one by one that make it forget.
#
# Without the daemon: it needs one that remembers nothing.

load lib
load daemon

T=/srv/cache

setup_file() {
	write_policy cache <<-'END'
		version: 1
		name: cache
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: "/srv/cache/**/secret/**", deny: all}
		    - {path: "/srv/cache/**/b/f*", deny: [write, append]}
		    - {path: "/srv/cache/**/a/*.conf", deny: read}
		    - {path: "/srv/cache/*/b", deny: read}
		    - {path: "/srv/cache/a/a/**", deny: write}
		    - {path: "/srv/cache/**/a/f*", deny: exec}
		    - {path: "/srv/cache/*/file/**", deny: exec}
	END
	write_policy other <<-'END'
		version: 1
		name: other
		mode: enforce
		files: {otherwise: allow, rules: [{path: "/srv/cache/d/*", deny: all}]}
	END
	write_policy after <<-'END'
		version: 1
		name: cache
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: "/srv/cache/**/file/**", deny: all}
		    - {path: "/srv/cache/a/**", deny: write}
		    - {path: "/srv/cache/*/b/**", deny: read}
		    - {path: "/srv/cache/b/*/*.conf", deny: [write, append]}
		    - {path: "/srv/cache/**/b/f*", deny: exec}
	END
	walk remembers
	walk forgets --no-cache
	start_daemon
}

teardown_file() {
	stop_daemon
	rm -rf $T
}

setup() {
	policy=$BATS_FILE_TMPDIR/cache.yaml
	rm -rf $T
	mkdir -p $T/d/sub $T/e
	echo content | tee $T/d/one $T/d/two $T/d/sub/one >$T/e/one
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	end_started
	umount -q $T/e || :
}

walk() { # NAME OPTION...
	local seed
	start_daemon "${@:2}"
	for seed in 1 2; do
		rm -rf $T
		mkdir -p $T
		tests/vm/wander.py $seed 700 $T "$BATS_FILE_TMPDIR/cache.yaml"
	done >"$BATS_FILE_TMPDIR/$1" 2>"$BATS_FILE_TMPDIR/$1.errors"
	rm -rf $T
	mkdir -p $T
	tests/vm/wander.py 3 600 $T "$BATS_FILE_TMPDIR"/{cache,after}.yaml >>"$BATS_FILE_TMPDIR/$1" 2>>"$BATS_FILE_TMPDIR/$1.errors"
	rm -r /etc/ringfence
	directories_seen >"$BATS_FILE_TMPDIR/$1.seen"
	stop_daemon
}

# How many directories the programs have noted to have seen: those that were, or will be, remembered.
directories_seen() {
	bpftool -j map dump name ringfenc.bss | python3 -c '
import json, sys
def find(x):
    if isinstance(x, dict):
        return x["rf_dirs_seen"] if "rf_dirs_seen" in x else next(filter(None, map(find, x.values())), None)
    return next(filter(None, map(find, x)), None) if isinstance(x, list) else None
print(sum(map(bool, find(json.load(sys.stdin)))))'
}

# Somebody confined, who opens what they are asked to.
begin() { # [POLICY]
	mkfifo "in$1" "out$1"
	background "log$1" sh -c "exec ringfence run -p '${2:-$policy}' -l /dev/null -- opens-asked <in$1 >out$1"
}

@test "three random walks, 2,000 steps, one with 24 reloads: the same verdicts with and without" {
	cat "$BATS_FILE_TMPDIR"/*.errors
	cmp "$BATS_FILE_TMPDIR/remembers" "$BATS_FILE_TMPDIR/forgets"
	[[ $(<"$BATS_FILE_TMPDIR/remembers.seen") -gt 0 && $(<"$BATS_FILE_TMPDIR/forgets.seen") == 0 ]]
	grep '^allowed' "$BATS_FILE_TMPDIR/remembers"
	run grep -E '^allowed [0-9]{3,} refused [0-9]{2,}$' "$BATS_FILE_TMPDIR/remembers"
	[[ ${#lines[@]} == 3 ]]
	for mode in x e; do
		grep -q "^$mode .* ok$" "$BATS_FILE_TMPDIR/remembers"
		grep -q "^$mode .* 13$" "$BATS_FILE_TMPDIR/remembers"
	done
}

# Opens PATH, twice so that the directory is remembered, and says what came of the second time.
opens() { # PATH [MODE]
	local answer
	for _ in 1 2; do
		echo "${2:-r} $1" >&7
		read -r answer <&8
	done
	echo "$answer"
}

asks() { # PATH
	local answer
	echo "r $1" >&7
	read -r answer <&8
	echo "$answer"
}

@test "deep directories, long names: the same at first sight and at the third" {
	local n dir=$T/d name top
	begin 1
	exec 7>in1 8<out1
	for n in {4..17}; do
		dir+=/n$n
		mkdir -p "$dir"/{secret,a}
		echo | tee "$dir/secret/f" >"$dir/a/f"
		[[ $(asks "$dir/a/f")$(asks "$dir/a/f")$(asks "$dir/a/f") == okokok ]]
		[[ $(asks "$dir/secret/f")$(asks "$dir/secret/f")$(asks "$dir/secret/f") == 131313 ]]
	done
	for n in 6 7 8 9 15 16 17 30 31 32 33 38 39 40 41 63 64 65 200; do
		name=$(printf '%0*d' $((n - 5)) 0)
		top=$T/$name.conf
		mkdir -p "$top"/{secret,a}
		echo | tee "$top/a/$name.conf" "$top/secret/f" >"$top/a/$name.cont"
		[[ $(asks "$top/a/$name.cont")$(asks "$top/a/$name.cont") == okok ]]
		[[ $(asks "$top/a/$name.conf")$(asks "$top/a/$name.conf") == 1313 ]]
		[[ $(asks "$top/secret/f") == 13 ]]
	done
	exec 7>&- 8<&-
}

@test "an ancestor gets another name, the file gets another name, a mount comes and goes" {
	begin 1
	exec 7>in1 8<out1
	[[ $(opens $T/d/one) == ok && $(opens $T/d/sub/one) == ok ]]
	mv $T/d $T/secret
	[[ $(opens $T/secret/one) == 13 && $(opens $T/secret/sub/one) == 13 ]]
	mv $T/secret $T/d
	[[ $(opens $T/d/one) == ok && $(opens $T/d/sub/one) == ok ]]
	mkdir $T/a
	mv $T/d/one $T/a/one.conf
	[[ $(opens $T/a/one.conf) == 13 ]]
	mv $T/a/one.conf $T/a/one
	[[ $(opens $T/a/one) == ok ]]
	mkdir $T/d/secret
	echo >$T/d/secret/one
	[[ $(opens $T/e/one) == ok ]]
	mount --bind $T/d/secret $T/e
	[[ $(opens $T/e/one) == ok ]] # its name is what counts here: e/one
	umount $T/e
	mount --bind $T/e $T/d/secret
	[[ $(opens $T/d/secret/one) == 13 && $(opens $T/e/one) == ok ]]
	umount $T/d/secret
	exec 7>&- 8<&-
	await_last
}

@test "two policies, one directory: each has what is its own" {
	begin 1
	exec 7>in1 8<out1
	[[ $(opens $T/d/one) == ok && $(opens $T/d/two w) == ok ]]
	begin 2 "$BATS_FILE_TMPDIR/other.yaml"
	exec 5>&7 6<&8 7>in2 8<out2
	[[ $(opens $T/d/one) == 13 && $(opens $T/d/sub/one) == ok ]]
	exec 7>&5 8<&6 5>&- 6<&-
	[[ $(opens $T/d/one) == ok ]]
	exec 7>&- 8<&-
}
