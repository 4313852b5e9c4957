#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Cases P..: reading and compiling policies. The policies that must be refused, and their good twins, are in
# policies.py, which has one `ringfence check` read them all. The unit tests and the fuzzers go through many more.

bats_require_minimum_version 1.5.0

setup_file() {
	export D=$BATS_FILE_TMPDIR/policies
	mkdir "$D"
	"$BATS_TEST_DIRNAME/policies.py" "$D" >"$BATS_FILE_TMPDIR/verdicts" 2>&1
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# Each policy whose name begins with ID was judged as it was to be; there are AT-LEAST of them, a good one included.
judged() { # ID AT-LEAST
	local bad
	bad=$(grep "^$1\." "$BATS_FILE_TMPDIR/verdicts" | grep -v ' ok$' || :)
	echo "$bad"
	[[ ! $bad ]]
	[[ $(grep -c "^$1\..* ok$" "$BATS_FILE_TMPDIR/verdicts") -ge $2 ]]
	grep -q "^$1\..*+ ok$" "$BATS_FILE_TMPDIR/verdicts"
}

good() {
	cat <<-'END'
		version: 1
		name: good
		mode: enforce
		files:
		  otherwise: deny
		  rules:
		    - {path: /srv/**, allow: [read]}
		privileges: {allow: []}
	END
}

check() { # STATUS TEXT FILE...
	local status_wanted=$1 text=$2
	shift 2
	run ringfence check "$@"
	echo "$output"
	[[ $status == "$status_wanted" && $output == *"$text"* ]]
}

@test "all policies were read" {
	cat "$BATS_FILE_TMPDIR/verdicts"
	[[ $(head -n 1 "$BATS_FILE_TMPDIR/verdicts") == "check ok" ]]
	[[ $(($(wc -l <"$BATS_FILE_TMPDIR/verdicts") - 1)) == $(find "$D" -name '*.yaml' | wc -l) ]]
}

@test "P01 unknown or misspelt key" {
	judged P01 12
}

@test "P02 duplicate keys" {
	judged P02 8
	# Both places are told.
	check 1 P02.top.yaml:2:1: "$D/P02.top.yaml"
}

@test "P03 alias bomb" {
	judged P03 7
}

@test "P04 depth & size" {
	judged P04 8
}

@test "P04 files that are not, and files without an end" {
	good >good.yaml
	mkfifo fifo.yaml
	mkdir dir.yaml
	truncate -s 1T sparse.yaml
	truncate -s 100M long.yaml
	# Were one of them opened so that it waits, or read to its end, this would not come back.
	check 1 'not a regular file' fifo.yaml
	check 1 'not a regular file' dir.yaml
	check 1 'not a regular file' /dev/zero
	check 1 'bytes long, more than' sparse.yaml
	check 1 'bytes long, more than' long.yaml
	check 0 ok good.yaml
}

@test "P05 bytes" {
	judged P05 15
}

@test "P06 implicit typing" {
	judged P06 40
}

@test "P07 structure" {
	judged P07 13
}

@test "P08 file trust" {
	local mode
	mkdir -p own/inner
	good >own/inner/p.yaml
	check 0 ok own/inner/p.yaml
	for mode in 664 646 666; do
		chmod $mode own/inner/p.yaml
		check 1 'can be written by' own/inner/p.yaml
	done
	chmod 644 own/inner/p.yaml
	setfacl -m u:1000:rw own/inner/p.yaml
	check 1 'can be written by' own/inner/p.yaml
	setfacl -b own/inner/p.yaml
	chown 1000 own/inner/p.yaml
	check 1 'belongs to user 1000' own/inner/p.yaml
	chown 0 own/inner/p.yaml
	check 0 ok own/inner/p.yaml
}

@test "P08 the folders on the way, and the links" {
	mkdir -p own/inner
	good >own/inner/p.yaml
	chmod 777 own
	check 1 'is in a folder that everybody can write' own/inner/p.yaml
	chmod 1777 own
	check 0 ok own/inner/p.yaml
	chmod 755 own
	chown 1000 own/inner
	check 1 'is in a folder of user 1000' own/inner/p.yaml
	chown 0 own/inner
	ln -s inner own/middle
	check 0 ok own/middle/p.yaml
	chown -h 1000 own/middle
	check 1 'a symbolic link of user 1000' own/middle/p.yaml
	ln -s p.yaml own/inner/last.yaml
	check 1 'is a symbolic link' own/inner/last.yaml
	# A policy that is not to be trusted confines nobody, and lets nobody loose.
	run ringfence run -p own/middle/p.yaml -- touch ran
	[[ $status == 125 && ! -e ran ]]
}

@test "P08 what was judged is what is read: one opening, and no name is asked after it" {
	good >p.yaml
	strace -f -e trace=%file,read,fstat -o trace ringfence check p.yaml
	[[ $(grep -c '"p.yaml", O_RDONLY.*O_NOFOLLOW.*) = [0-9]' trace) == 1 ]]
	[[ $(sed '1,/"p.yaml", O_RDONLY/d' trace) != *'"p.yaml"'* ]]
}

@test "P09 path semantics table" {
	local path verdict
	judged P09 14
	cat >t.yaml <<-'END'
		version: 1
		name: t
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: /secret, deny: all}
		    - {path: /dir/**, deny: all}
		    - {path: /one/*, deny: all}
		    - {path: '/q/?', deny: all}
		    - {path: '/c/[a-c]', deny: all}
		    - {path: '/n/[^a-c]', deny: all}
		    - {path: '/b/{x,y/z}', deny: all}
		    - {path: '/e/\*', deny: all}
		    - {path: "/l/a\nb", deny: all}
		    - {path: /m/**/end, deny: all}
	END
	while read -r verdict path; do
		run ringfence explain t.yaml read "$(printf '%b' "$path")"
		[[ $output == "$verdict: file.read"* ]] || { echo "$path: $output"; return 1; }
	done <<-'END'
		denied /secret
		allowed /secret2
		allowed /secret/f
		allowed /secre
		denied /dir
		denied /dir/f
		denied /dir/a/b/c
		allowed /dirX
		allowed /one
		denied /one/f
		allowed /one/f/g
		allowed /q/ab
		denied /q/a
		denied /c/b
		allowed /c/d
		allowed /n/b
		denied /n/d
		denied /b/x
		denied /b/y/z
		allowed /b/y
		denied /e/*
		allowed /e/x
		denied /l/a\nb
		allowed /l/anb
		denied /m/end
		denied /m/a/b/end
		allowed /m/a/b/ending
	END
	# A name of 255 bytes is one; a file that is not there is as good as any.
	path=/dir/$(printf 'x%.0s' {1..255})
	run ringfence explain t.yaml read "$path"
	[[ $output == denied* ]]
	# What the kernel never says is not answered.
	for path in /secret/ //secret /dir/../secret /./secret secret; do
		run ringfence explain t.yaml read "$path"
		[[ $status == 2 || $status == 125 ]]
	done
}

# Three rules and three system calls in one of their orders.
permuted() { # ORDER...
	local i rules=('- {path: /a/**, deny: all}' '- {path: /a/b/**, allow: [read]}' '- {path: /a/b/c, allow: [write], audit: [read]}')
	local calls=('"@base"' '{name: socket, arg0: {in: [1, 2]}}' 'bind')
	printf 'version: 1\nname: p\nmode: enforce\nfiles:\n  otherwise: allow\n  rules:\n'
	for i in "$@"; do
		echo "    ${rules[i]}"
	done
	printf 'syscalls:\n  otherwise: kill\n  allow:\n'
	for i in "$@"; do
		echo "    - ${calls[i]}"
	done
}

@test "P10 conflicts & precedence" {
	local order files=() path
	for order in 012 021 102 120 201 210; do
		permuted "${order:0:1}" "${order:1:1}" "${order:2:1}" >"$order.yaml"
		files+=("$order.yaml")
	done
	run --separate-stderr ringfence check --json "${files[@]}"
	[[ $status == 0 ]]
	[[ $(python3 -c 'import json,sys; print(len({f["hash"] for f in json.loads(sys.argv[1])["files"]}))' "$output") == 1 ]]
	for order in "${files[@]}"; do
		ringfence compile --dump-filter "$order" >>filters
		ringfence compile --dump-filter "$order" | sha256sum >>sums
	done
	[[ $(sort -u sums | wc -l) == 1 ]]
	# deny wins over every allow, above or below it.
	for path in /a /a/b /a/b/c /a/b/c/d; do
		run ringfence explain 012.yaml read $path
		[[ $status == 1 ]]
	done
	run ringfence explain 012.yaml read /ab
	[[ $status == 0 ]]
	# One path allowed and denied the same is a contradiction; what can be written and executed is told.
	printf 'version: 1\nname: p\nmode: enforce\nfiles:\n  otherwise: deny\n  rules:\n    - {path: /a, allow: [read], deny: [read]}\n' >same.yaml
	check 1 'same.yaml:7:' same.yaml
	printf 'version: 1\nname: p\nmode: enforce\nfiles:\n  otherwise: deny\n  rules:\n    - {path: /a, allow: [read, write, exec]}\n' >wx.yaml
	check 0 warning: wx.yaml
	[[ $output == *exec* ]]
}

@test "P11 syscall names" {
	judged P11 15
	# The nearest name is shown.
	check 1 openat "$D/P11.allow-unknown.yaml"
}

@test "P12 robustness" {
	judged P12 100
	good >p.yaml
	ringfence compile -o 1.image p.yaml
	ringfence compile -o 2.image p.yaml
	cmp 1.image 2.image
	head -c -1 1.image >cut.image
	run ringfence compile --dump cut.image
	[[ $status -ne 0 && $status -lt 128 ]]
	run ringfence compile --dump 1.image
	[[ $status == 0 ]]
}
