# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Reloads while threads open files, for policies.bats and storm.bats. Wanted: $D, with the files one, other, both and
# neither, $POLICIES, and $log.

# Two policies: each denies what the other one allows, and both deny "neither". Their rules are on different lines.
write_one() {
	printf '%s\n' 'version: 1' 'name: web' 'mode: enforce' 'files:' '  otherwise: allow' '  rules:' \
		"    - {path: $D/other, deny: all}" "    - {path: $D/neither, deny: all}"
}

write_other() {
	printf '%s\n' 'version: 1' '# another one' 'name: web' 'mode: enforce' 'files:' '  otherwise: allow' '  rules:' \
		"    - {path: $D/one, deny: all}" "    - {path: $D/neither, deny: all}"
}

hash_of() { # FILE
	ringfence check --json "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)["files"][0]["hash"])'
}

reloads_under_threads() { # RELOADS THREADS [race-reload's third argument]
	local i
	write_one >one.yaml
	write_other >other.yaml
	cp one.yaml "$POLICIES/web.yaml"
	rm -f "$D/stop" "$D/go"
	ln -f "$D/neither" "$D/alias"
	# shellcheck disable=SC2154 # the caller's
	background out ringfence run -p web -l "$log" -- race-reload "$D" "${@:2}"
	until [[ -e $D/go ]]; do sleep 0.1; done
	for ((i = 0; i < $1; i += 2)); do
		for which in other one; do
			cp $which.yaml "$POLICIES/web.yaml"
			ringfence reload web >reload.log 2>&1
		done
	done
	: >"$D/stop"
	await_last
	cat out reload.log
	grep -E '^both passed [1-9][0-9]{3,} refused 0 absent 0 other 0$' out
	grep -E '^neither passed 0 refused [1-9][0-9]+ absent 0 other 0$' out
	grep -E '^alias passed 0 refused [1-9][0-9]+ absent 0 other 0$' out
	grep -E '^moved passed [1-9][0-9]+ refused 0 absent 0 other 0$' out
	grep -E '^one passed [1-9][0-9]+ refused [1-9][0-9]* absent 0 other 0$' out
	grep -E '^other passed [1-9][0-9]* refused [1-9][0-9]+ absent 0 other 0$' out
	python3 - "$log" "$(hash_of one.yaml)" "$(hash_of other.yaml)" "$POLICIES/web.yaml" "$D" <<-'END'
		import collections, json, sys
		log, one, other, file, top = sys.argv[1:]
		lines = {("other", one): 7, ("neither", one): 8, ("one", other): 8, ("neither", other): 9,
		         ("alias", one): 8, ("alias", other): 9}
		seen = collections.Counter()
		for line in open(log, encoding="utf-8"):
		    a = json.loads(line)
		    if a["action"] != "deny":  # lost, repeated
		        continue
		    which = (a["path"].removeprefix(top + "/"), a["hash"])
		    assert a["rule"] == f"{file}:{lines[which]}", a
		    seen[which] += 1
		print(seen)
		assert set(seen) == set(lines), seen
	END
}
