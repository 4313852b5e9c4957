#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # bats sets $stderr
# The command line as such: help, versions, and every way to hold it wrong.

load helpers

@test "no arguments: help on stderr, status 2" {
	answer 2
	silent
	complains "usage: ringfence"
}

@test "--help lists every subcommand" {
	answer 0 --help
	content
	for name in run check explain compile groups status doctor; do
		says "  $name "
	done
}

@test "--version says name and version" {
	answer 0 --version
	[[ $output =~ ^ringfence\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "SUBCOMMAND --help shows its usage and options" {
	for name in run check explain compile groups status doctor; do
		answer 0 "$name" --help
		says "usage: ringfence $name"
		content
	done
}

@test "help, with or without a subcommand, is the same as --help" {
	for name in "" run explain; do
		# shellcheck disable=SC2086 # none or one
		answer 0 $name --help
		asked=$output
		# shellcheck disable=SC2086
		answer 0 help $name
		[ "$output" = "$asked" ]
	done
	answer 2 help chekc
	silent
	complains "did you mean 'check'?"
}

@test "an unknown subcommand is refused with the nearest one" {
	answer 2 chekc
	silent
	complains "no command 'chekc'"
	complains "did you mean 'check'?"
}

@test "an unknown subcommand near to none points at --help" {
	answer 2 frobnicate
	complains "--help"
}

@test "the name of an unknown subcommand cannot drive the terminal" {
	answer 2 $'a\e[2J'
	complains '\x1b[2J'
	[[ $stderr != *$'\e'* ]]
}

@test "an unknown option is refused by each subcommand" {
	for name in check explain compile groups status doctor run; do
		answer 2 "$name" --frobnicate
		silent
		complains "frobnicate"
	done
}

@test "missing and superfluous arguments are refused" {
	good_policy >p.yaml
	answer 2 check
	complains "usage: ringfence check"
	answer 2 explain p.yaml
	answer 2 explain
	answer 2 compile
	answer 2 compile p.yaml p.yaml
	answer 2 compile --dump --dump-filter p.yaml
	answer 2 compile --dump -o x p.yaml
	answer 2 groups @base @aio
	answer 2 doctor now
	answer 2 status now
	answer 2 run
}

@test "a full disk is no answer" {
	good_policy >p.yaml
	run bash -c "'$RINGFENCE' check p.yaml >/dev/full"
	[ "$status" -eq 125 ]
	[[ $output == *"standard output"* ]]
}
