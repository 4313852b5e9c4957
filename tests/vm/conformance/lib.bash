# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The conformance suite: ways round an enforcer, each a case with an id (see `cases`). The name of a case's test begins
# with its id, and so do the IDs of its attempts in the tables, "F01.read" and the like; how tables work is in
# ../lib.bash and ../judge.py. Every attempt that is refused has a twin that is not.
#
# A case is tried as several people, made by the helper program `become`:
#
#   full   uid 0 with every capability, in the initial user namespace: more than a container should have
#   root   uid 0 with the capabilities that container runtimes give by default
#   user   uid 1000, then root of a user namespace of its own with a mount namespace: a rootless container
#   local  the same without that mount namespace: for what is shared with somebody outside
#
# `user` and `local` need the privilege userns, so they have a policy of its own that differs in nothing else.

# shellcheck source=tests/vm/lib.bash
source "$BATS_TEST_DIRNAME/../lib.bash"

# Writes policy NAME, and NAME-user that also grants userns. The policy on standard input has a line "privileges:
# {allow: [@]}", where @ stands for the words (given without userns, if any).
write_policies() { # NAME [WORD...]
	local name=$1 words text
	shift
	text=$(cat)
	words=$(printf '%s, ' "$@")
	words=${words#, } # of no words printf makes a comma
	write_policy "$name" <<<"${text//\[@\]/[${words%, }]}"
	write_policy "$name-user" <<<"${text//\[@\]/[${words}userns]}"
}

# Writes a table for both policies of NAME.
write_tables() { # NAME
	write_table "$1"
	cp "$BATS_FILE_TMPDIR/$1.table" "$BATS_FILE_TMPDIR/$1-user.table"
}

# Makes the attempts of table NAME as each of PEOPLE ("full", "root", "user", "local").
attempt_as() { # NAME "PEOPLE" HELPER [RUN-OPTION...]
	local name=$1 who people=$2 helper=$3 inside=()
	shift 3
	for who in $people; do
		inside=()
		[[ $who == full ]] || inside=("$(command -v become)" "$who")
		if [[ $who == user || $who == local ]]; then
			attempt "$name-user" "$who" "$helper" "$@"
		else
			attempt "$name" "$who" "$helper" "$@"
		fi
	done
}

# Every attempt of case ID in table NAME went as it was to go, whoever made it; each person made one at least.
case_holds() { # ID NAME "PEOPLE"
	local who bad=0
	for who in $3; do
		if [[ $who == user || $who == local ]]; then
			as_expected "$2-user.$who" "$1." || bad=1
		else
			as_expected "$2.$who" "$1." || bad=1
		fi
	done
	return $bad
}

# The runs as such: the helper came to its end, and no alert belongs to none of its attempts.
runs_went_well() { # NAME "PEOPLE"
	local who
	for who in $2; do
		if [[ $who == user || $who == local ]]; then
			went_well "$1-user.$who" || return
		else
			went_well "$1.$who" || return
		fi
	done
}
