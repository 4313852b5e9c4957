# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A run of ringfence costs seconds under emulation, an attempt nothing. So a test file has a table of attempts, each with
# what it is to come to and the alert it is to cause; setup_file makes them all in one run for each policy or mode, and
# holds the table against what happened (judge.py, which describes the table); each test asserts its part of the table,
# and the first one that the run as a whole went well.

bats_require_minimum_version 1.5.0

# A policy on standard input becomes $BATS_FILE_TMPDIR/NAME.yaml.
write_policy() { # NAME
	cat >"$BATS_FILE_TMPDIR/$1.yaml"
	ringfence check "$BATS_FILE_TMPDIR/$1.yaml"
}

# The table on standard input becomes $BATS_FILE_TMPDIR/NAME.table.
write_table() { # NAME
	cat >"$BATS_FILE_TMPDIR/$1.table"
}

# Runs HELPER under policy NAME on the attempts of table NAME; leaves RUN.log, RUN.results, RUN.status and RUN.verdicts.
# RUN is one of the words of judge.py. "wrap", an array, is a command to be put in front of ringfence, "inside" one to be
# put in front of HELPER, confined too.
attempt() { # NAME RUN HELPER [OPTION...]
	local name=$BATS_FILE_TMPDIR/$1 run=$BATS_FILE_TMPDIR/$1.$2 mode=$2 helper=$3 status=0
	shift 3
	sed -n "/=>.* $mode=skip\>/d; s/=>.*//p" "$name.table" >"$run.script"
	# shellcheck disable=SC2154 # set by some of the files
	timeout 300 "${wrap[@]}" ringfence run --policy "$name.yaml" --log "$run.log" "$@" -- \
		"${inside[@]}" "$(command -v "$helper")" <"$run.script" >"$run.results" 2>"$run.errors" || status=$?
	echo "$status" >"$run.status"
	"${BASH_SOURCE[0]%/*}/judge.py" "$name.table" "$run.results" "$run.log" "$name.yaml" "$mode" \
		>"$run.verdicts" 2>&1 || echo "judge.py failed" >>"$run.verdicts"
}

# Every attempt whose ID begins with PREFIX went as it was to go, and there is one at least.
as_expected() { # NAME.RUN PREFIX
	local run=$BATS_FILE_TMPDIR/$1 id rest seen='' bad=''
	while read -r id rest; do
		[[ $id == "$2"* ]] || continue
		seen=1
		[[ $rest == ok ]] || bad+="$id $rest"$'\n'
	done <"$run.verdicts"
	printf %s "$bad"
	[[ $seen ]] || cat "$run.errors" "$run.verdicts"
	[[ $seen && ! $bad ]]
}

# The run as a whole: the helper came to its end, and no alert belongs to none of its attempts.
went_well() { # NAME.RUN [STATUS]
	local run=$BATS_FILE_TMPDIR/$1
	cat "$run.status" "$run.errors"
	as_expected "$1" stray
	[ "$(<"$run.status")" -eq "${2:-0}" ]
}
