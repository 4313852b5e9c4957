#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Rules held by object: a literal path in a rule that denies, or that makes read-only, holds for the object that is there
# when the command starts, under every other name it has: hard links, bind mounts, names in other overlays.

load lib

T=/srv/objects

setup_file() {
	plant
	policy | write_policy objects
	policy_two | write_policy two
	policy_exec | write_policy exec
	table | write_table objects
	table_two | write_table two
	table_exec | write_table exec
	start_two
	attempt objects enforce attempt-files
	end_two
	attempt exec enforce attempt-exec
	attempt objects audit attempt-files --audit
}

teardown_file() {
	kill "$server" || true
	umount $T/open/bind $T/open/bind.d $T/open/empty $T/merged $T/other
	rm -rf $T
}

plant() {
	local file
	mkdir -p $T/{open,shut,ro,twin,lower/{shut,ro,pub},upper,work,upper2,work2,merged,other,shut/empty,open/bind.d,open/empty}
	for file in shut/f shut/moved shut/read ro/f open/plain open/victim shut/gone; do
		echo content >$T/$file
	done
	touch $T/open/bind
	ln $T/shut/f $T/open/hard
	ln $T/shut/moved $T/open/moved
	ln $T/shut/gone $T/open/gone
	ln $T/shut/read $T/open/read
	ln $T/ro/f $T/open/ro
	mkfifo $T/shut/fifo
	ln $T/shut/fifo $T/open/fifo
	mknod $T/shut/null c 1 3
	ln $T/shut/null $T/open/null
	echo content >$T/open/target
	ln -s ../open/target $T/shut/link
	plant_server
	mount --bind $T/shut/f $T/open/bind
	mount --bind $T/shut $T/open/bind.d
	mount --bind $T/shut/empty $T/open/empty
	touch $T/shut/empty/f
	plant_overlays
	cp "$(command -v nothing)" $T/shut/tool
	ln $T/shut/tool $T/open/tool
	cp "$(command -v nothing)" $T/open/tool2
}

# A socket, bound by the name that no rule is about.
plant_server() {
	python3 - $T/open/server <<-'END' >/dev/null 3>&- &
		import socket, sys, time
		s = socket.socket(socket.AF_UNIX)
		s.bind(sys.argv[1])
		s.listen(8)
		time.sleep(3000)
	END
	server=$!
	export server
	for _ in {1..100}; do
		[[ -S $T/open/server ]] && break
		sleep 0.2
	done
	ln $T/open/server $T/shut/server
}

# Two overlays over one layer. One file of each kind has been copied up before.
plant_overlays() {
	local name
	for name in f read copied chmod; do
		echo content >$T/lower/shut/$name
		ln $T/lower/shut/$name $T/lower/pub/$name
	done
	echo content >$T/lower/ro/f
	ln $T/lower/ro/f $T/lower/pub/ro
	echo content >$T/lower/pub/plain
	echo content >$T/lower/pub/plain2
	mount -t overlay -o lowerdir=$T/lower,upperdir=$T/upper,workdir=$T/work overlay $T/merged
	mount -t overlay -o lowerdir=$T/lower,upperdir=$T/upper2,workdir=$T/work2 overlay $T/other
	echo more >>$T/merged/shut/copied
}

policy() {
	cat <<-END
		version: 1
		name: objects
		mode: enforce
		files:
		  otherwise: deny
		  rules:
		    - {path: /job/build/tests/vm/bin/*, allow: exec}
		    - {path: [$T/open/**, $T/merged/pub/**, $T/other/**, $T/upper/**, $T/lower/**], allow: all}
		    - {path: "$T/shut/{f,moved,gone,fifo,null}", deny: all} # shut
		    - {path: $T/shut/server, deny: connect} # server
		    - {path: $T/shut/link, deny: write} # link
		    - {path: $T/shut/empty, deny: read} # empty
		    - {path: $T/shut/absent, deny: all}
		    - {path: "$T/shut/rea[dD]", deny: all}
		    - {path: $T/ro/f, allow: read} # ro
		    - {path: $T/merged/shut/f, deny: all} # lower
		    - {path: $T/merged/shut/copied, deny: all} # copied
		    - {path: [$T/merged/shut/read, $T/merged/shut/chmod], allow: all}
		    - {path: [$T/merged/shut/read, $T/merged/shut/chmod], deny: read} # read
		    - {path: $T/merged/ro/f, allow: read} # lower-ro
		privileges: {allow: []}
	END
}

table() {
	local by='reason=object'
	cat <<-END
		hard.own        open rdonly $T/shut/f       => EACCES file.read @shut $T/shut/f
		hard.read       open rdonly $T/open/hard    => EACCES file.read @shut $T/open/hard $by
		hard.write      open wronly $T/open/hard    => EACCES file.write @shut $T/open/hard $by
		hard.append     open wronly,append $T/open/hard => EACCES file.append @shut $T/open/hard $by
		hard.creat      open wronly,creat $T/open/hard => EACCES file.write @shut $T/open/hard $by
		hard.truncate   truncate $T/open/hard       => EACCES file.write @shut $T/open/hard $by
		hard.chmod      chmod $T/open/hard          => EACCES file.setattr @shut $T/open/hard $by
		hard.chown      chown $T/open/hard          => EACCES file.setattr @shut $T/open/hard $by
		hard.utimes     utimes $T/open/hard         => EACCES file.setattr @shut $T/open/hard $by
		hard.setxattr   setxattr $T/open/hard       => EACCES file.setattr @shut $T/open/hard $by
		hard.link       link $T/open/hard $T/open/hard2 => EACCES file.link @shut $T/open/hard $by new_path=$T/open/hard2
		hard.rename     rename $T/open/moved $T/open/moved2 => EACCES file.rename @shut $T/open/moved $by new_path=$T/open/moved2
		hard.exchange   exchange $T/open/plain $T/open/hard => EACCES file.delete @shut $T/open/hard $by
		hard.replace    rename $T/open/victim $T/open/gone => EACCES file.delete @shut $T/open/gone $by
		hard.unlink     unlink $T/open/hard         => EACCES file.delete @shut $T/open/hard $by
		hard.fifo       open rdonly,nonblock $T/open/fifo => EACCES file.read @shut $T/open/fifo $by
		hard.device     open rdonly $T/open/null    => EACCES file.read @shut $T/open/null $by
		hard.connect    connect $T/open/server      => EACCES file.connect @server $T/open/server $by
		hard.class      open rdonly $T/open/read    => ok
		hard.twin       open rdwr $T/open/plain     => ok

		bind.file       open rdonly $T/open/bind    => EACCES file.read @shut $T/open/bind $by
		bind.below      open rdonly $T/open/bind.d/f => EACCES file.read @shut $T/open/bind.d/f $by
		bind.unlink     unlink $T/open/bind.d/moved => EACCES file.delete @shut $T/open/bind.d/moved $by
		bind.twin       open rdwr $T/open/bind.d/read => ok
		bind.dir        list $T/open/empty          => EACCES file.read @empty $T/open/empty $by
		bind.dir-file   open rdwr $T/open/empty/f   => ok

		link.write      open wronly $T/open/target  => EACCES file.write @link $T/open/target $by
		link.read       open rdonly $T/open/target  => ok

		ro.read         open rdonly $T/open/ro      => ok
		ro.write        open wronly $T/open/ro      => EACCES file.write @ro $T/open/ro $by
		ro.truncate     truncate $T/open/ro         => EACCES file.write @ro $T/open/ro $by
		ro.chmod        chmod $T/open/ro            => EACCES file.setattr @ro $T/open/ro $by
		ro.own          open rdonly $T/ro/f         => ok
		ro.own-write    open wronly $T/ro/f         => EACCES file.write otherwise $T/ro/f

		ovl.own         open rdonly $T/merged/shut/f => EACCES file.read @lower $T/merged/shut/f
		ovl.read        open rdonly $T/merged/pub/f => EACCES file.read @lower $T/merged/pub/f $by
		ovl.write       open wronly $T/merged/pub/f => EACCES file.write @lower $T/merged/pub/f $by
		ovl.trunc       open wronly,trunc $T/merged/pub/f => EACCES file.write @lower $T/merged/pub/f $by
		ovl.chmod       chmod $T/merged/pub/f       => EACCES file.setattr @lower $T/merged/pub/f $by
		ovl.setxattr    setxattr $T/merged/pub/f    => EACCES file.setattr @lower $T/merged/pub/f $by
		ovl.rename      rename $T/merged/pub/f $T/merged/pub/f2 => EACCES file.rename @lower $T/merged/pub/f $by new_path=$T/merged/pub/f2
		ovl.layer       open rdonly $T/lower/pub/f  => EACCES file.read @lower $T/lower/pub/f $by
		ovl.other       open rdonly $T/other/shut/f => EACCES file.read @lower $T/other/shut/f $by
		ovl.upper       open rdonly $T/upper/shut/copied => EACCES file.read @copied $T/upper/shut/copied $by
		ovl.before      open rdonly $T/lower/pub/copied => EACCES file.read @copied $T/lower/pub/copied $by
		ovl.copy        chmod $T/merged/pub/chmod   => EACCES file.read @read $T/merged/pub/chmod $by
		ovl.copy-write  open wronly $T/merged/pub/read => EACCES file.read @read $T/merged/pub/read $by
		ovl.copy-twin   chmod $T/merged/pub/plain2  => ok
		ovl.ro-read     open rdonly $T/merged/pub/ro => ok
		ovl.ro-write    open wronly $T/merged/pub/ro => EACCES file.write @lower-ro $T/merged/pub/ro $by
		ovl.twin        open rdwr $T/merged/pub/plain => ok
	END
}

# On the same objects at the same time.
policy_two() {
	cat <<-END
		version: 1
		name: two
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: $T/shut/f, deny: write} # write
		    - {path: $T/shut/nowhere, deny: read} # nowhere
		    - {path: /proc/self/mem, deny: read}
		privileges: {allow: []}
	END
}

table_two() {
	cat <<-END
		two.read        open rdonly $T/open/hard    => ok
		two.write       open wronly $T/open/hard    => EACCES file.write @write $T/open/hard reason=object
		two.ro          open rdwr $T/open/ro        => ok
		two.proc        open rdonly /proc/self/mem  => EACCES file.read * /proc/self/mem
	END
}

# Starts the second run, which waits for its attempts to come.
start_two() {
	local run=$BATS_FILE_TMPDIR/two.enforce
	mkfifo "$run.script"
	timeout 900 ringfence run --policy "${run%.enforce}.yaml" --log "$run.log" -- "$(command -v attempt-files)" \
		<"$run.script" >"$run.results" 2>"$run.errors" 3>&- &
	two=$!
	exec 8>"$run.script"
	for _ in {1..200}; do
		ringfence status | grep -q "running, policy two" && break
		sleep 1
	done
	ringfence status --json >"$BATS_FILE_TMPDIR/status.json"
	ringfence status >"$BATS_FILE_TMPDIR/status"
}

end_two() {
	local run=$BATS_FILE_TMPDIR/two.enforce status=0
	sed -n 's/=>.*//p' "${run%.enforce}.table" >&8
	exec 8>&-
	wait "$two" || status=$?
	echo "$status" >"$run.status"
	"${BATS_TEST_DIRNAME}/../judge.py" "${run%.enforce}.table" "$run.results" "$run.log" "${run%.enforce}.yaml" enforce \
		>"$run.verdicts" 2>&1
	# The daemon looks once a second whether somebody is left.
	for _ in {1..100}; do
		ringfence status --json >"$BATS_FILE_TMPDIR/status.after"
		! grep -q '"runs": \[\]' "$BATS_FILE_TMPDIR/status.after" || break
		sleep 0.1
	done
}

policy_exec() {
	cat <<-END
		version: 1
		name: exec
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: $T/shut/tool, deny: exec} # tool
		privileges: {allow: []}
	END
}

table_exec() {
	local who="@tool $T/open/tool reason=object"
	cat <<-END
		exec.twin       exec $T/open/tool2          => ok
		exec.alias      exec $T/open/tool           => EACCES file.exec $who
		exec.fd         fexecve $T/open/tool        => EACCES file.exec $who
		exec.map        map $T/open/tool            => EACCES file.exec $who
		exec.protect    protect $T/open/tool        => EACCES file.exec $who
		exec.map-twin   map $T/open/tool2           => ok
		exec.prot-twin  protect $T/open/tool2       => ok
	END
}

@test "a hard link made before meets the verdict of the protected path" {
	went_well objects.enforce
	as_expected objects.enforce hard.
}

@test "so does a bind mount, of the file or of its directory" {
	as_expected objects.enforce bind.
}

@test "a rule that denies at a symbolic link holds what the link leads to" {
	as_expected objects.enforce link.
	grep -F "warning: $BATS_FILE_TMPDIR/objects.yaml:" "$BATS_FILE_TMPDIR/objects.enforce.errors" |
		grep -F "'$T/shut/link' leads through a symbolic link"
	grep -F "what it leads to is held, '$T/open/target'" "$BATS_FILE_TMPDIR/objects.enforce.errors"
}

@test "what may only be read can be read under another name, and only read" {
	as_expected objects.enforce ro.
}

@test "names inside an overlay's layers and of other overlays are names of the same object" {
	as_expected objects.enforce ovl.
}

@test "audit mode reports the same, and denies none of it" {
	as_expected objects.audit hard.own
	as_expected objects.audit hard.read
	as_expected objects.audit bind.file
	as_expected objects.audit ro.
}

@test "executing and mapping under another name is refused" {
	went_well exec.enforce
	as_expected exec.enforce exec.
}

@test "two policies at once hold one object, each by its own rule" {
	went_well two.enforce
	as_expected two.enforce two.
}

@test "status tells which rules are held by object, and which object has other links" {
	cat "$BATS_FILE_TMPDIR"/status{,.json}
	python3 - "$BATS_FILE_TMPDIR" $T <<-'END'
		import json, os, sys
		tmp, where = sys.argv[1:]
		[run] = json.load(open(tmp + "/status.json"))["runs"]
		wanted = {"policy": "two", "mode": "enforce", "state": "running", "container": "two", "denied": 0, "lost": 0}
		assert wanted.items() <= run.items(), run
		objects = {o["path"]: o for o in run["objects"]}
		assert objects[where + "/shut/f"] == {
		    "path": where + "/shut/f", "rule": tmp + "/two.yaml:7", "effect": "deny", "held": True,
		    "device": os.stat(where + "/shut/f").st_dev, "inode": os.stat(where + "/shut/f").st_ino, "other_links": 1}
		assert not objects[where + "/shut/nowhere"]["held"]
		assert objects[where + "/shut/nowhere"]["because"] == "absent"
		assert objects["/proc/self/mem"]["because"] == "own"
		assert len(objects) == 3, objects
	END
	grep -F "by object: $T/shut/f ($BATS_FILE_TMPDIR/two.yaml:7, deny), 1 other link" "$BATS_FILE_TMPDIR/status"
	grep -F "by path alone: $T/shut/nowhere" "$BATS_FILE_TMPDIR/status"
}

@test "status tells of no run that has ended" {
	python3 -c 'import json, sys; assert json.load(sys.stdin)["runs"] == []' <"$BATS_FILE_TMPDIR/status.after"
}

@test "run warns of a denied file that has other links" {
	grep -F "'$T/shut/f' has other hard links (1)" "$BATS_FILE_TMPDIR/objects.enforce.errors"
}
