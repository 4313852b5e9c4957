#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Cases F..: the ways there are to say which file, and how long they can be.

load lib

T=/srv/cfn
PEOPLE='root user'
DEPTHS=(21 31 65 257 1900)
LENGTHS=(63 64 127 128 199 200 255 256 1023 4095)
LONG=$(printf 'x%.0s' {1..200})

setup_file() {
	local who
	policy | write_policies names
	table | write_tables names
	for who in $PEOPLE; do
		plant
		attempt_as names "$who" attempt-paths
	done
}

teardown_file() {
	rm -rf $T
}

plant() {
	local dir
	rm -rf $T
	mkdir -p $T/{secret,pub,etc,ro}/d
	for dir in secret pub etc ro; do
		echo content >$T/$dir/f
		echo content >$T/$dir/g
		echo content >$T/$dir/d/f
	done
	ln -s $T/secret/f $T/pub/abs
	ln -s ../secret/f $T/pub/rel
	ln -s abs $T/pub/twice
	ln -s ../secret $T/pub/dir
	ln -s loop $T/pub/loop
	ln -s ../pub/f $T/secret/to-pub
	plant_deep
	for length in "${LENGTHS[@]}"; do
		make_file "$(long_path "$length" x)"
		make_file "$(long_path "$length" y)"
	done
	chmod -R a+rwX $T/{secret,pub,etc,ro} $T
}

# A file "f" at each of DEPTHS below "a" after "a"; below 25 of them a path that looks like the refused one; and below
# LONG after LONG one whose path is longer than any. Too deep for a shell to stand in.
plant_deep() {
	python3 - "${DEPTHS[@]}" <<-END
		import os, sys
		depths = [int(n) for n in sys.argv[1:]]
		for top in "secret", "pub":
		    os.chdir("$T/" + top)
		    for depth in range(1, max(depths) + 1):
		        os.mkdir("a")
		        os.chdir("a")
		        if depth in depths:
		            open("f", "w").close()
		        if depth == 25:
		            os.makedirs("." + "$T/secret")
		            open("." + "$T/secret/f", "w").close()
		    os.chdir("$T/" + top)
		    for depth in range(22):
		        os.mkdir("$LONG")
		        os.chdir("$LONG")
		        open("f", "w").close()
	END
}

make_file() { # PATH
	mkdir -p "${1%/*}"
	echo content >"$1"
}

# A path of LENGTH bytes below $T/len whose last byte is LAST.
long_path() { # LENGTH LAST
	local path=$T/len
	while ((${#path} + 202 < $1)); do
		path+=/$LONG
	done
	while ((${#path} + 20 < $1)); do
		path+=/nineteen.and.a.sla
	done
	path+=/
	while ((${#path} + 1 < $1)); do
		path+=z
	done
	echo "$path$2"
}

slashes() { # NAME COUNT
	local i
	for ((i = 0; i < $2; i++)); do
		printf '/%s' "$1"
	done
}

policy() {
	cat <<-END
		version: 1
		name: names
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: $T/secret/**, deny: all} # secret
		    - {path: $T/etc/**, deny: [modify, append, link]} # etc
		    - {path: $T/ro/**, deny: write} # ro
	END
	for length in "${LENGTHS[@]}"; do
		echo "    - {path: $(long_path "$length" x), deny: read} # length-$length"
	done
	echo 'privileges: {allow: [@]} # privileges'
}

table() {
	cat <<-END
		F02.plain      open rdonly $T/secret/f              => EACCES file.read @secret $T/secret/f
		F02.up         open rdonly $T/secret/../secret/f    => EACCES file.read @secret $T/secret/f
		F02.slashes    open rdonly //srv///cfn//secret///f  => EACCES file.read @secret $T/secret/f
		F02.dots       open rdonly $T/./secret/./f          => EACCES file.read @secret $T/secret/f
		F02.through    open rdonly $T/pub/d/../../secret/f  => EACCES file.read @secret $T/secret/f
		F02.trailing   list $T/secret/d/                    => EACCES file.read @secret $T/secret/d
		F02.chdir      chdir $T/secret f                    => EACCES file.read @secret $T/secret/f
		F02.chdir-up   chdir $T/pub/d ../../secret/f        => EACCES file.read @secret $T/secret/f
		F02.fchdir     fchdir $T/secret ./d/f               => EACCES file.read @secret $T/secret/d/f
		F02.openat     openat $T/secret d/../f              => EACCES file.read @secret $T/secret/f
		F02.openat2    openat2 $T/secret f                  => EACCES file.read @secret $T/secret/f
		F02.plain+     open rdonly $T/pub/f                 => ok
		F02.up+        open rdonly $T/secret/../pub/f       => ok
		F02.slashes+   open rdonly //srv///cfn//pub///f     => ok
		F02.trailing+  list $T/pub/d/                       => ok
		F02.chdir+     chdir $T/pub f                       => ok
		F02.fchdir+    fchdir $T/secret ../pub/f            => ok
		F02.openat+    openat $T/pub d/../f                 => ok
		F02.openat2+   openat2 $T/pub f                     => ok

		F03.absolute   open rdonly $T/pub/abs               => EACCES file.read @secret $T/secret/f
		F03.relative   open rdonly $T/pub/rel               => EACCES file.read @secret $T/secret/f
		F03.twice      open rdonly $T/pub/twice             => EACCES file.read @secret $T/secret/f
		F03.parent     open rdonly $T/pub/dir/d/f           => EACCES file.read @secret $T/secret/d/f
		F03.loop       open rdonly $T/pub/loop              => ELOOP
		F03.nofollow   open rdonly,nofollow $T/pub/abs      => ELOOP
		F03.itself     unlink $T/secret/to-pub              => EACCES file.delete @secret $T/secret/to-pub
		F03.out+       open rdonly $T/secret/to-pub         => ok
		F03.itself+    unlink $T/pub/abs                    => ok

		F14.by-path+   open path $T/secret/f                => ok
		F14.reopen     reopen path $T/secret/f rdonly       => EACCES file.read @secret $T/secret/f
		F14.reopen-w   reopen path $T/etc/f rdwr            => EACCES file.write @etc $T/etc/f
		F14.openat     openat $T/secret f                   => EACCES file.read @secret $T/secret/f
		F14.reopen+    reopen path $T/pub/f rdwr            => ok

		F15.root       open rdonly /proc/self/root$T/secret/f => EACCES file.read @secret $T/secret/f
		F15.thread     open rdonly /proc/thread-self/root$T/secret/f => EACCES file.read @secret $T/secret/f
		F15.cwd        chdir $T/secret /proc/self/cwd/f     => EACCES file.read @secret $T/secret/f
		F15.cwd-up     chdir $T/pub /proc/self/cwd/../secret/f => EACCES file.read @secret $T/secret/f
		F15.root+      open rdonly /proc/self/root$T/pub/f  => ok
		F15.cwd+       chdir $T/pub /proc/self/cwd/f        => ok

		F16.more       reopen rdonly $T/etc/f rdwr          => EACCES file.write @etc $T/etc/f
		F16.append     reopen rdonly $T/etc/f wronly,append => EACCES file.append @etc $T/etc/f
		F16.trunc      reopen rdonly $T/etc/f rdonly,trunc  => EACCES file.write @etc $T/etc/f
		F16.unlinked   reopen-unlinked rdonly $T/ro/f rdwr  => EACCES file.read otherwise $T/ro/f path_state=unlinked reason=path
		F16.same       reopen-unlinked rdonly $T/ro/g rdonly => EACCES file.read otherwise $T/ro/g path_state=unlinked reason=path
		F16.more+      reopen rdonly $T/pub/f rdwr          => ok

		F23.long       deep $T/secret $LONG 20 .            => EACCES file.read @secret $T/secret$(slashes "$LONG" 20)
		F23.too-long   deep $T/secret $LONG 22 f            => EACCES file.read otherwise *$LONG/f path_state=too_long reason=path
		F23.too-long-p deep $T/pub $LONG 22 f               => EACCES file.read otherwise *$LONG/f path_state=too_long reason=path
		F23.long+      deep $T/pub $LONG 20 f               => ok
		$(table_deep)
		$(table_lengths)
	END
}

table_deep() {
	local depth
	for depth in "${DEPTHS[@]}"; do
		cat <<-END
			F24.$depth    deep $T/secret a $depth f           => EACCES file.read @secret $T/secret$(slashes a "$depth")/f
			F24.$depth+   deep $T/pub a $depth f              => ok
		END
	done
	cat <<-END
		F24.mirror     deep $T/secret a 25 .$T/secret/f     => EACCES file.read @secret $T/secret$(slashes a 25)$T/secret/f
		F24.mirror+    deep $T/pub a 25 .$T/secret/f        => ok
	END
}

# Beside each, a path that differs in the last byte.
table_lengths() {
	local length path
	for length in "${LENGTHS[@]}"; do
		path=$(long_path "$length" x)
		cat <<-END
			F25.$length    open rdonly $path       => EACCES file.read @length-$length $path
			F25.$length+   open rdonly ${path%x}y  => ok
		END
	done
}

@test "the runs as such" {
	runs_went_well names "$PEOPLE"
}

@test "F02 path spelling" {
	case_holds F02 names "$PEOPLE"
}

@test "F03 symlinks" {
	case_holds F03 names "$PEOPLE"
}

@test "F14 O_PATH reopen" {
	case_holds F14 names "$PEOPLE"
}

@test "F15 procfs magic links" {
	case_holds F15 names "$PEOPLE"
}

@test "F16 privilege upgrade through a descriptor" {
	case_holds F16 names "$PEOPLE"
}

@test "F23 overlong path" {
	case_holds F23 names "$PEOPLE"
}

@test "F24 deep path" {
	case_holds F24 names "$PEOPLE"
}

# Too long is an error, nothing is cut off.
@test "F25 rule length" {
	local path
	case_holds F25 names "$PEOPLE"
	path=$T/$(printf 'y%.0s' {1..4100})
	printf 'version: 1\nname: x\nmode: enforce\nfiles: {otherwise: allow, rules: [{path: %s, deny: read}]}\n' "$path" \
		>"$BATS_TEST_TMPDIR/x.yaml"
	run -1 ringfence check "$BATS_TEST_TMPDIR/x.yaml"
	[[ $output == *4096* ]]
}
