#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every test, counted:
#
#   tests/test.sh [lint|unit|san|bats|fuzz|vm|bench|preempt|long]...     (nothing named: all but the last two)
#
# Installs what is missing, builds, runs, and ends with one line `N passed, N failed, N skipped`; exit status 0 only if
# nothing failed and something passed. Each part prints TAP, and the lines of that are what is counted: a part that dies
# before its plan is through counts as a failure of its own, so that no crash can look like a short success.

set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

log=build/test
passed=0 failed=0 skipped=0
failures=() # a line for each that failed, to be shown once more at the end
jobs=$(nproc)

note() {
	printf '\n== %s  (after %d min)\n' "$*" $((SECONDS / 60))
}

count() { # passed failed skipped
	passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

fail() { # name
	echo "not ok - $1"
	failures+=("$1")
	count 0 1 0
}

# Remembers what a TAP file says has failed.
note_failures() { # file name
	local line
	while read -r line; do
		failures+=("$2: $line")
	done < <(grep -viE '# *skip' "$1" | grep '^not ok ')
}

# One check that is a command: ok or not.
check() { # name command...
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then
		echo "ok - $name"
		count 1 0 0
	else
		fail "$name"
		printf '%s\n' "$out" | sed 's/^/# /'
	fi
}

# Counts a finished TAP file; `status` is that of the program that wrote it.
count_tap() { # file status name
	local plan ok not skip
	# cmocka writes "not ok N # SKIP name", bats "ok N name # skip reason".
	skip=$(grep -ciE '^(not )?ok .*# *skip' "$1")
	ok=$(grep -viE '# *skip' "$1" | grep -c '^ok ')
	not=$(grep -viE '# *skip' "$1" | grep -c '^not ok ')
	plan=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$1" | tail -n 1)
	count "$ok" "$not" "$skip"
	note_failures "$1" "$3"
	if [[ ${plan:-none} != $((ok + not + skip)) || ($2 -ne 0 && $not -eq 0) ]]; then
		fail "$3 ended early or badly (status $2, plan ${plan:-none}, results $((ok + not + skip)))"
	fi
}

build() { # make arguments...
	if ! make -j"$jobs" "$@" >"$log/make.log" 2>&1; then
		fail "make $*"
		grep -E 'error|Error|\*\*\*' -B2 -A6 "$log/make.log" | head -n 60
		return 1
	fi
	# A warning is a defect (the compilers' -W options are in the Makefile).
	if grep -qE '(warning|error):' "$log/make.log"; then
		fail "make $*: warnings"
		grep -E '(warning|error):' -A4 "$log/make.log" | head -n 60
	fi
}

# --- parts ------------------------------------------------------------------------------------------------------------

compile_with() { # compiler
	local f
	for f in $(make -s print-c-files | grep '\.c$' | grep -v '\.bpf\.c$'); do
		"$1" -std=gnu11 -D_GNU_SOURCE -DRINGFENCE_VERSION='""' -DBPF_OBJ_DIR='""' -Ibuild/lsm -O1 -Wall -Wextra \
			-Wshadow -Wmissing-prototypes -Werror -fsyntax-only "$f" || return 1
	done
}

part_lint() {
	note 'lint'
	build build/lsm/ringfence.skel.h
	local files shells
	mapfile -t files < <(make -s print-c-files)
	mapfile -t shells < <(make -s print-sh-files)
	check 'clang-format' clang-format --dry-run -Werror "${files[@]}"
	check 'shellcheck' shellcheck -x "${shells[@]}"
	check 'gcc: no warnings' compile_with gcc
	check 'clang: no warnings' compile_with clang
	for page in enforcer/*.[578] policy/*.5; do
		check "man page $page" no_output groff -ww -man -Tutf8 -z "$page"
	done
}

no_output() {
	local out
	if ! out=$("$@" 2>&1) || [[ -n $out ]]; then
		echo "$out"
		return 1
	fi
}

# Programs in a directory, without what the compiler left beside them, in "programs".
find_programs() { # PATTERN
	local t
	programs=()
	for t in $1; do
		[[ ! -x $t || ! -f $t || $t == *.d ]] || programs+=("$t")
	done
}

# Where run_unit and run_fuzz leave what a program said, and its status: log/NAME.{out,err,status}.
record_of() { # program
	echo "$log/${1//\//-}"
}

# Calls a function with each of "programs", as many at a time as there are processors.
side_by_side() { # function
	local program
	for program in "${programs[@]}"; do rm -f "$(record_of "$program")".{out,err,status}; done
	export log
	export -f record_of "${1?}"
	printf '%s\0' "${programs[@]}" | xargs -0 -r -P "$jobs" -I{} bash -c "$1 {}"
}

# What it ended with; nothing recorded is no good end.
status_of() { # program
	cat "$(record_of "$1").status" 2>/dev/null || echo 255
}

# shellcheck disable=SC2317 # called by side_by_side
run_unit() { # program
	local to
	to=$(record_of "$1")
	CMOCKA_MESSAGE_OUTPUT=TAP "$1" >"$to.out" 2>"$to.err"
	echo $? >"$to.status"
}

run_units() { # directory
	local t to status programs
	find_programs "$1/test_*"
	side_by_side run_unit
	for t in "${programs[@]}"; do
		note "$t"
		to=$(record_of "$t") status=$(status_of "$t")
		grep -vE '^(1\.\.|ok )' "$to.out" | head -n 40
		[[ $status -eq 0 ]] || tail -n 40 "$to.err"
		grep -i 'skip' "$to.err" | sed 's/^/# /'
		count_tap "$to.out" "$status" "$t"
		grep -cE '^ok' "$to.out" | sed 's/$/ ok/'
	done
}

part_unit() {
	build unit-programs && run_units build/tests/unit
}

# The same once more with the sanitizers; the differential test with a tenth of its pairs.
part_san() {
	note 'AddressSanitizer and UndefinedBehaviorSanitizer'
	build SAN=1 unit-programs && RINGFENCE_PAIRS=100000 run_units build/san/tests/unit
}

part_bats() {
	note 'command line'
	build || return
	RINGFENCE=$PWD/build/ringfence bats --tap tests/bats >"$log/bats.tap"
	local status=$?
	cat "$log/bats.tap"
	count_tap "$log/bats.tap" $status 'tests/bats'
}

# shellcheck disable=SC2317 # called by side_by_side
run_fuzz() { # program
	local to name=${1##*/fuzz_} corpus
	to=$(record_of "$1") corpus=tests/fuzz/corpus/$name
	[[ -d $corpus ]] || corpus=''
	mkdir -p "$log/corpus-$name"
	"$1" -runs="${FUZZ_RUNS:-20000}" -seed=1 -max_len=4096 -rss_limit_mb=4096 -artifact_prefix="$log/" \
		"$log/corpus-$name" ${corpus:+"$corpus"} >"$to.out" 2>&1
	echo $? >"$to.status"
}

# What a program recorded, and its status.
recorded() { # program
	cat "$(record_of "$1").out"
	return "$(status_of "$1")"
}

# Bounded by runs, not by time; what it finds is a failure.
part_fuzz() {
	note 'fuzzing'
	build fuzz-programs || return
	local t programs
	find_programs 'build/fuzz/fuzz_*'
	side_by_side run_fuzz
	for t in "${programs[@]}"; do
		check "fuzz ${t##*/fuzz_}" recorded "$t"
	done
}

# A machine of that kernel, under a name; its results are in build/vm/NAME-KERNEL, to be counted later.
machine() { # KERNEL NAME run.sh arguments...
	local to=build/vm/$2-$1 status=0
	rm -rf "$to"
	mkdir -p "$to"
	tests/vm/run.sh --kernels "$1" --results "$to" "${@:3}" </dev/null || status=$?
	echo "$status" >"$to/status"
}

# The machines of the kernels side by side, those of each one after the other: emulation leaves no processor idle.
vm_kernels='6.1 6.12'

on_each_kernel() { # function
	local kernel pids=()
	for kernel in $vm_kernels; do
		"$1" "$kernel" &
		pids+=($!)
	done
	wait "${pids[@]}"
}

# Adds the results of machines to those of all.
count_machines() { # NAME...
	local name kernel to p f s status any
	rm -f build/vm/all-*.tap
	for name; do
		for kernel in $vm_kernels; do
			to=build/vm/$name-$kernel any=0
			status=$(cat "$to/status" 2>/dev/null || echo none)
			while read -r _ p f s; do
				count "$p" "$f" "$s"
				any=$((any + f))
				note_failures "$to/log-$kernel.tap" "vm $kernel $name"
				cat "$to/log-$kernel.tap" >>"build/vm/all-$kernel.tap"
			done < <(cat "$to/summary" 2>/dev/null)
			if [[ $status != 0 && $any -eq 0 ]]; then
				fail "tests/vm/run.sh, $name, $kernel: status $status"
				failures+=("$(tail -n 20 "$to/log-$kernel.tap" "$to/console-$kernel.log" 2>&1 | tr -d '\r')")
			fi
		done
	done
}

# What it costs, and whether that is within the bounds. Counted instructions depend on nothing else that runs, and the
# parts before the machines leave a processor idle: so it is measured beside them.
bench_kernels='6.1 6.12' bench_pid=''

start_bench() {
	build bench-programs || return
	tests/bench/bench.sh --json --serial --kernels "$bench_kernels" >"$log/bench.json" 2>"$log/bench.err" </dev/null &
	bench_pid=$!
	trap 'kill "$bench_pid" 2>/dev/null' EXIT
}

part_bench() {
	note 'bench'
	[[ -n $bench_pid ]] || start_bench || return
	local status=0 measured=0
	wait "$bench_pid" || measured=$?
	trap - EXIT
	if [[ $measured -eq 0 ]]; then
		echo 'ok - bench: all is measured'
		count 1 0 0
	else
		fail 'bench: all is measured'
		tail -n 40 "$log/bench.err" | sed 's/^/# /'
		return
	fi
	tests/bench/table.py shown <"$log/bench.json"
	# shellcheck disable=SC2086 # a list
	tests/bench/gate.py tests/bench/bounds.json "$log/bench.json" $bench_kernels >"$log/bench.tap" || status=$?
	cat "$log/bench.tap"
	count_tap "$log/bench.tap" $status 'tests/bench'
}

# Several machines for each kernel: the usual one; one where `bpf` is no active LSM; one where systemd is PID 1; one where
# tasks are preempted in the midst of a decision, on CPUs that run side by side. The limits are for what hangs.
vm_on() { # KERNEL
	machine "$1" usual tests/vm/*.bats tests/vm/conformance/*.bats
	machine "$1" no-bpf --append lsm=landlock,yama tests/vm/boot/no-bpf-lsm.bats
	machine "$1" systemd --append 'init=/lib/systemd/systemd systemd.unit=vm-job.service' tests/vm/boot/systemd.bats
	VM_TIMEOUT=900 FILE_LIMIT=600 machine "$1" preempt --append preempt=full --parallel tests/vm/conformance/races.bats
}

part_vm() {
	note 'virtual machines'
	build build/ringfence vm-helpers || return
	VM_TIMEOUT=4500 FILE_LIMIT=1200 VM_LESS=1 on_each_kernel vm_on
	count_machines usual no-bpf systemd preempt
	check_metrics
	note 'every case, and what became of it'
	check_table
}

# All of the suite once more where tasks are preempted in the midst of a decision.
preempt_on() { # KERNEL
	machine "$1" all-preempt --append preempt=full tests/vm/conformance/*.bats
}

part_preempt() {
	note 'virtual machines, preempt=full'
	build build/ringfence vm-helpers || return
	VM_TIMEOUT=3600 FILE_LIMIT=900 on_each_kernel preempt_on
	count_machines all-preempt
}

# What is left out of the usual machines for the time it takes.
long_on() { # KERNEL
	# shellcheck disable=SC2046 # names without spaces
	machine "$1" long $(grep -l '^# By name alone: ' tests/vm/*.bats)
}

part_long() {
	note 'virtual machines, what takes long'
	build build/ringfence vm-helpers || return
	VM_TIMEOUT=9000 FILE_LIMIT=4200 VM_MEM=4096 on_each_kernel long_on
	count_machines long
}

# What the daemon of tests/vm/metrics.bats has served.
check_metrics() {
	# shellcheck disable=SC2317 # called by check
	promtool() {
		build/deps/promtool check metrics <build/vm/usual-6.1/out-6.1/metrics.prom
	}
	check 'promtool agrees with what was served' promtool
}

check_table() {
	local table
	if table=$(tests/vm/conformance/table.py README.md tests/vm/conformance/cases build/vm/all-*.tap); then
		echo 'ok - every case has passed, or is declared out of scope'
		count 1 0 0
	else
		fail 'every case has passed, or is declared out of scope'
	fi
	printf '%s\n' "$table"
}

main() {
	local part parts=("$@")
	tests/deps.sh build test vm || exit 1
	mkdir -p "$log"
	[[ ${#parts[@]} -gt 0 ]] || parts=(lint unit san bats fuzz bench vm)
	[[ " ${parts[*]} " != *' bench '* ]] || start_bench
	for part in "${parts[@]}"; do
		"part_$part"
	done
	if [[ ${#failures[@]} -gt 0 ]]; then
		note 'what failed'
		printf '%s\n' "${failures[@]}"
	fi
	echo
	echo "$passed passed, $failed failed, $skipped skipped"
	[[ $failed -eq 0 && $passed -gt 0 ]]
}

main "$@"
