#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Cases F..: files.

load lib

T=/srv/cf
PEOPLE='root user'

setup_file() {
	plant
	policy_pd | write_policies pd
	table_pd | write_tables pd
	attempt_as pd "$PEOPLE" attempt-files
}

teardown_file() {
	rm -rf $T
}

plant() {
	mkdir -p $T/{secret,pub}
	echo canary >$T/secret/f
	echo content >$T/pub/f
	chmod -R a+rwX $T
}

policy_pd() {
	cat <<-END
		version: 1
		name: pd
		mode: enforce
		files:
		  otherwise: allow
		  rules:
		    - {path: $T/secret/**, deny: all} # secret
		privileges: {allow: [@]}
	END
}

table_pd() {
	cat <<-END
		F01.read       open rdonly $T/secret/f         => EACCES file.read @secret $T/secret/f
		F01.read+      open rdonly $T/pub/f            => ok
	END
}

@test "the runs as such" {
	runs_went_well pd "$PEOPLE"
}

@test "F01 baseline open matrix" {
	case_holds F01 pd "$PEOPLE"
}
