#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs one command in a throw-away virtual machine:
#
#   tests/vm/vm.sh --kernel 6.1|6.12 --job DIR [options] -- COMMAND...
#
#   --job DIR        what the machine gets as /job, the command's working directory
#   --out DIR        where the files go that the command leaves in /out
#   --append ARGS    more kernel arguments, such as 'lsm=landlock,yama' (default: the kernel's own list, with bpf in it)
#   --mem MIB        1024 by default            --smp N       2 by default
#   --timeout S      900 by default             --console F   keep the kernel's console output
#   --parallel       emulated CPUs run side by side, for races; otherwise they take turns
#   --gdb SOCKET     where qemu listens for a debugger (tests/bench/where.py)
#   --exact          the benchmark machine: one CPU, one instruction is one nanosecond, whatever the host is doing
#
# BPF LSM programs need a kernel with bpf among its active LSMs and root in it, which a development machine rarely
# offers; and a test may break the kernel it runs on. Writes are dropped (snapshot=on), so machines share one image and
# run side by side. KVM is used where it works, otherwise plain emulation does: a boot takes a few seconds.
#
# The command's output arrives live on standard output, both streams in one. The exit status is the command's; 124 when
# time ran out; 125 when the machine broke. The status comes as the last line of the output, and counts only if qemu
# ended well: a panicked or stuck machine can never look like a success.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
image=${VM_IMAGE:-$here/../../build/vm}

OUT_MIB=2048		# the "out" disk, a sparse file
CONSOLE_TAIL=40

kernel='' job='' out='' append='' console='' gdb='' mem=1024 smp=2 limit=900 exact='' threads=single

broken() {
	echo "vm.sh: $*" >&2
	exit 125
}

parse_options() {
	while [[ $# -gt 0 ]]; do
		case $1 in
		--exact) exact=1 ;;
		--parallel) threads=multi ;;
		--) shift && command=("$@") && return ;;
		--kernel | --job | --out | --append | --console | --gdb | --mem | --smp | --timeout)
			[[ $# -gt 1 ]] || broken "$1 needs a value"
			case $1 in
			--timeout) limit=$2 ;;
			*) printf -v "${1#--}" %s "$2" ;;
			esac
			shift
			;;
		*) broken "unknown option '$1'" ;;
		esac
		shift
	done
}

check_options() {
	[[ ${#command[@]} -gt 0 ]] || broken "no command; usage: vm.sh --kernel V --job DIR [options] -- COMMAND..."
	[[ -d $job ]] || broken "no job directory '$job'"
	[[ $mem =~ ^[0-9]+$ && $smp =~ ^[0-9]+$ && $limit =~ ^[0-9]+$ ]] || broken "--mem, --smp, --timeout take a number"
	[[ -s $image/vmlinuz-$kernel && -s $image/rootfs.ext4 ]] ||
		broken "no image for kernel '$kernel' in $image, build it with tests/vm/image.sh"
	command -v qemu-system-x86_64 >/dev/null || broken "qemu-system-x86_64 is missing, run tests/deps.sh vm"
}

# A plain tar is all it takes to hand files over: no file system to make, none to mount. Owners and modes are made the
# same whatever the umask here: readable by all, writable by root alone.
make_disks() {
	printf 'exec ' >"$work/job-command"
	printf '%q ' "${command[@]}" >>"$work/job-command"
	tar -cf "$work/job.tar" --owner=0 --group=0 --mode='u+rwX,go+rX,go-w' -C "$work" job-command \
		-C "$job" --transform='flags=rSH;s,^\.,job,' .
	truncate -s ${OUT_MIB}M "$work/out.tar"
}

# A bare /dev/kvm proves nothing: nested hypervisors offer one on which stock kernels do not run.
kvm_works() {
	[[ -w /dev/kvm && (-d /sys/module/kvm_intel || -d /sys/module/kvm_amd) ]]
}

# Fills "machine". CPUs that take turns cost a machine that has to share two cores with another nothing; and where they
# run side by side, qemu 7.2 can keep the translation of an instruction that another CPU is patching: with the breakpoint
# in it that the kernel puts there meanwhile. Whoever comes there then returns to it for ever; seen twice, on hooks whose
# programs were being taken off (bpf_lsm_ptrace_access_check, met by readlink and ps in /proc).
#
# Emulation translates code for the address it is at: with programs at random addresses (ASLR) all of bash is translated
# anew for each process, which makes the machines two to four times slower in what tests mostly do. "rep movsb" (erms,
# fsrm) is emulated byte by byte, and tables of five levels (la57) make each of the emulator's walks longer.
#
# The exact one counts instructions; "rep stosb" and its like would count once a byte on 6.1. Its clock
# leaps while it waits for a disk, and a slow one would seem to have been dead for half a minute.
choose_machine() {
	if [[ -n $exact ]]; then
		append="nokaslr norandmaps nvme_core.io_timeout=100000 nvme_core.admin_timeout=100000 $append"
		machine=(-accel 'tcg,thread=single' -cpu 'max,erms=off,fsrm=off' -smp 1
			-icount 'shift=0,sleep=off,align=off' -rtc 'base=2026-01-01T00:00:00,clock=vm')
	elif kvm_works; then
		machine=(-accel kvm -cpu host -smp "$smp")
	else
		append="norandmaps $append"
		machine=(-accel "tcg,thread=$threads" -cpu "max,la57=off,erms=off,fsrm=off" -smp "$smp")
	fi
}

# The image says what its partition is called: the disk signature, least significant byte first.
root_partuuid() {
	od -An -tx4 --endian=little -j 440 -N 4 "$image/rootfs.ext4" | tr -d ' '
}

# timeout stays in the foreground group, or ^C would not reach the machine.
boot() {
	local arguments
	arguments="console=ttyS0 root=PARTUUID=$(root_partuuid)-01 rootfstype=ext4 rootwait rw"
	# On a busy host the kernel can take a late timer interrupt for a broken timer, and gives up: no_timer_check.
	# A CPU that has been stuck for two minutes is a panic, with a trace on the console: better than silence to the limit.
	arguments+=" init=/sbin/vm-init quiet panic=-1 mitigations=off audit=0 no_timer_check softlockup_panic=1"
	arguments+=" watchdog_thresh=60 $append"
	exec timeout --foreground -k 5 "$limit" qemu-system-x86_64 \
		-nodefaults -no-user-config -display none -no-reboot -nic none -m "$mem" "${machine[@]}" \
		-kernel "$image/vmlinuz-$kernel" -append "$arguments" \
		${gdb:+-gdb "unix:$gdb,server=on,wait=off"} -serial "file:$work/console" -serial stdio \
		-drive "if=none,id=d0,format=raw,file=$image/rootfs.ext4,snapshot=on,file.locking=off" \
		-device nvme,serial=root,drive=d0 \
		-drive "if=none,id=d1,format=raw,file=$work/job.tar,snapshot=on" -device nvme,serial=job,drive=d1 \
		-drive "if=none,id=d2,format=raw,file=$work/out.tar" -device nvme,serial=out,drive=d2 </dev/null
}

# Everything is kept for the status, and passed on without it, line by line.
pass_output() {
	tee "$work/output" | sed -u 's/\x01status [0-9]\{1,3\}$//; T; /^$/d'
}

run_machine() {
	local passer
	mkfifo "$work/fifo"
	pass_output <"$work/fifo" &
	passer=$!
	boot >"$work/fifo" &
	vm_pid=$!
	vm_status=0
	wait "$vm_pid" || vm_status=$?
	vm_pid=
	wait "$passer" || broken "cannot write the output"
}

show_console() {
	echo "vm.sh: the console of the $kernel machine ended with:" >&2
	tail -n "$CONSOLE_TAIL" "$work/console" 2>/dev/null | tr -d '\r' >&2
}

# timeout reports 124, or 137 when qemu had to be killed.
judge() {
	local status
	if [[ $vm_status -eq 124 || ($vm_status -eq 137 && $SECONDS -ge $limit) ]]; then
		show_console
		echo "vm.sh: the $kernel machine was stopped after $limit s" >&2
		exit 124
	fi
	status=$(tail -n 1 "$work/output" | sed -n 's/.*\x01status \([0-9]\{1,3\}\)$/\1/p')
	if [[ $vm_status -ne 0 || -z $status ]]; then
		show_console
		broken "the $kernel machine broke: qemu ended with $vm_status, the command's status is ${status:-unknown}"
	fi
	vm_status=$status
}

# The guest is not trusted with owners and modes of the host's files.
fetch_out() {
	mkdir -p "$out"
	tar -xf "$work/out.tar" -C "$out" --no-same-owner --no-same-permissions || broken "cannot unpack /out"
}

# shellcheck disable=SC2317 # called by the trap
clean_up() {
	[[ -z ${vm_pid:-} ]] || kill "$vm_pid" 2>/dev/null || true
	[[ -z $console || ! -e $work/console ]] || cp "$work/console" "$console"
	rm -rf "$work"
}

main() {
	command=()
	parse_options "$@"
	check_options
	work=$(mktemp -d "${TMPDIR:-/tmp}/ringfence-vm.XXXXXX")
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	make_disks
	choose_machine
	run_machine
	judge
	[[ -z $out ]] || fetch_out
	exit "$vm_status"
}

main "$@"
