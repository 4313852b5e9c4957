#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes sure that the Debian packages a job needs are installed.
#
#   tests/deps.sh [build] [test] [vm]        (no group named: all of them)
#
# One list, kept here and nowhere else, so that a developer's machine and CI cannot drift apart. dpkg is asked
# first: with everything in place the script is silent, needs neither root nor network, and takes a few milliseconds,
# so it can run before every build. What is missing is installed as root or by password-less sudo; where neither is
# at hand the script prints the command to run and fails. It never asks a question: CI has no standard input.

set -eu

BUILD='gcc libc6-dev clang llvm bpftool make pkg-config libbpf-dev libelf-dev zlib1g-dev libseccomp-dev libyaml-dev
libjansson-dev libmd-dev libmicrohttpd-dev linux-libc-dev'
TEST='libcmocka-dev bats shellcheck clang-format valgrind git groff python3 jq
python3-kubernetes'
VM='qemu-system-x86 mmdebstrap e2fsprogs'

# One program of a package that, installed, would start a server and listen on every address: it is unpacked instead.
UNPACKED_PACKAGE=prometheus
UNPACKED_FILE=usr/bin/promtool

ATTEMPTS=3

say() {
	echo "deps: $*" >&2
}

# The sanitizer and fuzzer runtimes are a package of their own, named after the version that plain "clang" stands for.
clang_runtime() {
	depends=$(dpkg-query -W -f '${Depends}' clang 2>/dev/null) ||
		depends=$(apt-cache show clang 2>/dev/null | sed -n 's/^Depends: //p')
	version=$(echo "$depends" | grep -o 'clang-[0-9][0-9]*' | head -n 1)
	[ -z "$version" ] || echo "libclang-rt-${version#clang-}-dev"
}

# Without package lists "clang" has no version yet; fetching them is the only way on.
test_packages() {
	runtime=$(clang_runtime)
	if [ -z "$runtime" ] && as_root true; then
		update
		runtime=$(clang_runtime)
	fi
	echo "$TEST clang ${runtime:-libclang-rt-dev}"
}

# dpkg-query fails when one name is unknown, and still prints the others.
missing() {
	installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null | sed -n 's/ installed$//p') || :
	for package; do
		echo "$installed" | grep -qxF "$package" || echo "$package"
	done
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		sudo -n "$@"
	else
		return 1
	fi
}

# Another package manager at work is waited for; the lock is no reason to fail. dpkg's chatter is dropped, its
# complaints are on standard error.
apt_get() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o DPkg::Lock::Timeout=300 \
		-o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@" </dev/null >/dev/null
}

update() {
	apt_get update || say "apt-get update failed, going on with the package lists at hand"
}

# The lists are fetched when they do not know a package, and again after a failure, which may mean that they are old.
install() {
	apt-cache show "$@" >/dev/null 2>&1 || update
	attempt=1
	until apt_get install --no-install-recommends "$@"; do
		[ "$attempt" -lt "$ATTEMPTS" ] || return 1
		say "attempt $attempt of $ATTEMPTS failed, trying again"
		sleep $((attempt * 5))
		attempt=$((attempt + 1))
		update
	done
}

# Into build/deps, whole or not at all. Needs no root.
unpack() {
	into=$(cd "$(dirname "$0")/.." && pwd)/build/deps
	[ ! -x "$into/${UNPACKED_FILE##*/}" ] || return 0
	say "unpacking ${UNPACKED_FILE##*/} of $UNPACKED_PACKAGE"
	apt-cache show "$UNPACKED_PACKAGE" >/dev/null 2>&1 || update
	mkdir -p "$into/new"
	(cd "$into/new" && apt-get -qq -o APT::Sandbox::User=root -o Acquire::Retries=3 download "$UNPACKED_PACKAGE" &&
		dpkg-deb --fsys-tarfile ./*.deb | tar -x "./$UNPACKED_FILE" && mv "$UNPACKED_FILE" ..) ||
		say "could not unpack $UNPACKED_PACKAGE"
	rm -rf "$into/new"
	[ -x "$into/${UNPACKED_FILE##*/}" ]
}

packages_of() {
	case $1 in
	build) echo "$BUILD" ;;
	test) test_packages ;;
	vm) echo "$VM" ;;
	*)
		say "unknown group '$1'"
		echo "usage: tests/deps.sh [build] [test] [vm]" >&2
		exit 2
		;;
	esac
}

install_lacking() { # groups
	wanted=
	for group; do
		packages=$(packages_of "$group") || exit
		wanted="$wanted $packages"
	done
	# shellcheck disable=SC2086 # a list of words, here and below
	lacking=$(missing $wanted | sort -u | tr '\n' ' ')
	[ -n "$lacking" ] || return 0

	if ! as_root true; then
		say "packages are missing; as root, run:"
		echo "  apt-get update && apt-get install -y --no-install-recommends $lacking" >&2
		return 1
	fi
	say "installing $lacking"
	# shellcheck disable=SC2086
	if ! install $lacking; then
		say "could not install: $lacking"
		return 1
	fi
}

main() {
	[ $# -gt 0 ] || set -- build test vm
	install_lacking "$@"
	case " $* " in
	*' test '*) unpack ;;
	esac
}

main "$@"
